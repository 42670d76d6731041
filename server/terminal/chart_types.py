"""The chart types in the terminal: what is asked for of each, and how it is drawn and written."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.text import Text

from aggregation.answer import bars, histograms, line_results, lists, pies, stats
from aggregation.answer.tables import Row, Table
from aggregation.question.query import MAX_POINTS
from models import Aggregation, ChartType
from server.terminal import items
from server.terminal.bars import Section
from server.terminal.chart_type import ChartOfBars, Part, Shown, TerminalChart, table_with, without_empty
from server.terminal.lines import Line, Span, draw_lines
from server.terminal.paper import Paper
from server.terminal.quantities import COUNTS, Quantity, count, number, quantity_of, unit_of
from server.terminal.stats import draw_figures, figures_of, interval_note

LINE_ROWS = 12
"""The rows of a line's plot, where it is not said how many."""

_POINTS_A_CELL = 8
"""A cell is two columns of dots wide, and four points draw a column."""
_ROWS = 100


class _Line(TerminalChart):
    def asked(self, width: int | None, height: int | None) -> Part:
        points = "points { databaseId timestamp value }"
        selected = f"totalPoints isThinned(most) series(most) {{ label isOther totalPoints isThinned {points} }}"
        most = MAX_POINTS if width is None else min(MAX_POINTS, _POINTS_A_CELL * width)
        return Part(f"... on LineChart {{ {selected} }}", "maxPoints", most)

    def is_empty(self, chart: dict[str, Any]) -> bool:
        return chart["totalPoints"] == 0

    def drawing(self, chart: dict[str, Any], paper: Paper) -> list[Text]:
        size = (paper.width, paper.height or LINE_ROWS)
        return draw_lines(_lines(chart), _span(chart), quantity_of(chart), size, has_colours=paper.has_colours)

    def table(self, widget: dict[str, Any]) -> Table:
        chart = widget["data"]
        rows = (
            (one["databaseId"], _cell(one["timestamp"]), one["value"], series["label"], series["isOther"])
            for series in chart["series"]
            for one in series["points"]
        )
        return table_with(line_results.COLUMNS, rows, chart["totalPoints"])

    def shown(self, chart: dict[str, Any]) -> Shown:
        zone, quantity = _span(chart).zone, quantity_of(chart)
        rows = [
            [line.name or "", f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M:%S}", quantity.text(value)]
            for line in _lines(chart)
            for at, value in line.points
        ]
        return without_empty(["series", "time", "value"], rows)


class _Bar(ChartOfBars):
    def asked(self, width: int | None, height: int | None) -> Part:
        bucket = "start end value dateTimeValue sampleCount share isPartial isFilled"
        selected = f"timePeriod series {{ label isOther sampleCount buckets {{ {bucket} }} }}"
        return Part(f"... on BarChart {{ {selected} }}")

    def is_empty(self, chart: dict[str, Any]) -> bool:
        return chart["sampleCount"] == 0

    def sections(self, chart: dict[str, Any], latest: int | None = None) -> tuple[list[Section], Quantity]:
        return items.bucket_sections(chart, latest), quantity_of(chart)

    def notes(self, chart: dict[str, Any], paper: Paper) -> Sequence[str | None]:
        hidden = items.first_shown(chart, paper.height)
        is_partial = items.has_partial(chart, hidden)
        return [
            f"{count(hidden, 'earlier bucket')} not shown (--height)." if hidden else None,
            f"{items.PARTIAL} The window covers only part of it." if is_partial else None,
            "Shares are of the values in the same bucket." if len(chart["series"]) > 1 else None,
        ]

    def table(self, widget: dict[str, Any]) -> Table:
        return table_with(bars.COLUMNS, _buckets(widget["data"]))


class _Pie(ChartOfBars):
    def asked(self, width: int | None, height: int | None) -> Part:
        most = None if height is None else height - 1  # and one for all others
        return Part("... on PieChart { total slices(most) { label isOther value percentage } }", "top", most)

    def is_empty(self, chart: dict[str, Any]) -> bool:
        return not chart["slices"]

    def sections(self, chart: dict[str, Any], latest: int | None = None) -> tuple[list[Section], Quantity]:
        return [items.slice_section(chart)], COUNTS

    def table(self, widget: dict[str, Any]) -> Table:
        slices = widget["data"]["slices"]
        cells = ((one["label"], one["value"], one["percentage"], one["isOther"]) for one in slices)
        return table_with(pies.COLUMNS, cells)


class _List(ChartOfBars):
    def asked(self, width: int | None, height: int | None) -> Part:
        rows = "rows(most) { label labels value sampleCount percentage }"
        return Part(f"... on ListChart {{ totalRows {rows} }}", "first", _ROWS if width is None else height)

    def is_empty(self, chart: dict[str, Any]) -> bool:
        return not chart["rows"]

    def sections(self, chart: dict[str, Any], latest: int | None = None) -> tuple[list[Section], Quantity]:
        return [items.row_section(chart)], quantity_of(chart)

    def notes(self, chart: dict[str, Any], paper: Paper) -> Sequence[str | None]:
        hidden = chart["totalRows"] - len(chart["rows"])
        is_count = chart["aggregation"] == Aggregation.COUNT.name
        return [
            f"{count(hidden, 'more row')} not shown." if hidden else None,
            None if is_count else "Shares are of all values.",
        ]

    def table(self, widget: dict[str, Any]) -> Table:
        chart = widget["data"]
        is_paired = bool(widget["groupBy"] and widget["groupBy"].get("then"))
        columns = (*lists.COLUMNS[:1], *(("second_label",) if is_paired else ()), *lists.COLUMNS[1:])
        cells = ((*one["labels"], one["value"], one["sampleCount"], one["percentage"]) for one in chart["rows"])
        return table_with(columns, cells, chart["totalRows"])


