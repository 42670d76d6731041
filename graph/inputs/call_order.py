"""How a client orders a list of calls."""

from typing import Annotated

import strawberry

from aggregation.calls.order import CallOrder, CallOrderField
from aggregation.question.row_order import Direction
from graph.enums import register
from models.call_fields import FIELD_OF, CallField


def _described(field: CallField) -> str:
    last = " Calls without it come last in either direction." if field.is_nullable else ""
    return field.description + last


register(
    CallOrderField,
    "What calls can be ordered by.",
    {member: _described(FIELD_OF[member.value]) for member in CallOrderField},
)

register(
    Direction,
    "The two directions of an order.",
    {
        Direction.ASC: "Smallest or earliest first.",
        Direction.DESC: "Largest or latest first.",
    },
)


@strawberry.input(name="CallLogOrder", description="An order of calls. Ties are ordered by the call's number.")
class CallLogOrder:
    field: CallOrderField = strawberry.field(default=CallOrderField.TIMESTAMP, description="The field to order by.")
    direction: Direction = strawberry.field(default=Direction.DESC, description="The direction of the order.")

    def order(self) -> CallOrder:
        return CallOrder(self.field, self.direction)


OrderBy = Annotated[
    CallLogOrder | None,
    strawberry.argument(
        description="The order of the calls; the default is newest first. A cursor is valid only with the order "
        "that it was created with."
    ),
]
