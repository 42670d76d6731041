"""Single things, by their global ids."""

from asyncio import gather
from collections.abc import Awaitable, Callable
from typing import Annotated

import strawberry

from graph.arguments import Id
from graph.context import Info
from graph.errors import ErrorCode, RequestError
from graph.lookahead import selects
from graph.node_ids import NodeId, decode
from graph.pagination import MAX_PAGE
from graph.rights import ADMINS, check
from graph.types.agent import Agent
from graph.types.api_key import ApiKey
from graph.types.audit_event import AuditEvent
from graph.types.call_log import CallLog
from graph.types.dashboard import Dashboard
from graph.types.dashboard_revision import DashboardRevision
from graph.types.metric import Metric, MetricEvaluation
from graph.types.node import Node
from graph.types.project import Project
from graph.types.viewer import Viewer
from graph.types.widget import Widget
from resolvers import agents, api_keys, call_logs, dashboards, metrics, widgets
from resolvers.loaders.revisions import RevisionKey
from resolvers.scope import Scope

_Find = Callable[[Scope, NodeId, bool], Awaitable[Node | None]]
"""Reads what an id names, with its widgets or without; None if there is no such thing."""

AnyId = Annotated[strawberry.ID, strawberry.argument(description="A global ID of any type.")]
Ids = Annotated[
    list[strawberry.ID],
    strawberry.argument(description=f"Global IDs of any type, at most {MAX_PAGE}."),
]


async def _dashboard(scope: Scope, node_id: NodeId, with_widgets: bool) -> Dashboard | None:
    row = await dashboards.dashboard(scope, node_id.row_id, with_widgets=with_widgets)
    return Dashboard.of(row) if row else None


async def _widget(scope: Scope, node_id: NodeId, _: bool) -> Widget | None:
    row = await widgets.widget(scope, node_id.row_id)
    return Widget.of(row) if row else None


async def _agent(scope: Scope, node_id: NodeId, _: bool) -> Agent | None:
    row = await agents.agent(scope, node_id.row_id)
    return Agent.of(row) if row else None


async def _metric(scope: Scope, node_id: NodeId, _: bool) -> Metric | None:
    row = await metrics.metric(scope, node_id.row_id)
    return Metric.of(row) if row else None


async def _call_log(scope: Scope, node_id: NodeId, _: bool) -> CallLog | None:
    row = await call_logs.call_log(scope, node_id.row_id)
    return CallLog.of(row, scope.rights.masked) if row else None


async def _metric_evaluation(scope: Scope, node_id: NodeId, _: bool) -> MetricEvaluation | None:
    row = await scope.loaders.single_evaluations.load(node_id.row_id)
    return MetricEvaluation.of(row) if row else None


async def _dashboard_revision(scope: Scope, node_id: NodeId, _: bool) -> DashboardRevision | None:
    row = await scope.loaders.single_revisions.load(RevisionKey(node_id.within[0], node_id.row_id))
    return DashboardRevision.of(row, scope.rights.masked) if row else None


async def _api_key(scope: Scope, node_id: NodeId, _: bool) -> ApiKey | None:
    check(scope.rights, "an ApiKey", ADMINS)
    row = await api_keys.api_key(scope, node_id.row_id)
    return ApiKey.of(row) if row else None


async def _audit_event(scope: Scope, node_id: NodeId, _: bool) -> AuditEvent | None:
    check(scope.rights, "an AuditEvent", ADMINS)
    row = await scope.loaders.audit_events.load(node_id.row_id)
    return AuditEvent.of(row) if row else None


async def _project(scope: Scope, node_id: NodeId, _: bool) -> Project | None:
    row = await scope.loaders.projects.load(node_id.row_id)
    return Project.of(row) if row else None


def _own(part: Callable[[Viewer], Node | None]) -> _Find:
    """Who is asking, or a part of that: nobody else can be read."""

    async def find(scope: Scope, node_id: NodeId, _: bool) -> Node | None:
        found = part(Viewer.of(scope))
        return found if found and decode(found.id) == node_id else None

    return find


_BY_TYPE: dict[str, _Find] = {
    "Dashboard": _dashboard,
    "Widget": _widget,
    "Agent": _agent,
    "Metric": _metric,
    "CallLog": _call_log,
    "MetricEvaluation": _metric_evaluation,
    "DashboardRevision": _dashboard_revision,
    "ApiKey": _api_key,
    "AuditEvent": _audit_event,
    "Project": _project,
    "Viewer": _own(lambda viewer: viewer),
    "ViewerKey": _own(lambda viewer: viewer.key),
    "Organisation": _own(lambda viewer: viewer.organisation),
}


def _with_widgets(info: Info) -> bool:
    return selects(info, "widgets", "Dashboard", "Node")


async def _node(info: Info, node_id: NodeId) -> Node | None:
    return await _BY_TYPE[node_id.type_name](info.context.scope, node_id, _with_widgets(info))


async def node(info: Info, id: AnyId) -> Node | None:
    """Any object by its global ID; null if it does not exist."""
    return await _node(info, decode(id))


async def nodes(info: Info, ids: Ids) -> list[Node | None]:
    """Many objects by their global IDs, in the same order; null for each that does not exist."""
    if len(ids) > MAX_PAGE:
        message = f"ids has {len(ids):,} ids; at most {MAX_PAGE} are allowed."
        raise RequestError(ErrorCode.LIMIT_EXCEEDED, message, limit=MAX_PAGE)
    return list(await gather(*(_node(info, node_id) for node_id in [decode(id) for id in ids])))


async def dashboard(info: Info, id: Id) -> Dashboard | None:
    """One dashboard; null if it does not exist."""
    return await _dashboard(info.context.scope, decode(id, ("Dashboard",)), _with_widgets(info))


async def widget(info: Info, id: Id) -> Widget | None:
    """One widget; null if it or its dashboard does not exist."""
    return await _widget(info.context.scope, decode(id, ("Widget",)), False)


async def call_log(info: Info, id: Id) -> CallLog | None:
    """One call; null if it does not exist."""
    return await _call_log(info.context.scope, decode(id, ("CallLog",)), False)
