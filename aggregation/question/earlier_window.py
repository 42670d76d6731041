"""Comparison with an earlier window: how far back it lies, and the query that it is."""

import calendar
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from aggregation.question.faults import InvalidWidgetError, WidgetFault, WidgetFaultCode
from aggregation.question.query import ChartQuery, ResolvedWindow, Shift
from aggregation.question.zones import zone_of
from filters.instants import first_instant

PRECEDING = "preceding"
"""Compares with the window of equal length before the chart's own."""

_SHIFT = re.compile(r"(?:[0-9]{1,5}[smhdwMy])+")
_STEP = re.compile(r"([0-9]+)([smhdwMy])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600}
_DAYS = {"d": 1, "w": 7}
_MONTHS = {"M": 1, "y": 12}


def read_comparison(text: str | None) -> Shift | None:
    """What a request compares with: ``PRECEDING``, or a shift; None for nothing.

    Raises:
        InvalidWidgetError: it is neither.
    """
    if text is None:
        return None
    if text == PRECEDING:
        return Shift(is_preceding=True)
    try:
        return parse_shift(text)
    except ValueError as error:
        fault = WidgetFault(WidgetFaultCode.INVALID_VALUE, str(error), "/compareTo/shift")
        raise InvalidWidgetError((fault,)) from error


def parse_shift(text: str) -> Shift:
    """Steps of s, m, h (exact time) and d, w, M, y (of the calendar), such as ``7d`` or ``1M``.

    Raises:
        ValueError: it is not a valid shift, or shifts by nothing (``0d``).
    """
    if not _SHIFT.fullmatch(text):
        raise ValueError(f"{text[:80]!r} is not a valid shift. Use steps in s, m, h, d, w, M or y, such as 7d or 1M.")
    months = days = seconds = 0
    for count, unit in _STEP.findall(text):
        months += int(count) * _MONTHS.get(unit, 0)
        days += int(count) * _DAYS.get(unit, 0)
        seconds += int(count) * _SECONDS.get(unit, 0)
    if not (months or days or seconds):
        raise ValueError(f"The shift {text!r} has a length of zero.")
    return Shift(months, days, timedelta(seconds=seconds))


def back(instant: datetime, shift: Shift, zone_name: str) -> datetime:
    """The instant that lies ``shift`` earlier: the same time of the clock for steps of the calendar."""
    if shift.months or shift.days:
        zone = zone_of(zone_name)
        local = instant.astimezone(zone)
        year, month = divmod(local.year * 12 + local.month - 1 - shift.months, 12)
        if year < 1:
            raise ValueError("The shift goes back beyond the year 1.")
        day = min(local.day, calendar.monthrange(year, month + 1)[1])
        moved = local.replace(year=year, month=month + 1, day=day) - timedelta(days=shift.days)
        # A midnight that the earlier day skips is that day's first instant.
        is_midnight = (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)
        instant = first_instant(moved.date(), zone) if is_midnight else moved.astimezone(UTC)
    return instant - shift.exact


def compared(query: ChartQuery, shown: tuple[str | None, ...] | None) -> ChartQuery | None:
    """The query of the earlier window, cut at the same places and into the same groups; None when there is none.

    Edges and window move alike, so that a partial bucket is compared with an equally partial one.
    """
    shift, start = query.options.compare, query.window.start
    if shift is None or start is None:
        return None
    if shift.is_preceding:
        shift = Shift(exact=query.window.end - start)
    try:
        # Months clamp and clocks change: what would go back behind the edge before it becomes an empty bucket.
        moved = tuple(accumulate((back(edge, shift, query.time_zone) for edge in query.edges), max))
        window = ResolvedWindow(back(start, shift, query.time_zone), back(query.window.end, shift, query.time_zone))
    except (ValueError, OverflowError):
        return None
    options = replace(query.options, compare=None, intervals=False)
    return replace(query, window=window, options=options, edges=moved, shown=shown)


@dataclass(frozen=True, slots=True)
class Change:
    """How one number differs from an earlier one. ``percent`` of nothing is None."""

    absolute: float | None
    percent: float | None

    @classmethod
    def of(cls, value: float | None, earlier: float | None) -> "Change":
        """The change from ``earlier`` to ``value``."""
        if value is None or earlier is None:
            return cls(None, None)
        return cls(value - earlier, 100 * (value - earlier) / abs(earlier) if earlier else None)
