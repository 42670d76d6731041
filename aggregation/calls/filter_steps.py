"""The conditions that a call must pass one after the other, each with its origin: what a chart's filters consist of."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from aggregation.answer.drill_down import has_value
from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from aggregation.question.chart_types import FORMS
from aggregation.question.faults import InvalidFilterError
from aggregation.question.prepare import prepare
from aggregation.question.query import ChartQuery, ChartScope, WidgetDefinition
from aggregation.question.zones import zone_of
from filters import (
    Checked,
    Condition,
    FilterError,
    Group,
    GroupOperator,
    Node,
    check,
    check_json,
    parse,
    window,
)
from filters.normal import conjoin
from filters.syntax import TIMESTAMP


class FilterOrigin(StrEnum):
    """Who asks for a condition."""

    DASHBOARD = "dashboard"
    WIDGET = "widget"
    REQUEST = "request"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class FilterStep:
    """One condition or group. ``path`` points into its origin's filter; None where it stands in no filter."""

    origin: FilterOrigin
    path: str | None
    filters: Checked


def request_steps(raw: object, *, now: datetime) -> tuple[FilterStep, ...]:
    """The steps of a filter by itself, over calls of any time. ``today`` is a day of UTC.

    Raises:
        InvalidFilterError: it is wrong.
    """
    return tuple(step for _, step in _steps(FilterOrigin.REQUEST, raw, now, ZoneInfo("UTC")))


def chart_steps(definition: WidgetDefinition, scope: ChartScope) -> tuple[FilterStep, ...]:
    """The steps of a chart: its dashboard's, its own or the request's in their place, its time, and having a value.

    What passes them all are the calls behind the chart.

    Raises:
        ChartError: as ``prepare``.
    """
    query, zone, given = prepare(definition, scope), zone_of(scope.time_zone), scope.overrides
    own = (FilterOrigin.REQUEST, given.filters) if given.has_filters else (FilterOrigin.WIDGET, definition.filters)
    parts = ((FilterOrigin.DASHBOARD, scope.surroundings.filters), own)
    found = [pair for origin, raw in parts for pair in _steps(origin, raw, scope.now, zone)]
    steps = [step for node, step in found if not (given.has_time_range and _is_of_time(node))]
    return (*steps, *_bounds(query, steps, has_range=given.has_time_range), *_value(query))


def _steps(origin: FilterOrigin, raw: object, now: datetime, zone: ZoneInfo) -> Iterator[tuple[Node, FilterStep]]:
    try:
        # Once as a whole, so that all its faults are found.
        check_json(raw, CALL_LOG_FIELDS, now=now, zone=zone)
    except FilterError as error:
        raise InvalidFilterError(origin.value, error.faults) from error
    for node in _flat(parse(raw)):
        yield node, FilterStep(origin, node.path, check(node, CALL_LOG_FIELDS, now=now, zone=zone))


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
