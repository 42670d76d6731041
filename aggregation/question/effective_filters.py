"""The effective filter of a chart: what its dashboard, its widget and the request ask of records, joined by AND."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from aggregation.question.faults import (
    FaultOrigin,
    InvalidFilterError,
    InvalidWidgetError,
    WidgetFault,
    WidgetFaultCode,
)
from aggregation.question.query import ChartScope
from filters import (
    ASKED,
    NOTHING_MASKED,
    Checked,
    FaultCode,
    FilterError,
    FilterFault,
    MaskedFields,
    Window,
    check_json,
    combine,
    resolve_instant,
    window,
    without_timestamp,
)
from filters.instants import rfc3339
from filters.normal import conjoin
from filters.syntax import TIMESTAMP
from filters.window import both
from filters.zones import zone_of
from models import Weekday

_REMEMBERED = 4096
"""Characters of the longest filter that is remembered."""


class FilterOrigin(StrEnum):
    """Where a condition comes from."""

    DASHBOARD = "dashboard"
    WIDGET = "widget"
    REQUEST = "request"
    SCOPE = "scope"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class FilterPart:
    """One of the filters that make up the effective one, as it was written.

    Attributes:
        yields_time: whether a time range of the request takes the place of the timestamp conditions at its top.
        is_asked: whether it came with the request, so that nobody has checked it before.
        masked: the fields whose values the reader must not find out, be it the one who asks or the one who looks.
        week_start: the day that the chart's weeks begin with.
    """

    origin: FilterOrigin
    written: Any
    yields_time: bool
    is_asked: bool
    masked: MaskedFields
    week_start: Weekday

    def beside(self, *, time_range: bool) -> Any:
        """What holds of it beside a time range, or where there is none."""
        return without_timestamp(self.written) if time_range and self.yields_time else self.written

    def checked(self, written: Any, now: datetime, zone: ZoneInfo) -> Checked:
        """It, or what holds of it, checked.

        Raises:
            InvalidFilterError: it is wrong, or asks for what is masked.
        """
        if self.is_asked:
            return checked_filter(written, self.origin, now, zone, self.masked, week_start=self.week_start)
        try:
            return checked_filter(written, self.origin, now, zone, week_start=self.week_start)
        except InvalidFilterError as error:
            if not self.masked.named_in(written):
                raise
            raise InvalidFilterError(error.origin, tuple(map(_without_values, error.faults))) from None


def filter_parts(own: Any, scope: ChartScope) -> tuple[FilterPart, ...]:
    """The filters of a chart, of which all must hold; ``own`` are the widget's."""
    given, around = scope.overrides, scope.surroundings.filters

    def part(origin: FilterOrigin, written: Any, *, yields_time: bool = True, is_asked: bool = True) -> FilterPart:
        return FilterPart(origin, written, yields_time, is_asked, scope.masked, scope.week_start)

    return (
        part(FilterOrigin.DASHBOARD, around, is_asked=not scope.is_saved),
        part(FilterOrigin.REQUEST, given.filters)
        if given.has_filters
        else part(FilterOrigin.WIDGET, own, is_asked=not scope.is_saved),
        part(FilterOrigin.SCOPE, given.scope, yields_time=False),
    )


def effective(own: Any, scope: ChartScope, zone: ZoneInfo) -> tuple[Checked, Window]:
    """The effective filter and the time that it lets through.

    Raises:
        InvalidFilterError: one of the filters, or the time range, is wrong.
    """
    parts, has_range = filter_parts(own, scope), scope.overrides.has_time_range
    # Checked as they were written, so that the pointers of faults are right, whatever the time range takes out.
    checked = [part.checked(part.written, scope.now, zone) for part in parts]
    _check_size(checked)
    if not has_range:
        found = conjoin(*checked)
        return found, window(found)
    asked = time_range(scope, zone)
    found = conjoin(
        *(part.checked(part.beside(time_range=True), scope.now, zone) for part in parts),
    )
    return found, both(asked, window(found))


def _check_size(parts: Iterable[Checked]) -> None:
    """Refuses filters that are too large together, so that calls can be asked for by the filters of every item."""
    counted = zip(*(part.size for part in parts), strict=True)
    for count, most, what in zip(
        map(sum, counted), (ASKED.conditions, ASKED.values), ("conditions", "values in lists"), strict=True
    ):
        if count > most:
            message = (
                f"The filters of dashboard, widget and request have {count:,} {what} together; at most {most:,} are "
                "allowed."
            )
            raise InvalidFilterError(FaultOrigin.EFFECTIVE, (FilterFault(FaultCode.LIMIT_EXCEEDED, message, ""),))


