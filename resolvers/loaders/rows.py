"""Loaders of rows by their number, or that of their call: one statement for all that were asked for."""

from collections.abc import Sequence
from typing import TypeVar, cast

from sqlalchemy import bindparam, select
from sqlalchemy.orm import InstrumentedAttribute

from models import Agent, CallFeedback, CallLog, CallTranscript, Dashboard, Metric, Widget
from models.sessions import ReadSession, Sessions

Row = TypeVar("Row", Agent, CallFeedback, CallLog, CallTranscript, Metric)


async def _by(
    sessions: Sessions, project_id: int, model: type[Row], key: InstrumentedAttribute[int], wanted: Sequence[int]
) -> list[Row | None]:
    statement = select(model).where(model.project_id == project_id, key.in_(wanted))
    async with sessions.read(project_id) as session:
        found = {getattr(row, key.key): row for row in await session.scalars(statement)}
    return [found.get(number) for number in wanted]


async def load_agents(sessions: Sessions, project_id: int, ids: list[int]) -> list[Agent | None]:
    """Agents, in the order asked."""
    return await _by(sessions, project_id, Agent, Agent.id, ids)


async def load_metrics(sessions: Sessions, project_id: int, ids: list[int]) -> list[Metric | None]:
    """Metrics, in the order asked."""
    return await _by(sessions, project_id, Metric, Metric.id, ids)


async def load_calls(sessions: Sessions, project_id: int, ids: list[int]) -> list[CallLog | None]:
    """Calls, in the order asked."""
    return await _by(sessions, project_id, CallLog, CallLog.id, ids)


async def load_transcripts(sessions: Sessions, project_id: int, call_log_ids: list[int]) -> list[CallTranscript | None]:
    """The transcripts of calls, in the order asked."""
    return await _by(sessions, project_id, CallTranscript, CallTranscript.call_log_id, call_log_ids)


async def load_feedback(sessions: Sessions, project_id: int, call_log_ids: list[int]) -> list[CallFeedback | None]:
    """The feedback on calls, in the order asked."""
    return await _by(sessions, project_id, CallFeedback, CallFeedback.call_log_id, call_log_ids)


async def select_dashboards(session: ReadSession, project_id: int, ids: Sequence[int]) -> dict[int, Dashboard]:
    """Dashboards that are not deleted, by number."""
    statement = select(Dashboard).where(
        Dashboard.project_id == project_id, Dashboard.id.in_(ids), Dashboard.deleted_at.is_(None)
    )
    return {row.id: row for row in await session.scalars(statement)}


# Written once, since a request for a dashboard runs them all, and putting them together takes longer than they do.
_WHOLE_DASHBOARDS = (
    select(Dashboard, Widget)
    .outerjoin(Widget, (Widget.project_id == Dashboard.project_id) & (Widget.dashboard_id == Dashboard.id))
    .where(
        Dashboard.project_id == bindparam("project"),
        Dashboard.id.in_(bindparam("ids", expanding=True)),
        Dashboard.deleted_at.is_(None),
    )
    .order_by(Dashboard.id, Widget.position, Widget.id)
)
_METRICS = select(Metric).where(Metric.project_id == bindparam("project")).order_by(Metric.id)


async def select_whole_dashboards(
    session: ReadSession, project_id: int, ids: Sequence[int]
) -> dict[int, tuple[Dashboard, tuple[Widget, ...]]]:
    """Dashboards that are not deleted, by number, each with its widgets in their order: one statement."""
    found = (await session.execute(_WHOLE_DASHBOARDS, {"project": project_id, "ids": [*ids]})).tuples().all()
    rows = cast("Sequence[tuple[Dashboard, Widget | None]]", found)  # a dashboard without widgets has one row
    dashboards = {dashboard.id: dashboard for dashboard, _ in rows}
    widgets: dict[int, list[Widget]] = {row_id: [] for row_id in dashboards}
    for dashboard, widget in rows:
        if widget is not None:
            widgets[dashboard.id].append(widget)
    return {row_id: (dashboard, tuple(widgets[row_id])) for row_id, dashboard in dashboards.items()}


async def select_widgets(
    session: ReadSession, project_id: int, dashboard_ids: Sequence[int]
) -> dict[int, tuple[Widget, ...]]:
    """The widgets of each dashboard, in their order."""
    statement = (
        select(Widget)
        .where(Widget.project_id == project_id, Widget.dashboard_id.in_(dashboard_ids))
        .order_by(Widget.dashboard_id, Widget.position, Widget.id)
    )
    found: dict[int, list[Widget]] = {dashboard_id: [] for dashboard_id in dashboard_ids}
    for row in await session.scalars(statement):
        found[row.dashboard_id].append(row)
    return {dashboard_id: tuple(rows) for dashboard_id, rows in found.items()}


async def select_metrics(session: ReadSession, project_id: int) -> tuple[Metric, ...]:
    """All metrics of the project, as they were made."""
    return tuple(await session.scalars(_METRICS, {"project": project_id}))
