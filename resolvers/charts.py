"""Answers widgets: a definition becomes a complete chart query, which the chart loader runs with its neighbours."""

from collections.abc import Callable, Iterator

from aggregation.answer.results import ChartResult
from aggregation.question.effective_filters import checked_filter, filter_parts, zone_in
from aggregation.question.faults import ChartError
from aggregation.question.needed_metrics import needed_metrics
from aggregation.question.prepare import prepare
from aggregation.question.query import ChartOptions, ChartQuery, ChartScope, Overrides, Surroundings, WidgetDefinition
from filters import Checked
from models import Widget
from resolvers.regex_faults import located
from resolvers.scope import Scope

DEFAULT_OPTIONS = ChartOptions()

Planned = Callable[[ChartQuery], None]


def _free(_query: ChartQuery) -> None:
    """A question that costs its asker nothing."""


def definition_of(widget: Widget) -> WidgetDefinition:
    """What a saved widget plots."""
    return WidgetDefinition(
        chart_type=widget.chart_type,
        field=widget.field,
        metric_id=widget.metric_id,
        aggregation=widget.aggregation,
        time_period=widget.time_period,
        group_by=widget.group_by,
        filters=widget.filters,
    )


async def chart_scope(
    scope: Scope,
    definition: WidgetDefinition,
    surroundings: Surroundings,
    overrides: Overrides,
    options: ChartOptions = DEFAULT_OPTIONS,
    *,
    is_saved: bool,
) -> ChartScope:
    """Where, when and how the chart of a definition is asked, with the metrics that it names.

    ``is_saved`` says that definition and surroundings are saved ones, whose filters the reader has not written.
    """
    needed = needed_metrics(definition.field, definition.metric_id, definition.group_by)
    return ChartScope(
        project_id=scope.project_id,
        now=scope.now,
        max_window=scope.max_window,
        surroundings=surroundings,
        overrides=overrides,
        options=options,
        metrics=await scope.loaders.chart_metrics.load(needed),
        is_saved=is_saved,
        masked=scope.rights.masked,
    )


async def chart_query(
    scope: Scope,
    definition: WidgetDefinition,
    surroundings: Surroundings,
    overrides: Overrides,
    options: ChartOptions,
    *,
    is_saved: bool,
) -> ChartQuery:
    """The complete question of a chart, which is not asked.

    Raises:
        ChartError: there is no such chart.
    """
    return prepare(
        definition, await chart_scope(scope, definition, surroundings, overrides, options, is_saved=is_saved)
    )


async def chart(
    scope: Scope,
    definition: WidgetDefinition,
    surroundings: Surroundings,
    overrides: Overrides,
    options: ChartOptions,
    planned: Planned = _free,
    *,
    is_saved: bool = False,
) -> ChartResult | ChartError:
    """The chart of a definition, or why there is none. ``planned`` sees the complete question before it is asked."""
    asked = await chart_scope(scope, definition, surroundings, overrides, options, is_saved=is_saved)
    try:
        query = prepare(definition, asked)
        planned(query)
        result = await scope.loaders.charts.load(query)
    except ChartError as error:
        return await located(scope, error, _filters(definition, asked))
    scope.meter.charts[result.source.name] += 1
    return result


def _filters(definition: WidgetDefinition, asked: ChartScope) -> Iterator[tuple[str, Checked]]:
    """The filters of a chart by themselves, and their origins."""
    zone = zone_in(asked)
    for part in filter_parts(definition.filters, asked):
        yield (
            part.origin.value,
            checked_filter(part.written, part.origin, asked.now, zone, week_start=asked.week_start, remember=False),
        )


async def widget_chart(
    scope: Scope, widget: Widget, overrides: Overrides, options: ChartOptions, planned: Planned = _free
) -> ChartResult | ChartError:
    """The chart of a saved widget, or why there is none."""
    surroundings = await surroundings_of(scope, widget.dashboard_id)
    return await chart(scope, definition_of(widget), surroundings, overrides, options, planned, is_saved=True)


async def surroundings_of(scope: Scope, dashboard_id: int) -> Surroundings:
    """What a saved dashboard lends; nothing where there is none."""
    dashboard = await scope.loaders.dashboards.load(dashboard_id)
    if dashboard is None:
        return Surroundings()
    return Surroundings(dashboard.filters, dashboard.time_zone, dashboard.week_start)
