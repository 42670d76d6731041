"""Loads widgets: of dashboards, by number, and how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from models import Dashboard, Widget
from resolvers.loaders.metrics import read_metrics_of_widgets
from resolvers.loaders.rows import select_widgets

if TYPE_CHECKING:
    from resolvers.loaders import Loaders


async def load_widgets_of_dashboards(loaders: Loaders, dashboard_ids: list[int]) -> list[tuple[Widget, ...]]:
    """The widgets of each dashboard, and the metrics that they name along with them: at most two statements."""
    async with loaders.sessions.read(loaders.project_id) as session:
        found = await select_widgets(session, loaders.project_id, dashboard_ids)
        await read_metrics_of_widgets(loaders, session, (widget for widgets in found.values() for widget in widgets))
    return [found[dashboard_id] for dashboard_id in dashboard_ids]


async def load_widgets(loaders: Loaders, ids: list[int]) -> list[Widget | None]:
    """Widgets with their dashboards, but for those whose dashboard is deleted: one statement."""
    statement = (
        select(Widget, Dashboard)
        .join(Dashboard, (Dashboard.project_id == loaders.project_id) & (Dashboard.id == Widget.dashboard_id))
        .where(Widget.project_id == loaders.project_id, Widget.id.in_(ids), Dashboard.deleted_at.is_(None))
    )
    async with loaders.sessions.read(loaders.project_id) as session:
        rows = (await session.execute(statement)).tuples().all()
    loaders.dashboards.prime_many({dashboard.id: dashboard for _, dashboard in rows})
    found = {widget.id: widget for widget, _ in rows}
    return [found.get(row_id) for row_id in ids]


async def load_widget_counts(loaders: Loaders, dashboard_ids: list[int]) -> list[int]:
    """How many widgets each dashboard has: one statement."""
    statement = (
        select(Widget.dashboard_id, func.count())
        .where(Widget.project_id == loaders.project_id, Widget.dashboard_id.in_(dashboard_ids))
        .group_by(Widget.dashboard_id)
    )
    async with loaders.sessions.read(loaders.project_id) as session:
        counts = dict((await session.execute(statement)).tuples().all())
    return [counts.get(dashboard_id, 0) for dashboard_id in dashboard_ids]
