"""What every answer of a mutation has."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from graph.errors import Error

if TYPE_CHECKING:
    from graph.query import Query


@strawberry.type(description="The answer of a mutation.")
class Payload:
    errors: list[Error] = strawberry.field(
        description="All errors in the input, each with a JSON pointer to its location; empty on success."
    )

    @strawberry.field(description="The query root, for reading data after the change.")
    def query(self) -> Annotated["Query", strawberry.lazy("graph.query")]:
        from graph.query import Query

        return Query()
