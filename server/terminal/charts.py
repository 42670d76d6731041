"""A widget and its chart as text. Both are JSON of the schema, as ``server.terminal.questions`` asks for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from rich.text import Text

from models import Aggregation, ChartType
from server.terminal import items
from server.terminal.bars import Section, draw_bars
from server.terminal.cells import printable
from server.terminal.colours import QUIET
from server.terminal.lines import Line, Span, draw_lines
from server.terminal.quantities import COUNTS, Quantity, count, moment, number, percent, quantity_of, unit_of
from server.terminal.stats import draw_figures, figures_of, interval_note

LINE_ROWS = 12
"""The rows of a line's plot, where it is not said how many."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What is drawn on.

    Attributes:
        width: in cells.
        height: the rows of a line's plot, or the most bars of a series; None for the usual rows, and all bars.
    """

    width: int
    height: int | None = None
    has_colours: bool = False


def draw(widget: dict[str, Any], paper: Paper) -> list[Text]:
    """The lines of the whole drawing: title, what is shown of when, the chart, and notes."""
    if is_empty(widget):
        return [*heading(widget), Text("No values in this window.")]
    return [*heading(widget), *_drawing(widget, paper), *_notes(widget, paper)]


def heading(widget: dict[str, Any]) -> list[Text]:
    """The lines above a chart, the last one blank."""
    title = Text.assemble((printable(widget["name"]), "bold"), (f" · {printable(widget['dashboard']['name'])}", QUIET))
    window = _window(widget["data"]["window"])
    return [title, Text(subject(widget), style=QUIET), Text(window, style=QUIET), Text()]


def is_empty(widget: dict[str, Any]) -> bool:
    """Whether there is nothing to draw."""
    chart = widget["data"]
    chart_type = ChartType[widget["chartType"]]
    match chart_type:
        case ChartType.LINE:
            return chart["totalPoints"] == 0
        case ChartType.BAR:
            return chart["sampleCount"] == 0
        case ChartType.PIE:
            return not chart["slices"]
        case ChartType.LIST:
            return not chart["rows"]
        case ChartType.HISTOGRAM:
            return not any(series["bins"] for series in chart["series"])
        case ChartType.STAT:
            return False
        case _:
            assert_never(chart_type)


def sections_of(widget: dict[str, Any], latest: int | None = None) -> tuple[list[Section], Quantity]:
    """The bars of a chart that consists of bars, and what their values are; of others none."""
    chart = widget["data"]
    chart_type = ChartType[widget["chartType"]]
    match chart_type:
        case ChartType.BAR:
            return items.bucket_sections(chart, latest), quantity_of(chart)
        case ChartType.PIE:
            return [items.slice_section(chart)], COUNTS
        case ChartType.LIST:
            return [items.row_section(chart)], quantity_of(chart)
        case ChartType.HISTOGRAM:
            return items.bin_sections(chart), COUNTS
        case ChartType.LINE | ChartType.STAT:
            return [], COUNTS
        case _:
            assert_never(chart_type)


def _drawing(widget: dict[str, Any], paper: Paper) -> list[Text]:
    chart = widget["data"]
    chart_type = ChartType[widget["chartType"]]
    match chart_type:
        case ChartType.LINE:
            size = (paper.width, paper.height or LINE_ROWS)
            return draw_lines(lines_of(chart), span_of(chart), quantity_of(chart), size, has_colours=paper.has_colours)
        case ChartType.BAR | ChartType.PIE | ChartType.LIST | ChartType.HISTOGRAM:
            sections, quantity = sections_of(widget, paper.height)
            return draw_bars(sections, quantity, paper.width)
        case ChartType.STAT:
            return draw_figures(figures_of(chart), paper.width)
        case _:
            assert_never(chart_type)


def lines_of(chart: dict[str, Any]) -> list[Line]:
    """The series of a LINE."""
    is_grouped = len(chart["series"]) > 1 or any(one["label"] is not None for one in chart["series"])
    return [
        Line(
            items.name_of(series["label"], is_other=series["isOther"]) if is_grouped else None,
            tuple((datetime.fromisoformat(one["timestamp"]).timestamp(), one["value"]) for one in series["points"]),
        )
        for series in chart["series"]
        if series["points"]
    ]


def span_of(chart: dict[str, Any]) -> Span:
    """The window of a chart."""
    window = chart["window"]
    start, end = (datetime.fromisoformat(window[edge]) for edge in ("start", "end"))
    return Span(start, end, ZoneInfo(window["timeZone"]))


def subject(widget: dict[str, Any]) -> str:
    """What a chart shows, on one line."""
    chart, group = widget["data"], widget["groupBy"]
    field, unit = chart["fieldName"], unit_of(chart["fieldName"])
    if field is None:
        return f"Overview · {count(chart['sampleCount'], 'call')}"
    what = printable(widget["metric"]["name"] if widget["metric"] else field) + (f" ({unit})" if unit else "")
    words = f"{chart['aggregation']} of {what}" if chart["aggregation"] else what
    if widget["timePeriod"]:
        words += f" per {chart['timePeriod'].replace('_', ' ').lower()}"
    if group is not None:
        words += f" by {printable(str(group.get('field', 'range')))}"
        words += f" and {printable(str(group['then'].get('field', 'range')))}" if group.get("then") else ""
    return f"{words} · {count(chart['sampleCount'], 'value')}"


def _window(window: dict[str, Any]) -> str:
    zone = ZoneInfo(window["timeZone"])
    start, end = (moment(datetime.fromisoformat(window[edge]).astimezone(zone)) for edge in ("start", "end"))
    return f"{start} to {end}, {window['timeZone']}"


def _notes(widget: dict[str, Any], paper: Paper) -> list[Text]:
    chart = widget["data"]
    notes = [note for note in _notes_of_type(widget, paper) if note is not None]
    if chart["relativeError"]:
        error = percent(100 * chart["relativeError"])
        notes.append(f"Percentiles are approximate, with a relative error of at most {error}.")
    return [Text(), *(Text(note, style=QUIET) for note in notes)] if notes else []


def _notes_of_type(widget: dict[str, Any], paper: Paper) -> list[str | None]:
    chart = widget["data"]
    chart_type = ChartType[widget["chartType"]]
    match chart_type:
        case ChartType.LINE:
            return []
        case ChartType.BAR:
            hidden = items.first_shown(chart, paper.height)
            is_partial = items.has_partial(chart, hidden)
            return [
                f"{count(hidden, 'earlier bucket')} not shown (--height)." if hidden else None,
                f"{items.PARTIAL} The window covers only part of it." if is_partial else None,
                "Shares are of the values in the same bucket." if len(chart["series"]) > 1 else None,
            ]
        case ChartType.PIE:
            return []
        case ChartType.LIST:
            hidden = chart["totalRows"] - len(chart["rows"])
            is_count = chart["aggregation"] == Aggregation.COUNT.name
            return [
                f"{count(hidden, 'more row')} not shown." if hidden else None,
                None if is_count else "Shares are of all values.",
            ]
        case ChartType.STAT:
            few = chart["isSmallSample"] and chart["fieldName"]
            if chart["sampleCount"] == 0:
                return ["No values in this window."]
            return [interval_note(chart), "Fewer than 30 values: unreliable." if few else None]
        case ChartType.HISTOGRAM:
            unit = f" {one}" if (one := unit_of(chart["fieldName"])) else ""
            extremes = f"Lowest {number(chart['min'])}{unit}, highest {number(chart['max'])}{unit}."
            return [extremes, f"{count(chart['nullCount'], 'record')} without a value." if chart["nullCount"] else None]
        case _:
            assert_never(chart_type)
