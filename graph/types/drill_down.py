"""What every item of a chart offers to whoever clicks it: the calls behind it."""

from typing import Annotated

import strawberry

from aggregation.answer.drill_down import Behind, OneCall
from graph.call_connection import calls_behind
from graph.context import Info
from graph.inputs.call_order import OrderBy
from graph.pagination import MAX_CALLS_PAGE, Connection
from graph.scalars import JSON
from graph.types.call_log import CallLog
from graph.types.export import Format, export_url

First = Annotated[
    int, strawberry.argument(description=f"How many calls at most: 1 to {MAX_CALLS_PAGE}; others are an error.")
]
After = Annotated[str | None, strawberry.argument(description="The cursor after which the page begins.")]


@strawberry.type(description="An item of a chart that a person can click.")
class DrillDown:
    behind: strawberry.Private[Behind | OneCall]

    @strawberry.field(
        description="The filter that selects exactly the calls behind this item. Its times are absolute, so it can be "
        "given to `callLogs` or saved."
    )
    def filters(self) -> JSON:
        return JSON(self.behind.filters())

    @strawberry.field(description="The calls behind this item, newest first unless asked otherwise.")
    async def calls(
        self, info: Info, first: First = 50, after: After = None, order_by: OrderBy = None
    ) -> Connection[CallLog] | None:
        return await calls_behind(info.context.scope, self.behind.filters(), first, after, order_by)

    @strawberry.field(
        description="Where all calls behind this item are fetched as a file, with the same key: an address relative to "
        "the server. Where it is too long to be asked for, POST `filters` to it instead."
    )
    def export_url(self, format: Format) -> str | None:
        return export_url("calls", format, filters=self.behind.filters())
