"""Reads widgets. Those of a deleted dashboard are not there."""

from collections.abc import Sequence

from aggregation.question.catalog import METRIC_DATA_TYPES, find_field
from aggregation.question.effective_filters import effective_json, zone_in
from aggregation.question.prepare import compared_with
from aggregation.question.query import ChartOptions, ChartScope, ComparedTo, Overrides
from models import DataType, Metric, Widget
from resolvers.charts import surroundings_of
from resolvers.scope import Scope


async def widget(scope: Scope, row_id: int) -> Widget | None:
    """One widget."""
    return await scope.loaders.widgets.load(row_id)


async def widgets_of(scope: Scope, dashboard_id: int) -> Sequence[Widget]:
    """A dashboard's widgets, in their order."""
    return await scope.loaders.widgets_of_dashboard.load(dashboard_id)


async def widget_count(scope: Scope, dashboard_id: int) -> int:
    """How many widgets a dashboard has."""
    return await scope.loaders.widget_counts.load(dashboard_id)


async def metric_of(scope: Scope, widget: Widget) -> Metric | None:
    """The metric that a widget plots."""
    return None if widget.metric_id is None else await scope.loaders.metrics.load(widget.metric_id)


async def effective_filters(
    scope: Scope, widget: Widget, overrides: Overrides, compare: ComparedTo | None = None
) -> object:
    """What the records of a widget's chart must fulfil when a request asks for it with overrides, as the reader may
    see it.

    Raises:
        ChartError: what the request gives is wrong.
    """
    surroundings = await surroundings_of(scope, widget.dashboard_id)
    masked = scope.rights.masked
    asked = ChartScope(
        scope.project_id,
        scope.now,
        scope.max_window,
        surroundings,
        overrides,
        ChartOptions(compare=compare),
        is_saved=True,
        masked=masked,
    )
    compared_with(asked, zone_in(asked))
    return masked.filters(effective_json(widget.filters, asked))


async def data_type_of(scope: Scope, widget: Widget) -> DataType | None:
    """What the plotted values are: the metric decides for a metric, the field for all else; None for neither."""
    metric = await metric_of(scope, widget)
    if metric is not None:
        return METRIC_DATA_TYPES[metric.evaluation_type]
    field = find_field(widget.field) if widget.field else None
    return field.data_type if field else None
