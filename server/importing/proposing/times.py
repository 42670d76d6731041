"""Telling how times are written."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from itertools import pairwise
from typing import Any

from server.importing.proposing.columns import Column
from server.importing.proposing.names import is_time
from server.importing.values.cells import CellRefused, text_of
from server.importing.values.patterns import Parse, compiled
from server.importing.values.times import RFC_2822, UNIX, UNIX_MS, TimeForm, to_time
from server.importing.values.zones import ABBREVIATIONS

_DATES = (
    "%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y", "%m/%d/%y",
    "%d/%m/%y", "%y/%m/%d", "%d %b %Y", "%b %d, %Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %y", "%B %d, %Y", "%a %m/%d/%Y",
    "%a, %d %b %Y", "%Y%m%d", "%Y-%m-%dT00:00:00",
)  # fmt: skip
_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%H:%M:%S.%f", "%I:%M%p", "%I:%M:%S%p", "%Hh%M")
_BETWEEN = (" ", "T", ", ")
_NAMED = frozenset("abBpZ")
"""Directives that are written in letters."""
_SWAPPED = (
    ("%m/%d/", "%d/%m/"), ("%m-%d-", "%d-%m-"), ("%m/%d/%y", "%y/%m/%d"), ("%d/%m/%y", "%y/%m/%d"),
)  # fmt: skip
"""Days, and what they may be as well."""
_COMPACT, _COMPACT_DIGITS = "%Y%m%d%H%M%S", 14
_YEARS = range(1990, 2100)


@dataclass(frozen=True, slots=True)
class TimeGuess:
    """How the times of a column are written.

    Attributes:
        form: as the mapping's ``format``; None for RFC 3339.
        is_local: whether they need a zone, or some of them do.
        has_clock: whether they are more than days.
        other: what fits as well, with day, month and year in another order.
        unknown: abbreviations of zones of which only the mapping can say what they are.
        is_in_order: whether the times follow each other, and do not as ``other``.
        is_mixed: whether some of them need a zone, and others have one.
    """

    form: str | None
    is_local: bool
    has_clock: bool = True
    other: str | None = None
    unknown: tuple[str, ...] = ()
    is_in_order: bool = False
    is_mixed: bool = False


def guess_time(column: Column) -> TimeGuess | None:
    """How a column's times are written; None where it has none."""
    if not column.values or column.is_nested:
        return None
    if all(isinstance(raw, date) for raw in column.values):
        return _of_dates(column.values)
    if all(isinstance(raw, str) for raw in column.values):
        return _of_numbers(column) or _of_texts(column.texts)
    return _of_numbers(column)


def guess_joined(*columns: Column) -> TimeGuess | None:
    """How the parts of times in several columns, such as days and times of the day, are written together."""
    rows = joined_texts(columns)
    return _fitting(rows, (f"{days} {clocks}" for days in _DATES for clocks in _CLOCKS)) if rows else None


def joined_texts(columns: Sequence[Column]) -> list[str]:
    """The texts of several columns together, of the rows that have all of them."""
    rows = zip(*(column.raws for column in columns), strict=True)
    return [" ".join(text_of(raw).strip() for raw in row) for row in rows if not any(raw in (None, "") for raw in row)]


def _of_dates(values: Sequence[Any]) -> TimeGuess:
    is_local = any(not isinstance(raw, datetime) or raw.tzinfo is None for raw in values)
    clocks = any(isinstance(raw, datetime) and (raw.hour or raw.minute or raw.second) for raw in values)
    return TimeGuess(None, is_local, clocks)


def _of_numbers(column: Column) -> TimeGuess | None:
    if not is_time(column.label):
        return None
    if all(isinstance(raw, str) and len(raw.strip()) == _COMPACT_DIGITS for raw in column.values):
        return _fitting(column.texts, iter([_COMPACT])) if all(text.isdigit() for text in column.texts) else None
    for form in (UNIX, UNIX_MS):
        convert = to_time(TimeForm((form,)))
        try:
            moments = [convert(raw, None) for raw in column.values]
        except CellRefused:
            continue
        if all(isinstance(moment, datetime) and moment.year in _YEARS for moment in moments):
            return TimeGuess(form, is_local=False)
    return None


