"""Lists: from cells to the result, its comparison, and its table."""

from dataclasses import replace

from aggregation.answer.chart_answer import Cells, Changes, ChartAnswer, ComparedAnswer, with_totals
from aggregation.answer.compared import compared_number
from aggregation.answer.drill_down import Behind
from aggregation.answer.item_changes import number_of
from aggregation.answer.results import ListResult, ListRow
from aggregation.answer.series import row_filters
from aggregation.answer.slices import share
from aggregation.answer.tables import Table, TableBounds, compared_cells, with_compared
from aggregation.compute.needs import bounds, row_spans
from aggregation.compute.plan import NOTHING, Cell
from aggregation.question.calendars import usual_order
from aggregation.question.query import FIRST_ROWS, ChartQuery, groups_of, labels_of
from aggregation.question.row_order import RowPage

COLUMNS = ("label", "value", "sample_count", "percentage")


def _assemble(query: ChartQuery, found_parts: Cells) -> ListResult:
    parts, every = with_totals(query, found_parts)
    cells = parts[0] if parts else ()
    start, end = bounds(query)
    total = sum(cell.samples for cell in every)

    def row(cell: Cell) -> ListRow:
        return ListRow(
            key=cell.label,
            labels=labels_of(query.group, cell.label),
            value=cell.value,
            sample_count=cell.samples,
            percentage=share(cell.samples, total),
            behind=Behind(query, start, end, row_filters(query, cell.label)),
        )

    by_order = {
        order: {cell.position: row(cell) for cell in part if not cell.is_other}
        for order, part in zip(row_spans(query), parts, strict=False)
    }

    def rows(page: RowPage) -> tuple[ListRow, ...]:
        first, last = page.span
        found = by_order.get(page.order or usual_order(query), {})
        return tuple(one for rank, one in found.items() if first <= rank <= last)

    return ListResult(
        query=query,
        start=start,
        end=end,
        sample_count=total,
        pages={page: rows(page) for page in (FIRST_ROWS, *query.options.row_pages)},
        total_rows=sum(cell.labels for cell in cells),
    )


def _shown(result: ListResult) -> tuple[str | None, ...]:
    return tuple(dict.fromkeys(row.key for rows in result.pages.values() for row in rows))


def _beside(result: ListResult, earlier: ChartQuery, cells: Cells) -> ListResult:
    found = {(cell.label, cell.is_other): cell for part in cells for cell in part}

    def row(one: ListRow) -> ListRow:
        conditions = row_filters(earlier, one.key)
        past = found.get((one.key, False), NOTHING)
        return replace(one, compared=compared_number(earlier, past, one.value, bounds(earlier), conditions))

    return replace(result, pages={page: tuple(map(row, rows)) for page, rows in result.pages.items()})


def _table(result: ListResult, table: TableBounds) -> Table:
    rows = (
        (*row.labels, row.value, row.sample_count, row.percentage, *compared_cells(row.compared))
        for row in result.pages[table.rows]
    )
    columns = COLUMNS[:1] + ("second_label",) * (len(groups_of(result.query.group)) > 1) + COLUMNS[1:]
    return with_compared(columns, rows, result.total_rows, has_comparison=result.has_comparison)


def _all_shown(result: ListResult) -> object:
    pages = {
        page: [(row.key, row.value, row.sample_count, row.percentage, number_of(row.compared)) for row in rows]
        for page, rows in result.pages.items()
    }
    return pages, result.total_rows, result.sample_count


LISTS = ChartAnswer(
    assemble=_assemble,
    comparison=ComparedAnswer(_shown, _beside),
    lengths=None,
    table=_table,
    changes=Changes(_all_shown),
)
