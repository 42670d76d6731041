"""What stands in a column, as far as some rows tell."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import cached_property
from typing import Any

from server.importing.proposing.names import EXACT, is_identifier, likeness
from server.importing.values.cells import CellRefused, is_empty, text_of
from server.importing.values.doubtful import PointWatch
from server.importing.values.durations import to_seconds
from server.importing.values.numbers import NumberForm, to_number
from server.importing.values.shown_times import Parts, parts_of, seconds_of
from server.importing.values.texts import to_boolean

NULLS = frozenset({"n/a", "null", "none", "nan", "-", "--", "—", "(null)", "#n/a", "undefined"})
"""Texts that mean no value in most files, in small letters."""

_A_DAY = 86_400
_MOST_STRAYS = 3
_NAMES = ("call_id", "agent", "customer_number")
"""Meanings of columns whose numbers are no amounts."""
_LEAST_AMOUNTS = 0.6
_DECIMAL_COMMA = re.compile(r"[^0-9]*(?:[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+|[0-9]+,(?:[0-9]{1,2}|[0-9]{4,}))[^0-9]*")
_DOTTED_THOUSANDS = re.compile(r"[^0-9]*[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?[^0-9]*")
_COMMA_THOUSANDS = re.compile(r"[^0-9]*[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?[^0-9]*")
_CURRENCIES = r"USD|EUR|GBP|CHF|CAD|AUD|NZD|JPY|CNY|INR|BRL|MXN|SEK|NOK|DKK|PLN|CZK|R?\$|kr\.?|Rs\.?|[^\s\w.,+:-]{1,2}"
"""What may stand in front of an amount. Other letters there make a name of a number, as in ``T1001``."""
_UNIT = re.compile(
    rf"\s*[+-]?\s*({_CURRENCIES})?\s*[+-]?[0-9][0-9.,]*\s*([^\s0-9.,:][^0-9:]{{0,7}})?\s*", re.IGNORECASE
)
_PHONE = re.compile(r"\+?[0-9()\s./-]{6,20}|(?:tel|sip):.+")
_FORMS: dict[str, re.Pattern[str]] = {
    "HH:MM:SS": re.compile(r"[0-9]{1,6}:[0-5]?[0-9]:[0-5]?[0-9](?:[.,][0-9]+)?"),
    "M:SS": re.compile(r"[0-9]{1,4}:[0-5][0-9]"),
}


@dataclass(frozen=True)
class Column:
    """A column of a table, or what is at a path of documents.

    Attributes:
        name: of the column, or the path.
        raws: what stands in it, a value for each row; None where there is none.
        strays: texts of it that mean no value, such as ``In progress`` among durations; these are None in ``raws``.
        keys: on the way to it in documents.
    """

    name: str
    raws: Sequence[Any]
    strays: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What it is called: of a path the last key."""
        return self.keys[-1] if self.keys else self.name

    def likeness(self, meaning: str) -> float:
        """How well its name fits a meaning. Of a path the last key tells that, or the last two together."""
        own = likeness(meaning, self.label)
        both = likeness(meaning, " ".join(self.keys[-2:])) if self.keys[1:] else 0.0
        return max(own, both if both >= EXACT else 0.0)

    @cached_property
    def values(self) -> list[Any]:
        """The values that are there."""
        return [raw for raw in self.raws if not is_empty(raw, NULLS)]

    @cached_property
    def texts(self) -> list[str]:
        """These as texts."""
        return [text_of(raw).strip() for raw in self.values]

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each text is there."""
        return Counter(self.texts)

    @property
    def is_unique(self) -> bool:
        """Whether every row has a text of its own."""
        return bool(self.texts) and len(self.counts) == len(self.raws)

    @cached_property
    def is_boolean(self) -> bool:
        """Whether it says yes or no."""
        is_count = len(self.counts) == 1 and not self.counts.keys().isdisjoint({"0", "1"})
        return len(self.counts) <= 2 and not is_count and _all(to_boolean, self.values)

    @cached_property
    def duration_unit(self) -> str | None:
        """The form of durations that are not numbers; None where it has none."""
        if not self.values:
            return None
        if all(isinstance(raw, (timedelta, time)) for raw in self.values):
            return "M:SS" if self.has_minutes_as_hours or self._shows({Parts.MINUTES_AND_SECONDS}) else "HH:MM:SS"
        if not all(isinstance(raw, str) for raw in self.values):
            return None
        for unit, form in _FORMS.items():
            if all(form.fullmatch(text) for text in self.texts):
                return unit
        worded = [text for text in self.texts if any(letter.isalpha() for letter in text)]
        for unit in ("h m s", "ISO 8601"):
            if worded and _all(to_seconds([unit]), self.texts):
                return unit
        return None

    @cached_property
    def has_minutes_as_hours(self) -> bool:
        """Whether it has cells that show hours and minutes of whole minutes, as they come from typing ``3:25``."""
        clocks = [raw for raw in self.values if isinstance(raw, (timedelta, time))]
        return (
            bool(clocks)
            and len(clocks) == len(self.values)
            and all(seconds_of(raw) % 60 == 0 for raw in clocks)
            and all(parts_of(raw) is Parts.HOURS_AND_MINUTES or seconds_of(raw) >= _A_DAY for raw in clocks)
        )

    def _shows(self, parts: set[Parts]) -> bool:
        return all(isinstance(raw, (timedelta, time)) and parts_of(raw) in parts for raw in self.values)

    @cached_property
    def unit(self) -> str | None:
        """What stands beside all numbers, such as ``$`` or ``ms``."""
        found = {_unit_of(text) for text in self.texts}
        unit = next(iter(found)) if len(found) == 1 else None
        return unit or None

    def numbers(self, form: NumberForm) -> list[float] | None:
        """The numbers that it has; None where something is not one."""
        units = NumberForm(form.decimal, form.thousands, (unit,)) if (unit := self.unit) else form
        if not self.values or any(isinstance(raw, (bool, date, time, timedelta, list, dict)) for raw in self.values):
            return None
        convert = to_number(units)
        try:
            return [float(convert(raw)) for raw in self.values]  # pyright: ignore[reportArgumentType]
        except CellRefused:
            return None

    def numbers_by_row(self, form: NumberForm) -> list[float | None]:
        """The same with None in the rows without one; empty where something is not a number."""
        numbers = iter(self.numbers(form) or ())
        if self.numbers(form) is None:
            return []
        return [None if is_empty(raw, NULLS) else next(numbers) for raw in self.raws]

    @property
    def is_phone(self) -> bool:
        """Whether it has phone numbers."""
        return bool(self.texts) and sum(bool(_PHONE.fullmatch(text)) for text in self.texts) >= 0.8 * len(self.texts)

    @property
    def is_short_text(self) -> bool:
        """Whether it has texts that calls can be told apart by in charts: short, and not one for each row."""
        longest = max((len(text) for text in self.texts), default=0)
        return bool(self.texts) and longest <= 200 and len(self.counts) <= max(20, len(self.texts) // 2)

    @property
    def is_nested(self) -> bool:
        """Whether it has lists or objects."""
        return any(isinstance(raw, (list, dict)) for raw in self.values)


def without_strays(column: Column) -> Column:
    """A column of amounts without the few words that stand among them. Among IDs, phone numbers and extensions of
    agents, a word is one of them."""
    if is_identifier(column.label) or max(map(column.likeness, _NAMES)) >= EXACT:
        return column
    words = [text for text in column.counts if not any(letter.isdigit() for letter in text)]
    amounts = column.counts.total() - sum(column.counts[word] for word in words)
    if not 0 < len(words) <= _MOST_STRAYS or amounts < _LEAST_AMOUNTS * column.counts.total():
        return column
    raws = [None if isinstance(raw, str) and raw.strip() in words else raw for raw in column.raws]
    cleaned = replace(column, raws=raws, strays=tuple(sorted(words)))
    is_amount = cleaned.duration_unit is not None or is_mostly_numbers(cleaned)
    return cleaned if is_amount else column


def point_watch(column: Column, point: str = ".") -> PointWatch:
    """What the numbers of a column say of the point, or of the comma, in them."""
    watch = PointWatch()
    other = "," if point == "." else "."
    for raw in column.values:
        if isinstance(raw, str) and not watch.is_certain:
            watch.is_certain = point in raw and other in raw
            watch.see(raw.strip() if point == "." else raw.strip().replace(point, "."))
    return watch


def number_form(columns: Sequence[Column]) -> NumberForm:
    """How the numbers of a file are written: with a decimal comma if one of them can only be read so. What can be
    read with a point in front of fractions or of thousands is not told if it probably has the latter."""
    texts = [
        raw.strip() for column in columns if is_mostly_numbers(column) for raw in column.values if isinstance(raw, str)
    ]
    if any(_DECIMAL_COMMA.fullmatch(text) for text in texts):
        return NumberForm(",", "." if any(_DOTTED_THOUSANDS.fullmatch(text) for text in texts) else None)
    if any(_COMMA_THOUSANDS.fullmatch(text) for text in texts):
        return NumberForm(".", ",")
    watches = [point_watch(column) for column in columns if is_mostly_numbers(column)]
    doubtful = [watch for watch in watches if watch.is_doubtful]
    return NumberForm(".") if doubtful and not any(watch.has_whole for watch in doubtful) else NumberForm()


def is_mostly_numbers(column: Column) -> bool:
    """Whether all that it has is a number, perhaps with a unit."""
    return bool(column.texts) and all(_UNIT.fullmatch(text) for text in column.texts)


def _unit_of(text: str) -> str:
    match = _UNIT.fullmatch(text)
    return (match[1] or match[2] or "").strip() if match else ""


def _all(convert: Any, values: Sequence[Any]) -> bool:
    try:
        for value in values:
            convert(value)
    except CellRefused:
        return False
    return bool(values)
