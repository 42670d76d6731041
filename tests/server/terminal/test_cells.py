"""Text in cells of a terminal."""

import pytest
from rich.cells import cell_len

from server.terminal.cells import left, printable, right, shortened


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Größe 東京 👍🏽", "Größe 東京 👍🏽"),
        ("red\x1b[31m", "red\\x1b[31m"),
        ("two\nlines\t.", "two\\nlines\\t."),
        ("\x9b31m", "\\x9b31m"),
        ("abc\u202edcba", "abc\\u202edcba"),
        ("a\u2028b", "a\\u2028b"),
    ],
)
def test_what_could_steer_a_terminal_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("東京都", 6, "東京都"),
        ("東京都", 5, "東京…"),
        ("東京都", 4, "東…"),
        ("ab cd", 4, "ab…"),
        ("abc", 1, "…"),
    ],
)
def test_what_is_cut_is_marked(text: str, width: int, short: str) -> None:
    assert shortened(text, width) == short


@pytest.mark.parametrize("text", ["", "a", "東京", "東京都千代田区", "e\u0301tude", "0123456789"])
@pytest.mark.parametrize("width", [2, 5, 9])
def test_columns_have_their_width(text: str, width: int) -> None:
    assert cell_len(left(text, width)) == cell_len(right(text, width)) == width
