"""Reading the values of a mapping file: where one comes from, and how it is converted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import Any, cast

from server.importing.mapping_conditions import read_conditions
from server.importing.mapping_converters import ConverterReader, then_zone
from server.importing.mapping_kinds import KEYS, OWN, SOURCES, TIMES, Kind, blank_of
from server.importing.mapping_tables import Table
from server.importing.targets import (
    Between,
    Cell,
    Constant,
    FirstOf,
    InZone,
    Joined,
    RowHash,
    Value,
)
from server.importing.values.cells import Convert, Scalar
from server.importing.values.day_orders import DayOrder, DayOrders, forms_of
from server.importing.values.patterns import FormatError
from server.importing.values.texts import (
    to_text,
)
from server.importing.values.times import FORMAT_FORM, ConvertTime, TimeForm, form_words, needs_zone, to_time

_A_NAME = "a column's name or a path"


class ValueReader(ConverterReader):
    """Reads values."""

    def value(self, kind: Kind, source: object, where: str, also: Sequence[str] = ()) -> Value | None:
        """Reads a value; None when it cannot be read.

        Args:
            also: keys beside those of a value, which the caller reads.
        """
        allowed = (*also, *KEYS[kind])
        if isinstance(source, str):
            source = {"column": source}
        if not isinstance(source, dict):
            return self._wrong(f"{where} must be {_A_NAME}, or a table of {', '.join(allowed)}")
        table = {key: value for key, value in cast("Table", source).items() if key not in also}
        return self._read(kind, table, where) if self.known(cast("Table", source), allowed, f"{where}.") else None

    def _read(self, kind: Kind, table: Table, where: str) -> Value | None:
        given = [key for key in SOURCES if key in table]
        if len(given) != 1:
            allowed = [key for key in SOURCES if key in KEYS[kind]]
            return self._wrong(f"{where} must have exactly one of {', '.join(allowed)}")
        if "next_day" in table and "between" not in table:
            return self._wrong(f"{where}.next_day is for between, whose end it tells about")
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
        shared = {key: value for key, value in table.items() if key not in OWN}
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
        shared = {key: table[key] for key in (*TIMES, "null", "optional") if key in table}
        values: list[Value | None] = []
        for place, item in enumerate(cast("list[object]", ends)):
            own = {"column": item} if isinstance(item, str) else item
            merged = {**shared, **cast("Table", own)} if isinstance(own, dict) else own
            values.append(self.value(Kind.TIME, merged, f"{where}.between[{place}]"))
        start, end = values
        has_one_day = table.get("next_day", False)
        if not isinstance(has_one_day, bool):
            return self._wrong(
                f"{where}.next_day must be true or false: whether an end before the start is a day later"
            )
        return None if start is None or end is None else Value(Between(start, end, has_one_day), to_text)

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
        return Joined(cells, joiner, blank_of(kind))

    def _converted(self, kind: Kind, cells: Cell | Joined, table: Table, where: str) -> Value | None:
        null = self.null_of(table, where)
        if "values" in table:
            convert = self._table(table["values"], where)
            if kind is Kind.ZONE and convert:
                convert = then_zone(convert, self.defaults.zones)
            return None if convert is None or null is None else Value(cells, convert, null)
        if kind is Kind.TIME:
            return self._time(cells, null, table, where)
        convert = self._convert(kind, table, where)
        return (
            None
            if convert is None or null is None
            else Value(cells, convert, null, is_doubtful=self._doubts(kind, table))
        )

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
        allowed = form_words(names) if names else ""
        if isinstance(zone, Value):
            return Value(InZone(cells, zone, convert), to_text, null, allowed=allowed)
        return Value(cells, _in(zone, convert), null, allowed=allowed, orders=self._orders(names, zone))

    def _orders(self, names: tuple[str, ...], zone: tzinfo | None) -> DayOrders | None:
        """The two ways to read days, where the formats have both orders of day and month."""
        forms = {order: forms_of(order, names) for order in DayOrder}
        if not all(forms.values()):
            return None
        left = {
            DayOrder.DAY: tuple(name for name in names if name not in forms[DayOrder.MONTH]),
            DayOrder.MONTH: tuple(name for name in names if name not in forms[DayOrder.DAY]),
        }
        zones = self.defaults.zones
        return DayOrders(forms, {order: _in(zone, to_time(TimeForm(left[order], zones))) for order in DayOrder})

    def time_zone(self, given: object, where: str) -> tzinfo | Value | None:
        """A zone by name, or a value that is one in every row."""
        if isinstance(given, dict):
            return self.value(Kind.ZONE, cast("object", given), f"{where}.time_zone")
        return self.zone(given, f"{where}.time_zone")


def _in(zone: tzinfo | None, convert: ConvertTime) -> Convert:
    return lambda raw: convert(raw, zone)
