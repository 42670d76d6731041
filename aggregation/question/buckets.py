"""Edges of time buckets, from the time zone database.

Edges go to SQL as an array (``width_bucket(timestamp, edges)``), so every zone, week start and daylight saving change
is exact: a day of 23 or 25 hours is one bucket, and an hour that the clock repeats is two.
"""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from filters.instants import first_instant, first_of_hour, offset_change
from models import TimePeriod, Weekday

MAX_BUCKETS = 10_000

TARGET_BUCKETS = 50
"""How many buckets ``AUTO`` comes nearest to."""

_COUNTED_BUCKETS = 1_000

_LENGTHS = {
    TimePeriod.HOUR: 3_600.0,
    TimePeriod.DAY: 86_400.0,
    TimePeriod.WEEK: 7 * 86_400.0,
    TimePeriod.MONTH: 365.2425 / 12 * 86_400.0,
}

_HOUR = timedelta(hours=1)


class TooManyBucketsError(ValueError):
    """The window holds more than ``MAX_BUCKETS`` buckets of the period."""


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
            raise TooManyBucketsError(f"The window has more than {MAX_BUCKETS} buckets of one {period.value}.")
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
        case TimePeriod.HOUR:
            return _hours(start, zone)
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
        case TimePeriod.HOUR | TimePeriod.AUTO:
            raise AssertionError(f"{period} is not counted in days.")


def _next(day: date, period: TimePeriod) -> date:
    match period:
        case TimePeriod.WEEK:
            return day + timedelta(days=7)
        case TimePeriod.MONTH:
            return (day + timedelta(days=31)).replace(day=1)
        case TimePeriod.DAY:
            return day + timedelta(days=1)
        case TimePeriod.HOUR | TimePeriod.AUTO:
            raise AssertionError(f"{period} is not counted in days.")


def _hours(start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Starts of local hours; where the zone's offset changes by part of an hour, the change is an edge as well."""
    edge = first_of_hour(start.astimezone(UTC), zone)
    while True:
        yield edge
        local = edge.astimezone(zone)
        following = edge + _HOUR - timedelta(minutes=local.minute, seconds=local.second)
        if following.astimezone(zone).utcoffset() != local.utcoffset():
            following = offset_change(edge, following, zone)
        edge = following
