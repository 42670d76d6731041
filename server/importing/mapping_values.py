"""Reading the values of a mapping file: where one comes from, and how it is converted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from enum import Enum
from typing import Any, assert_never, cast

from rapidfuzz import process

from models.call_faults import shown
from models.json_numbers import number_fault
from server.importing.mapping_conditions import read_conditions
from server.importing.mapping_tables import Table
from server.importing.targets import (
    Between,
    Blank,
    Cell,
    Constant,
    FirstOf,
    InZone,
    Joined,
    RowHash,
    Value,
)
from server.importing.values.cells import CellRefused, Convert, Scalar, plain
from server.importing.values.durations import DURATION_UNITS, to_seconds
from server.importing.values.numbers import NumberForm, to_number
from server.importing.values.patterns import FormatError
from server.importing.values.texts import (
    by_table,
    joined_text,
    to_boolean,
    to_identifier,
    to_items,
    to_json,
    to_list,
    to_text,
)
from server.importing.values.times import FORMAT_FORM, ConvertTime, TimeForm, needs_zone, to_time
from server.importing.values.zones import ABBREVIATIONS, ZONE_FORM, allowed_zones, zone_of


class Kind(Enum):
    """What a value is."""

    TEXT = "text"
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
_NUMBERS = ("decimal", "thousands")
_TIMES = ("format", "time_zone")
_KEYS: dict[Kind, tuple[str, ...]] = {
    Kind.TEXT: _FILLED,
    Kind.IDENTIFIER: (*_FILLED, "hash"),
    Kind.NUMBER_TEXT: _FILLED,
    Kind.NUMBER: (*_FILLED, "between", "unit", "scale", *_NUMBERS, *_TIMES),
    Kind.BOOLEAN: _FILLED,
    Kind.TIME: (*_PLACES, *_TIMES),
    Kind.DURATION: (*_FILLED, "between", "unit", *_NUMBERS, *_TIMES),
    Kind.LIST: (*_PLACES, "separator"),
    Kind.JSON: _PLACES,
    Kind.ANY: _FILLED,
    Kind.TURNS: _PLACES,
    Kind.ZONE: _FILLED,
}
_SOURCES = ("column", "columns", "first_of", "constant", "between", "hash")
_OWN = (*_SOURCES, "default", "joiner", "optional", "when")
"""Keys that values within a value do not take over from it."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a mapping says for all of its values."""

    null: frozenset[str] = frozenset()
    form: NumberForm = field(default_factory=NumberForm)
    zone: tzinfo | Value | None = None
    zones: Mapping[str, tzinfo] = field(default_factory=lambda: ABBREVIATIONS)


