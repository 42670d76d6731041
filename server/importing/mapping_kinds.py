"""The kinds of values in a mapping file, and what can be said of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import Enum

from server.importing.targets import Blank, Value
from server.importing.values.numbers import NumberForm
from server.importing.values.zones import ABBREVIATIONS


class Kind(Enum):
    """What a value is."""

    TEXT = "text"
    NAME = "name"
    IDENTIFIER = "identifier"
    NUMBER_TEXT = "number as text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"
    DURATION = "duration"
    LIST = "list"
    JSON = "json"
    ANY = "any"
    TURNS = "turns"
    ZONE = "zone"


_PLACES = ("column", "columns", "joiner", "first_of", "optional", "null", "when")
_FILLED = (*_PLACES, "constant", "default", "values")
_BETWEEN = ("between", "next_day")
_NUMBERS = ("decimal", "thousands")
TIMES = ("format", "time_zone")
KEYS: dict[Kind, tuple[str, ...]] = {
    Kind.TEXT: _FILLED,
    Kind.NAME: _FILLED,
    Kind.IDENTIFIER: (*_FILLED, "hash"),
    Kind.NUMBER_TEXT: _FILLED,
    Kind.NUMBER: (*_FILLED, *_BETWEEN, "unit", "scale", *_NUMBERS, *TIMES),
    Kind.BOOLEAN: _FILLED,
    Kind.TIME: (*_PLACES, *TIMES),
    Kind.DURATION: (*_FILLED, *_BETWEEN, "unit", *_NUMBERS, *TIMES),
    Kind.LIST: (*_PLACES, "separator"),
    Kind.JSON: _PLACES,
    Kind.ANY: _FILLED,
    Kind.TURNS: _PLACES,
    Kind.ZONE: (*_FILLED, "unit"),
}
SOURCES = ("column", "columns", "first_of", "constant", "between", "hash")
OWN = (*SOURCES, "default", "joiner", "optional", "when")
"""Keys that values within a value do not take over from it."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a mapping says for all of its values."""

    null: frozenset[str] = frozenset()
    form: NumberForm = field(default_factory=NumberForm)
    zone: tzinfo | Value | None = None
    zones: Mapping[str, tzinfo] = field(default_factory=lambda: ABBREVIATIONS)


def blank_of(kind: Kind) -> Blank:
    """What becomes of an empty text among several that are joined."""
    match kind:
        case Kind.IDENTIFIER:
            return Blank.KEPT
        case Kind.TIME | Kind.DURATION:
            return Blank.NO_VALUE
        case (
            Kind.TEXT
            | Kind.NAME
            | Kind.NUMBER_TEXT
            | Kind.NUMBER
            | Kind.BOOLEAN
            | Kind.LIST
            | Kind.JSON
            | Kind.ANY
            | Kind.TURNS
            | Kind.ZONE
        ):
            return Blank.LEFT_OUT
