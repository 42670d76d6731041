"""What stands in a cell of a table or at a place of a document, before it is converted, and how it is refused."""

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from models.call_faults import shown

Scalar = str | float | bool
NOTHING: frozenset[str] = frozenset()
"""No texts that mean no value, but empty ones."""
Convert = Callable[[Any], object]
"""Takes a raw value and returns what the native format has for it. A raw value is a text; or, where the file has types,
a number, a boolean, a ``datetime``, ``date``, ``time`` or ``timedelta``, a list or an object. It is never empty.

Raises:
    CellRefused: for a raw value that has no value of the kind.
"""


class CellRefused(ValueError):
    """A raw value is refused. ``allowed`` says what may stand there; ``cells``, in which columns or at which paths the
    value stands, once that is known."""

    def __init__(self, message: str, allowed: str) -> None:
        super().__init__(message)
        self.message = message
        self.allowed = allowed
        self.cells: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.message}; allowed: {self.allowed}"


class SettingRequired(CellRefused):
    """A raw value can be read in several ways, or shows that the mapping reads the whole column wrongly: nothing of the
    file goes in before the mapping says what is meant. ``allowed`` names the settings."""


class CellError(str):
    """What stands in a cell of a workbook in place of a value that could not be calculated, such as ``#REF!``."""

    __slots__ = ("place",)

    def __new__(cls, text: str, place: str) -> "CellError":
        error = super().__new__(cls, text)
        error.place = place
        return error

    place: str
    """The reference of the cell, such as ``E2``."""

    def refusal(self) -> CellRefused:
        """It is no value."""
        return CellRefused(
            f"the cell {self.place} has the error {self}", f'a value; null = ["{self}"] in the mapping makes it none'
        )


def refused(raw: object, what: str, allowed: str) -> CellRefused:
    """The refusal of a raw value: it ``is not`` something."""
    return CellRefused(f"{shown(raw)} is not {what}", allowed)


def text_of(raw: Any) -> str:
    """A raw value as text: numbers and booleans as JSON has them, whole ones without a fraction; times as ISO 8601."""
    match raw:
        case str():
            return raw
        case bool() | int():
            return json.dumps(raw)
        case float():
            return str(int(raw)) if raw.is_integer() and abs(raw) < 2**63 else repr(raw)
        case datetime() | date() | time():
            return raw.isoformat()
        case timedelta():
            return text_of(raw.total_seconds())
        case list() | dict():
            return json.dumps(raw, ensure_ascii=False, default=str)
        case _:
            return str(raw)


def is_empty(raw: Any, null: frozenset[str]) -> bool:
    """Whether a raw value is none at all: absent, a blank text, NaN, or one of the texts in ``null``, in any case."""
    if raw is None:
        return True
    if type(raw) is str:
        text = raw.strip()
        return not text or (bool(null) and text.casefold() in null)
    if raw != raw:  # NaN, which is how tables of numbers write that there is none
        return True
    return bool(null) and not isinstance(raw, (list, dict)) and text_of(raw).casefold() in null


def plain(raw: Any) -> object:
    """A raw value as JSON has it: what JSON has no type for becomes text, a span of time its seconds.

    Raises:
        CellRefused: for an error of a workbook.
    """
    if type(raw) is CellError:
        raise CellRefused(
            raw.refusal().message, f'a value; null = ["{raw}"] in a source of its own in the mapping makes it none'
        )
    match raw:
        case timedelta():
            return raw.total_seconds()
        case datetime() | date() | time():
            return raw.isoformat()
        case _:
            return raw
