"""Times as filters write them: RFC 3339, a date, or relative to now (``now-2h``, ``today-7d``, ``now-1M/M``)."""

import calendar
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from filters.faults import echo
from filters.instants import clock_start, first_instant
from filters.value_types import Span

_RELATIVE = re.compile(r"(now|today)((?:[+-][0-9]{1,9}[smhdwMqy]|/[hdwMqy])*)")
_STEP = re.compile(r"([+-][0-9]+|/)([smhdwMqy])")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?)([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_SECONDS = {"s": 1, "m": 60, "h": 3_600}
_DAYS = {"d": 1, "w": 7}
_MONTHS = {"M": 1, "q": 3, "y": 12}
_ROUNDED = "/"
_LONG_UNITS = "dwMqy"

_ONE_DAY = timedelta(days=1)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

EXPECTED = (
    'use RFC 3339 with an offset ("2025-11-03T09:30:00Z"), a date ("2025-11-03"), or "now" or "today" with '
    'steps in s, m, h, d, w, M, q or y ("now-1d-2h"), rounded down with a slash to h, d, w, M, q or y ("now-1M/M")'
)


def resolve(text: str, *, now: datetime, zone: ZoneInfo, first_weekday: int = 0) -> datetime | Span:
    """The instant, or for a date and ``today`` the day, that a text stands for; in UTC.

    Steps are taken from left to right. From ``now`` a day is 24 hours; months and years are those of the UTC calendar.
    From ``today`` days, weeks, months and years move along the calendar of ``zone``, however long its days are, and
    the shorter steps then move the day's both ends. Months and years are clamped to the month's last day.

    What is rounded (``/w``) is an instant: the start of that hour, day, week, month, quarter or year of ``zone``. Steps
    beside it, before it and after it, move along that calendar too: a month before ``now`` in UTC can be another month
    there.

    Args:
        text: RFC 3339 with an offset, a date, or a relative time.
        now: the instant to count from, with a time zone.
        zone: whose day a date and ``today`` are, and whose calendar times are rounded in.
        first_weekday: the day that weeks begin with, from 0 for Monday.

    Raises:
        ValueError: with a sentence for people.
    """
    try:
        relative = _RELATIVE.fullmatch(text)
        if relative is None:
            return _literal_time(text, zone)
        steps = _STEP.findall(relative[2])
        if any(count == _ROUNDED for count, _ in steps):
            return _rounded(relative[1] == "today", now, zone, first_weekday, steps)
        return _from_now(now, steps) if relative[1] == "now" else _from_today(now, zone, steps)
    except OverflowError:
        raise ValueError(f"The time {echo(text)} is outside the years 1 to 9999.") from None


def resolve_instant(
    text: str, *, now: datetime, zone: ZoneInfo, edge: Literal["start", "end"], first_weekday: int = 0
) -> datetime:
    """As ``resolve``; of a day, its first instant as ``start`` and the next midnight as ``end``.

    Raises:
        ValueError: with a sentence for people.
    """
    moment = resolve(text, now=now, zone=zone, first_weekday=first_weekday)
    if isinstance(moment, Span):
        return moment.start if edge == "start" else moment.end
    return moment


def is_relative(text: object) -> bool:
    """Whether a value is a time that moves with the present moment, or with the present day."""
    return isinstance(text, str) and _RELATIVE.fullmatch(text) is not None


def is_rounded(text: object) -> bool:
    """Whether a value is a relative time that is rounded to a unit."""
    return isinstance(text, str) and is_relative(text) and _ROUNDED in text


def is_moving(text: object) -> bool:
    """Whether a value is a time that is another one at every moment, or hour; ``today`` and months stay for a day."""
    if not isinstance(text, str) or not is_relative(text):
        return False
    return text.startswith("now") and not any(f"{_ROUNDED}{unit}" in text for unit in _LONG_UNITS)


def _literal_time(text: str, zone: ZoneInfo) -> datetime | Span:
    full = _DATE_TIME.fullmatch(text)
    if full is None and not _DATE.fullmatch(text):
        raise ValueError(f"{echo(text)} is not a valid time: {EXPECTED}.")
    if full is not None and full[3] is None:
        raise ValueError(f'The time {echo(text)} has no offset; add "Z" for UTC, or an offset such as "+02:00".')
    try:
        if full is None:
            return _day(date.fromisoformat(text), zone, is_date=True)
        return datetime.fromisoformat(f"{full[1]}T{full[2]}{full[3].upper()}").astimezone(UTC)
    except ValueError as error:
        raise ValueError(f"{echo(text)} is not a valid calendar time: {error}.") from None


def _day(day: date, zone: ZoneInfo, *, is_date: bool = False, moved: timedelta = timedelta()) -> Span:
    end = _first_instant(day + _ONE_DAY, zone) if day < date.max else _LAST
    return Span(_first_instant(day, zone) + moved, end + moved, is_date)


def _first_instant(day: date, zone: ZoneInfo) -> datetime:
    """As ``first_instant``; at both ends of the calendar the first or last time that there is."""
    try:
        return first_instant(day, zone)
    except OverflowError:
        return _FIRST if day.year == 1 else _LAST


def _from_now(now: datetime, steps: list[tuple[str, str]]) -> datetime:
    moment = now.astimezone(UTC)
    for count, unit in steps:
        if unit in _MONTHS:
            moment = datetime.combine(_months_later(moment.date(), int(count) * _MONTHS[unit]), moment.timetz())
        else:
            moment += timedelta(days=int(count) * _DAYS.get(unit, 0), seconds=int(count) * _SECONDS.get(unit, 0))
    return moment


def _from_today(now: datetime, zone: ZoneInfo, steps: list[tuple[str, str]]) -> Span:
    day = now.astimezone(zone).date()
    for count, unit in steps:
        if unit in _MONTHS:
            day = _months_later(day, int(count) * _MONTHS[unit])
        else:
            day += timedelta(days=int(count) * _DAYS.get(unit, 0))
    moved = timedelta(seconds=sum(int(count) * _SECONDS.get(unit, 0) for count, unit in steps))
    return _day(day, zone, moved=moved)


def _rounded(
    is_today: bool, now: datetime, zone: ZoneInfo, first_weekday: int, steps: list[tuple[str, str]]
) -> datetime:
    moment = now.astimezone(UTC)
    if is_today:
        moment = first_instant(moment.astimezone(zone).date(), zone)
    for count, unit in steps:
        if count == _ROUNDED:
            moment = _start(moment, unit, zone, first_weekday)
        elif unit in _SECONDS:
            moment += timedelta(seconds=int(count) * _SECONDS[unit])
        else:
            moment = _moved(moment, int(count), unit, zone)
    return moment


_FIRST_DAYS: dict[str, Callable[[date, int], date]] = {
    "d": lambda day, _: day,
    "w": lambda day, first_weekday: day - timedelta(days=(day.weekday() - first_weekday) % 7),
    "M": lambda day, _: day.replace(day=1),
    "q": lambda day, _: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
    "y": lambda day, _: day.replace(month=1, day=1),
}
"""The first day of the unit that a day is in, for a day that weeks begin with."""


def _start(moment: datetime, unit: str, zone: ZoneInfo, first_weekday: int) -> datetime:
    """The first instant of the zone's hour, day, week, month, quarter or year that holds the moment."""
    if unit == "h":
        return clock_start(moment, 60, zone)
    return first_instant(_FIRST_DAYS[unit](moment.astimezone(zone).date(), first_weekday), zone)


def _moved(moment: datetime, count: int, unit: str, zone: ZoneInfo) -> datetime:
    """The same time of the clock so many days, weeks, months, quarters or years later; of a day's start, the start."""
    local = moment.astimezone(zone)
    if unit in _MONTHS:
        day = _months_later(local.date(), count * _MONTHS[unit])
    else:
        day = local.date() + timedelta(days=count * _DAYS[unit])
    if moment == first_instant(local.date(), zone):
        return first_instant(day, zone)
    return datetime.combine(day, local.time(), zone).astimezone(UTC)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))
