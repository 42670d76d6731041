"""Horizontal bars as text."""

import pytest
from rich.cells import cell_len
from rich.color import Color

from server.terminal.bars import Bar, Section, draw_bars
from server.terminal.colours import PALETTE
from server.terminal.quantities import COUNTS, Form, Quantity

LONG = "東京都千代田区丸の内一丁目の長い名前の場所"


def drawn(bars: list[Bar], width: int, quantity: Quantity = COUNTS) -> list[str]:
    return [line.plain for line in draw_bars([Section(None, tuple(bars))], quantity, width)]


def test_label_bar_value_and_share() -> None:
    assert drawn([Bar("a", 8, "80.0%"), Bar("bc", 1, "10.0%"), Bar("d", 0, "0.0%"), Bar("e", None)], 40) == [
        "a   ███████████████████         8  80.0%",
        "bc  ██▍                         1  10.0%",
        "d                               0   0.0%",
        "e                        no value",
    ]


def test_what_is_more_than_nothing_can_be_seen() -> None:
    _, small, nothing = drawn([Bar("a", 1_000_000), Bar("b", 1), Bar("c", 0)], 40)
    assert "▏" in small
    assert "▏" not in nothing


def test_values_below_zero_go_to_the_left() -> None:
    up, down = drawn([Bar("a", 10), Bar("b", -10)], 31)
    assert up == "a  " + " " * 12 + "█" * 11 + "   10"
    assert down == "b  " + "█" * 12 + " " * 11 + "  -10"


def test_times_are_dots_between_the_first_and_the_last() -> None:
    lines = drawn([Bar("a", 0.0), Bar("b", 86_400.0), Bar("c", 43_200.0)], 41, Quantity(Form.TIME))
    assert [line.index("●") for line in lines] == [3, 22, 13]


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_no_line_is_wider_than_there_is_room(width: int) -> None:
    bars = [Bar(LONG, 1_234_567, "100.0%"), Bar("évènement", 5, "0.0%"), Bar("x" * 200, 0, "0.0%")]
    lines = drawn(bars, width)
    assert max(map(cell_len, lines)) == width
    assert "…" in lines[0]
    assert "…" in lines[2]
    assert lines[0].endswith("1,234,567  100.0%")


def test_sections_share_columns_and_scale() -> None:
    sections = [Section("one", (Bar("a", 10),), "(10 values)"), Section("two", (Bar("bb", 5),), "(5 values)")]
    assert [line.plain for line in draw_bars(sections, COUNTS, 24)] == [
        "■ one  (10 values)",
        "a   ████████████████  10",
        "",
        "■ two  (5 values)",
        "bb  ████████           5",
    ]


def _luminance(colour: str) -> float:
    parts = (part / 255 for part in Color.parse(colour).get_truecolor())
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", PALETTE)
def test_colours_can_be_read_on_black_and_on_white(colour: str) -> None:
    """By the formula of WCAG 2.2, which asks for a contrast of 3 from graphics."""
    luminance = _luminance(colour)
    assert (luminance + 0.05) / 0.05 >= 3
    assert 1.05 / (luminance + 0.05) >= 3
