"""Calls, as they arrive."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from aggregation.question.faults import ChartError
from graph.chart_errors import request_error
from graph.context import Info
from graph.inputs.call_log_filter import CallLogFilter
from graph.inputs.filters import either_form
from graph.pagination import MAX_PAGE, page_size
from graph.scalars import JSON
from graph.subscriptions.version import Since, checked_version
from graph.types.call_log_event import CallLogEvent
from resolvers.arrival_feed import following_arrivals
from resolvers.call_logs import check_large_filters

Filters = Annotated[
    JSON | None, strawberry.argument(description="Only calls that match this filter. `today` is in UTC.")
]
Where = Annotated[
    CallLogFilter | None,
    strawberry.argument(description="The filter in typed form. Cannot be combined with `filters`."),
]
First = Annotated[
    int,
    strawberry.argument(
        description=f"The maximum number of calls of an event: 1 to {MAX_PAGE}; other values are an error. Of further "
        "ones, the event has the number."
    ),
]


async def call_log_arrived(
    info: Info, filters: Filters = None, where: Where = None, first: First = 20, since: Since = None
) -> AsyncGenerator[CallLogEvent | None]:
    """Calls that arrive or change, whether by the API, an import, or plain SQL. The first event comes at once and has
    no calls, unless `since` is given."""
    scope, asked = info.context.scope, either_form(filters, where)
    size, place = page_size(first), checked_version(since)
    try:
        await check_large_filters(scope, asked)
        async with following_arrivals(scope, asked, size) as feed:
            async for news in feed.events(place):
                yield CallLogEvent.of(news)
    except ChartError as error:
        raise request_error(error) from error
