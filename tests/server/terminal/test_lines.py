"""Lines over time as text."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len

from server.terminal.colours import colour
from server.terminal.lines import Line, Span, _overlaid, draw_lines
from server.terminal.quantities import Form, Quantity

START = datetime(2026, 5, 4, tzinfo=UTC)
SPAN = Span(START, START + timedelta(days=4), ZoneInfo("UTC"))
SECONDS = Quantity(Form.NUMBER, "s")


def line(name: str | None, *values: float) -> Line:
    """A point every so often, from the start of the window to its end."""
    step = 4 * 86_400 / max(len(values) - 1, 1)
    return Line(name, tuple((START.timestamp() + place * step, value) for place, value in enumerate(values)))


def test_a_line_with_its_axes() -> None:
    drawn = draw_lines([line(None, *range(0, 101, 2))], SPAN, SECONDS, (40, 5), has_colours=False)
    assert [text.plain for text in drawn] == [
        "100 s ┤                          ⢀⣀⡠⠤⠔⠒⠉",
        "      │                    ⣀⡠⠤⠔⠒⠊⠁",
        " 50 s ┤             ⣀⣀⠤⠔⠒⠉⠉",
        "      │      ⢀⣀⠤⠤⠒⠊⠉",
        "  0 s ┤⣀⡠⠔⠒⠊⠉⠁",
        "      └┬───────────────┬───────────────┬",
        "       4 May         6 May         8 May",
    ]


def test_few_points_are_marked() -> None:
    drawn = draw_lines([line(None, 3.0)], SPAN, SECONDS, (40, 5), has_colours=False)
    assert sum(text.plain.count("•") for text in drawn) == 1


def test_series_are_told_apart_by_colours_or_lie_below_each_other() -> None:
    lines = [line("a", *range(0, 100, 2)), line("東京", *range(100, 0, -2))]
    coloured = draw_lines(lines, SPAN, SECONDS, (60, 8), has_colours=True)
    assert coloured[-1].plain == "■ a   ■ 東京"
    styles = {span.style for text in coloured[:8] for span in text.spans}
    assert {colour(0), colour(1)} <= styles
    plain = [text.plain for text in draw_lines(lines, SPAN, SECONDS, (60, 8), has_colours=False)]
    assert [place for place, text in enumerate(plain) if text.startswith("■")] == [0, 8]
    assert sum("└" in text for text in plain) == 2


@pytest.mark.parametrize("width", [20, 60, 120])
def test_no_line_is_wider_than_there_is_room(width: int) -> None:
    times = Quantity(Form.TIME, zone=UTC) if width > 40 else SECONDS
    values = [START.timestamp() + hour * 3_600 for hour in range(96)] if width > 40 else list(range(96))
    drawn = draw_lines([line(None, *values)], SPAN, times, (width, 6), has_colours=False)
    assert max(cell_len(text.plain) for text in drawn) == width


def test_equal_values_are_a_level_line() -> None:
    drawn = draw_lines([line(None, *[7.0] * 50)], SPAN, SECONDS, (40, 5), has_colours=False)
    rows = [text.plain for text in drawn if any(0x2800 < ord(character) < 0x2900 for character in text.plain)]
    assert len(rows) == 1


def test_lines_that_cross_share_a_cell() -> None:
    (row,) = _overlaid([["⠁⠀•"], ["⠂⠀⠂"]], 0)
    assert row.plain == "⠃ •"
    assert [span.style for span in row.spans if span.start == 0] == [colour(1)]
