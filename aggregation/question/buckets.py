"""Edges of time buckets, from the time zone database.

Edges go to SQL as an array (``width_bucket(timestamp, edges)``), so every zone, week start and daylight saving change
is exact: a day of 23 or 25 hours is one bucket, and an hour that the clock repeats is two.
"""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from filters.instants import clock_start, first_instant, offset_change
from models import TimePeriod, Weekday

MAX_BUCKETS = 10_000

TARGET_BUCKETS = 50
"""How many buckets ``AUTO`` comes nearest to."""

_COUNTED_BUCKETS = 1_000

_MINUTES = {
    TimePeriod.FIVE_MINUTES: 5,
    TimePeriod.FIFTEEN_MINUTES: 15,
    TimePeriod.THIRTY_MINUTES: 30,
    TimePeriod.HOUR: 60,
}
"""Periods of the clock: buckets start at the minutes of an hour that are multiples of these."""

_LENGTHS = {
    **{period: 60.0 * minutes for period, minutes in _MINUTES.items()},
    TimePeriod.DAY: 86_400.0,
    TimePeriod.WEEK: 7 * 86_400.0,
    TimePeriod.MONTH: 365.2425 / 12 * 86_400.0,
}

_SHORT = frozenset({TimePeriod.FIVE_MINUTES, TimePeriod.FIFTEEN_MINUTES, TimePeriod.THIRTY_MINUTES})


class TooManyBucketsError(ValueError):
    """The window holds more than ``MAX_BUCKETS`` buckets of the period."""

    def __init__(self, period: TimePeriod) -> None:
        words = period.value.replace("_", " ") if period in _SHORT else f"one {period.value}"
        super().__init__(f"The window has more than {MAX_BUCKETS:,} buckets of {words}.")


@lru_cache(maxsize=16)
def bucket_edges(
    start: datetime, end: datetime, period: TimePeriod, zone: ZoneInfo, week_start: Weekday = Weekday.MONDAY
) -> tuple[datetime, ...]:
    """The edges of the buckets that cover ``[start, end)``: n buckets have n + 1 edges, in UTC, strictly rising.

    The first edge is at or before ``start`` and the last at or after ``end``. An empty window has no edges.

    Raises:
        TooManyBucketsError: more than ``MAX_BUCKETS`` buckets.
    """
    if start >= end:
        return ()
    edges: list[datetime] = []
    for edge in _starts(start, period, zone, week_start):
        if edges and edge <= edges[-1]:
            continue
        edges.append(edge)
        if edge >= end:
            return tuple(edges)
        if len(edges) > MAX_BUCKETS:
            raise TooManyBucketsError(period)
    return tuple(edges)


def fitting_period(start: datetime, end: datetime, zone: ZoneInfo, week_start: Weekday = Weekday.MONDAY) -> TimePeriod:
    """The period whose buckets of ``[start, end)`` are nearest to ``TARGET_BUCKETS`` in number, by ratio.

    Twice as many is as far off as half as many. Of two that are equally far off, the shorter period is chosen.
    """

    def distance(period: TimePeriod) -> float:
        return abs(math.log(_bucket_count(start, end, period, zone, week_start) / TARGET_BUCKETS))

    return min(_LENGTHS, key=distance)


def _bucket_count(start: datetime, end: datetime, period: TimePeriod, zone: ZoneInfo, week_start: Weekday) -> float:
    """How many buckets cover ``[start, end)``; only estimated where they are far too many to be chosen."""
    estimate = (end - start).total_seconds() / _LENGTHS[period]
    if estimate > _COUNTED_BUCKETS:
        return estimate
    return max(1, len(bucket_edges(start, end, period, zone, week_start)) - 1)


def _starts(start: datetime, period: TimePeriod, zone: ZoneInfo, week_start: Weekday) -> Iterator[datetime]:
    """The starts of the buckets, the first at or before ``start``, without end."""
    match period:
        case TimePeriod.FIVE_MINUTES | TimePeriod.FIFTEEN_MINUTES | TimePeriod.THIRTY_MINUTES | TimePeriod.HOUR:
            return _of_clock(start, _MINUTES[period], zone)
        case TimePeriod.DAY | TimePeriod.WEEK | TimePeriod.MONTH:
            return _days(start, period, zone, week_start)
        case TimePeriod.AUTO:
            raise AssertionError("AUTO was replaced by the period that it stands for.")


def _days(start: datetime, period: TimePeriod, zone: ZoneInfo, week_start: Weekday) -> Iterator[datetime]:
    day = _first_day(start.astimezone(zone).date(), period, week_start)
    while True:
        yield first_instant(day, zone)
        day = _next(day, period)


def _first_day(day: date, period: TimePeriod, week_start: Weekday) -> date:
    match period:
        case TimePeriod.WEEK:
            return day - timedelta(days=(day.weekday() - week_start.number) % 7)
        case TimePeriod.MONTH:
            return day.replace(day=1)
        case TimePeriod.DAY:
            return day
        case (
            TimePeriod.FIVE_MINUTES
            | TimePeriod.FIFTEEN_MINUTES
            | TimePeriod.THIRTY_MINUTES
            | TimePeriod.HOUR
            | TimePeriod.AUTO
        ):
            raise AssertionError(f"{period} is not counted in days.")


def _next(day: date, period: TimePeriod) -> date:
    match period:
        case TimePeriod.WEEK:
            return day + timedelta(days=7)
        case TimePeriod.MONTH:
            return (day + timedelta(days=31)).replace(day=1)
        case TimePeriod.DAY:
            return day + timedelta(days=1)
        case (
            TimePeriod.FIVE_MINUTES
            | TimePeriod.FIFTEEN_MINUTES
            | TimePeriod.THIRTY_MINUTES
            | TimePeriod.HOUR
            | TimePeriod.AUTO
        ):
            raise AssertionError(f"{period} is not counted in days.")


def _of_clock(start: datetime, minutes: int, zone: ZoneInfo) -> Iterator[datetime]:
    """Starts of periods of the local clock; where the zone's offset changes within one, the change is an edge too."""
    length = timedelta(minutes=minutes)
    edge = clock_start(start.astimezone(UTC), minutes, zone)
    while True:
        yield edge
        local = edge.astimezone(zone)
        following = edge + length - timedelta(minutes=local.minute % minutes, seconds=local.second)
        if following.astimezone(zone).utcoffset() != local.utcoffset():
            following = offset_change(edge, following, zone)
        edge = following
