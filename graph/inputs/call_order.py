"""How a client orders a list of calls."""

from typing import Annotated

import strawberry

from aggregation.calls.order import CallOrder, CallOrderField, Direction
from graph.enums import register

register(
    CallOrderField,
    "What calls can be ordered by.",
    {
        CallOrderField.TIMESTAMP: "When they began.",
        CallOrderField.DURATION: "How long they took. Calls without a duration come last in either direction.",
    },
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
