"""List charts."""

from typing import Annotated

import strawberry

from aggregation.answer.results import ListResult
from aggregation.answer.results import ListRow as Row
from aggregation.question.query import DEFAULT_TOP, MAX_TOP
from graph.bounds import within
from graph.types.chart import Chart, common
from graph.types.comparison import COMPARED, Comparison
from graph.types.drill_down import DrillDown

FirstRows = Annotated[
    int, strawberry.argument(description=f"How many rows at most: 1 to {MAX_TOP}; others are an error.")
]


@strawberry.type(description="One label with its value.")
class ListRow(DrillDown):
    label: str | None = strawberry.field(description="The label; null for records without one.")
    value: float | None = strawberry.field(description="The aggregated value; null when nothing was measured.")
    sample_count: int = strawberry.field(description="How many values went in.")
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
    total_rows: int = strawberry.field(description="How many rows there are, shown or not.")

    @strawberry.field(description="The rows, largest value first, ties by label.")
    def rows(self, first: FirstRows = DEFAULT_TOP) -> list[ListRow] | None:
        return [ListRow.of(row) for row in self.result.rows[: within("first", first, DEFAULT_TOP, MAX_TOP)]]

    @classmethod
    def of(cls, result: ListResult) -> "ListChart":
        return cls(**common(result), result=result, total_rows=result.total_rows)
