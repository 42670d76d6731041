"""From a widget's definition and the scope it is asked in to a complete ``ChartQuery``."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from aggregation.question.buckets import TooManyBucketsError, bucket_edges, fitting_period
from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from aggregation.question.faults import (
    InvalidFilterError,
    InvalidWidgetError,
    TimeRangeTooLongError,
    TimeRangeTooOldError,
    WidgetFault,
)
from aggregation.question.query import ChartQuery, ChartScope, MetricRef, ResolvedWindow, WidgetDefinition
from aggregation.question.validate import refuse_unused, validate_widget
from aggregation.question.zones import zone_of
from filters import (
    Checked,
    FaultCode,
    FilterError,
    FilterFault,
    Window,
    check_json,
    resolve_instant,
    window,
    without_timestamp,
)
from filters.instants import rfc3339
from filters.normal import conjoin, normal_json
from filters.window import both, without_bounds
from models import ChartType, EvaluationType, TimePeriod

GRACE = timedelta(minutes=1)
"""How much older than the limit a window may begin: a request takes its time to arrive."""

EARLIEST, LATEST = datetime(1, 3, 1, tzinfo=UTC), datetime(9999, 11, 30, tzinfo=UTC)
"""Bounds of windows: some weeks from the ends of Python's calendar, so that every zone's edges of buckets are in it."""

_REMEMBERED = 4096
"""Characters of the longest filter that is remembered."""

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
    _checked(definition.filters, "widget", now, zone)


def prepare(definition: WidgetDefinition, scope: ChartScope) -> ChartQuery:
    """The complete query of a chart.

    Raises:
        InvalidWidgetError: the definition cannot be plotted.
        InvalidFilterError: one of the filters, or the time range, is wrong, or no time passes them all.
        TimeRangeTooOldError: the window begins more than ``scope.max_window`` and a minute ago.
        TimeRangeTooLongError: the window spans more than ``scope.max_window``.
    """
    valid = validate_widget(definition, scope.metrics)
    try:
        zone = zone_of(scope.time_zone)
    except ValueError as error:
        raise InvalidWidgetError((WidgetFault("INVALID_VALUE", str(error), "/timeZone"),)) from error
    effective, bounds = _effective(definition, scope, zone)
    covered = _window(bounds, scope, zone)
    base = without_bounds(effective)
    query = ChartQuery(
        project_id=scope.project_id,
        chart_type=definition.chart_type,
        measured=valid.measured,
        aggregation=valid.aggregation,
        time_period=definition.time_period,
        group=valid.group,
        filters=base,
        filter_json=json.dumps(normal_json(base)),
        window=covered,
        time_zone=scope.time_zone,
        week_start=scope.week_start,
        as_of=scope.now,
        options=scope.options,
        overview_latency=_latency(scope.metrics) if valid.measured is None else None,
    )
    return settle(query)


def _effective(definition: WidgetDefinition, scope: ChartScope, zone: ZoneInfo) -> tuple[Checked, Window]:
    """The effective filter and the time that it lets through."""
    dashboard, given = scope.surroundings.filters, scope.overrides
    origin, own = ("request", given.filters) if given.has_filters else ("widget", definition.filters)
    # Checked as they were written, so that the pointers of faults are right, whatever the time range takes out.
    parts = [_checked(dashboard, "dashboard", scope.now, zone), _checked(own, origin, scope.now, zone)]
    if not given.has_time_range:
        effective = conjoin(*parts)
        return effective, window(effective)
    asked = _time_range(scope, zone)
    parts = [
        _checked(without_timestamp(dashboard), "dashboard", scope.now, zone),
        _checked(without_timestamp(own), origin, scope.now, zone),
    ]
    effective = conjoin(*parts)
    return effective, both(asked, window(effective))


def _checked(raw: Any, origin: str, now: datetime, zone: ZoneInfo) -> Checked:
    if raw is None:
        return Checked(None)
    known = _known(raw, now, zone)
    if known is not None:
        return known
    try:
        return check_json(raw, CALL_LOG_FIELDS, now=now, zone=zone)[1]
    except FilterError as error:
        raise InvalidFilterError(origin, error.faults) from error


def _known(raw: Any, now: datetime, zone: ZoneInfo) -> Checked | None:
    """A filter that may have been checked before; None where it is faulty, since only itself knows where."""
    try:
        text = json.dumps(raw)
        return _checked_text(text, now, zone) if len(text) <= _REMEMBERED else None
    except (TypeError, ValueError, RecursionError, FilterError):
        return None


@lru_cache(maxsize=128)
def _checked_text(text: str, now: datetime, zone: ZoneInfo) -> Checked:
    """The widgets of a dashboard share its filters, and the moment that they are checked at."""
    return check_json(json.loads(text), CALL_LOG_FIELDS, now=now, zone=zone)[1]


def _time_range(scope: ChartScope, zone: ZoneInfo) -> Window:
    """The time range of the request: ``from`` is its first instant, ``to`` the first one after it."""
    faults: list[FilterFault] = []
    found: list[datetime | None] = []
    edges: tuple[tuple[str, str | None, Literal["start", "end"]], ...] = (
        ("from", scope.overrides.time_from, "start"),
        ("to", scope.overrides.time_to, "end"),
    )
    for key, text, edge in edges:
        try:
            found.append(None if text is None else resolve_instant(text, now=scope.now, zone=zone, edge=edge))
        except ValueError as error:
            faults.append(FilterFault("INVALID_VALUE", str(error), f"/{key}"))
    if faults:
        raise InvalidFilterError("timeRange", tuple(faults))
    return Window(*found)


def _window(bounds: Window, scope: ChartScope, zone: ZoneInfo) -> ResolvedWindow:
    start, end = bounds.start, bounds.end if bounds.end is not None else scope.now
    if scope.max_window is not None:
        oldest = scope.now - scope.max_window
        if start is not None and start < oldest - GRACE:
            raise TimeRangeTooOldError(scope.max_window.days)
        start = oldest if start is None else start
    if start is not None and start >= end:
        raise _empty(bounds, start, end, scope)
    most = scope.max_window
    if most is not None and start is not None and _is_too_long(start, end, most, scope.now, zone):
        raise TimeRangeTooLongError(most.days, start, end)
    return ResolvedWindow(None if start is None else _within_calendar(start), _within_calendar(end))


def _empty(bounds: Window, start: datetime, end: datetime, scope: ChartScope) -> InvalidFilterError:
    """The window holds no time, so that no call could be in it."""
    given = scope.overrides
    begins = "begins" if bounds.start is not None else "begins, without a lower bound,"
    ends = "ends" if bounds.end is not None else "ends, without an upper bound, now,"
    message = f"The time range is empty: it {begins} at {rfc3339(start)} and {ends} at {rfc3339(end)}."
    origin, path = (
        ("timeRange", "/to" if given.time_to is not None else "/from") if given.has_time_range else ("effective", "")
    )
    return InvalidFilterError(origin, (FilterFault(FaultCode.INVALID_VALUE, message, path),))


def _is_too_long(start: datetime, end: datetime, most: timedelta, now: datetime, zone: ZoneInfo) -> bool:
    """Whether a window spans more than is allowed, by the calendar of the zone: a day may have 25 hours.

    What is left of today does not count, so that "the last 30 days and today" is not too long.
    """
    if end <= resolve_instant("today", now=now, zone=zone, edge="end"):
        return False
    by_clock = end.astimezone(zone).replace(tzinfo=None) - start.astimezone(zone).replace(tzinfo=None)
    return min(by_clock, end - start) > most + GRACE


def _within_calendar(instant: datetime) -> datetime:
    return min(max(instant, EARLIEST), LATEST)


def _latency(metrics: Mapping[int, MetricRef]) -> MetricRef | None:
    numbers = (EvaluationType.NUMERIC, EvaluationType.RATING)
    found = (metric for metric in metrics.values() if metric.name.lower() == LATENCY_METRIC)
    return next((metric for metric in found if metric.evaluation_type in numbers), None)


def settle(query: ChartQuery) -> ChartQuery:
    """Settles the period and the edges of a bar chart, and sees that it has no more buckets than can be shown.

    Nothing is known before the window's start is; then the query stays as it is.

    Raises:
        InvalidWidgetError: it has more.
    """
    start, end, period = query.window.start, query.window.end, query.time_period
    if query.chart_type is not ChartType.BAR or period is None or start is None:
        return query
    zone = zone_of(query.time_zone)
    if period is TimePeriod.AUTO:
        period = fitting_period(start, end, zone, query.week_start)
    try:
        edges = bucket_edges(start, end, period, zone, query.week_start)
    except TooManyBucketsError as error:
        raise InvalidWidgetError((WidgetFault("LIMIT_EXCEEDED", str(error), "/timePeriod"),)) from error
    return replace(query, time_period=period, edges=edges)
