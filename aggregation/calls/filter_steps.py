"""The conditions that a call must pass one after the other, each with its origin: what a chart's filters consist of."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from aggregation.answer.drill_down import has_value
from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from aggregation.question.chart_types import FORMS
from aggregation.question.effective_filters import FilterOrigin, filter_parts
from aggregation.question.faults import InvalidFilterError
from aggregation.question.prepare import prepare
from aggregation.question.query import ChartQuery, ChartScope, Overrides, WidgetDefinition
from filters import (
    ASKED,
    NOTHING_MASKED,
    Checked,
    Condition,
    FilterError,
    Group,
    GroupOperator,
    MaskedFields,
    Node,
    check,
    check_json,
    parse,
    window,
)
from filters.normal import conjoin
from filters.syntax import TIMESTAMP
from filters.zones import zone_of
from models import Weekday


@dataclass(frozen=True, slots=True)
class FilterStep:
    """One condition or group. ``path`` points into its origin's filter; None where it stands in no filter."""

    origin: FilterOrigin
    path: str | None
    filters: Checked


def request_steps(given: Overrides, *, now: datetime, masked: MaskedFields) -> tuple[FilterStep, ...]:
    """The steps of a request's filters by themselves, over calls of any time. ``today`` is a day of UTC.

    Raises:
        InvalidFilterError: one is wrong.
    """
    parts = ((FilterOrigin.REQUEST, given.filters), (FilterOrigin.SCOPE, given.scope))
    return tuple(step for origin, raw in parts for _, step in _steps(origin, raw, now, ZoneInfo("UTC"), masked))


def chart_steps(definition: WidgetDefinition, scope: ChartScope) -> tuple[FilterStep, ...]:
    """The steps of a chart: those of each of its filters, its time, and having a value.

    What passes them all are the calls behind the chart.

    Raises:
        ChartError: as ``prepare``.
    """
    query, zone, has_range = prepare(definition, scope), zone_of(scope.time_zone), scope.overrides.has_time_range
    steps = [
        step
        for part in filter_parts(definition.filters, scope)
        for node, step in _steps(part.origin, part.written, scope.now, zone, NOTHING_MASKED, part.week_start)
        if not (has_range and part.yields_time and _is_of_time(node))
    ]
    return (*steps, *_bounds(query, steps, has_range=has_range), *_value(query))


def _steps(
    origin: FilterOrigin,
    raw: object,
    now: datetime,
    zone: ZoneInfo,
    masked: MaskedFields,
    week_start: Weekday = Weekday.MONDAY,
) -> Iterator[tuple[Node, FilterStep]]:
    try:
        # Once as a whole, so that all its faults are found.
        check_json(raw, CALL_LOG_FIELDS, now=now, zone=zone, masked=masked, limits=ASKED)
    except FilterError as error:
        raise InvalidFilterError(origin.value, error.faults) from error
    for node in _flat(parse(raw, limits=ASKED)):
        checked = check(node, CALL_LOG_FIELDS, now=now, zone=zone, first_weekday=week_start.number)
        yield node, FilterStep(origin, node.path, checked)


def _flat(node: Node | None) -> Iterator[Node]:
    match node:
        case None:
            return
        case Group(GroupOperator.AND, members):
            for member in members:
                yield from _flat(member)
        case Condition() | Group():
            yield node


def _is_of_time(node: Node) -> bool:
    return isinstance(node, Condition) and node.field == TIMESTAMP


def _bounds(query: ChartQuery, steps: list[FilterStep], *, has_range: bool) -> Iterator[FilterStep]:
    """The bounds of the chart's window that no filter has: those of the request's time range, or the usual ones."""
    written = window(conjoin(*(step.filters for step in steps)))
    origin = FilterOrigin.REQUEST if has_range else FilterOrigin.WINDOW
    edges = (("gte", query.window.start, written.start), ("lt", query.window.end, written.end))
    for op, edge, own in edges:
        if edge is not None and edge != own:
            yield _made(origin, {"field": TIMESTAMP, "op": op, "value": edge.isoformat()}, query.as_of)


def _value(query: ChartQuery) -> Iterator[FilterStep]:
    """That there is something to plot. Some charts show calls without a value, too."""
    measured = query.measured
    shows_all = FORMS[query.chart_type].shows_no_value.holds(is_grouped=query.group is not None)
    if measured is None or (shows_all and measured.metric is None):
        return
    for condition in has_value(measured):
        yield _made(FilterOrigin.WIDGET, condition, query.as_of)


def _made(origin: FilterOrigin, raw: dict[str, Any], now: datetime) -> FilterStep:
    return FilterStep(origin, None, check_json(raw, CALL_LOG_FIELDS, now=now, zone=ZoneInfo("UTC"))[1])
