"""The documents of dashboards, read with the request's loaders or in a session of one's own."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from models import Agent, Dashboard, DashboardRevision
from models.sessions import Sessions
from resolvers.dashboard_state import DashboardState, from_json, state_of, without_values
from resolvers.documents.apply import agents_in, metrics_in
from resolvers.documents.names import Names
from resolvers.documents.write import to_document
from resolvers.loaders.metrics import select_metrics
from resolvers.loaders.rows import select_widgets
from resolvers.revisions import state_after
from resolvers.scope import Scope


async def document_of(scope: Scope, dashboard: Dashboard) -> dict[str, Any]:
    """A dashboard with its widgets, as it is; the values of masked fields are hidden in its filters."""
    return await _document(scope, state_of(dashboard, await scope.loaders.widgets_of_dashboard.load(dashboard.id)))


async def document_after(scope: Scope, revision: DashboardRevision) -> dict[str, Any]:
    """A dashboard with its widgets, as it was after a revision; metrics and agents by the names that they have now."""
    return await _document(scope, from_json(await state_after(scope, revision)))


async def _document(scope: Scope, state: DashboardState) -> dict[str, Any]:
    metrics = await scope.loaders.metrics.load_many(sorted(metrics_in(state)))
    agents = await scope.loaders.agents.load_many(sorted(agents_in(state)))
    by_id = {agent.id: agent.agent_name for agent in agents if agent is not None}
    names = Names({metric.id: metric.name for metric in metrics if metric is not None}, by_id)
    return to_document(without_values(state, scope.rights.masked), names)


async def export_documents(sessions: Sessions, project_id: int, name: str | None) -> Sequence[dict[str, Any]]:
    """The documents of a project's dashboards, or of those of one name, as they were made, in one snapshot."""
    statement = select(Dashboard).where(Dashboard.project_id == project_id, Dashboard.deleted_at.is_(None))
    if name is not None:
        statement = statement.where(Dashboard.name == name)
    async with sessions.read(project_id) as session:
        rows = (await session.scalars(statement.order_by(Dashboard.id))).all()
        widgets = await select_widgets(session, project_id, [row.id for row in rows])
        states = [state_of(row, widgets[row.id]) for row in rows]
        metrics = {
            metric.id: metric.name
            for metric in await select_metrics(session, project_id, set[int]().union(*map(metrics_in, states)))
        }
        named = select(Agent.id, Agent.agent_name).where(
            Agent.project_id == project_id, Agent.id.in_(set[int]().union(*map(agents_in, states)))
        )
        agents = dict((await session.execute(named)).tuples().all())
    return [to_document(state, Names(metrics, agents)) for state in states]
