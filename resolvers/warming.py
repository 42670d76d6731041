"""Queues the pre-aggregates of saved charts before anybody requests them."""

from collections.abc import Sequence

from sqlalchemy import select

from aggregation.question.faults import ChartError
from aggregation.question.needed_metrics import needed_metrics
from aggregation.question.prepare import prepare
from aggregation.question.query import DEFAULT_MAX_POINTS, ChartOptions, ChartQuery, Overrides
from aggregation.service import shapes_of
from models import Dashboard, Widget
from models.lanes import Lane
from resolvers.charts import chart_scope, definition_of, surroundings_of
from resolvers.scope import Scope

_AS_SHOWN = ChartOptions(line_points=(DEFAULT_MAX_POINTS,))


async def queue_saved_charts(scope: Scope) -> int:
    """Queues all missing and stale pre-aggregates of the project's saved charts; returns how many charts there are.

    Raises:
        ValueError: the scope has no pre-aggregates.
    """
    if scope.preaggregates is None:
        raise ValueError("Pre-aggregates are disabled.")
    queries: list[ChartQuery] = []
    widgets = await _saved_widgets(scope)
    needs = (needed_metrics(widget.field, widget.metric_id, widget.group_by) for widget in widgets)
    await scope.loaders.chart_metrics.load_many(dict.fromkeys(needs))
    for widget in widgets:
        surroundings = await surroundings_of(scope, widget.dashboard_id)
        try:
            definition = definition_of(widget)
            asked = await chart_scope(scope, definition, surroundings, Overrides(), _AS_SHOWN, is_saved=True)
            queries.append(prepare(definition, asked))
        except ChartError:
            continue  # the chart reports its error itself when it is requested
    async with scope.sessions.read(scope.project_id, lane=Lane.CHARTS) as session:
        await scope.preaggregates.queue_missing(session, await shapes_of(session, queries))
    return len(queries)


async def _saved_widgets(scope: Scope) -> Sequence[Widget]:
    statement = (
        select(Widget)
        .join(Dashboard, (Dashboard.project_id == scope.project_id) & (Dashboard.id == Widget.dashboard_id))
        .where(Widget.project_id == scope.project_id, Dashboard.deleted_at.is_(None))
        .order_by(Widget.dashboard_id, Widget.id)
    )
    async with scope.sessions.read(scope.project_id) as session:
        return (await session.scalars(statement)).all()
