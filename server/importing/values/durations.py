"""Durations, as seconds."""

import re
from collections.abc import Callable, Sequence
from datetime import time, timedelta
from typing import Any, assert_never, cast

from models.call_faults import shown
from server.importing.values.cells import CellRefused, Convert, SettingRequired, refused
from server.importing.values.numbers import SETTINGS, NumberForm, to_number
from server.importing.values.shown_times import Parts, ShownSpan, clock_text, parts_of, seconds_of

_FACTORS = {"seconds": 1.0, "milliseconds": 0.001, "minutes": 60.0, "hours": 3600.0, "days": 86_400.0}
_HMS, _MS, _HM, _WORDS, _ISO = "HH:MM:SS", "M:SS", "HH:MM", "h m s", "ISO 8601"
DURATION_UNITS = (*_FACTORS, _HMS, _MS, _HM, _WORDS, _ISO)
"""Names of the units and forms a duration can be written in."""

_LONGEST = 100
_A_DAY = 86_400
_CLOCK = re.compile(r"([0-9]{1,6}):([0-5]?[0-9]):([0-5]?[0-9](?:[.,][0-9]+)?)")
_TWO_PARTS = re.compile(r"([0-9]{1,6}):([0-5]?[0-9](?:\.[0-9]+)?)")
"""Of a clock, either separator is in front of a fraction: what stands before it is less than 60."""
_WORD = re.compile(
    r"([0-9](?:[0-9.,'’ \u00a0\u202f]*[0-9])?)"
    r"\s*(?:(d|days?)|(h|hrs?|hours?)|(m|mins?|minutes?)|(s|secs?|seconds?)|(ms|milliseconds?))"
    r"(?![a-z])\.?(?:\s*,\s*|\s+and\s+|\s*)",
    re.IGNORECASE,
)
_WORD_SECONDS = (86_400.0, 3600.0, 60.0, 1.0, 0.001)
_ISO_DURATION = re.compile(
    r"P(?:([0-9.,]+)W)?(?:([0-9.,]+)D)?(?:T(?:([0-9.,]+)H)?(?:([0-9.,]+)M)?(?:([0-9.,]+)S)?)?", re.IGNORECASE
)
_ISO_SECONDS = (604_800.0, 86_400.0, 3600.0, 60.0, 1.0)
Number = Callable[[Any], float]
"""Reads a number as the mapping says that numbers are written."""
_EXAMPLES = {_HMS: "00:02:23", _MS: "2:23", _HM: "1:05", _WORDS: "2m 23s", _ISO: "PT2M23S"}


def to_seconds(units: Sequence[str] = (), form: NumberForm | None = None, *, asks: bool = True) -> Convert:
    """A converter of durations in one of several of ``DURATION_UNITS``, the first that fits.

    Without units, numbers are seconds, and texts are read in every form that leaves no doubt.

    Args:
        form: how numbers are written.
        asks: whether numbers of seconds from a day on need a unit that says so: they are milliseconds more often.

    Raises:
        SettingRequired: of the converter, where only a unit can tell what is meant.
    """
    number = cast("Number", to_number(form or NumberForm()))
    factor = next((_FACTORS[unit] for unit in units if unit in _FACTORS), None if units else 1.0)
    forms = tuple(_FORMS[unit] for unit in (units or (_HMS, _WORDS, _ISO)) if unit in _FORMS)

    def convert(raw: Any) -> float:
        if isinstance(raw, (time, timedelta)):
            return _typed(raw, units)
        text = raw.strip() if type(raw) is str and len(raw) <= _LONGEST else ""
        for read in forms if text else ():
            if (seconds := read(text, number)) is not None:
                return seconds
        if factor is None or (text and ":" in text):
            raise _refusal(raw, text, units, number)
        try:
            value = number(raw) * factor
            if factor == _A_DAY:
                value = round(value, 3)  # what a spreadsheet has of a time is no fraction of 86,400
        except SettingRequired:
            raise
        except CellRefused as refusal:
            told = _refusal(raw, text, units, number)
            if refusal.allowed.startswith(SETTINGS) and not isinstance(told, SettingRequired):
                told = CellRefused(refusal.message, refusal.allowed)
            raise told from None
        if asks and not units and value >= _A_DAY:
            raise SettingRequired(
                f"{shown(raw)} as seconds would be {value / 3600:,.1f} hours",
                'unit = "milliseconds" or unit = "seconds" in the mapping',
            )
        return value

    return convert


def _typed(raw: time | timedelta, units: Sequence[str]) -> float:
    """A time or a span of time. Where it was typed as minutes and seconds, and the cell took that for hours and
    minutes, its minutes are the seconds that are meant."""
    seconds = seconds_of(raw)
    if type(raw) is timedelta or not seconds:
        return seconds
    parts = parts_of(raw)
    match parts:
        case Parts.HOURS_AND_MINUTES:
            return _of_hours_and_minutes(raw, units)
        case Parts.MINUTES_AND_SECONDS:
            if _HM not in units or _MS in units or _HMS in units:
                return seconds
            raise SettingRequired(
                f"{clock_text(raw)} is minutes and seconds, by the format of the cell", f'unit = "{_MS}" in the mapping'
            )
        case Parts.OTHERS | None:
            return _of_all_parts(raw, units)
        case _:
            assert_never(parts)