@dataclass
class ValueReader:
    """Reads values and collects what is wrong with them, with where it stands and what is allowed there."""

    defaults: Defaults = field(default_factory=Defaults)
    faults: list[str] = field(default_factory=list[str])

    def known(self, keys: Iterable[str], allowed: Sequence[str], prefix: str) -> bool:
        """Whether all keys are allowed."""
        unknown = [key for key in keys if key not in allowed]
        for key in unknown:
            near = process.extractOne(key, allowed, score_cutoff=60)
            meant = f"; did you mean {near[0]}?" if near else ""
            self.faults.append(f"unknown key {prefix}{key}{meant}; allowed: {', '.join(allowed)}")
        return not unknown

    def value(self, kind: Kind, source: object, where: str, also: Sequence[str] = ()) -> Value | None:
        """Reads a value; None when it cannot be read.

        Args:
            also: keys beside those of a value, which the caller reads.
        """
        allowed = (*also, *_KEYS[kind])
        if isinstance(source, str):
            source = {"column": source}
        if not isinstance(source, dict):
            return self._wrong(f"{where} must be {_A_NAME}, or a table of {', '.join(allowed)}")
        table = {key: value for key, value in cast("Table", source).items() if key not in also}
        return self._read(kind, table, where) if self.known(cast("Table", source), allowed, f"{where}.") else None

    def _read(self, kind: Kind, table: Table, where: str) -> Value | None:
        given = [key for key in _SOURCES if key in table]
        if len(given) != 1:
            allowed = [key for key in _SOURCES if key in _KEYS[kind]]
            return self._wrong(f"{where} must have exactly one of {', '.join(allowed)}")
        value = self._of(kind, given[0], table, where)
        when = read_conditions(self, table.get("when", []), f"{where}.when")
        if table.get("optional") is True:
            when = tuple(replace(one, cell=replace(one.cell, is_optional=True)) for one in when)
        default = table.get("default")
        value = value and replace(value, when=when)
        if value is None or default is None:
            return value
        if kind is Kind.ZONE:
            zone = self.zone(default, f"{where}.default")
            return zone and replace(value, default=zone)
        return replace(value, default=default) if self._is_scalar(default, f"{where}.default") else None

    def _of(self, kind: Kind, key: str, table: Table, where: str) -> Value | None:
        match key:
            case "constant":
                constant = table["constant"]
                if not self._is_scalar(constant, f"{where}.constant"):
                    return None
                return self._constant(kind, cast("Scalar", constant), table, where)
            case "hash":
                if table["hash"] == "row":
                    return Value(RowHash(), to_text)
                return self._wrong(f'{where}.hash is {table["hash"]!r}; allowed: "row"')
            case "first_of":
                return self._first_of(kind, table, where)
            case "between":
                return self._between(table, where)
            case _:
                cells = self._cells(kind, key, table, where)
                return None if cells is None else self._converted(kind, cells, table, where)

    def _constant(self, kind: Kind, constant: Scalar, table: Table, where: str) -> Value | None:
        if kind is not Kind.ZONE:
            return Value(Constant(constant), to_text)
        zone = self.zone(constant, where)
        return zone and Value(Constant(zone), to_text)

    def _first_of(self, kind: Kind, table: Table, where: str) -> Value | None:
        items = table["first_of"]
        if not isinstance(items, list) or not items:
            return self._wrong(f"{where}.first_of must be a list of columns, paths or tables")
        shared = {key: value for key, value in table.items() if key not in _OWN}
        values: list[Value | None] = []
        for place, item in enumerate(cast("list[object]", items)):
            own = {"column": item} if isinstance(item, str) else item
            merged = {**shared, **cast("Table", own)} if isinstance(own, dict) else own
            if table.get("optional") and isinstance(merged, dict):
                merged = {"optional": True, **merged}
            values.append(self.value(kind, merged, f"{where}.first_of[{place}]"))
        if None in values:
            return None
        return Value(FirstOf(tuple(cast("list[Value]", values))), to_text)

    def _between(self, table: Table, where: str) -> Value | None:
        ends = table["between"]
        if not isinstance(ends, list) or len(cast("list[object]", ends)) != 2:
            return self._wrong(f"{where}.between must be a list of two times: the start and the end")
        shared = {key: table[key] for key in (*_TIMES, "null", "optional") if key in table}
        values: list[Value | None] = []
        for place, item in enumerate(cast("list[object]", ends)):
            own = {"column": item} if isinstance(item, str) else item
            merged = {**shared, **cast("Table", own)} if isinstance(own, dict) else own
            values.append(self.value(Kind.TIME, merged, f"{where}.between[{place}]"))
        start, end = values
        return None if start is None or end is None else Value(Between(start, end), to_text)

    def _cells(self, kind: Kind, key: str, table: Table, where: str) -> Cell | Joined | None:
        is_optional = table.get("optional", False)
        if not isinstance(is_optional, bool):
            return self._wrong(f"{where}.optional must be true or false")
        if key == "column":
            name = table["column"]
            if isinstance(name, str) and name:
                return Cell(name, is_optional)
            return self._wrong(f"{where}.column must be the name of a column, or a path")
        names = table["columns"]
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in cast("Any", names)):
            return self._wrong(f"{where}.columns must be a list of names of columns, or of paths")
        joiner = table.get("joiner", " ")
        if not isinstance(joiner, str):
            return self._wrong(f"{where}.joiner must be a string: what stands between the texts")
        if kind is Kind.IDENTIFIER and (not joiner or "\\" in joiner):
            return self._wrong(
                f"{where}.joiner must be a string that is not empty, without a backslash: it tells where one text ends"
            )
        cells = tuple(Cell(name, is_optional) for name in cast("list[str]", names))
        return Joined(cells, joiner, _blank(kind))

    def _converted(self, kind: Kind, cells: Cell | Joined, table: Table, where: str) -> Value | None:
        null = self.null_of(table, where)
        if "values" in table:
            convert = self._table(table["values"], where)
            if kind is Kind.ZONE and convert:
                convert = _then_zone(convert, self.defaults.zones)
            return None if convert is None or null is None else Value(cells, convert, null)
        if kind is Kind.TIME:
            return self._time(cells, null, table, where)
        convert = self._convert(kind, table, where)
        return (
            None
            if convert is None or null is None
            else Value(cells, convert, null, is_doubtful=self._doubts(kind, table))
        )

    def _convert(self, kind: Kind, table: Table, where: str) -> Convert | None:
        match kind:
            case Kind.TEXT:
                return joined_text(str(table["joiner"])) if "joiner" in table and "column" in table else to_text
            case Kind.IDENTIFIER | Kind.NUMBER_TEXT:
                return to_identifier
            case Kind.NUMBER:
                form = self._number_form(table, where)
                return None if form is None else to_number(form)
            case Kind.BOOLEAN:
                return to_boolean
            case Kind.DURATION:
                return self._duration(table, where)
            case Kind.LIST:
                separator = table.get("separator", ";")
                if isinstance(separator, str) and separator:
                    return to_list(separator)
                return self._wrong(f"{where}.separator must be a string: what stands between the items")
            case Kind.JSON:
                return to_json
            case Kind.ANY:
                return plain
            case Kind.TURNS:
                return to_items
            case Kind.ZONE:
                return _then_zone(to_text, self.defaults.zones)
            case Kind.TIME:
                raise TypeError("times are read with their zone")
            case _:
                assert_never(kind)

    def _number_form(self, table: Table, where: str) -> NumberForm | None:
        form = self.separators(table, self.defaults.form, f"{where}.")
        units = table.get("unit", [])
        units = [units] if isinstance(units, str) else units
        if not isinstance(units, list) or not all(
            isinstance(unit, str) and unit.strip() for unit in cast("Any", units)
        ):
            return self._wrong(
                f'{where}.unit must be a text that stands beside the number, such as "ms", or a list of them'
            )
        scale = table.get("scale", 1)
        if not isinstance(scale, (int, float)) or isinstance(scale, bool) or number_fault(scale) or scale == 0:
            return self._wrong(f"{where}.scale must be a number that is not 0: what the number is multiplied with")
        names = tuple(unit.strip() for unit in cast("list[str]", units))
        return None if form is None else replace(form, units=names, scale=float(scale))

    def separators(self, table: Table, form: NumberForm, prefix: str) -> NumberForm | None:
        """How a table says that numbers are written; what it does not say is as in ``form``."""
        decimal, thousands = table.get("decimal", form.decimal), table.get("thousands", form.thousands)
        if decimal not in (None, ".", ","):
            return self._wrong(f'{prefix}decimal is {decimal!r}; allowed: "." or ","')
        if thousands not in (None, ".", ",", " ", "'"):
            return self._wrong(f"""{prefix}thousands is {thousands!r}; allowed: ".", ",", " " or "'\"""")
        if decimal is not None and decimal == thousands:
            return self._wrong(f"{prefix}decimal and thousands are both {decimal!r}; they must differ")
        return replace(form, decimal=cast("str | None", decimal), thousands=cast("str | None", thousands))

    def _doubts(self, kind: Kind, table: Table) -> bool:
        """Whether a value has numbers, and nothing says how they are written."""
        given = [table.get("decimal", self.defaults.form.decimal), table.get("thousands", self.defaults.form.thousands)]
        return kind in (Kind.NUMBER, Kind.DURATION) and given == [None, None]

    def _duration(self, table: Table, where: str) -> Convert | None:
        form = self.separators(table, self.defaults.form, f"{where}.")
        units = table.get("unit", [])
        units = [units] if isinstance(units, str) else units
        if not isinstance(units, list) or not all(unit in DURATION_UNITS for unit in cast("list[object]", units)):
            return self._wrong(
                f"{where}.unit is {table['unit']!r}; allowed: {', '.join(DURATION_UNITS)}, or a list of them"
            )
        return None if form is None else to_seconds(cast("list[str]", units), form)

    def _time(self, cells: Cell | Joined, null: frozenset[str] | None, table: Table, where: str) -> Value | None:
        formats = table.get("format", [])
        formats = [formats] if isinstance(formats, str) else formats
        if not isinstance(formats, list) or not all(isinstance(form, str) for form in cast("list[object]", formats)):
            return self._wrong(f"{where}.format must be one of {FORMAT_FORM}, or a list of them")
        names = tuple(cast("list[str]", formats))
        zone = self.time_zone(table["time_zone"], where) if "time_zone" in table else self.defaults.zone
        try:
            convert = to_time(TimeForm(names, self.defaults.zones))
        except FormatError as error:
            return self._wrong(f"{where}.format {', '.join(map(repr, names))} cannot be used: {error}")
        if zone is None and "time_zone" not in table and (local := next(filter(needs_zone, names), None)) is not None:
            return self._wrong(
                f"{where}.time_zone is missing: the format {local!r} has no offset (%z); give an IANA name, UTC, "
                'or { column = "..." }'
            )
        if null is None or ("time_zone" in table and zone is None):
            return None
        if isinstance(zone, Value):
            return Value(InZone(cells, zone, convert), to_text, null)
        return Value(cells, _in(zone, convert), null)

    def time_zone(self, given: object, where: str) -> tzinfo | Value | None:
        """A zone by name, or a value that is one in every row."""
        if isinstance(given, dict):
            return self.value(Kind.ZONE, cast("object", given), f"{where}.time_zone")
        return self.zone(given, f"{where}.time_zone")

    def zone(self, name: object, where: str) -> tzinfo | None:
        """A zone by name."""
        zone = zone_of(name, self.defaults.zones) if isinstance(name, str) else None
        if zone is None:
            self.faults.append(f"{where.removeprefix('.')} {name!r} is unknown; allowed: {ZONE_FORM}")
        return zone

    def null_of(self, table: Table, where: str) -> frozenset[str] | None:
        """The texts that mean no value in a table, or else in the mapping."""
        return self.null(table["null"], f"{where}.null") if "null" in table else self.defaults.null

    def null(self, given: object, where: str) -> frozenset[str] | None:
        """Texts that mean no value."""
        texts = [given] if isinstance(given, str) else given
        if isinstance(texts, list) and all(isinstance(text, str) for text in cast("list[object]", texts)):
            return frozenset(text.strip().casefold() for text in cast("list[str]", texts))
        return self._wrong(f'{where} must be a list of strings: the texts that mean "no value"')

    def _table(self, values: object, where: str) -> Convert | None:
        if not isinstance(values, dict) or not values or not all(map(_is_scalar, cast("Table", values).values())):
            return self._wrong(f"{where}.values must be a table from texts to strings, numbers or booleans")
        table = cast("Mapping[str, Scalar]", values)
        before = len(self.faults)
        seen: dict[str, str] = {}
        for text, value in table.items():
            if not isinstance(value, str) and (fault := number_fault(value)) is not None:
                self.faults.append(f"{where}.values.{text} is {value!r}; {fault}")
            other = seen.setdefault(text.strip().casefold(), text)
            if other != text and table[other] != value:
                self.faults.append(f"{where}.values has {other!r} and {text!r}, which differ only in case")
        return by_table(table) if len(self.faults) == before else None

    def _is_scalar(self, value: object, where: str) -> bool:
        if not _is_scalar(value):
            self.faults.append(f"{where} must be a string, a number or a boolean")
            return False
        if not isinstance(value, str) and (fault := number_fault(cast("float", value))) is not None:
            self.faults.append(f"{where} is {value!r}; {fault}")
            return False
        return True

    def _wrong(self, fault: str) -> None:
        self.faults.append(fault)


_A_NAME = "a column's name or a path"


def _blank(kind: Kind) -> Blank:
    """What becomes of an empty text among several that are joined."""
    match kind:
        case Kind.IDENTIFIER:
            return Blank.KEPT
        case Kind.TIME | Kind.DURATION:
            return Blank.NO_VALUE
        case (
            Kind.TEXT
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


def _is_scalar(value: object) -> bool:
    return isinstance(value, (str, int, float, bool))


def _in(zone: tzinfo | None, convert: ConvertTime) -> Convert:
    return lambda raw: convert(raw, zone)


def _then_zone(convert: Convert, zones: Mapping[str, tzinfo]) -> Convert:
    """A converter to zones of what another makes the name of."""

    def zone(raw: Any) -> tzinfo:
        name = str(convert(raw))
        found = zone_of(name, zones)
        if found is None:
            raise CellRefused(f"{shown(name)} is not a known time zone", allowed_zones(name))
        return found

    return zone
