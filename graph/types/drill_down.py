"""What every item of a chart offers to whoever clicks it: the calls behind it."""

import strawberry

from aggregation.answer.drill_down import Behind, OneCall
from graph.arguments import After, Before, FirstCalls, LastCalls
from graph.call_connection import calls_behind
from graph.context import Info
from graph.errors import ErrorCode, RequestError
from graph.inputs.call_order import OrderBy
from graph.pagination import MAX_CALLS_PAGE, Connection, paging
from graph.scalars import JSON
from graph.types.call_log import CallLog
from graph.types.export import ExpiresIn, Format, export_url, linked
from graph.types.filter_part import WHERE, FilterPart, part_of


@strawberry.interface(
    description="An item of a chart that a person can click: it has a key, and leads to the calls behind it."
)
class DrillDown:
    behind: strawberry.Private[Behind | OneCall]
    key: str = strawberry.field(
        description="What tells the item from the others of its list: opaque, and the same when its numbers change. "
        "Records without a value, the item for all others, and labels of any text have different keys. It is not a "
        "global ID."
    )

    @strawberry.field(
        description="The filter that selects exactly the calls behind this item. Its times are absolute, so it "
        "can be passed to `callLogs` and to every other query that takes filters. Values that are masked for the key "
        "are hidden in it; then only `calls` reads the calls."
    )
    def filters(self) -> JSON:
        return JSON(self.behind.filters())

    @strawberry.field(description=f"{WHERE}.")
    def where(self) -> FilterPart | None:
        return part_of(self.behind.filters())

    @strawberry.field(description="The calls behind this item, newest first by default.")
    async def calls(
        self,
        info: Info,
        first: FirstCalls = None,
        after: After = None,
        order_by: OrderBy = None,
        last: LastCalls = None,
        before: Before = None,
    ) -> Connection[CallLog] | None:
        asked = paging(first, after, last, before, limit=MAX_CALLS_PAGE)
        return await calls_behind(info.context.scope, self.behind.selection(), asked, order_by)

    @strawberry.field(
        description="The URL, relative to the server, for downloading all calls behind this item as a file, with "
        "the same API key, or without one if `expiresIn` is given. If the URL is too long for a GET request, send "
        "`filters` in a POST request instead."
    )
    def export_url(self, info: Info, format: Format, expires_in: ExpiresIn = None) -> str | None:
        if self.behind.is_masked():
            message = "The filter of these calls holds values that are masked for this key, so they cannot be exported."
            raise RequestError(ErrorCode.FORBIDDEN, message)
        url = export_url("calls", format, filters=self.behind.filters())
        return linked(info.context.scope, url, expires_in)
