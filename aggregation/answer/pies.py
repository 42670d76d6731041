"""Pies: from cells to the result, its comparison, and its table. Slices are cut in ``aggregation.answer.slices``."""

from collections.abc import Sequence
from dataclasses import replace

from aggregation.answer.chart_answer import Cells, Changes, ChartAnswer, ComparedAnswer
from aggregation.answer.results import PieResult
from aggregation.answer.slices import slices
from aggregation.answer.tables import Table, TableBounds, compared_cells, with_compared
from aggregation.compute.needs import bounds
from aggregation.compute.plan import Cell
from aggregation.question.query import ChartQuery

COLUMNS = ("label", "value", "percentage", "is_other")


def _assemble(query: ChartQuery, parts: Cells) -> PieResult:
    if query.group is not None or query.bins is not None:
        return _of_ranges(query, parts)
    cells = parts[0] if parts else ()
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


def _of_ranges(query: ChartQuery, parts: Cells) -> PieResult:
    """A pie of ranges: those that hold values, and the records without one beside them."""
    start, end = bounds(query)
    ranges, records = _counted(parts)
    counts = [(cell.label, cell.samples) for cell in ranges]
    nulls = records - sum(count for _, count in counts)
    if nulls:
        counts.append((None, nulls))
    counts.sort(key=lambda pair: (-pair[1], pair[0] is None, pair[0] or ""))
    return PieResult(
        query=query,
        start=start,
        end=end,
        sample_count=records,
        counts=tuple(counts),
        rest=0,
        rest_labels=0,
        total=records,
    )


def _counted(parts: Cells) -> tuple[Sequence[Cell], int]:
    """The cells of the ranges, and how many records there are."""
    *ranges, every = parts or [[]]
    return (ranges[0] if ranges else ()), sum(cell.samples for cell in every)


def _shown(result: PieResult) -> tuple[str | None, ...]:
    return tuple(label for label, _ in result.counts)


def _beside(result: PieResult, earlier: ChartQuery, cells: Cells) -> PieResult:
    found: dict[tuple[str | None, bool], int]
    if earlier.group is None and earlier.bins is None:
        found = {(cell.label, cell.is_other): cell.samples for part in cells for cell in part}
    else:
        ranges, records = _counted(cells)
        found = {(cell.label, cell.is_other): cell.samples for cell in ranges}
        found[None, False] = records - sum(found.values())
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


def _table(result: PieResult, table: TableBounds) -> Table:
    rows = (
        (one.label, one.value, one.percentage, one.is_other, *compared_cells(one.compared))
        for one in slices(result, table.top)
    )
    return with_compared(COLUMNS, rows, has_comparison=result.has_comparison)


def _all_shown(result: PieResult) -> object:
    earlier = result.earlier and _all_shown(result.earlier)
    return result.counts, result.rest, result.rest_labels, result.total, earlier


PIES = ChartAnswer(
    assemble=_assemble,
    comparison=ComparedAnswer(_shown, _beside),
    lengths=None,
    table=_table,
    changes=Changes(_all_shown),
)
