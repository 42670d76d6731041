"""A widget and its chart as text. Both are JSON of the schema, as ``server.terminal.questions`` asks for them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.text import Text

from models import ChartType
from server.terminal.cells import printable
from server.terminal.chart_types import IN_TERMINAL
from server.terminal.colours import QUIET
from server.terminal.paper import Paper
from server.terminal.quantities import count, moment, percent, unit_of


def draw(widget: dict[str, Any], paper: Paper) -> list[Text]:
    """The lines of the whole drawing: title, what is shown of when, the chart, and notes."""
    chart, printed = widget["data"], IN_TERMINAL[ChartType[widget["chartType"]]]
    if printed.is_empty(chart):
        return [*heading(widget), Text("No values in this window.")]
    return [*heading(widget), *printed.drawing(chart, paper), *_notes(chart, printed.notes(chart, paper))]


def heading(widget: dict[str, Any]) -> list[Text]:
    """The lines above a chart, the last one blank."""
    title = Text.assemble((printable(widget["name"]), "bold"), (f" · {printable(widget['dashboard']['name'])}", QUIET))
    window = _window(widget["data"]["window"])
    return [title, Text(subject(widget), style=QUIET), Text(window, style=QUIET), Text()]


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


def _notes(chart: dict[str, Any], of_type: Sequence[str | None]) -> list[Text]:
    notes = [note for note in of_type if note is not None]
    if chart["relativeError"]:
        error = percent(100 * chart["relativeError"])
        notes.append(f"Percentiles are approximate, with a relative error of at most {error}.")
    return [Text(), *(Text(note, style=QUIET) for note in notes)] if notes else []
