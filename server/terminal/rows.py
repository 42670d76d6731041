"""The same charts as tables: with the columns of exports for programs, and in words for people."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, assert_never

from aggregation.answer import bars, histograms, line_results, lists, pies, stats
from aggregation.answer.tables import Row, Table
from models import ChartType
from server.terminal.charts import lines_of, sections_of, span_of
from server.terminal.quantities import quantity_of
from server.terminal.stats import figures_of

_OVERVIEW_KEYS = ("totalCalls", "successRate", "averageDuration", "p95Latency")
_STAT_KEYS = ("value", "dateTimeValue", "sampleCount", "previousValue", "previousDateTimeValue", "previousSampleCount")


def table_of(widget: dict[str, Any]) -> Table:
    """A chart with the columns that exports have (docs/exporting.md)."""
    chart = widget["data"]
    chart_type = ChartType[widget["chartType"]]
    match chart_type:
        case ChartType.BAR:
            return _table(bars.COLUMNS, _buckets(chart))
        case ChartType.LINE:
            return _table(line_results.COLUMNS, _points(chart), chart["totalPoints"])
        case ChartType.PIE:
            cells = ((one["label"], one["value"], one["percentage"], one["isOther"]) for one in chart["slices"])
            return _table(pies.COLUMNS, cells)
        case ChartType.LIST:
            is_paired = bool(widget["groupBy"] and widget["groupBy"].get("then"))
            columns = (*lists.COLUMNS[:1], *(("second_label",) if is_paired else ()), *lists.COLUMNS[1:])
            cells = ((*one["labels"], one["value"], one["sampleCount"], one["percentage"]) for one in chart["rows"])
            return _table(columns, cells, chart["totalRows"])
        case ChartType.HISTOGRAM:
            return _table(histograms.COLUMNS, _bins(chart))
        case ChartType.STAT if chart["overview"] is not None:
            columns = tuple(prefix + name for prefix in ("", "previous_") for name in stats.OVERVIEW)
            before: dict[str, Any] = chart["previousOverview"] or {}
            return _table(
                columns, [tuple(part.get(key) for part in (chart["overview"], before) for key in _OVERVIEW_KEYS)]
            )
        case ChartType.STAT:
            return _table(stats.COLUMNS, [tuple(_cell(chart[key]) for key in _STAT_KEYS)])
        case _:
            assert_never(chart_type)


def _table(columns: tuple[str, ...], rows: Iterable[Row], total: int | None = None) -> Table:
    found = tuple(rows)
    return Table(columns, found, len(found) if total is None else total)


def _cell(value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _buckets(chart: dict[str, Any]) -> Iterable[Row]:
    for series in chart["series"]:
        for one in series["buckets"]:
            moments = tuple(_cell(one[key]) for key in ("start", "end"))
            last = (one["sampleCount"], one["isPartial"], one["isFilled"])
            yield (*moments, series["label"], series["isOther"], one["value"], _cell(one["dateTimeValue"]), *last)


def _points(chart: dict[str, Any]) -> Iterable[Row]:
    for series in chart["series"]:
        for one in series["points"]:
            yield one["databaseId"], _cell(one["timestamp"]), one["value"], series["label"], series["isOther"]


def _bins(chart: dict[str, Any]) -> Iterable[Row]:
    for series in chart["series"]:
        for one in series["bins"]:
            group = (series["label"], series["isOther"])
            yield (one["from"], one["to"], *group, one["value"], one["value"], one["percentage"])


def shown_table(widget: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """A chart for people: its heads and its rows."""
    chart = widget["data"]
    chart_type = ChartType[widget["chartType"]]
    match chart_type:
        case ChartType.LINE:
            return _shown_points(chart)
        case ChartType.STAT:
            rows = [
                [one.name or "value", one.quantity.text(one.value), one.quantity.text(one.previous), one.change]
                for one in figures_of(chart)
            ]
            return ["", "value", "before", "change"], rows
        case ChartType.BAR | ChartType.PIE | ChartType.LIST | ChartType.HISTOGRAM:
            return _shown_bars(widget)
        case _:
            assert_never(chart_type)


def _shown_bars(widget: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    sections, quantity = sections_of(widget)
    every = [(section.name or "", bar) for section in sections for bar in section.bars]
    rows = [
        [
            name,
            bar.label,
            quantity.text(bar.value) + bar.mark,
            bar.share or "",
            "" if bar.samples is None else f"{bar.samples:,}",
        ]
        for name, bar in every
    ]
    return _without_empty(["series", "", "value", "share", "samples"], rows)


def _shown_points(chart: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    zone, quantity = span_of(chart).zone, quantity_of(chart)
    rows = [
        [line.name or "", f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M:%S}", quantity.text(value)]
        for line in lines_of(chart)
        for at, value in line.points
    ]
    return _without_empty(["series", "time", "value"], rows)


def _without_empty(heads: list[str], rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """The columns of which some cell has a text."""
    there = [column for column in range(len(heads)) if any(row[column] for row in rows)]
    return [heads[column] for column in there], [[row[column] for column in there] for row in rows]
