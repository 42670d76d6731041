"""Columns of numbers with points, which can be those of fractions or of thousands."""

import pytest

from server.importing.values.doubtful import PointWatch, readings_of


@pytest.mark.parametrize(
    ("texts", "is_doubtful", "has_whole"),
    [
        (["1.205"], True, False),
        (["1.205", "205"], True, True),
        (["-1.205 ms", "€ 12.034"], True, False),
        (["1.205", "12.5"], False, False),
        (["1.205", "0.205"], False, False),
        (["1.205", "1205"], False, False),
        (["1205", "1.205", "3"], False, False),
        (["1.205", "1234.205"], False, False),
        (["1.205", ".205"], False, False),
        (["1.205", "N/A", "", "-"], True, False),
        (["205", "3"], False, True),
        (["1,205"], False, False),
        (["T1.2.3"], False, False),
        (["1.200 sec"], True, False),
        (["PT1.200S", "pt12.345s", " P1.200D "], False, False),
    ],
)
def test_a_column_is_doubtful_until_one_number_tells(texts: list[str], is_doubtful: bool, has_whole: bool) -> None:
    watch = PointWatch()
    for text in texts:
        watch.see(text)
    assert (watch.is_doubtful, watch.has_whole or not has_whole) == (is_doubtful, True)


def test_both_readings() -> None:
    assert readings_of("1.205") == ("1.205", "1205")
