"""Loads the metrics that charts and documents name: never all of a project, which can have many."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, or_, select

from aggregation.question.needed_metrics import NeededMetrics, needed_metrics
from aggregation.question.prepare import LATENCY_METRIC
from aggregation.question.query import MetricRef
from models import Metric, Widget
from models.sessions import ReadSession

if TYPE_CHECKING:
    from resolvers.loaders import Loaders

_BY_ID = Metric.id.in_(bindparam("ids", expanding=True))
_METRICS = select(Metric).where(Metric.project_id == bindparam("project")).order_by(Metric.id)
_NAMED = _METRICS.where(_BY_ID)
_WITH_LATENCY = _METRICS.where(or_(_BY_ID, func.lower(Metric.name) == LATENCY_METRIC))


async def load_chart_metrics(loaders: Loaders, needs: list[NeededMetrics]) -> list[dict[int, MetricRef]]:
    """The metrics that each definition needs, by number: one statement for all, and none where nothing is needed.

    Charts wait for this loader together, those too that need no metric, so that they are asked together.
    """
    found = loaders.known_metrics
    ids, latency = _missing(loaders, needs)
    if ids or latency:
        async with loaders.sessions.read(loaders.project_id) as session:
            await read_metrics(loaders, session, ids, latency=latency)
    return [_refs(found, need) for need in needs]


async def read_metrics_of_widgets(loaders: Loaders, session: ReadSession, widgets: Iterable[Widget]) -> None:
    """Reads what the charts of widgets will need, in the session that read the widgets: at most one statement."""
    needs = [needed_metrics(widget.field, widget.metric_id, widget.group_by) for widget in widgets]
    ids, latency = _missing(loaders, needs)
    if ids or latency:
        await read_metrics(loaders, session, ids, latency=latency)
    for need in needs:
        loaders.chart_metrics.prime(need, _refs(loaders.known_metrics, need))


async def read_metrics(loaders: Loaders, session: ReadSession, ids: Collection[int], *, latency: bool) -> None:
    """Reads metrics by number, with or without the project's latency metrics, and keeps them for the request."""
    rows = await select_metrics(session, loaders.project_id, ids, latency=latency)
    loaders.known_metrics |= dict.fromkeys(ids) | {metric.id: metric for metric in rows}
    loaders.knows_latency = loaders.knows_latency or latency
    loaders.metrics.prime_many({row_id: loaders.known_metrics[row_id] for row_id in {*ids, *(row.id for row in rows)}})


async def select_metrics(
    session: ReadSession, project_id: int, ids: Collection[int], *, latency: bool = False
) -> tuple[Metric, ...]:
    """Metrics by number and, where asked for, those that are named as the overview's latency; as they were made."""
    statement = _WITH_LATENCY if latency else _NAMED
    return tuple(await session.scalars(statement, {"project": project_id, "ids": sorted(ids)}))


def metric_ref(metric: Metric) -> MetricRef:
    """What the aggregation service needs to know of a metric."""
    return MetricRef(metric.id, metric.name, metric.evaluation_type)


def _missing(loaders: Loaders, needs: Iterable[NeededMetrics]) -> tuple[set[int], bool]:
    ids, latency = set[int](), False
    for need in needs:
        ids |= need.ids
        latency = latency or need.latency
    return ids - loaders.known_metrics.keys(), latency and not loaders.knows_latency


def _refs(found: dict[int, Metric | None], need: NeededMetrics) -> dict[int, MetricRef]:
    """In the order of their numbers, as they were made."""
    return {
        row_id: metric_ref(metric)
        for row_id, metric in sorted(found.items())
        if metric is not None and (row_id in need.ids or (need.latency and metric.name.lower() == LATENCY_METRIC))
    }
