"""From the text of a cell to a value of the native format."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial

Scalar = str | float | bool
Convert = Callable[[str], object]
"""Takes a cell's text and returns its value.

Raises:
    CellRefused: for a text that has no value of the kind.
"""


class CellRefused(ValueError):
    """A cell's text has no value. ``allowed`` says what may stand there."""

    def __init__(self, message: str, allowed: str) -> None:
        super().__init__(message)
        self.message = message
        self.allowed = allowed


_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_CLOCK = re.compile(r"([0-9]{1,6}):([0-5]?[0-9]):([0-5]?[0-9](?:\.[0-9]+)?)")
_BOOLEANS = {"true": True, "false": False}
_UNITS = {"seconds": 1.0, "milliseconds": 0.001, "minutes": 60.0}
_CLOCK_UNIT = "HH:MM:SS"
_UNIX = "unix"

DURATION_UNITS = (*_UNITS, _CLOCK_UNIT)
"""Names of the units a duration can be written in."""


def to_text(cell: str) -> str:
    """The text itself."""
    return cell


def to_number(cell: str) -> float:
    """A decimal number."""
    text = cell.strip()
    if not _NUMBER.fullmatch(text):
        raise CellRefused(f"{_shown(cell)} is not a number", "a decimal number, such as 12.5")
    return float(text)


def to_boolean(cell: str) -> bool:
    """``true`` or ``false``, in any case."""
    value = _BOOLEANS.get(cell.strip().lower())
    if value is None:
        raise CellRefused(f"{_shown(cell)} is not a boolean", "true, false, or a table of values in the mapping")
    return value


def by_table(values: Mapping[str, Scalar]) -> Convert:
    """A converter that looks the text up."""

    def convert(cell: str) -> Scalar:
        value = values.get(cell.strip())
        if value is None:
            raise CellRefused(f"{_shown(cell)} is not in the mapping's table of values", ", ".join(values))
        return value

    return convert


def to_seconds(unit: str) -> Convert:
    """A converter of durations in one of ``DURATION_UNITS`` to seconds."""
    return _clock_to_seconds if unit == _CLOCK_UNIT else partial(_scaled, _UNITS[unit])


def _scaled(factor: float, cell: str) -> float:
    return to_number(cell) * factor


def _clock_to_seconds(cell: str) -> float:
    match = _CLOCK.fullmatch(cell.strip())
    if not match:
        raise CellRefused(f"{_shown(cell)} is not a duration as HH:MM:SS", "hours:minutes:seconds, such as 00:02:23")
    hours, minutes, seconds = match.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def to_time(form: str | None, zone: tzinfo | None) -> Convert:
    """A converter of times.

    Args:
        form: a format of ``strptime``, ``unix`` for seconds since 1970, or None for RFC 3339.
        zone: what a text without an offset is in. A local time that occurs twice is the first of the two.
    """

    def convert(cell: str) -> object:
        text = cell.strip()
        try:
            if form == _UNIX:
                return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=to_number(text))
            if form is None and zone is None:
                return text
            moment = datetime.fromisoformat(text) if form is None else datetime.strptime(text, form)
        except (ValueError, OverflowError) as error:
            allowed = f"a time of the form {form or 'YYYY-MM-DD HH:MM:SS'}"
            raise CellRefused(f"{_shown(cell)} is not a valid time: {error}", allowed) from None
        return moment if moment.tzinfo or zone is None else moment.replace(tzinfo=zone)

    return convert


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= 80 else f"{cell[:79]}…")
