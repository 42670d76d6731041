"""Puts the numbers of an earlier stretch of time beside those of a chart, item by item."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from aggregation.answer import drill_down
from aggregation.answer.assemble import overview_of, row_filters, series_filters
from aggregation.answer.drill_down import Behind
from aggregation.answer.item_columns import Column, Columns, column_of, in_columns
from aggregation.answer.numbers import as_time
from aggregation.answer.results import (
    BarResult,
    BarSeries,
    Bucket,
    ChartResult,
    Compared,
    ListResult,
    ListRow,
    PieResult,
    StatResult,
)
from aggregation.compute.plan import NOTHING, Answers, Cell, bounds, is_empty, needs_of
from aggregation.functions.table import FUNCTIONS
from aggregation.question.earlier_window import Change, compared
from aggregation.question.query import ChartQuery
from models import Aggregation


def earlier_query(result: ChartResult) -> ChartQuery | None:
    """What to ask for the comparison of a chart that was just computed; lines are asked for beside their own."""
    query = result.query
    if query.options.compare is None or is_empty(query):
        return None
    match result:
        case BarResult(series=series):
            shown = tuple(one.label for one in series if not one.is_other)
            return compared(query, query.edges, shown)
        case PieResult(counts=counts):
            return compared(query, (), tuple(label for label, _ in counts))
        case ListResult(rows=rows):
            return compared(query, (), tuple(row.label for row in rows))
        case StatResult():
            return compared(query, (), ())
        case _:
            return None


def with_comparison(result: ChartResult, earlier: ChartQuery, answers: Answers) -> ChartResult:
    """The chart with the comparison's numbers beside its own."""
    cells = [answers.cells(need) for need in needs_of(earlier)]
    match result:
        case BarResult():
            return _bar(result, earlier, cells)
        case PieResult():
            return _pie(result, earlier, cells)
        case ListResult():
            rows = tuple(_row(row, earlier, cells[0] if cells else []) for row in result.rows)
            return replace(result, rows=rows)
        case StatResult():
            return _stat(result, earlier, cells)
        case _:
            return result


def _compared(
    query: ChartQuery, cell: Cell, value: float | None, span: tuple[datetime, datetime], conditions: list[Any]
) -> Compared:
    """One number of the earlier stretch; ``value`` is the present one."""
    number = FUNCTIONS[query.aggregation or Aggregation.COUNT].or_empty(cell.value)
    return Compared(
        start=span[0],
        end=span[1],
        value=number,
        date_time_value=as_time(query, number),
        sample_count=cell.samples,
        change=Change.of(value, number),
        behind=Behind(query, *span, conditions),
    )


def _bar(result: BarResult, earlier: ChartQuery, cells: Sequence[Sequence[Cell]]) -> BarResult:
    found = {(cell.label, cell.is_other, cell.position): cell for part in cells for cell in part}
    start, end = bounds(earlier)
    shown = earlier.shown or ()
    firsts = [max(edge, start) for edge in earlier.edges]
    spans = [(first, max(first, min(edge, end))) for first, edge in zip(firsts, earlier.edges[1:], strict=False)]

    def series(one: BarSeries) -> BarSeries:
        conditions = series_filters(earlier, one.label, one.is_other, shown)
        past = [found.get((one.label, one.is_other, number), NOTHING) for number in range(1, len(spans) + 1)]
        beside = _compared_buckets(earlier, past, one.buckets.column("value"), spans, conditions)
        return replace(one, buckets=one.buckets.with_column(Bucket, "compared", column_of(beside)))

    return replace(result, series=tuple(map(series, result.series)))


def _compared_buckets(
    query: ChartQuery,
    cells: Sequence[Cell],
    present: Sequence[float | None],
    spans: Sequence[tuple[datetime, datetime]],
    conditions: list[Any],
) -> Columns[Compared]:
    """The same for many numbers at once, as columns."""
    function = FUNCTIONS[query.aggregation or Aggregation.COUNT]
    numbers = [function.or_empty(cell.value) for cell in cells]
    columns: dict[str, Column] = {
        "start": lambda: [start for start, _ in spans],
        "end": lambda: [end for _, end in spans],
        "value": column_of(numbers),
        "date_time_value": lambda: [as_time(query, number) for number in numbers],
        "sample_count": lambda: [cell.samples for cell in cells],
        "change": lambda: [Change.of(value, number) for value, number in zip(present, numbers, strict=True)],
        "behind": lambda: [Behind(query, *span, conditions) for span in spans],
    }
    return in_columns(Compared, len(numbers), columns)


def _pie(result: PieResult, earlier: ChartQuery, cells: Sequence[Sequence[Cell]]) -> PieResult:
    found = {(cell.label, cell.is_other): cell.samples for part in cells for cell in part}
    start, end = bounds(earlier)
    counts = tuple((label, found.get((label, False), 0)) for label, _ in result.counts)
    rest = found.get((None, True), 0)
    total = sum(count for _, count in counts) + rest
    past = PieResult(
        query=earlier,
        start=start,
        end=end,
        sample_count=total,
        counts=counts,
        rest=rest,
        rest_labels=0,
        total=total,
    )
    return replace(result, earlier=past)


def _row(row: ListRow, earlier: ChartQuery, cells: Sequence[Cell]) -> ListRow:
    cell = next((cell for cell in cells if (cell.label, cell.is_other) == (row.label, False)), NOTHING)
    return replace(row, compared=_compared(earlier, cell, row.value, bounds(earlier), row_filters(earlier, row.label)))


def _stat(result: StatResult, earlier: ChartQuery, cells: Sequence[Sequence[Cell]]) -> StatResult:
    parts = [next(iter(part), NOTHING) for part in cells] or [NOTHING]
    if earlier.measured is None:
        return replace(result, compared_overview=overview_of(parts))
    conditions = drill_down.has_value(earlier.measured)
    return replace(result, compared=_compared(earlier, parts[0], result.value, bounds(earlier), conditions))