def effective_json(own: Any, scope: ChartScope) -> dict[str, Any] | None:
    """The same as JSON: filters as they were written, a time range as the instants that it stands for.

    Raises:
        InvalidFilterError: what the request gives is wrong.
        InvalidWidgetError: the time zone is.
    """
    zone, parts, has_range = zone_in(scope), filter_parts(own, scope), scope.overrides.has_time_range
    for part in parts:
        if part.is_asked:
            part.checked(part.written, scope.now, zone)
    asked = time_range(scope, zone) if has_range else Window()
    edges = (("gte", asked.start), ("lt", asked.end))
    bounds = [{"field": TIMESTAMP, "op": op, "value": rfc3339(edge)} for op, edge in edges if edge is not None]
    return combine(*(part.beside(time_range=has_range) for part in parts), *bounds)


def zone_in(scope: ChartScope) -> ZoneInfo:
    """The chart's time zone.

    Raises:
        InvalidWidgetError: there is no such zone.
    """
    try:
        return zone_of(scope.time_zone)
    except ValueError as error:
        raise InvalidWidgetError((WidgetFault(WidgetFaultCode.INVALID_VALUE, str(error), "/timeZone"),)) from error


def checked_filter(
    raw: Any,
    origin: FilterOrigin,
    now: datetime,
    zone: ZoneInfo,
    masked: MaskedFields = NOTHING_MASKED,
    *,
    week_start: Weekday = Weekday.MONDAY,
    remember: bool = True,
) -> Checked:
    """A filter, checked.

    Args:
        masked: what it may not compare, because whoever wrote it must not find out its values.
        week_start: the day that weeks begin with.
        remember: whether one that was checked before will do. It has no pointers into what was given in typed form.

    Raises:
        InvalidFilterError: it is wrong.
    """
    if raw is None:
        return Checked(None)
    known = _known(raw, now, zone, masked, week_start) if remember else None
    if known is not None:
        return known
    try:
        return _checked(raw, now, zone, masked, week_start)
    except FilterError as error:
        raise InvalidFilterError(origin.value, error.faults) from error


def _checked(raw: Any, now: datetime, zone: ZoneInfo, masked: MaskedFields, week_start: Weekday) -> Checked:
    first_weekday = week_start.number
    return check_json(
        raw, CALL_LOG_FIELDS, now=now, zone=zone, first_weekday=first_weekday, masked=masked, limits=ASKED
    )[1]


def _without_values(fault: FilterFault) -> FilterFault:
    """The fault of a saved filter without what it says of the filter's values."""
    return FilterFault(fault.code, f"This part of the filter is not valid ({fault.code}).", fault.path, fault.allowed)


def _known(raw: Any, now: datetime, zone: ZoneInfo, masked: MaskedFields, week_start: Weekday) -> Checked | None:
    """A filter that may have been checked before; None where it is faulty, since only itself knows where."""
    try:
        text = json.dumps(raw)
        return _checked_text(text, now, zone, masked, week_start) if len(text) <= _REMEMBERED else None
    except (TypeError, ValueError, RecursionError, FilterError):
        return None


@lru_cache(maxsize=128)
def _checked_text(text: str, now: datetime, zone: ZoneInfo, masked: MaskedFields, week_start: Weekday) -> Checked:
    """The widgets of a dashboard share its filters, and the moment that they are checked at."""
    return _checked(json.loads(text), now, zone, masked, week_start)


def time_range(scope: ChartScope, zone: ZoneInfo) -> Window:
    """The time range of the request: ``from`` is its first instant, ``to`` the first one after it.

    Raises:
        InvalidFilterError: one of its ends is not a valid time.
    """
    faults: list[FilterFault] = []
    found: list[datetime | None] = []
    edges: tuple[tuple[str, str | None, Literal["start", "end"]], ...] = (
        ("from", scope.overrides.time_from, "start"),
        ("to", scope.overrides.time_to, "end"),
    )
    for key, text, edge in edges:
        try:
            found.append(None if text is None else _instant(text, scope, zone, edge))
        except ValueError as error:
            faults.append(FilterFault("INVALID_VALUE", str(error), f"/{key}"))
    if faults:
        raise InvalidFilterError("timeRange", tuple(faults))
    return Window(*found)


def _instant(text: str, scope: ChartScope, zone: ZoneInfo, edge: Literal["start", "end"]) -> datetime:
    return resolve_instant(text, now=scope.now, zone=zone, edge=edge, first_weekday=scope.week_start.number)
