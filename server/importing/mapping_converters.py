"""Reading how the values of a mapping file are converted."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Any, assert_never, cast

from rapidfuzz import process

from models.call_faults import shown
from models.json_numbers import number_fault
from server.importing.mapping_kinds import Defaults, Kind
from server.importing.mapping_tables import Table
from server.importing.values.cells import CellRefused, Convert, Scalar, plain
from server.importing.values.durations import DURATION_UNITS, to_seconds
from server.importing.values.numbers import NumberForm, to_number
from server.importing.values.texts import (
    by_table,
    joined_text,
    to_boolean,
    to_identifier,
    to_items,
    to_json,
    to_list,
    to_text,
    without_space,
)
from server.importing.values.zones import ZONE_FORM, allowed_zones, zone_of

_ZONE_HOURS = re.compile(r"[+-]?[0-9]{1,2}(?:\.[0-9]{1,2})?")
_MOST_ZONE_HOURS = 14


@dataclass
class ConverterReader:
    """Reads converters and collects what is wrong with them, with where it stands and what is allowed there."""

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

    def _convert(self, kind: Kind, table: Table, where: str) -> Convert | None:
        match kind:
            case Kind.TEXT:
                return joined_text(str(table["joiner"])) if "joiner" in table and "column" in table else to_text
            case Kind.NAME:
                return without_space(self._convert(Kind.TEXT, table, where) or to_text)
            case Kind.IDENTIFIER | Kind.NUMBER_TEXT:
                return to_identifier if "columns" in table else without_space(to_identifier)
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
                if table.get("unit") in (None, "hours"):
                    return then_zone(hours_as_offset if "unit" in table else to_text, self.defaults.zones)
                return self._wrong(
                    f'{where}.unit is {table["unit"]!r}; allowed: "hours", for numbers of hours from UTC'
                )
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


def _is_scalar(value: object) -> bool:
    return isinstance(value, (str, int, float, bool))


def then_zone(convert: Convert, zones: Mapping[str, tzinfo]) -> Convert:
    """A converter to zones of what another makes the name of."""

    def zone(raw: Any) -> tzinfo:
        name = str(convert(raw))
        found = zone_of(name, zones)
        if found is None:
            raise CellRefused(f"{shown(name)} is not a known time zone", allowed_zones(name))
        return found

    return zone


def hours_as_offset(raw: Any) -> str:
    """A number of hours from UTC, such as ``5.5``, as the offset that it is; of other texts themselves."""
    text = to_text(raw).strip()
    if not _ZONE_HOURS.fullmatch(text) or abs(float(text)) > _MOST_ZONE_HOURS:
        return text
    minutes = round(abs(float(text)) * 60)
    return f"{'-' if text[0] == '-' else '+'}{minutes // 60:02}:{minutes % 60:02}"
