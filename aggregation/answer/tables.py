"""Charts as tables: the columns and rows in which a chart's data leaves for other programs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from aggregation.answer.results import (
    BarResult,
    ChartResult,
    Compared,
    LineResult,
    LineSeries,
    ListResult,
    Overview,
    PieResult,
    StatResult,
)
from aggregation.answer.slices import slices
from aggregation.question.query import DEFAULT_TOP, MAX_POINTS

Cell = str | int | float | bool | datetime | None
Row = tuple[Cell, ...]

COMPARED = ("compared_start", "compared_end", "compared_value", "compared_date_time_value", "compared_sample_count")
"""Columns that a comparison adds to bars, slices, rows and stats."""
OVERVIEW = ("total_calls", "success_rate", "average_duration", "p95_latency")
STAT = ("value", "date_time_value", "sample_count", "previous_value", "previous_date_time_value")
COLUMNS: dict[type[ChartResult], tuple[str, ...]] = {
    BarResult: (
        "time_interval",
        "end",
        "group",
        "is_other",
        "value",
        "date_time_value",
        "sample_count",
        "is_partial",
        "is_filled",
    ),
    LineResult: ("id", "timestamp", "value", "group", "is_other"),
    PieResult: ("label", "value", "percentage", "is_other"),
    ListResult: ("label", "value", "sample_count", "percentage"),
    StatResult: (*STAT, "previous_sample_count"),
}
"""The columns of each kind of chart, as the product names them."""


@dataclass(frozen=True, slots=True)
class Table:
    """A chart's data. ``total`` counts the chart's items, and is more than the rows where some were left out."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    total: int


def table_of(result: ChartResult, *, top: int = DEFAULT_TOP, max_points: int = MAX_POINTS) -> Table:
    """The table of a chart.

    Args:
        top: how many slices of a pie are rows of their own.
        max_points: which of the bounds that a line was read with.
    """
    columns = COLUMNS[type(result)]
    has_comparison = result.query.options.compare is not None
    match result:
        case BarResult():
            rows = tuple(_bars(result))
            total = len(rows)
        case LineResult():
            rows = tuple(_points(result.by_max_points[max_points]))
            total = result.total_points
            if result.earlier is not None:
                past = _points(result.earlier.by_max_points[max_points])
                rows = (*((*row, False) for row in rows), *((*row, True) for row in past))
                total += result.earlier.total_points
                columns = (*columns, "is_earlier")
        case PieResult():
            found = slices(result, top)
            rows = tuple(
                (one.label, one.value, one.percentage, one.is_other, *_compared(one.compared)) for one in found
            )
            total = len(rows)
        case ListResult():
            rows = tuple(
                (row.label, row.value, row.sample_count, row.percentage, *_compared(row.compared))
                for row in result.rows
            )
            total = result.total_rows
        case StatResult():
            return _stat(result)
        case _:
            assert_never(result)
    if has_comparison and not isinstance(result, LineResult):
        columns = (*columns, *COMPARED)
    width = len(columns)
    return Table(columns, tuple(row + (None,) * (width - len(row)) for row in rows), total)


def _compared(past: Compared | None) -> Row:
    return () if past is None else (past.start, past.end, past.value, past.date_time_value, past.sample_count)


def _bars(result: BarResult) -> Iterator[Row]:
    for series in result.series:
        for bucket in series.buckets:
            yield (
                bucket.start,
                bucket.end,
                bucket.group,
                bucket.is_other,
                bucket.value,
                bucket.date_time_value,
                bucket.sample_count,
                bucket.is_partial,
                bucket.is_filled,
                *_compared(bucket.compared),
            )


def _points(found: Iterable[LineSeries]) -> Iterator[Row]:
    for series in found:
        for point in series.points:
            yield point.call_log_id, point.timestamp, point.value, point.group, series.is_other


def _stat(result: StatResult) -> Table:
    if result.overview is not None:
        named = [("", result.overview), ("previous_", result.previous_overview)]
        if result.query.options.compare is not None:
            named.append(("compared_", result.compared_overview))
        columns = tuple(prefix + name for prefix, _ in named for name in OVERVIEW)
        return Table(columns, (tuple(cell for _, overview in named for cell in _overview(overview)),), 1)
    row: Row = (
        result.value,
        result.date_time_value,
        result.sample_count,
        result.previous_value,
        result.previous_date_time_value,
        result.previous_sample_count,
        *_compared(result.compared),
    )
    has_comparison = result.query.options.compare is not None
    columns = (*COLUMNS[StatResult], *(COMPARED if has_comparison else ()))
    return Table(columns, (row + (None,) * (len(columns) - len(row)),), 1)


def _overview(overview: Overview | None) -> Row:
    if overview is None:
        return (None,) * len(OVERVIEW)
    return overview.total_calls, overview.success_rate, overview.average_duration, overview.p95_latency
