"""From a widget's definition and the scope it is asked in to a complete ``ChartQuery``."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from aggregation.question.buckets import TooManyBucketsError, bucket_edges, fitting_period
from aggregation.question.catalog import find_field
from aggregation.question.chart_types import FORMS, Takes, forms_where
from aggregation.question.earlier_window import EARLIEST, GRACE, LATEST, edges_of, resolved, spans_more
from aggregation.question.effective_filters import FilterOrigin, checked_filter, effective, time_range, zone_in
from aggregation.question.faults import (
    FaultOrigin,
    InvalidFilterError,
    InvalidWidgetError,
    TimeRangeTooLongError,
    TimeRangeTooOldError,
    WidgetFault,
    WidgetFaultCode,
)
from aggregation.question.grouping import SECOND
from aggregation.question.query import (
    BucketGroup,
    ChartQuery,
    ChartScope,
    ComparedTo,
    FieldGroup,
    Group,
    MetricRef,
    PairGroup,
    ResolvedWindow,
    WidgetDefinition,
    groups_of,
)
from aggregation.question.validate import ValidWidget, refuse_unused, validate_widget
from filters import FaultCode, FilterFault, MaskedFields, Window, resolve_instant
from filters.clock_fields import clock_field, in_zone
from filters.instants import rfc3339
from filters.normal import normal_json
from filters.window import without_bounds
from filters.zones import zone_of
from models import DataType, EvaluationType, TimePeriod

MAX_SERIES_BUCKETS = 76_000
"""The most buckets of a chart over all of its series: 101 series of the hours of 31 days."""

_OF_FLAGS = 3
"""The groups of a boolean: true, false and no value."""

LATENCY_METRIC = "latency"
"""The name of the metric whose p95 stands in the overview."""


def validate(definition: WidgetDefinition, metrics: Mapping[int, MetricRef], *, now: datetime, zone: ZoneInfo) -> None:
    """Checks a definition that is about to be saved.

    Raises:
        InvalidWidgetError: field, metric, chart type, aggregation, period and grouping do not go together.
        InvalidFilterError: the widget's filters are wrong (origin "widget").
    """
    validate_widget(definition, metrics)
    refuse_unused(definition)
    checked_filter(definition.filters, FilterOrigin.WIDGET, now, zone)


def prepare(definition: WidgetDefinition, scope: ChartScope) -> ChartQuery:
    """The complete query of a chart.

    Raises:
        InvalidWidgetError: the definition cannot be plotted, or shows what is masked for the reader; or the range to
            compare with is wrong.
        InvalidFilterError: one of the filters, or the time range, is wrong, or no time passes them all.
        TimeRangeTooOldError: the window begins more than ``scope.max_window`` and a minute ago.
        TimeRangeTooLongError: the window spans more than ``scope.max_window``.
    """
    zone = zone_in(scope)
    valid = _in_zone(validate_widget(definition, scope.metrics), scope.time_zone)
    _refuse_untaken(definition, scope)
    _refuse_masked(definition, valid, scope.masked)
    passing, bounds = effective(definition.filters, scope, zone)
    covered = _window(bounds, scope, zone)
    base = without_bounds(passing)
    query = ChartQuery(
        project_id=scope.project_id,
        chart_type=definition.chart_type,
        measured=valid.measured,
        aggregation=valid.aggregation,
        time_period=definition.time_period,
        group=valid.group,
        bins=valid.bins,
        filters=base,
        filter_json=json.dumps(normal_json(base)),
        window=covered,
        time_zone=scope.time_zone,
        week_start=scope.week_start,
        as_of=scope.now,
        options=replace(scope.options, compare=compared_with(scope, zone)),
        overview_latency=_latency(scope.metrics) if valid.measured is None else None,
        masked=scope.masked,
    )
    return settle(query)


def _in_zone(valid: ValidWidget, zone: str) -> ValidWidget:
    """The same with the chart's zone in the names of what its clock shows."""
    measured, group = valid.measured, valid.group
    if measured is not None:
        measured = replace(measured, name=in_zone(measured.name, zone))
    return replace(valid, measured=measured, group=_group_in_zone(group, zone))


