"""How a client orders the rows of a LIST."""

from typing import Annotated

import strawberry

from aggregation.question.row_order import Direction, RowOrder, RowOrderField
from graph.enums import register

register(
    RowOrderField,
    "What rows of a LIST can be ordered by.",
    {
        RowOrderField.VALUE: "The aggregated value. Rows without one come last in either direction.",
        RowOrderField.SAMPLE_COUNT: "The number of values that were aggregated.",
        RowOrderField.LABEL: "The label: text in code point order, hours and days in the order of the clock and the "
        "calendar. The row without a label comes last in either direction.",
    },
)


@strawberry.input(description="An order of the rows of a LIST. Ties are ordered by label.")
class ListRowOrder:
    field: RowOrderField = strawberry.field(default=RowOrderField.VALUE, description="What to order by.")
    direction: Direction = strawberry.field(default=Direction.DESC, description="The direction of the order.")

    def order(self) -> RowOrder:
        return RowOrder(self.field, self.direction)


RowsOrderBy = Annotated[
    ListRowOrder | None,
    strawberry.argument(
        description="The order of the rows; the default is the largest value first, and for hours and days the order "
        "of the clock and the calendar. A cursor is valid only with the order that it was created with."
    ),
]
