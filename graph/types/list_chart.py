"""List charts."""

from typing import Annotated

import strawberry

from aggregation.answer.item_bounds import ROWS
from aggregation.answer.results import ListResult
from aggregation.answer.results import ListRow as Row
from filters.clock_fields import HOURS
from graph.bounds import within
from graph.cost.weight import bounded_items
from graph.scalars import BigInt
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


@strawberry.type(description="One label with its value.")
class ListRow(DrillDown):
    label: str | None = strawberry.field(description="The label; null for records without a value to group by.")
    value: float | None = strawberry.field(description="The aggregated value; null if there is no value.")
    sample_count: int = strawberry.field(graphql_type=BigInt, description="The number of values that were aggregated.")
    percentage: float = strawberry.field(description="Its share of all values in percent, with one decimal.")
    comparison: Comparison | None = strawberry.field(description=COMPARED)

    @classmethod
    def of(cls, row: Row) -> "ListRow":
        return cls(
            behind=row.behind,
            label=row.label,
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
        description="The rows, largest value first, ties by label; hours and days in the order of the clock and the "
        "calendar.",
        metadata=bounded_items(ROWS),
    )
    def rows(self, first: FirstRows = None) -> list[ListRow] | None:
        most = within(ROWS.name, first, self.result.usual_rows, ROWS.most, ROWS.least)
        return [ListRow.of(row) for row in self.result.rows[:most]]

    @classmethod
    def of(cls, result: ListResult) -> "ListChart":
        return cls(**common(result), result=result, total_rows=result.total_rows)