def _of_hours_and_minutes(raw: time | timedelta, units: Sequence[str]) -> float:
    """The seconds of a cell that shows hours and minutes."""
    seconds = seconds_of(raw)
    is_whole = seconds % 60 == 0
    if is_whole and not units:
        raise SettingRequired(
            f"{clock_text(raw)} is shown as hours and minutes, and can have been typed as minutes and seconds",
            f'unit = "{_MS}" or unit = "{_HM}" in the mapping',
        )
    if next((unit for unit in units if unit in (_MS, _HM)), None) != _MS:
        return seconds
    if is_whole:
        return seconds / 60
    raise CellRefused(
        f"{clock_text(raw)} is shown as hours and minutes, and has seconds as well",
        f'minutes and seconds, such as {_EXAMPLES[_MS]}; unit = "{_HMS}" in the mapping takes it as hours',
    )


def _of_all_parts(raw: time | timedelta, units: Sequence[str]) -> float:
    """The seconds of a cell that shows hours, minutes and seconds, or of which nothing is known."""
    seconds = seconds_of(raw)
    takes_hours = _MS not in units or _HM in units or _HMS in units
    if takes_hours or seconds % 60 or seconds < 3600:
        return seconds
    if isinstance(raw, ShownSpan) and seconds >= _A_DAY:  # what a spreadsheet makes of a typed 45:10
        return seconds / 60
    raise SettingRequired(
        f"{clock_text(raw)} can be hours and minutes, or minutes and seconds that a spreadsheet took for these",
        f'unit = "{_HMS}" in the mapping, if they are hours; if they are minutes and seconds, cells with the format '
        "h:mm or mm:ss, or texts",
    )


def _refusal(raw: object, text: str, units: Sequence[str], number: Number) -> CellRefused:
    if not units and _TWO_PARTS.fullmatch(text):
        return SettingRequired(
            f"{shown(raw)} can be minutes and seconds, or hours and minutes",
            f'unit = "{_MS}" or unit = "{_HM}" in the mapping',
        )
    fitting = [unit for unit in DURATION_UNITS if unit not in units and text and _fits(unit, text, number)]
    allowed = " or ".join(
        f"{unit}, such as {_EXAMPLES[unit]}" if unit in _EXAMPLES else f"a number of {unit}" for unit in units
    )
    others = (
        f"; {' or '.join(f'unit = {chr(34)}{unit}{chr(34)}' for unit in fitting)} in the mapping takes it"
        if fitting
        else ""
    )
    what = "a duration" if len(units) != 1 else f"a duration as {units[0]}"
    return refused(raw, what, (allowed or "seconds, 00:02:23, 2m 23s or PT2M23S") + others)


def _fits(unit: str, text: str, number: Number) -> bool:
    """Whether a text is of a form, even if a further setting must say how its numbers are written."""
    read = _FORMS.get(unit)
    try:
        return read is not None and read(text, number) is not None
    except SettingRequired:
        return True
    except CellRefused:
        return False


def _clock(text: str, number: Number) -> float | None:
    match = _CLOCK.fullmatch(text)
    return match and int(match[1]) * 3600 + int(match[2]) * 60 + _float(match[3])


def _minutes(text: str, number: Number) -> float | None:
    match = _TWO_PARTS.fullmatch(text)
    return match and int(match[1]) * 60 + _float(match[2])


def _hours(text: str, number: Number) -> float | None:
    match = _TWO_PARTS.fullmatch(text)
    return match and int(match[1]) * 3600 + _float(match[2]) * 60


def _words(text: str, number: Number) -> float | None:
    parts, at = list[tuple[str, float]](), 0
    while at < len(text):
        match = _WORD.match(text, at)
        if match is None:
            return None
        words = zip(_WORD_SECONDS, match.groups()[1:], strict=True)
        parts.append((match[1], next(of for of, word in words if word)))
        at = match.end()
    return sum(number(digits) * of for digits, of in parts) if parts else None


def _iso(text: str, number: Number) -> float | None:
    match = _ISO_DURATION.fullmatch(text)
    parts = match.groups() if match else ()
    try:
        given = [_float(part) * of for part, of in zip(parts, _ISO_SECONDS, strict=False) if part]
    except ValueError:
        return None
    return sum(given) if given else None


def _float(text: str) -> float:
    return float(text.replace(",", "."))


_FORMS: dict[str, Callable[[str, Number], float | None]] = {
    _HMS: _clock,
    _MS: _minutes,
    _HM: _hours,
    _WORDS: _words,
    _ISO: _iso,
}