def _group_in_zone(group: Group | None, zone: str) -> Group | None:
    match group:
        case FieldGroup(field=name):
            return replace(group, field=in_zone(name, zone))
        case PairGroup(first=first, second=second):
            return PairGroup(
                *(
                    replace(one, field=in_zone(one.field, zone)) if isinstance(one, FieldGroup) else one
                    for one in (first, second)
                )
            )
        case BucketGroup() | None:
            return group


def _refuse_untaken(definition: WidgetDefinition, scope: ChartScope) -> None:
    """Refuses a comparison that the chart would not show."""
    if scope.options.compare is None or Takes.COMPARISON in FORMS[definition.chart_type].takes:
        return
    others = ", ".join(chart.name for chart in forms_where(lambda form: Takes.COMPARISON in form.takes))
    message = f"A {definition.chart_type.name} chart does not support comparisons. Chart types that do: {others}."
    raise InvalidWidgetError((WidgetFault(WidgetFaultCode.INVALID_COMBINATION, message, "/compareTo"),))


def compared_with(scope: ChartScope, zone: ZoneInfo) -> ComparedTo | None:
    """What a chart is compared with: the window in place of a range.

    Raises:
        InvalidWidgetError: the range is wrong.
    """
    first_weekday = scope.week_start.number
    return resolved(
        scope.options.compare, now=scope.now, zone=zone, first_weekday=first_weekday, longest=scope.max_window
    )


def _refuse_masked(definition: WidgetDefinition, valid: ValidWidget, masked: MaskedFields) -> None:
    """Refuses a chart whose labels would be values of a masked field. How many there are may be told."""
    measured = valid.measured
    places = zip(("/groupBy/field", f"/groupBy/{SECOND}/field"), groups_of(valid.group), strict=False)
    shown = [(one.field, path) for path, one in places if isinstance(one, FieldGroup) and one.field in masked.names]
    if shown:
        name, path = shown[0]
    elif measured is not None and measured.name in masked.names and _shows_values(definition):
        name, path = measured.name, "/field"
    else:
        return
    message = f"{name} is masked for this key, so charts cannot show its values; they can only count them."
    raise InvalidWidgetError((WidgetFault(WidgetFaultCode.MASKED_FIELD, message, path),))


def _shows_values(definition: WidgetDefinition) -> bool:
    form, is_grouped = FORMS[definition.chart_type], definition.group_by is not None
    return form.counts_only.holds(is_grouped=is_grouped)


def _window(bounds: Window, scope: ChartScope, zone: ZoneInfo) -> ResolvedWindow:
    most, (start, end) = scope.max_window, _settled(bounds, scope)
    if most is not None and start is not None and start < scope.now - most - GRACE:
        raise TimeRangeTooOldError(most.days)
    if start is not None and start >= end:
        raise _empty(bounds, start, end, scope, zone)
    if most is not None and start is not None and _is_too_long(start, end, most, scope.now, zone):
        raise TimeRangeTooLongError(most.days, start, end)
    return ResolvedWindow(None if start is None else _within_calendar(start), _within_calendar(end))


def _settled(bounds: Window, scope: ChartScope) -> tuple[datetime | None, datetime]:
    """Bounds with the usual ones in place of those that are missing."""
    oldest = None if scope.max_window is None else scope.now - scope.max_window
    return bounds.start or oldest, bounds.end or scope.now