def _of_texts(texts: Sequence[str]) -> TimeGuess | None:
    try:
        moments = [datetime.fromisoformat(text.upper()) for text in texts]
    except ValueError:
        return _of_other_texts(texts)
    if all(text.isdigit() and len(text) != 8 for text in texts):
        return None
    has_clock = any(":" in text for text in texts)
    local = [moment.tzinfo is None for moment in moments]
    return TimeGuess(None, any(local), has_clock, is_mixed=any(local) and not all(local))


def _of_other_texts(texts: Sequence[str]) -> TimeGuess | None:
    convert = to_time(TimeForm((RFC_2822,)))
    try:
        for text in texts:
            convert(text, None)
    except CellRefused:
        return _fitting(texts, _forms()) or _fitting(texts, _forms(), any_zone=True)
    return TimeGuess(RFC_2822, is_local=False)


def _forms() -> Iterator[str]:
    for days in _DATES:
        for clocks in _CLOCKS:
            for between in _BETWEEN:
                yield f"{days}{between}{clocks}"
                yield f"{days}{between}{clocks} %Z"
    yield from _DATES


def _fitting(texts: Sequence[str], forms: Iterator[str], *, any_zone: bool = False) -> TimeGuess | None:
    """The first form that all texts have; with ``any_zone`` also if only the mapping can say what their zones are.
    Where day, month and year can be told in several ways, the one in which they follow each other, or else in which
    they lie closer together."""
    first = texts[0].casefold()
    for form in forms:
        if not _is_possible(form, first):
            continue
        moments = _parsed(texts, form, any_zone=any_zone)
        if moments is None:
            continue
        has_clock = "%M" in form
        unknown = _unknown_zones(texts) if "%Z" in form else ()
        if not all(name.isupper() and name not in ("AM", "PM") for name in unknown):
            continue
        readings = [(form, moments)]
        for swapped in (form.replace(one, other) for one, other in _SWAPPED if one in form):
            if (others := _parsed(texts, swapped, any_zone=any_zone)) is not None:
                readings.append((swapped, others))
        readings.sort(key=lambda one: (_disorder(one[1]), _span(one[1])))
        best, *rest = (one for one, _ in readings)
        is_in_order = not _disorder(readings[0][1]) and all(_disorder(others) for _, others in readings[1:])
        return TimeGuess(best, "%Z" not in best, has_clock, " or ".join(rest) or None, unknown, is_in_order)
    return None


def _unknown_zones(texts: Sequence[str]) -> tuple[str, ...]:
    """The last words of times that are no known abbreviations of a zone."""
    names = dict.fromkeys(text.split()[-1] for text in texts)
    return tuple(name for name in names if name.upper() not in ABBREVIATIONS)


def _is_possible(form: str, text: str) -> bool:
    """Whether a text has the marks and, where names are asked for, the letters of a form: most forms are ruled out by
    that, which is quicker than to try them."""
    marks, directives = _marks(form)
    has_letters = any(letter.isalpha() for letter in text)
    return (
        marks <= set(text)
        and (not directives & _NAMED or has_letters)
        and ("p" not in directives or "m" in text)
        and (":" in marks or ":" not in text)
        and any(letter.isdigit() for letter in text)
    )


@cache
def _marks(form: str) -> tuple[frozenset[str], frozenset[str]]:
    """The marks between the directives of a form, and these."""
    marks = re.sub("%.", "", form).casefold().replace(" ", "")
    return frozenset(marks), frozenset(re.findall("%(.)", form))


class _AnyZone(dict[str, tzinfo]):
    """Zones by all abbreviations: whether one is known is looked at later."""

    def __missing__(self, name: str) -> tzinfo:
        return UTC

    def get(self, name: str, default: Any = None) -> tzinfo:
        return self[name]


@cache
def _parser(form: str, *, any_zone: bool) -> Parse:
    return compiled(form, _AnyZone(ABBREVIATIONS) if any_zone else ABBREVIATIONS)


def _parsed(texts: Sequence[str], form: str, *, any_zone: bool) -> list[datetime] | None:
    parse = _parser(form, any_zone=any_zone)
    try:
        moments = [parse(text) for text in texts]
    except ValueError:
        return None
    return moments if all(moment.year in _YEARS for moment in moments) else None


def _span(moments: Sequence[datetime]) -> timedelta:
    return max(moments) - min(moments)


def _disorder(moments: Sequence[datetime]) -> int:
    steps = [later < earlier for earlier, later in pairwise(moments)]
    return min(sum(steps), len(steps) - sum(steps))
