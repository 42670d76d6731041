"""What is said of points and rows that a printed chart leaves out."""

from typing import Any

import pytest

from server.commands.drawing import tell_of_missing

LINE: dict[str, Any] = {"totalPoints": 30_000, "isThinned": True, "series": [{"points": [{}] * 20_000}]}


@pytest.mark.parametrize(
    ("chart", "told"),
    [
        (LINE, "dialboard: 20,000 of 30,000 points; the others are thinned out.\n"),
        ({**LINE, "isThinned": False}, ""),
        ({"rows": [{}] * 100, "totalRows": 1_271}, "dialboard: the first 100 of 1,271 rows.\n"),
        ({"rows": [{}] * 3, "totalRows": 3}, ""),
        ({"slices": []}, ""),
    ],
)
def test_nothing_is_left_out_silently(chart: dict[str, Any], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    tell_of_missing({"data": chart})
    assert capsys.readouterr() == ("", told)
