"""Lists of dashboards, agents, metrics and calls."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import strawberry

import models
from graph.arguments import MAX_SEARCH, After, First, FirstCalls, plain_text
from graph.call_connection import filtered_calls
from graph.context import Info
from graph.inputs.call_log_filter import CallLogFilter
from graph.inputs.call_order import OrderBy
from graph.inputs.filters import either_form
from graph.pagination import Connection, connect, decode_cursor, encode_cursor
from graph.pagination import page_size as checked_size
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
from resolvers.page import Page

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

Row = TypeVar("Row", models.Agent, models.ApiKey, models.Dashboard, models.Metric)
Node = TypeVar("Node")


async def _connection(
    kind: str,
    first: int,
    after: str | None,
    *,
    page: Callable[[int, int | None], Awaitable[Page[Row]]],
    node: Callable[[Row], Node],
    count: Callable[[], Awaitable[int]],
) -> Connection[Node]:
    size, place = checked_size(first), decode_cursor(kind, after, 1)
    found = await page(size, place[0] if place else None)
    return connect(
        found.rows,
        node=node,
        cursor=lambda row: encode_cursor(kind, row.id),
        has_next=found.has_next,
        after=after,
        count=count,
    )


async def dashboards(
    info: Info, first: First = 20, after: After = None, search: Search = None, deleted: Deleted = False
) -> Connection[Dashboard]:
    """The dashboards, in the order of their creation; with `deleted`, the deleted ones."""
    scope = info.context.scope
    text = plain_text("search", search, MAX_SEARCH) if search else None
    return await _connection(
        "Dashboard",
        first,
        after,
        page=lambda size, place: dashboard_rows.list_dashboards(scope, size, place, text, deleted=deleted),
        node=Dashboard.of,
        count=lambda: dashboard_rows.count_dashboards(scope, text, deleted=deleted),
    )


async def agents(info: Info, first: First = 50, after: After = None) -> Connection[Agent]:
    """The agents, in the order of their creation."""
    scope = info.context.scope
    return await _connection(
        "Agent",
        first,
        after,
        page=lambda size, place: agent_rows.list_agents(scope, size, place),
        node=Agent.of,
        count=lambda: agent_rows.count_agents(scope),
    )


async def metrics(info: Info, first: First = 50, after: After = None) -> Connection[Metric]:
    """The metrics, in the order of their creation."""
    scope = info.context.scope
    return await _connection(
        "Metric",
        first,
        after,
        page=lambda size, place: metric_rows.list_metrics(scope, size, place),
        node=Metric.of,
        count=lambda: metric_rows.count_metrics(scope),
    )


async def call_logs(
    info: Info,
    filters: Filters = None,
    where: Where = None,
    first: FirstCalls = 50,
    after: After = None,
    order_by: OrderBy = None,
) -> Connection[CallLog]:
    """Calls of any time, newest first by default."""
    return await filtered_calls(info.context.scope, either_form(filters, where), first, after, order_by)


async def api_keys(info: Info, first: First = 50, after: After = None) -> Connection[ApiKey]:
    """The project's API keys, including revoked and expired ones, in the order of their creation. For admins."""
    scope = info.context.scope
    return await _connection(
        "ApiKey",
        first,
        after,
        page=lambda size, place: key_rows.page_of_keys(scope, size, place),
        node=ApiKey.of,
        count=lambda: key_rows.count_keys(scope),
    )
