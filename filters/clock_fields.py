"""Parts of a zone's clock and calendar as fields: ``hour_of_day`` and ``day_of_week`` of the time of a call.

A name can end in a zone: ``hour_of_day@Europe/Berlin``. Without one it is the zone of the chart, or UTC where there is
none. Checked filters always have it, so that they mean the same everywhere.

When clocks change comes from the zone database of this program, as the edges of time buckets do, and goes to SQL as an
array: that of the database's server may be another version.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import TIMESTAMP, ColumnElement, Double, Integer, Interval, Text, cast, func, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import Grouping

from filters.zones import zone_of

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""The days of a week, as ISO 8601 orders them."""

HOURS = tuple(f"{hour:02}" for hour in range(24))
"""The hours of a day, as labels."""

FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Changes of clocks are known between these; before and after, the nearest offset from UTC holds."""

_AT = "@"
_ZONE = re.compile(r"[A-Za-z0-9_+\-/]{1,60}")
_STRIDE = timedelta(days=7)
_SECOND = timedelta(seconds=1)


class ClockPart(StrEnum):
    """What of a clock or calendar a field is."""

    HOUR_OF_DAY = "hour_of_day"
    DAY_OF_WEEK = "day_of_week"

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of its values, in the order of the calendar."""
        match self:
            case ClockPart.HOUR_OF_DAY:
                return HOURS
            case ClockPart.DAY_OF_WEEK:
                return DAYS

    @property
    def values(self) -> tuple[int, ...] | tuple[str, ...]:
        """What filters compare it with, in the same order."""
        match self:
            case ClockPart.HOUR_OF_DAY:
                return tuple(range(24))
            case ClockPart.DAY_OF_WEEK:
                return DAYS

    def value_of(self, label: str) -> int | str:
        """What filters compare with for a label."""
        return self.values[self.labels.index(label)]


@dataclass(frozen=True, slots=True)
class ClockField:
    """A part of a zone's clock; ``zone`` is an IANA name, None where the name has none."""

    part: ClockPart
    zone: str | None

    @property
    def name(self) -> str:
        """The name that filters write."""
        return self.part.value if self.zone is None else f"{self.part}{_AT}{self.zone}"


_PARTS = {part.value: part for part in ClockPart}


def clock_field(name: str) -> ClockField | None:
    """The field of that name, whether its zone exists or not; None for all other names."""
    part_name, at, zone = name.partition(_AT)
    part = _PARTS.get(part_name)
    return None if part is None else ClockField(part, zone if at else None)


def in_zone(name: str, zone: str) -> str:
    """The name with the zone filled in where it is of such a field and has none; any other name as it is."""
    return f"{name}{_AT}{zone}" if name in _PARTS else name


def without_zone(name: str, zone: str) -> str:
    """The opposite of ``in_zone``: without the zone if it is that one."""
    field = clock_field(name)
    return field.part.value if field is not None and field.zone == zone else name


def known_zone(name: str) -> ZoneInfo:
    """The zone that a field names.

    Raises:
        ValueError: there is no such zone.
    """
    if not _ZONE.fullmatch(name):
        raise ValueError(f"The time zone {name[:80]!r} does not exist. Use an IANA name such as Europe/Berlin.")
    return zone_of(name)


@dataclass(frozen=True, slots=True)
class Offsets:
    """The offsets of a zone from UTC: ``steps[n]`` holds between ``edges[n - 1]`` and ``edges[n]``."""

    edges: tuple[datetime, ...]
    steps: tuple[timedelta, ...]

    def at(self, instant: datetime) -> timedelta:
        """The offset that holds at an instant."""
        return self.steps[bisect_right(self.edges, instant)]


@lru_cache(maxsize=256)
def offsets_of(zone: ZoneInfo) -> Offsets:
    """The offsets of a zone between ``FIRST`` and ``LAST``."""
    edges: list[datetime] = []
    steps = [_offset(FIRST, zone)]
    low = FIRST
    while low < LAST:
        high = min(low + _STRIDE, LAST)
        while _offset(high, zone) != steps[-1]:
            low = _change(low, high, zone, steps[-1])
            edges.append(low)
            steps.append(_offset(low, zone))
        low = high
    return Offsets(tuple(edges), tuple(steps))


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def _change(low: datetime, high: datetime, zone: ZoneInfo, before: timedelta) -> datetime:
    """The first second in ``(low, high]`` at which the offset is another one than ``before``."""
    while high - low > _SECOND:
        middle = low + timedelta(seconds=(high - low) // _SECOND // 2)
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return high


def _local(field: ClockField, at: ColumnElement[Any]) -> ColumnElement[Any]:
    """What the zone's clock shows at an instant, as a timestamp without a zone."""
    offsets = offsets_of(known_zone(field.zone or "UTC"))
    if not offsets.edges:
        return func.timezone("UTC", at) + literal(offsets.steps[0], Interval())
    number = func.width_bucket(at, cast(list(offsets.edges), ARRAY(TIMESTAMP(timezone=True))))
    return func.timezone("UTC", at) + _item(cast(list(offsets.steps), ARRAY(Interval())), number)


def value_column(field: ClockField, at: ColumnElement[Any]) -> ColumnElement[Any]:
    """The value of a field as filters compare it, from the instant: a number, or the name of a day."""
    match field.part:
        case ClockPart.HOUR_OF_DAY:
            return func.date_part("hour", _local(field, at), type_=Double())
        case ClockPart.DAY_OF_WEEK:
            return label_column(field, at)


def label_column(field: ClockField, at: ColumnElement[Any]) -> ColumnElement[Any]:
    """Its label as text, from the instant."""
    local = _local(field, at)
    match field.part:
        case ClockPart.HOUR_OF_DAY:
            return func.to_char(local, "HH24", type_=Text())
        case ClockPart.DAY_OF_WEEK:
            return _item(cast(list(DAYS), ARRAY(Text())), cast(func.date_part("isodow", local), Integer) - 1)


def _item(array: Any, number: ColumnElement[Any]) -> ColumnElement[Any]:
    """One of an array, counted from 0. SQL takes the array in brackets only."""
    return Grouping(array)[number + 1]
