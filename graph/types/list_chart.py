"""List charts."""

from typing import Annotated

import strawberry

from aggregation.answer.agents import agent_of
from aggregation.answer.item_bounds import ROWS
from aggregation.answer.item_keys import of_group
from aggregation.answer.results import ListResult
from aggregation.answer.results import ListRow as Row
from filters.clock_fields import HOURS
from graph.bounds import within
from graph.cost.weight import Argument, Weight, weighs
from graph.inputs.row_order import RowsOrderBy
from graph.pagination import DEFAULT_PAGE, MAX_PAGE, PAGE_LISTS, Connection, Paging, connect, page_size
from graph.row_pages import first_rows, row_cursor, row_page
from graph.scalars import BigInt
from graph.types.agent_group import AgentGroup
from graph.types.chart import Chart, common
from graph.types.comparison import COMPARED, Comparison
from graph.types.drill_down import DrillDown

FirstRows = Annotated[
    int | None,
    strawberry.argument(
        description=f"The maximum number of rows: {ROWS.least} to {ROWS.most}; other values are an error. The default "
        f"is {ROWS.default}, or {len(HOURS)} for the hours of a day."
    ),
]


FirstOfPage = Annotated[
    int, strawberry.argument(description=f"The maximum number of rows: 1 to {MAX_PAGE}; other values are an error.")
]
AfterRow = Annotated[str | None, strawberry.argument(description="Returns the rows after this cursor.")]


@strawberry.type(description="One label with its value.")
class ListRow(AgentGroup, DrillDown):
    label: str | None = strawberry.field(
        description="The label; null for records without a value to group by. With two groupings, that of the first."
    )
    labels: list[str | None] = strawberry.field(
        description="The label of each grouping: one, or two where the list is grouped by pairs.",
        metadata=weighs(Weight()),
    )
    value: float | None = strawberry.field(description="The aggregated value; null if there is no value.")
    sample_count: int = strawberry.field(graphql_type=BigInt, description="The number of values that were aggregated.")
    percentage: float = strawberry.field(description="Its share of all values in percent, with one decimal.")
    comparison: Comparison | None = strawberry.field(description=COMPARED)

    @classmethod
    def of(cls, row: Row) -> "ListRow":
        return cls(
            behind=row.behind,
            key=of_group(row.key),
            agent_key=agent_of(row.behind.query, row.key),
            label=row.label,
            labels=list(row.labels),
            value=row.value,
            sample_count=row.sample_count,
            percentage=row.percentage,
            comparison=Comparison.of(row.compared),
        )


@strawberry.type(description="A ranked table of labels with their values.")
class ListChart(Chart):
    result: strawberry.Private[ListResult]
    total_rows: int = strawberry.field(
        graphql_type=BigInt, description="The total number of rows, including those that are not returned."
    )

    @strawberry.field(
        description="The first rows: largest value first, ties by label, or as `orderBy` says; hours and days in the "
        "order of the clock and the calendar.",
        metadata=weighs(Weight(length=Argument(ROWS.name, ROWS.most, ROWS.default), arguments={"orderBy": 10})),
    )
    def rows(self, first: FirstRows = None, order_by: RowsOrderBy = None) -> list[ListRow] | None:
        most = within(ROWS.name, first, self.result.usual_rows, ROWS.most, ROWS.least)
        page = first_rows(None if order_by is None else order_by.order())
        return [ListRow.of(row) for row in self.result.pages[page][:most]]

    @strawberry.field(
        description="All rows, by pages. Every page is computed from the calls of its own request: with a time range "
        "that ends before now, and without new calls in it, no row is missed or repeated.",
        metadata=weighs(
            Weight(10, Argument("first", MAX_PAGE, DEFAULT_PAGE), through=PAGE_LISTS, note="the chart in an order")
        ),
    )
    def all_rows(
        self, first: FirstOfPage = DEFAULT_PAGE, after: AfterRow = None, order_by: RowsOrderBy = None
    ) -> Connection[ListRow] | None:
        order = None if order_by is None else order_by.order()
        page = row_page(order, page_size(first), after)
        rows = self.result.pages[page]
        cursors = {id(row): row_cursor(order, place) for place, row in enumerate(rows, start=page.after + 1)}

        async def count() -> int:
            return self.total_rows

        return connect(
            rows,
            node=ListRow.of,
            cursor=lambda row: cursors[id(row)],
            has_more=page.after + len(rows) < self.total_rows,
            asked=Paging(page.first, after, None, is_last=False),
            count=count,
        )

    @classmethod
    def of(cls, result: ListResult) -> "ListChart":
        return cls(**common(result), result=result, total_rows=result.total_rows)
