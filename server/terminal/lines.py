"""Lines over time, in dots of braille, with axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rich.text import Text

from server.terminal.cells import right, widest
from server.terminal.colours import PALETTE, QUIET, colour
from server.terminal.quantities import Form, Quantity, moment
from server.terminal.ticks import Tick, round_numbers, round_times

_BLANK = 0x2800
"""The character of braille without dots; each dot is a bit above it."""
_MARK = "•"
_ROWS_A_TICK = 2
_CELLS_A_TIME = 9
_LEAST_PLOT = 10
_LEAST_PANEL = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One series: its name, None where it is the only one, and its points by time (POSIX seconds)."""

    name: str | None
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a drawing covers."""

    start: datetime
    end: datetime
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class _Plane:
    """What the dots of a plot stand for: the first and last column and the lowest and highest row."""

    left: float
    right: float
    low: float
    high: float
    width: int
    height: int

    def row(self, value: float) -> int:
        """The row of cells, from the top, in which a value lies."""
        dots = round((value - self.low) / (self.high - self.low) * (4 * self.height - 1))
        return self.height - 1 - dots // 4

    def column(self, at: float) -> int:
        """The column of cells in which a time lies."""
        return round((at - self.left) / (self.right - self.left) * (2 * self.width - 1)) // 2


def draw_lines(
    lines: Sequence[Line], span: Span, quantity: Quantity, size: tuple[int, int], *, has_colours: bool
) -> list[Text]:
    """The lines over each other, told apart by colours; without colours, or if there are many, one below the other.

    Args:
        size: the cells of the whole drawing across, and the rows of a plot.
    """
    values = [value for line in lines for _, value in line.points]
    width, height = size
    if len(lines) == 1 or (has_colours and len(lines) <= len(PALETTE)):
        named = [(place, line) for place, line in enumerate(lines) if line.name is not None]
        legend = Text("   ").join(_name(place, line) for place, line in named)
        return [*_plot(lines, 0, values, span, quantity, (width, height)), *([Text(), legend] if named else [])]
    drawn: list[Text] = []
    for place, line in enumerate(lines):
        drawn += [Text()] if drawn else []
        drawn.append(_name(place, line))
        drawn += _plot([line], place, values, span, quantity, (width, max(height // 2, _LEAST_PANEL)))
    return drawn


def _name(place: int, line: Line) -> Text:
    return Text.assemble(("■ ", colour(place)), (line.name or "", "bold"))


def _plot(
    lines: Sequence[Line], first: int, values: list[float], span: Span, quantity: Quantity, size: tuple[int, int]
) -> list[Text]:
    ticks = _value_ticks(min(values), max(values), quantity, size[1])
    margin = widest([tick.text for tick in ticks])
    width = max(size[0] - margin - 2, _LEAST_PLOT)
    plane = _Plane(
        span.start.timestamp(), max(span.end.timestamp(), span.start.timestamp() + 1),
        min(ticks[0].at, *values), max(ticks[-1].at, *values), width, size[1],
    )  # fmt: skip
    texts = {plane.row(tick.at): tick.text for tick in reversed(ticks)}
    drawn: list[Text] = []
    for row, cells in enumerate(_overlaid([_cells(line, plane) for line in lines], first)):
        text = texts.get(row)
        line = Text(no_wrap=True)
        line.append(right(text or "", margin) + (" ┤" if text is not None else " │"), style=QUIET)
        line.append_text(cells)
        line.rstrip()
        drawn.append(line)
    return [*drawn, *_time_axis(plane, span, margin)]


def _value_ticks(low: float, high: float, quantity: Quantity, height: int) -> list[Tick]:
    most = max(height // _ROWS_A_TICK, 2)
    if quantity.form is Form.TIME:
        start, end = datetime.fromtimestamp(low, UTC), datetime.fromtimestamp(max(high, low + 60), UTC)
        inside = [tick.at for tick in round_times(start, end, quantity.zone, most)]
        ends = inside if len(inside) > 1 else [start.timestamp(), end.timestamp()]
        return [Tick(at, moment(datetime.fromtimestamp(at, UTC).astimezone(quantity.zone))) for at in ends]
    places = round_numbers(low, high, most)
    return [Tick(place, text) for place, text in zip(places, quantity.texts(places), strict=True)]


def _cells(line: Line, plane: _Plane) -> list[str]:
    """The rows of characters that a line makes, from the top."""
    from plotille import Canvas  # pyright: ignore[reportMissingTypeStubs]  # it is typed, without a marker that says so

    # The limits of a canvas end one dot after the last one.
    across = (plane.right - plane.left) / (2 * plane.width - 1)
    up = (plane.high - plane.low) / (4 * plane.height - 1)
    canvas = Canvas(plane.width, plane.height, plane.left, plane.low, plane.right + across, plane.high + up)
    is_sparse = len(line.points) <= max(plane.width // 8, 1)
    for (at, value), (next_at, next_value) in zip(line.points, line.points[1:], strict=False):
        canvas.line(at, value, next_at, next_value)
    for at, value in line.points if is_sparse else ():
        canvas.point(at, value, marker=_MARK)
    return canvas.plot("\n").split("\n")


def _overlaid(drawings: Sequence[list[str]], first: int) -> list[Text]:
    """The rows of several drawings over each other; a cell has the colour of the last one that is in it."""
    rows: list[Text] = []
    for parts in zip(*drawings, strict=True):
        row = Text(no_wrap=True)
        for cell in zip(*parts, strict=True):
            dots, top, mark = _BLANK, None, None
            for place, character in enumerate(cell, start=first):
                code = ord(character)
                is_braille = _BLANK <= code < _BLANK + 256
                if is_braille and code > _BLANK:
                    dots, top = dots | code, place
                elif not is_braille and character != " ":
                    mark, top = character, place
            row.append(" " if top is None else mark or chr(dots), style="" if top is None else colour(top))
        rows.append(row)
    return rows


def _time_axis(plane: _Plane, span: Span, margin: int) -> list[Text]:
    ticks = round_times(span.start, span.end, span.zone, max(plane.width // _CELLS_A_TIME, 1))
    rule, labels = ["─"] * plane.width, [" "] * plane.width
    free = 0
    for tick in ticks:
        column = plane.column(tick.at)
        start = min(max(column - len(tick.text) // 2, 0), plane.width - len(tick.text))
        if start < free:
            continue
        rule[column] = "┬"
        labels[start : start + len(tick.text)] = tick.text
        free = start + len(tick.text) + 2
    indent = " " * (margin + 1)
    axis = [f"{indent}└{''.join(rule)}", f"{indent} {''.join(labels)}".rstrip()]
    return [Text(line, style=QUIET, no_wrap=True) for line in axis]
