"""Where the axes of a drawing have their ticks: round numbers, and round times of a clock and calendar."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720)
_DAYS = (1, 2, 7, 14)
_MONTHS = (1, 3, 6, 12, 24, 60, 120, 240)
_DAY = 24 * 60
_EQUAL = 1e-9
"""The relative difference up to which two values are drawn as equal: ticks between them would read the same."""
_MONTH_DAYS = 30.4


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis.

    Attributes:
        at: the number; of times, POSIX seconds.
    """

    at: float
    text: str


def round_numbers(low: float, high: float, most: int) -> list[float]:
    """Multiples of 1, 2, 2.5 or 5 times a power of ten, of which the first is at most ``low`` and the last at least
    ``high``; at most ``most``, but never fewer than two."""
    size = max(abs(low), abs(high))
    if high - low <= size * _EQUAL:
        low, high = (low - size / 10, high + size / 10) if size else (0.0, 1.0)
    most = max(most, 2)
    if not math.isfinite(high - low):
        return [low, high]
    power = 10 ** math.floor(math.log10((high - low) / most))
    steps = (power * scale * factor for scale in (1, 10, 100, 1_000) for factor in (1, 2, 2.5, 5))
    for step in steps:
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first + 1 <= most or (most <= 3 and last - first <= 2):
            return [float(f"{step * place:.12g}") for place in range(first, max(last, first + 1) + 1)]
    return [low, high]


def round_times(start: datetime, end: datetime, zone: tzinfo, most: int) -> list[Tick]:
    """Round times between two, by the clock and the calendar of a zone: about ``most`` or fewer."""
    minutes = (end - start).total_seconds() / 60
    first, last = start.astimezone(zone), end.astimezone(zone)
    for size in _MINUTES:
        if minutes / size <= most:
            return _ticks(_clock_times(first, last, size), start, end, zone, "clock")
    for days in _DAYS:
        if minutes / _DAY / days <= most:
            return _ticks(_dates(first, last, days), start, end, zone, "%b")
    for months in _MONTHS:
        if minutes / _DAY / _MONTH_DAYS / months <= most:
            return _ticks(_months(first, last, months), start, end, zone, "%b %Y" if months < 12 else "%Y")
    return []


def _clock_times(first: datetime, last: datetime, minutes: int) -> Iterator[datetime]:
    day = datetime(first.year, first.month, first.day)
    while day.date() <= last.date():
        yield from (day + timedelta(minutes=minute) for minute in range(0, _DAY, minutes))
        day += timedelta(days=1)


def _dates(first: datetime, last: datetime, days: int) -> Iterator[datetime]:
    day = datetime(first.year, first.month, first.day)
    day -= timedelta(days=day.weekday() if days >= 7 else day.toordinal() % days)
    while day.date() <= last.date():
        yield day
        day += timedelta(days=days)


def _months(first: datetime, last: datetime, months: int) -> Iterator[datetime]:
    place = (first.year * 12) // months * months
    while place <= last.year * 12 + last.month:
        yield datetime(place // 12, place % 12 + 1, 1)
        place += months


def _ticks(wall: Iterator[datetime], start: datetime, end: datetime, zone: tzinfo, form: str) -> list[Tick]:
    """Ticks at those times of the wall clock that are in the window. A time that the clock skips has none."""
    found: list[Tick] = []
    for local in wall:
        instant = local.replace(tzinfo=zone).astimezone(UTC)
        if start <= instant <= end and instant.astimezone(zone).replace(tzinfo=None) == local:
            found.append(Tick(instant.timestamp(), _text(local, form)))
    return found


def _text(local: datetime, form: str) -> str:
    if form == "clock" and (local.hour or local.minute):
        return f"{local:%H:%M}"
    return f"{local.day} {local:%b}" if form in ("clock", "%b") else local.strftime(form)
