"""Loads dashboards, alone or with everything that their charts need to be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models import Dashboard
from resolvers.loaders.metrics import read_metrics_of_widgets
from resolvers.loaders.rows import select_dashboards, select_whole_dashboards

if TYPE_CHECKING:
    from resolvers.loaders import Loaders


async def load_dashboards(loaders: Loaders, ids: list[int]) -> list[Dashboard | None]:
    """Dashboards, in the order asked: one statement."""
    async with loaders.sessions.read(loaders.project_id) as session:
        found = await select_dashboards(session, loaders.project_id, ids)
    return [found.get(row_id) for row_id in ids]


async def load_whole_dashboards(loaders: Loaders, ids: list[int]) -> list[Dashboard | None]:
    """Dashboards with their widgets and the metrics that these name, in one snapshot: at most two statements."""
    async with loaders.sessions.read(loaders.project_id) as session:
        whole = await select_whole_dashboards(session, loaders.project_id, ids)
        named = (widget for _, widgets in whole.values() for widget in widgets)
        await read_metrics_of_widgets(loaders, session, named)
    found = {row_id: dashboard for row_id, (dashboard, _) in whole.items()}
    loaders.dashboards.prime_many(dict(found))
    for row_id, (_, widgets) in whole.items():
        loaders.widgets_of_dashboard.prime(row_id, widgets)
        loaders.widget_counts.prime(row_id, len(widgets))
    return [found.get(row_id) for row_id in ids]
