"""Loaders of rows by their number: one statement for all that were asked for."""

from collections.abc import Sequence
from typing import TypeVar, cast

from sqlalchemy import select

from models import Agent, CallLog, Dashboard, Metric, Widget
from models.sessions import ReadSession, Sessions

Numbered = TypeVar("Numbered", Agent, CallLog, Metric)


async def _by_id(
    sessions: Sessions, project_id: int, model: type[Numbered], ids: Sequence[int]
) -> list[Numbered | None]:
    statement = select(model).where(model.project_id == project_id, model.id.in_(ids))
    async with sessions.read(project_id) as session:
        found = {row.id: row for row in await session.scalars(statement)}
    return [found.get(row_id) for row_id in ids]


async def load_agents(sessions: Sessions, project_id: int, ids: list[int]) -> list[Agent | None]:
    """Agents, in the order asked."""
    return await _by_id(sessions, project_id, Agent, ids)


async def load_metrics(sessions: Sessions, project_id: int, ids: list[int]) -> list[Metric | None]:
    """Metrics, in the order asked."""
    return await _by_id(sessions, project_id, Metric, ids)


async def load_calls(sessions: Sessions, project_id: int, ids: list[int]) -> list[CallLog | None]:
    """Calls, in the order asked."""
    return await _by_id(sessions, project_id, CallLog, ids)


async def select_dashboards(session: ReadSession, project_id: int, ids: Sequence[int]) -> dict[int, Dashboard]:
    """Dashboards that are not deleted, by number."""
    statement = select(Dashboard).where(
        Dashboard.project_id == project_id, Dashboard.id.in_(ids), Dashboard.deleted_at.is_(None)
    )
    return {row.id: row for row in await session.scalars(statement)}


async def select_whole_dashboards(
    session: ReadSession, project_id: int, ids: Sequence[int]
) -> dict[int, tuple[Dashboard, tuple[Widget, ...]]]:
    """Dashboards that are not deleted, by number, each with its widgets in their order: one statement."""
    statement = (
        select(Dashboard, Widget)
        .outerjoin(Widget, (Widget.project_id == Dashboard.project_id) & (Widget.dashboard_id == Dashboard.id))
        .where(Dashboard.project_id == project_id, Dashboard.id.in_(ids), Dashboard.deleted_at.is_(None))
        .order_by(Dashboard.id, Widget.position, Widget.id)
    )
    found = (await session.execute(statement)).tuples().all()
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
    statement = select(Metric).where(Metric.project_id == project_id).order_by(Metric.id)
    return tuple(await session.scalars(statement))
