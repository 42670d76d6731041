"""Bars over time: from cells to the result, its comparison, and its table."""

from collections.abc import Iterator
from dataclasses import replace

from aggregation.answer.bar_buckets import Axis, buckets_of
from aggregation.answer.chart_answer import Cells, Changes, ChartAnswer, ComparedAnswer, Lengths, with_totals
from aggregation.answer.compared import compared_numbers
from aggregation.answer.drill_down import Behind
from aggregation.answer.item_changes import changed_buckets
from aggregation.answer.item_columns import column_of
from aggregation.answer.results import BarResult, BarSeries, Bucket
from aggregation.answer.series import Series, ordered_series, series_filters
from aggregation.answer.tables import COMPARED, Row, Table, TableBounds, compared_cells, with_compared
from aggregation.compute.needs import bounds
from aggregation.compute.plan import NOTHING, Cell
from aggregation.question.query import ChartQuery

COLUMNS = (
    "time_interval",
    "end",
    "group",
    "is_other",
    "value",
    "date_time_value",
    "sample_count",
    "is_partial",
    "is_filled",
)


def _assemble(query: ChartQuery, found_parts: Cells) -> BarResult:
    assert query.time_period is not None
    parts, every = with_totals(query, found_parts)
    cells = parts[0] if parts else ()
    start, end = bounds(query)
    axis = Axis.of(query)
    found: dict[Series, list[list[Cell | None]]] = {key: [] for key in ordered_series(query, cells)}
    for part in parts:
        for row in found.values():
            row.append([None] * axis.count)
        for cell in part:
            found[cell.label, cell.is_other][-1][cell.position - 1] = cell
    totals = [0] * axis.count
    for cell in every:
        totals[cell.position - 1] += cell.samples
    shown = [label for label, is_other in found if not is_other]
    series: list[BarSeries] = []
    for (label, is_other), own in found.items():
        conditions = series_filters(query, label, is_other, shown)
        series.append(
            BarSeries(
                label=label,
                is_other=is_other,
                sample_count=sum(cell.samples for cell in own[0] if cell) if own else 0,
                buckets=buckets_of(axis, own, (label, is_other), totals, conditions),
                behind=Behind(query, start, end, conditions),
            )
        )
    return BarResult(
        query=query,
        start=start,
        end=end,
        sample_count=sum(totals),
        time_period=query.time_period,
        series=tuple(series),
    )


def _shown(result: BarResult) -> tuple[str | None, ...]:
    return tuple(one.label for one in result.series if not one.is_other)


def _beside(result: BarResult, earlier: ChartQuery, cells: Cells) -> BarResult:
    found = {(cell.label, cell.is_other, cell.position): cell for part in cells for cell in part}
    start, end = bounds(earlier)
    shown = earlier.shown or ()
    firsts = [max(edge, start) for edge in earlier.edges]
    spans = [(first, max(first, min(edge, end))) for first, edge in zip(firsts, earlier.edges[1:], strict=False)]

    def series(one: BarSeries) -> BarSeries:
        conditions = series_filters(earlier, one.label, one.is_other, shown)
        past = [found.get((one.label, one.is_other, number), NOTHING) for number in range(1, len(spans) + 1)]
        count, has_both = len(one.buckets), min(len(one.buckets), len(spans))

        def behind() -> list[Behind]:
            return [Behind(earlier, *span, conditions) for span in spans[:count]]

        present = one.buckets.column("value")[:has_both]
        beside = compared_numbers(earlier, past[:count], present, spans[:count], behind)
        every = beside if has_both == count else (*beside, *(None for _ in range(count - has_both)))
        return replace(
            one,
            buckets=one.buckets.with_column(Bucket, "compared", column_of(every)),
            compared_outside=sum(cell.samples for cell in past[count:]),
        )

    return replace(result, series=tuple(map(series, result.series)))


def _lengths(result: BarResult) -> Lengths:
    return Lengths(len(result.series), sum(len(one.buckets) for one in result.series))


def _rows(result: BarResult) -> Iterator[Row]:
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
                *_compared_cells(series, bucket),
            )


def _compared_cells(series: BarSeries, bucket: Bucket) -> Row:
    """Nothing where nothing is compared; nulls of a bucket that has no counterpart."""
    if series.compared_outside is None:
        return ()
    return (*(compared_cells(bucket.compared) or (None,) * len(COMPARED)), series.compared_outside)


def _table(result: BarResult, _: TableBounds) -> Table:
    compared = (*COMPARED, "compared_outside")
    return with_compared(COLUMNS, _rows(result), has_comparison=result.has_comparison, compared=compared)


BARS = ChartAnswer(
    assemble=_assemble,
    comparison=ComparedAnswer(_shown, _beside),
    lengths=_lengths,
    table=_table,
    changes=Changes(lambda result: result.sample_count, changed_buckets),
)
