"""Comparison with another window: how far back it lies, or which it is, and the query that it is."""

import calendar
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Literal, assert_never
from zoneinfo import ZoneInfo

from aggregation.question.buckets import bucket_edges
from aggregation.question.faults import InvalidWidgetError, WidgetFault, WidgetFaultCode
from aggregation.question.query import ChartQuery, ComparedTo, ResolvedWindow, Shift, WrittenRange
from filters import resolve_instant
from filters.instants import first_instant, rfc3339
from filters.zones import zone_of

GRACE = timedelta(minutes=1)
"""How much longer than the limit a window may be, and how much older it may begin: a request takes its time."""

EARLIEST, LATEST = datetime(1, 3, 1, tzinfo=UTC), datetime(9999, 11, 30, tzinfo=UTC)
"""Bounds of windows: some weeks from the ends of Python's calendar, so that every zone's edges of buckets are in it."""

PRECEDING = "preceding"
"""Compares with the window of equal length before the chart's own."""

BETWEEN = ".."
"""What stands between the ends of a range, in text."""

_SHIFT = re.compile(r"(?:[0-9]{1,5}[smhdwMy])+")
_STEP = re.compile(r"([0-9]+)([smhdwMy])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600}
_DAYS = {"d": 1, "w": 7}
_MONTHS = {"M": 1, "y": 12}


def read_comparison(text: str | None) -> Shift | WrittenRange | None:
    """What a request compares with: ``PRECEDING``, a shift, or a range (``FROM..TO``); None for nothing.

    Raises:
        InvalidWidgetError: it is none of them.
    """
    if text is None:
        return None
    if text == PRECEDING:
        return Shift(is_preceding=True)
    if BETWEEN in text:
        time_from, _, time_to = text.partition(BETWEEN)
        return WrittenRange(time_from, time_to)
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


def resolved(
    compare: ComparedTo | None, *, now: datetime, zone: ZoneInfo, first_weekday: int, longest: timedelta | None
) -> Shift | ResolvedWindow | None:
    """The same with the window that a range stands for in place of the range.

    Args:
        longest: the most that the window may span; None for no limit.

    Raises:
        InvalidWidgetError: one of its ends is not a valid time, or it is empty or too long.
    """
    if not isinstance(compare, WrittenRange):
        return compare
    faults: list[WidgetFault] = []
    ends: list[datetime] = []
    texts: tuple[tuple[str, str, Literal["start", "end"]], ...] = (
        ("from", compare.time_from, "start"),
        ("to", compare.time_to, "end"),
    )
    for key, text, edge in texts:
        try:
            ends.append(resolve_instant(text, now=now, zone=zone, edge=edge, first_weekday=first_weekday))
        except ValueError as error:
            faults.append(_fault(WidgetFaultCode.INVALID_VALUE, str(error), f"/{key}"))
    if faults:
        raise InvalidWidgetError(tuple(faults))
    start, end = (min(max(instant, EARLIEST), LATEST) for instant in ends)
    if start >= end:
        message = f"The range to compare with is empty: it begins at {rfc3339(start)} and ends at {rfc3339(end)}."
        raise InvalidWidgetError((_fault(WidgetFaultCode.INVALID_VALUE, message, "/to"),))
    if longest is not None and spans_more(start, end, longest, zone):
        message = f"The range to compare with spans more than {longest.days} days: {rfc3339(start)} to {rfc3339(end)}."
        raise InvalidWidgetError((_fault(WidgetFaultCode.LIMIT_EXCEEDED, message, ""),))
    return ResolvedWindow(start, end)


def spans_more(start: datetime, end: datetime, longest: timedelta, zone: ZoneInfo) -> bool:
    """Whether a window is longer than that and a minute, by the calendar of the zone: a day may have 25 hours."""
    by_clock = end.astimezone(zone).replace(tzinfo=None) - start.astimezone(zone).replace(tzinfo=None)
    return min(by_clock, end - start) > longest + GRACE


def _fault(code: WidgetFaultCode, message: str, path: str) -> WidgetFault:
    return WidgetFault(code, message, f"/compareTo/range{path}")


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
    """The query of the other window, cut at the same places and into the same groups; None when there is none.

    Of a shift, edges and window move alike, so that a partial bucket is compared with an equally partial one. A range
    has its own buckets.
    """
    shift, start = query.options.compare, query.window.start
    options = replace(query.options, compare=None, intervals=False)
    match shift:
        case None:
            return None
        case ResolvedWindow():
            return replace(query, window=shift, options=options, edges=edges_of(query, shift), shown=shown)
        case WrittenRange():
            raise AssertionError("A complete query has the window that a range stands for.")
        case Shift():
            pass
        case _:
            assert_never(shift)
    if start is None:
        return None
    if shift.is_preceding:
        shift = Shift(exact=query.window.end - start)
    try:
        # Months clamp and clocks change: what would go back behind the edge before it becomes an empty bucket.
        moved = tuple(accumulate((back(edge, shift, query.time_zone) for edge in query.edges), max))
        window = ResolvedWindow(back(start, shift, query.time_zone), back(query.window.end, shift, query.time_zone))
    except (ValueError, OverflowError):
        return None
    return replace(query, window=window, options=options, edges=moved, shown=shown)


def edges_of(query: ChartQuery, window: ResolvedWindow) -> tuple[datetime, ...]:
    """The edges of a chart's buckets in another window; none where it has no buckets of time.

    Raises:
        TooManyBucketsError: the window holds more than can be shown.
    """
    if not query.edges or query.time_period is None or window.start is None:
        return ()
    zone = zone_of(query.time_zone)
    return bucket_edges(window.start, window.end, query.time_period, zone, query.week_start)


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
