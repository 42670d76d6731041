"""Columns of values in JSON text."""

import pytest

from server.importing.locate import column_of

TEXT = '  {"a": [1, {"b/c": "x,}]"}], "d" : {"~": null}, "a\\u0062": 7, "e": 1, "e": 22}'


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("", '{"a"'),
        ("/a", "[1"),
        ("/a/0", "1, {"),
        ("/a/1", '{"b/c"'),
        ("/a/1/b~1c", '"x,}]"'),
        ("/d/~0", "null"),
        ("/ab", "7"),
        ("/e", "22"),
        ("/missing", '{"a"'),
        ("/a/9", "[1"),
        ("/d/missing/deeper", '{"~"'),
        ("/e/deeper", "22"),
    ],
)
def test_column_is_where_the_value_begins(pointer: str, found: str) -> None:
    assert column_of(TEXT, pointer) == TEXT.index(found) + 1


@pytest.mark.parametrize("text", ["", "{", '{"a"', '{"a": ', "[[", '{"a": nope}'])
def test_broken_text_has_a_column_too(text: str) -> None:
    assert column_of(text, "/a/0") >= 1
