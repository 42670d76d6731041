"""Instants: how they are written, and where a day of a zone begins."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""What POSIX time counts from."""

_SECOND = timedelta(seconds=1)


def rfc3339(instant: datetime) -> str:
    """RFC 3339 in UTC with ``Z``, with microseconds only where there are any."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=4096)
def first_instant(day: date, zone: ZoneInfo) -> datetime:
    """The first moment, in UTC, at which the zone's calendar shows ``day``, or a later day when it skips that one."""
    midnight = datetime.combine(day, time(), zone).astimezone(UTC)
    if midnight.astimezone(zone).date() >= day and (midnight - _SECOND).astimezone(zone).date() >= day:
        return _transition(midnight - timedelta(days=1), midnight, zone, day)
    return midnight


def _transition(low: datetime, high: datetime, zone: ZoneInfo, day: date) -> datetime:
    """The first second in ``(low, high]`` at which the local date is ``day`` or later."""
    while high - low > _SECOND:
        middle = low + timedelta(seconds=(high - low) // _SECOND // 2)
        low, high = (low, middle) if middle.astimezone(zone).date() >= day else (middle, high)
    return high


def clock_start(instant: datetime, minutes: int, zone: ZoneInfo) -> datetime:
    """The start of the span of the zone's clock that holds ``instant``, at most as far back as the last change of its
    offset. Spans begin at the minutes of an hour that are multiples of ``minutes``: 60 are the hour."""
    local = instant.astimezone(zone)
    into = timedelta(minutes=local.minute % minutes, seconds=local.second, microseconds=local.microsecond)
    begin = instant - into
    if begin.astimezone(zone).utcoffset() != local.utcoffset():
        return offset_change(begin, instant, zone)
    return begin


def offset_change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The first second in ``(low, high]`` with the UTC offset that holds at ``high``."""
    low = low.replace(microsecond=0)
    offset = high.astimezone(zone).utcoffset()
    if high.microsecond:
        high = high.replace(microsecond=0)
        if high.astimezone(zone).utcoffset() != offset:
            return high + _SECOND
    while high - low > _SECOND:
        middle = low + timedelta(seconds=(high - low) // _SECOND // 2)
        low, high = (low, middle) if middle.astimezone(zone).utcoffset() == offset else (middle, high)
    return high