def _empty(bounds: Window, start: datetime, end: datetime, scope: ChartScope, zone: ZoneInfo) -> InvalidFilterError:
    """The window holds no time, so that no call could be in it.

    A time range is at fault only where it holds none by itself; it may be sound, and a filter beside it keep it out.
    """
    given = scope.overrides
    first, last = _settled(time_range(scope, zone), scope)
    is_the_range = given.has_time_range and first is not None and first >= last
    begins = "begins" if bounds.start is not None else "has no lower bound, so it begins"
    ends = "ends" if bounds.end is not None else "has no upper bound, so it ends now,"
    message = f"The time range is empty: it {begins} at {rfc3339(start)} and {ends} at {rfc3339(end)}."
    origin, path = FaultOrigin.EFFECTIVE, ""
    if is_the_range:
        origin, path = FaultOrigin.TIME_RANGE, "/to" if given.time_to is not None else "/from"
    return InvalidFilterError(origin, (FilterFault(FaultCode.INVALID_VALUE, message, path),))


def _is_too_long(start: datetime, end: datetime, most: timedelta, now: datetime, zone: ZoneInfo) -> bool:
    """Whether a window spans more than is allowed.

    What is left of today does not count, so that "the last 30 days and today" is not too long.
    """
    if end <= resolve_instant("today", now=now, zone=zone, edge="end"):
        return False
    return spans_more(start, end, most, zone)


def _within_calendar(instant: datetime) -> datetime:
    return min(max(instant, EARLIEST), LATEST)


def _latency(metrics: Mapping[int, MetricRef]) -> MetricRef | None:
    numbers = (EvaluationType.NUMERIC, EvaluationType.RATING)
    found = (metric for metric in metrics.values() if metric.name.lower() == LATENCY_METRIC)
    return next((metric for metric in found if metric.evaluation_type in numbers), None)


def settle(query: ChartQuery) -> ChartQuery:
    """Settles the period and the edges of a chart of time buckets, and sees that it has no more than can be shown.

    Nothing is known before the window's start is; then the query stays as it is.

    Raises:
        InvalidWidgetError: it has more.
    """
    start, end, period = query.window.start, query.window.end, query.time_period
    if not FORMS[query.chart_type].needs_period or period is None or start is None:
        return query
    zone, place, compare = zone_of(query.time_zone), "/timePeriod", query.options.compare
    if period is TimePeriod.AUTO:
        period = fitting_period(start, end, zone, query.week_start)
    try:
        edges = bucket_edges(start, end, period, zone, query.week_start)
        settled = replace(query, time_period=period, edges=edges)
        _refuse_too_many(query.group, edges, place)
        if isinstance(compare, ResolvedWindow):
            place = "/compareTo/range"
            _refuse_too_many(query.group, edges_of(settled, compare), place)
    except TooManyBucketsError as error:
        raise _too_many(f"{error} Use a longer time period or a shorter window.", place) from error
    return settled


def _refuse_too_many(group: Group | None, edges: tuple[datetime, ...], path: str) -> None:
    """Refuses more buckets than can be shown over all series.

    Raises:
        InvalidWidgetError: there can be more.
    """
    buckets, series = max(0, len(edges) - 1), most_series(group)
    if buckets * series > MAX_SERIES_BUCKETS:
        raise _too_many(
            f"The chart can have {series} series of {buckets:,} buckets each, but at most {MAX_SERIES_BUCKETS:,} "
            'buckets in all. Use a longer time period, a shorter window or a smaller "top" of the grouping.',
            path,
        )


def most_series(group: Group | None) -> int:
    """How many series a chart with this grouping can have, the one for all other groups included."""
    match group:
        case None:
            return 1
        case PairGroup():
            return group.top + 1
        case BucketGroup(buckets=buckets, top=top):
            return min(top, len(buckets)) + 1
        case FieldGroup(field=name, top=top, metric=metric):
            if clock := clock_field(name):
                return min(top + 1, len(clock.part.labels))
            field = None if metric else find_field(name)
            is_flag = field is not None and field.data_type is DataType.BOOLEAN
            is_flag |= metric is not None and metric.evaluation_type is EvaluationType.BINARY
            return min(top + 1, _OF_FLAGS) if is_flag else top + 1


def _too_many(message: str, path: str) -> InvalidWidgetError:
    return InvalidWidgetError((WidgetFault(WidgetFaultCode.LIMIT_EXCEEDED, message, path),))