_OVERVIEW_KEYS = ("totalCalls", "successRate", "averageDuration", "p95Latency")
_STAT_KEYS = ("value", "dateTimeValue", "sampleCount", "previousValue", "previousDateTimeValue", "previousSampleCount")


class _Stat(TerminalChart):
    def asked(self, width: int | None, height: int | None) -> Part:
        overview = f"{{ {' '.join(_OVERVIEW_KEYS)} }}"
        selected = "value dateTimeValue previousValue previousDateTimeValue previousSampleCount isSmallSample"
        overviews = f"overview {overview} previousOverview {overview}"
        return Part(f"... on StatChart {{ {selected} interval {{ low high level }} {overviews} }}")

    def is_empty(self, chart: dict[str, Any]) -> bool:
        return False

    def drawing(self, chart: dict[str, Any], paper: Paper) -> list[Text]:
        return draw_figures(figures_of(chart), paper.width)

    def notes(self, chart: dict[str, Any], paper: Paper) -> Sequence[str | None]:
        few = chart["isSmallSample"] and chart["fieldName"]
        if chart["sampleCount"] == 0:
            return ["No values in this window."]
        return [interval_note(chart), "Fewer than 30 values: unreliable." if few else None]

    def table(self, widget: dict[str, Any]) -> Table:
        chart = widget["data"]
        if chart["overview"] is None:
            return table_with(stats.COLUMNS, [tuple(_cell(chart[key]) for key in _STAT_KEYS)])
        columns = tuple(prefix + name for prefix in ("", "previous_") for name in stats.OVERVIEW)
        both: tuple[dict[str, Any], ...] = (chart["overview"], chart["previousOverview"] or {})
        return table_with(columns, [tuple(part.get(key) for part in both for key in _OVERVIEW_KEYS)])

    def shown(self, chart: dict[str, Any]) -> Shown:
        rows = [
            [one.name or "value", one.quantity.text(one.value), one.quantity.text(one.previous), one.change]
            for one in figures_of(chart)
        ]
        return ["", "value", "before", "change"], rows


class _Histogram(ChartOfBars):
    def asked(self, width: int | None, height: int | None) -> Part:
        series = "series(most) { label isOther sampleCount bins { from to value percentage } }"
        return Part(f"... on HistogramChart {{ nullCount min max {series} }}", "maxBins", height)

    def is_empty(self, chart: dict[str, Any]) -> bool:
        return not any(series["bins"] for series in chart["series"])

    def sections(self, chart: dict[str, Any], latest: int | None = None) -> tuple[list[Section], Quantity]:
        return items.bin_sections(chart), COUNTS

    def notes(self, chart: dict[str, Any], paper: Paper) -> Sequence[str | None]:
        unit = f" {one}" if (one := unit_of(chart["fieldName"])) else ""
        extremes = f"Lowest {number(chart['min'])}{unit}, highest {number(chart['max'])}{unit}."
        return [extremes, f"{count(chart['nullCount'], 'record')} without a value." if chart["nullCount"] else None]

    def table(self, widget: dict[str, Any]) -> Table:
        return table_with(histograms.COLUMNS, _bins(widget["data"]))


IN_TERMINAL: Mapping[ChartType, TerminalChart] = {
    ChartType.LINE: _Line(),
    ChartType.BAR: _Bar(),
    ChartType.PIE: _Pie(),
    ChartType.LIST: _List(),
    ChartType.STAT: _Stat(),
    ChartType.HISTOGRAM: _Histogram(),
}


def _lines(chart: dict[str, Any]) -> list[Line]:
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


def _span(chart: dict[str, Any]) -> Span:
    """The window of a chart."""
    window = chart["window"]
    start, end = (datetime.fromisoformat(window[edge]) for edge in ("start", "end"))
    return Span(start, end, ZoneInfo(window["timeZone"]))


def _cell(value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _buckets(chart: dict[str, Any]) -> Iterable[Row]:
    for series in chart["series"]:
        for one in series["buckets"]:
            moments = tuple(_cell(one[key]) for key in ("start", "end"))
            last = (one["sampleCount"], one["isPartial"], one["isFilled"])
            yield (*moments, series["label"], series["isOther"], one["value"], _cell(one["dateTimeValue"]), *last)


def _bins(chart: dict[str, Any]) -> Iterable[Row]:
    for series in chart["series"]:
        for one in series["bins"]:
            group = (series["label"], series["isOther"])
            yield (one["from"], one["to"], *group, one["value"], one["value"], one["percentage"])
