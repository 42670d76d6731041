"""Lists of dashboards, agents, metrics and calls."""

from typing import Annotated

import strawberry

from graph.arguments import (
    MAX_SEARCH,
    After,
    Before,
    First,
    FirstCalls,
    FirstFewer,
    Last,
    LastCalls,
    plain_text,
)
from graph.call_connection import filtered_calls
from graph.context import Info
from graph.inputs.call_log_filter import CallLogFilter
from graph.inputs.call_order import OrderBy
from graph.inputs.filters import either_form
from graph.numbered_pages import numbered_page
from graph.pagination import FEWER, MAX_CALLS_PAGE, Connection, paging
from graph.scalars import JSON
from graph.types.agent import Agent
from graph.types.api_key import ApiKey
from graph.types.call_log import CallLog
from graph.types.dashboard import Dashboard
from graph.types.metric import Metric
from resolvers import agents as agent_rows
from resolvers import api_keys as key_rows
from resolvers import dashboards as dashboard_rows
from resolvers import metrics as metric_rows

Search = Annotated[
    str | None,
    strawberry.argument(
        description=f"Only those whose name contains this text, ignoring case. At most {MAX_SEARCH} characters."
    ),
]
Deleted = Annotated[
    bool,
    strawberry.argument(
        description="True to list the deleted dashboards, which can be restored, instead of the others."
    ),
]
Filters = Annotated[
    JSON | None,
    strawberry.argument(
        description="Only calls that match this filter. Its times can be arbitrarily old; `today` is in UTC."
    ),
]

Where = Annotated[
    CallLogFilter | None,
    strawberry.argument(description="The filter in typed form. Cannot be combined with `filters`."),
]


async def dashboards(
    info: Info,
    first: FirstFewer = None,
    after: After = None,
    search: Search = None,
    deleted: Deleted = False,
    last: Last = None,
    before: Before = None,
) -> Connection[Dashboard]:
    """The dashboards, in the order of their creation; with `deleted`, the deleted ones."""
    scope = info.context.scope
    text = plain_text("search", search, MAX_SEARCH) if search else None
    return await numbered_page(
        "Dashboard",
        paging(first, after, last, before, default=FEWER),
        page=lambda part: dashboard_rows.list_dashboards(scope, part, text, deleted=deleted),
        node=Dashboard.of,
        number=lambda row: row.id,
        count=lambda: dashboard_rows.count_dashboards(scope, text, deleted=deleted),
    )


async def agents(
    info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Connection[Agent]:
    """The agents, in the order of their creation."""
    scope = info.context.scope
    return await numbered_page(
        "Agent",
        paging(first, after, last, before),
        page=lambda part: agent_rows.list_agents(scope, part),
        node=Agent.of,
        number=lambda row: row.id,
        count=lambda: agent_rows.count_agents(scope),
    )


async def metrics(
    info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Connection[Metric]:
    """The metrics, in the order of their creation."""
    scope = info.context.scope
    return await numbered_page(
        "Metric",
        paging(first, after, last, before),
        page=lambda part: metric_rows.list_metrics(scope, part),
        node=Metric.of,
        number=lambda row: row.id,
        count=lambda: metric_rows.count_metrics(scope),
    )


async def call_logs(
    info: Info,
    filters: Filters = None,
    where: Where = None,
    first: FirstCalls = None,
    after: After = None,
    order_by: OrderBy = None,
    last: LastCalls = None,
    before: Before = None,
) -> Connection[CallLog]:
    """Calls of any time, newest first by default."""
    asked = paging(first, after, last, before, limit=MAX_CALLS_PAGE)
    return await filtered_calls(info.context.scope, either_form(filters, where), asked, order_by)


async def api_keys(
    info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Connection[ApiKey]:
    """The project's API keys, including revoked and expired ones, in the order of their creation. For admins."""
    scope = info.context.scope
    return await numbered_page(
        "ApiKey",
        paging(first, after, last, before),
        page=lambda part: key_rows.page_of_keys(scope, part),
        node=ApiKey.of,
        number=lambda row: row.id,
        count=lambda: key_rows.count_keys(scope),
    )
