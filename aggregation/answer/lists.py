"""Lists: from cells to the result, its comparison, and its table."""

from dataclasses import replace

from aggregation.answer.chart_answer import Cells, ChartAnswer, ComparedAnswer, with_totals
from aggregation.answer.clock_order import clock_order
from aggregation.answer.compared import compared_number
from aggregation.answer.drill_down import Behind
from aggregation.answer.results import ListResult, ListRow
from aggregation.answer.series import row_filters
from aggregation.answer.slices import share
from aggregation.answer.tables import Table, TableBounds, compared_cells, with_compared
from aggregation.compute.needs import bounds
from aggregation.compute.plan import NOTHING
from aggregation.question.query import ChartQuery

COLUMNS = ("label", "value", "sample_count", "percentage")


def _assemble(query: ChartQuery, found_parts: Cells) -> ListResult:
    parts, every = with_totals(query, found_parts)
    cells = parts[0] if parts else ()
    start, end = bounds(query)
    total = sum(cell.samples for cell in every)
    rows = tuple(
        ListRow(
            label=cell.label,
            value=cell.value,
            sample_count=cell.samples,
            percentage=share(cell.samples, total),
            behind=Behind(query, start, end, row_filters(query, cell.label)),
        )
        for cell in cells
        if not cell.is_other
    )
    if clock := clock_order(query):
        rows = tuple(sorted(rows, key=lambda row: clock.get(row.label, 0)))
    return ListResult(
        query=query,
        start=start,
        end=end,
        sample_count=total,
        rows=rows,
        total_rows=sum(cell.labels for cell in cells),
    )


def _shown(result: ListResult) -> tuple[str | None, ...]:
    return tuple(row.label for row in result.rows)


def _beside(result: ListResult, earlier: ChartQuery, cells: Cells) -> ListResult:
    found = {(cell.label, cell.is_other): cell for part in cells for cell in part}

    def row(one: ListRow) -> ListRow:
        conditions = row_filters(earlier, one.label)
        past = found.get((one.label, False), NOTHING)
        return replace(one, compared=compared_number(earlier, past, one.value, bounds(earlier), conditions))

    return replace(result, rows=tuple(map(row, result.rows)))


def _table(result: ListResult, _: TableBounds) -> Table:
    rows = (
        (row.label, row.value, row.sample_count, row.percentage, *compared_cells(row.compared)) for row in result.rows
    )
    return with_compared(COLUMNS, rows, result.total_rows, has_comparison=result.has_comparison)


LISTS = ChartAnswer(assemble=_assemble, comparison=ComparedAnswer(_shown, _beside), lengths=None, table=_table)
