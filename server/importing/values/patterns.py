"""Times written as a format of ``strptime`` says. What a format would silently drop, it may not have.

Names of months and weekdays are English. Python's own ``strptime`` takes ``%p`` beside ``%H`` and drops it, drops the
zone that ``%Z`` reads, and makes 1900 of a year that is not there; all of that is refused here, before a row is read.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import cast

_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = {name: number for number, month in enumerate(_MONTHS, 1) for name in (month, month[:3], month[:4])}
_MONTH_NAMES = "|".join(sorted(_MONTH, key=len, reverse=True))
_DAY_NAMES = "|".join(f"{day}|{day[:3]}" for day in _DAYS)
_DIRECTIVES = {
    "Y": "[0-9]{4}",
    "y": "[0-9]{2}",
    "m": "1[0-2]|0?[1-9]",
    "b": _MONTH_NAMES,
    "B": _MONTH_NAMES,
    "d": "3[01]|[12][0-9]|0?[1-9]",
    "j": "36[0-6]|3[0-5][0-9]|[12][0-9]{2}|0?[1-9][0-9]|0{0,2}[1-9]",
    "H": "2[0-3]|[01]?[0-9]",
    "I": "1[0-2]|0?[1-9]",
    "p": r"[ap]\.?m\.?",
    "M": "[0-5]?[0-9]",
    "S": "[0-5]?[0-9]",
    "f": "[0-9]{1,9}",
    "z": "[+-][0-9]{2}:?[0-9]{2}|z",
    "Z": "[a-z]{1,5}",
    "a": _DAY_NAMES,
    "A": _DAY_NAMES,
}
_LONGEST = 100
_ALLOWED = ", ".join(f"%{name}" for name in _DIRECTIVES) + " and %%"
_PIECE = re.compile(r"%(.?)|(\s+)|([^%\s]+)", re.DOTALL)

Parse = Callable[[str], datetime]
"""Takes a text and returns its time, without a zone where the text has none.

Raises:
    ValueError: the text is not a time of the format. The message is empty, or says what is wrong with it.
"""


class FormatError(ValueError):
    """A format cannot be used. The message says why, and what can."""


class UnknownZoneError(ValueError):
    """The text has an abbreviation of a zone that is not known; ``zone`` is that."""

    def __init__(self, zone: str) -> None:
        super().__init__(f"{zone!r} is not a known abbreviation of a time zone")
        self.zone = zone


def has_zone(form: str) -> bool:
    """Whether times of a format say how far from UTC they are."""
    return not {"z", "Z"}.isdisjoint(_directives(form))


def compiled(form: str, zones: Mapping[str, tzinfo]) -> Parse:
    """What reads texts of a format.

    Args:
        zones: by their abbreviations in upper case, for ``%Z``.

    Raises:
        FormatError: the format is not one, or times of it could not be told.
    """
    _check(_directives(form))
    pattern = re.compile("".join(_pattern_of(piece) for piece in _PIECE.finditer(form.strip())), re.IGNORECASE)

    def parse(text: str) -> datetime:
        match = pattern.fullmatch(text) if len(text) <= _LONGEST else None
        if match is None:
            raise ValueError
        return _time(match.groupdict(), zones)

    return parse


def _directives(form: str) -> list[str]:
    return [piece[1] for piece in _PIECE.finditer(form) if piece[1] is not None and piece[1] != "%"]


def _pattern_of(piece: re.Match[str]) -> str:
    directive, space, literal = piece.groups()
    if directive == "%":
        return "%"
    if directive is not None:
        return f"(?P<{directive}>{_DIRECTIVES[directive]})"
    return r"\s+" if space else re.escape(literal)


def _check(names: list[str]) -> None:
    """Refuses formats that are not understood, that drop what they read, or that leave the time open."""
    given = set(names)
    if unknown := [name for name in names if name not in _DIRECTIVES]:
        raise FormatError(f"%{unknown[0]} is not supported; allowed: {_ALLOWED}")
    if repeated := [name for name in names if names.count(name) > 1]:
        raise FormatError(f"%{repeated[0]} appears twice")
    for one, other in (("Y", "y"), ("b", "B"), ("m", "b"), ("m", "B"), ("H", "I"), ("z", "Z"), ("a", "A")):
        if {one, other} <= given:
            raise FormatError(f"%{one} and %{other} say the same; use one of them")
    if {"H", "p"} <= given:
        raise FormatError("%p (AM or PM) has no effect with %H; use %I, the hour from 1 to 12")
    if "I" in given and "p" not in given:
        raise FormatError("%I, the hour from 1 to 12, needs %p (AM or PM); use %H for hours from 0 to 23")
    for name, needed in (("p", "I"), ("M", "HI"), ("S", "M"), ("f", "S")):
        if name in given and given.isdisjoint(needed):
            raise FormatError(f"%{name} needs {' or '.join(f'%{item}' for item in needed)}")
    if given.isdisjoint("Yy"):
        raise FormatError("it has no year (%Y or %y)")
    if "j" not in given and ("d" not in given or given.isdisjoint("mbB")):
        raise FormatError("it has no date (%m and %d, %b and %d, or %j)")
    if "j" in given and not given.isdisjoint("mbBd"):
        raise FormatError("%j, the day of the year, says the same as the month and the day; use one of them")


def _time(found: Mapping[str, str], zones: Mapping[str, tzinfo]) -> datetime:
    day = _date(found)
    named = found.get("a") or found.get("A")
    if named is not None and named[:3].casefold() != _DAYS[day.weekday()][:3]:
        raise ValueError(f"{day.isoformat()} is a {_DAYS[day.weekday()].capitalize()}")
    hour = int(found.get("H") or 0)
    if "I" in found:
        hour = int(found["I"]) % 12 + (12 if found["p"][0] in "pP" else 0)
    microsecond = int(found.get("f", "0").ljust(6, "0")[:6])
    zone = _zone(found, zones)
    return datetime(
        day.year, day.month, day.day, hour, int(found.get("M", 0)), int(found.get("S", 0)), microsecond, zone
    )


def _date(found: Mapping[str, str]) -> date:
    year = int(found["Y"]) if "Y" in found else int(found["y"]) + (1900 if int(found["y"]) >= 69 else 2000)
    if "j" in found:
        day = date(year, 1, 1) + timedelta(days=int(found["j"]) - 1)
        if day.year != year:
            raise ValueError("the year has no day of that number")
        return day
    name = cast("str", found.get("b") or found.get("B"))
    return date(year, int(found["m"]) if "m" in found else _MONTH[name.lower()], int(found["d"]))


def _zone(found: Mapping[str, str], zones: Mapping[str, tzinfo]) -> tzinfo | None:
    if "Z" in found:
        zone = zones.get(found["Z"].upper())
        if zone is None:
            raise UnknownZoneError(found["Z"])
        return zone
    offset = found.get("z")
    if offset is None:
        return None
    if offset in "zZ":
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))
