"""How a client orders a list of calls."""

from typing import Annotated

import strawberry

from aggregation.calls.order import CallOrder, CallOrderField, Direction
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


@strawberry.input(
    name="CallLogOrder", description="An order of calls. Calls that are equal in it are ordered by their number."
)
class CallLogOrder:
    field: CallOrderField = strawberry.field(default=CallOrderField.TIMESTAMP, description="What decides.")
    direction: Direction = strawberry.field(default=Direction.DESC, description="Which end comes first.")

    def order(self) -> CallOrder:
        return CallOrder(self.field, self.direction)


OrderBy = Annotated[
    CallLogOrder | None,
    strawberry.argument(
        description="How the calls are ordered; without it newest first. A cursor goes with the order it came from: "
        "with another one it is an error."
    ),
]
