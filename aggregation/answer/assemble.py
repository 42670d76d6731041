"""From the rows of grains to the results of charts."""

from collections.abc import Sequence
from typing import Any

from aggregation.answer import drill_down
from aggregation.answer.bar_buckets import Axis, Series, buckets_of
from aggregation.answer.drill_down import Behind
from aggregation.answer.numbers import as_time, interval_of
from aggregation.answer.results import (
    BarResult,
    BarSeries,
    ChartResult,
    ListResult,
    ListRow,
    Overview,
    PieResult,
    StatResult,
)
from aggregation.answer.slices import of_own_label, share
from aggregation.compute.plan import NOTHING, Answers, Cell, bounds, needs_of
from aggregation.functions.table import FUNCTIONS
from aggregation.question.query import ChartQuery, FieldGroup
from models import ChartType, DataType


def series_filters(query: ChartQuery, label: str | None, is_other: bool, shown: Sequence[str | None]) -> list[Any]:
    """The conditions that a record is of a series."""
    measured = query.measured
    assert measured is not None
    conditions = drill_down.has_value(measured)
    match query.group:
        case None:
            return conditions
        case FieldGroup() as group if is_other:
            return [*drill_down.of_other(group, group_type(group), shown), *conditions]
        case FieldGroup() as group:
            return [*drill_down.of_label(group, group_type(group), label), *conditions]
        case group if is_other:
            return drill_down.of_other_ranges(group, measured, shown)
        case group:
            return drill_down.of_range(group, measured, label)


def row_filters(query: ChartQuery, label: str | None) -> list[Any]:
    """The conditions that a record is of a list's row: of its group, or with its value where nothing is grouped."""
    if query.group is not None:
        return series_filters(query, label, False, ())
    assert query.measured is not None
    return of_own_label(query.measured, label)


def group_type(group: FieldGroup) -> DataType:
    """The data type of what a chart is grouped by."""
    if group.field in ("success", "is_reviewed"):
        return DataType.BOOLEAN
    return DataType.NUMBER if group.field == "agent_id" else DataType.STRING


def assemble(query: ChartQuery, answers: Answers) -> ChartResult:
    """The result of any chart but a line."""
    cells = [answers.cells(need) for need in needs_of(query)]
    match query.chart_type:
        case ChartType.BAR:
            return _bar(query, cells)
        case ChartType.PIE:
            return _pie(query, cells[0] if cells else [])
        case ChartType.LIST:
            return _list(query, cells[0] if cells else [])
        case ChartType.STAT:
            return _stat(query, cells)
        case ChartType.LINE:
            raise AssertionError("Lines are assembled in aggregation.answer.line_results.")


def ordered_series(query: ChartQuery, cells: Sequence[Cell]) -> list[Series]:
    """The series by the values that went in, largest first, ties by label, the other one last."""
    if query.group is None:
        return [(None, False)]
    samples: dict[Series, int] = {}
    for cell in cells:
        key = (cell.label, cell.is_other)
        samples[key] = samples.get(key, 0) + cell.samples
    return sorted(samples, key=lambda key: (key[1], -samples[key], key[0] is None, key[0] or ""))


def _bar(query: ChartQuery, parts: Sequence[Sequence[Cell]]) -> BarResult:
    assert query.time_period is not None
    cells: Sequence[Cell] = parts[0] if parts else ()
    start, end = bounds(query)
    axis = Axis.of(query)
    found: dict[Series, list[list[Cell | None]]] = {key: [] for key in ordered_series(query, cells)}
    for part in parts:
        for row in found.values():
            row.append([None] * axis.count)
        for cell in part:
            found[cell.label, cell.is_other][-1][cell.position - 1] = cell
    totals = [0] * axis.count
    for cell in cells:
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
        sample_count=sum(cell.samples for cell in cells),
        time_period=query.time_period,
        series=tuple(series),
    )


def _pie(query: ChartQuery, cells: Sequence[Cell]) -> PieResult:
    start, end = bounds(query)
    total = sum(cell.records for cell in cells)
    rest = [cell for cell in cells if cell.is_other]
    return PieResult(
        query=query,
        start=start,
        end=end,
        sample_count=total,
        counts=tuple((cell.label, cell.records) for cell in cells if not cell.is_other),
        rest=sum(cell.records for cell in rest),
        rest_labels=sum(cell.labels for cell in rest),
        total=total,
    )


def _list(query: ChartQuery, cells: Sequence[Cell]) -> ListResult:
    start, end = bounds(query)
    total = sum(cell.samples for cell in cells)
    rows: list[ListRow] = []
    for cell in cells:
        if cell.is_other:
            continue
        rows.append(
            ListRow(
                label=cell.label,
                value=cell.value,
                sample_count=cell.samples,
                percentage=share(cell.samples, total),
                behind=Behind(query, start, end, row_filters(query, cell.label)),
            )
        )
    return ListResult(
        query=query,
        start=start,
        end=end,
        sample_count=total,
        rows=tuple(rows),
        total_rows=sum(cell.labels for cell in cells),
    )


def _stat(query: ChartQuery, cells: Sequence[Sequence[Cell]]) -> StatResult:
    start, end = bounds(query)
    now = [_at(part, 2) for part in cells] or [NOTHING]
    before = [_at(part, 1) for part in cells] or [NOTHING]
    if query.measured is None:
        value, previous = None, None
        overview, previous_overview = overview_of(now), overview_of(before)
        conditions: list[Any] = []
    else:
        assert query.aggregation is not None
        function = FUNCTIONS[query.aggregation]
        value, previous = function.or_empty(now[0].value), function.or_empty(before[0].value)
        overview, previous_overview = None, None
        conditions = drill_down.has_value(query.measured)
    return StatResult(
        query=query,
        start=start,
        end=end,
        sample_count=now[0].samples,
        value=value,
        date_time_value=as_time(query, value),
        previous_value=previous,
        previous_date_time_value=as_time(query, previous),
        previous_sample_count=before[0].samples,
        overview=overview,
        previous_overview=previous_overview,
        behind=Behind(query, start, end, conditions),
        interval=interval_of(query, now),
    )


def _at(cells: Sequence[Cell], position: int) -> Cell:
    return next((cell for cell in cells if cell.position == position), NOTHING)


def overview_of(cells: Sequence[Cell]) -> Overview:
    """The overview of one window, from its cells in the order of ``plan.needs_of``."""
    success, duration, latency = [*(cell.value for cell in cells[1:4]), None, None, None][:3]
    return Overview(total_calls=cells[0].samples, success_rate=success, average_duration=duration, p95_latency=latency)
