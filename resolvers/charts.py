"""Answers widgets: a definition becomes a complete chart query, which the chart loader runs with its neighbours."""

from dataclasses import dataclass

from aggregation.answer.results import ChartResult
from aggregation.question.earlier_window import parse_shift
from aggregation.question.faults import ChartError, InvalidWidgetError, WidgetFault
from aggregation.question.prepare import prepare
from aggregation.question.query import ChartScope, Shift, WidgetDefinition
from models import Weekday, Widget
from resolvers.scope import Scope

PRECEDING = "preceding"
"""Compares with the window of equal length before the chart's own."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a request changes of a saved chart, for itself alone.

    Attributes:
        filters: replaces the widget's own filters when ``has_filters`` is set; None for none at all.
        time_from: replaces the timestamp conditions at the top of the filters, with ``time_to``.
        time_zone: replaces the dashboard's.
        line_points: the values of ``maxPoints`` that are asked of a line.
        week_start: replaces the dashboard's.
        compare_to: how far back to compare, or ``PRECEDING``; None to compare with nothing.
        intervals: whether confidence intervals are asked for.
        is_exact: whether percentiles must be exact.
        is_preview: whether the chart is not saved.
    """

    filters: object = None
    has_filters: bool = False
    time_from: str | None = None
    time_to: str | None = None
    time_zone: str | None = None
    line_points: tuple[int, ...] = ()
    week_start: Weekday | None = None
    compare_to: str | None = None
    intervals: bool = False
    is_exact: bool = False
    is_preview: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a dashboard lends to its charts."""

    filters: object = None
    time_zone: str = "UTC"
    week_start: Weekday = Weekday.MONDAY


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


async def chart_scope(scope: Scope, surroundings: Surroundings, overrides: Overrides) -> ChartScope:
    """Where and when a chart is asked."""
    metrics = await scope.loaders.metric_refs()
    return ChartScope(
        project_id=scope.project_id,
        now=scope.now,
        max_window=scope.max_window,
        dashboard_filters=surroundings.filters,
        override_filters=overrides.filters,
        has_override=overrides.has_filters,
        time_from=overrides.time_from,
        time_to=overrides.time_to,
        time_zone=overrides.time_zone or surroundings.time_zone,
        week_start=overrides.week_start or surroundings.week_start,
        compare=_shift(overrides.compare_to),
        intervals=overrides.intervals,
        is_exact=overrides.is_exact,
        is_one_off=overrides.is_preview or overrides.has_filters,
        metrics=metrics,
        line_points=overrides.line_points,
    )


def _shift(text: str | None) -> Shift | None:
    if text is None:
        return None
    if text == PRECEDING:
        return Shift(is_preceding=True)
    try:
        return parse_shift(text)
    except ValueError as error:
        raise InvalidWidgetError((WidgetFault("INVALID_VALUE", str(error), "/compareTo/shift"),)) from error


async def chart(
    scope: Scope, definition: WidgetDefinition, surroundings: Surroundings, overrides: Overrides
) -> ChartResult | ChartError:
    """The chart of a definition, or why there is none."""
    try:
        query = prepare(definition, await chart_scope(scope, surroundings, overrides))
        return await scope.loaders.charts.load(query)
    except ChartError as error:
        return error


async def widget_chart(scope: Scope, widget: Widget, overrides: Overrides) -> ChartResult | ChartError:
    """The chart of a saved widget, or why there is none."""
    return await chart(scope, definition_of(widget), await surroundings_of(scope, widget.dashboard_id), overrides)


async def surroundings_of(scope: Scope, dashboard_id: int) -> Surroundings:
    """What a saved dashboard lends; nothing where there is none."""
    dashboard = await scope.loaders.dashboards.load(dashboard_id)
    if dashboard is None:
        return Surroundings()
    return Surroundings(dashboard.filters, dashboard.time_zone, dashboard.week_start)
