"""Pie charts."""

from typing import Annotated

import strawberry

from aggregation.answer.agents import agent_of
from aggregation.answer.item_bounds import TOP
from aggregation.answer.item_keys import of_group
from aggregation.answer.results import PieResult
from aggregation.answer.results import Slice as SliceRow
from aggregation.answer.slices import slices
from filters.clock_fields import HOURS
from graph.bounds import bounded
from graph.cost.weight import bounded_items
from graph.scalars import BigInt
from graph.types.agent_group import AgentGroup
from graph.types.chart import Chart, common
from graph.types.comparison import COMPARED, Comparison
from graph.types.drill_down import DrillDown

Top = Annotated[
    int | None,
    strawberry.argument(
        description=f"The maximum number of slices, not counting the slice for all others: {TOP.least} to {TOP.most}; "
        f"other values are an error. The default is {TOP.default}, or {len(HOURS)} for the hours of a day."
    ),
]


@strawberry.type(description="One distinct value, or one range of a number, and how many records have it.")
class PieSlice(AgentGroup, DrillDown):
    label: str | None = strawberry.field(
        description="The value as a string, or the range's label; null for records without a value, and for the slice "
        "for all others."
    )
    value: int = strawberry.field(
        graphql_type=BigInt, description="The number of records with this value, or a value in this range."
    )
    percentage: float = strawberry.field(description="Its share of the total in percent, with one decimal.")
    is_other: bool = strawberry.field(description="Whether it combines the values beyond the largest ones.")
    comparison: Comparison | None = strawberry.field(description=COMPARED)

    @classmethod
    def of(cls, slice: SliceRow) -> "PieSlice":
        return cls(
            behind=slice.behind,
            key=of_group(slice.label, slice.is_other),
            agent_key=agent_of(slice.behind.query, slice.label),
            label=slice.label,
            value=slice.value,
            percentage=slice.percentage,
            is_other=slice.is_other,
            comparison=Comparison.of(slice.compared),
        )


@strawberry.type(description="The distribution of a field's distinct values, or of a number over ranges.")
class PieChart(Chart):
    result: strawberry.Private[PieResult]
    total: int = strawberry.field(graphql_type=BigInt, description="The number of records, with or without a value.")

    @strawberry.field(
        description="The slices, largest first, ties ordered by label; hours and days in the order of the clock and "
        "the calendar. The slice for all others is last.",
        metadata=bounded_items(TOP),
    )
    def slices(self, top: Top = None) -> list[PieSlice] | None:
        return [PieSlice.of(row) for row in slices(self.result, None if top is None else bounded(TOP, top))]

    @classmethod
    def of(cls, result: PieResult) -> "PieChart":
        return cls(**common(result), result=result, total=result.total)
