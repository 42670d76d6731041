"""Loads dashboards, alone or with everything that their charts need to be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregation.question.query import MetricRef
from models import Dashboard, Metric
from resolvers.loaders.rows import select_dashboards, select_metrics, select_whole_dashboards

if TYPE_CHECKING:
    from resolvers.loaders import Loaders


async def load_dashboards(loaders: Loaders, ids: list[int]) -> list[Dashboard | None]:
    """Dashboards, in the order asked: one statement."""
    async with loaders.sessions.read(loaders.project_id) as session:
        found = await select_dashboards(session, loaders.project_id, ids)
    return [found.get(row_id) for row_id in ids]


async def load_whole_dashboards(loaders: Loaders, ids: list[int]) -> list[Dashboard | None]:
    """Dashboards with their widgets and the project's metrics, in one snapshot: two statements however many."""
    async with loaders.sessions.read(loaders.project_id) as session:
        whole = await select_whole_dashboards(session, loaders.project_id, ids)
        metrics = await select_metrics(session, loaders.project_id)
    found = {row_id: dashboard for row_id, (dashboard, _) in whole.items()}
    loaders.dashboards.prime_many(dict(found))
    for row_id, (_, widgets) in whole.items():
        loaders.widgets_of_dashboard.prime(row_id, widgets)
        loaders.widget_counts.prime(row_id, len(widgets))
    prime_metrics(loaders, metrics)
    return [found.get(row_id) for row_id in ids]


async def load_metrics_of_project(loaders: Loaders, project_ids: list[int]) -> list[tuple[Metric, ...]]:
    """All metrics of the request's project, the only one that is ever asked for."""
    async with loaders.sessions.read(loaders.project_id) as session:
        metrics = await select_metrics(session, loaders.project_id)
    prime_metrics(loaders, metrics)
    return [metrics for _ in project_ids]


def metric_ref(metric: Metric) -> MetricRef:
    """What the aggregation service needs to know of a metric."""
    return MetricRef(metric.id, metric.name, metric.evaluation_type)


def prime_metrics(loaders: Loaders, metrics: tuple[Metric, ...]) -> None:
    """Hands the project's metrics to the loaders that would ask for them."""
    loaders.metrics_of_project.prime(loaders.project_id, metrics)
    loaders.metrics.prime_many({metric.id: metric for metric in metrics})
