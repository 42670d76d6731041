"""Reads the calls: whole days in one pass for all definitions of the same records, and single calls.

A pass reads the records of its days once, with every value and label that the definitions need, and groups what it
read. Sums use double precision, as those of charts do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Double,
    Integer,
    Select,
    Text,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects import postgresql

from aggregation.compute.lines import SLOT, halves
from aggregation.compute.numbers import NumberArray
from aggregation.compute.source import Source
from aggregation.stored.definition import Definition, Kind, Label, Records
from aggregation.stored.quantiles import LOG_GAMMA, OFFSET
from filters.instants import EPOCH
from models import CallLog, DataType

MAX_CELLS_A_DAY = 20_000
"""A definition with more cells a day is not worth storing: its charts are computed from the records."""

MAX_VALUES_A_DAY = 10_000
"""A distribution with more cells and values a day is stored as a sketch."""

MAX_RANGES_A_DAY = 200_000

Statement = Select[*tuple[Any, ...]]


def start_of(slot: int) -> datetime:
    """The first instant of the slot with this number, counted from 1970."""
    return EPOCH + slot * SLOT


@dataclass(frozen=True, slots=True)
class Part:
    """What a row of a scan holds: the cells of a label for some fields, or the values of one definition."""

    label: Label | None
    fields: tuple[str, ...] = ()
    values_of: Definition | None = None
    is_sketch: bool = False
    limit: int = 0

    @property
    def is_points(self) -> bool:
        """Whether the rows are the four points of a line's slot."""
        return self.values_of is not None and self.values_of.kind is Kind.EXTREMES


@dataclass(frozen=True, slots=True)
class Scan:
    """One pass over the records of ``days`` UTC days from the day numbered ``first_day``."""

    records: Records
    definitions: tuple[Definition, ...]
    first_day: int
    days: int
    sketched: frozenset[Definition] = frozenset()

    def parts(self) -> tuple[Part, ...]:
        """The parts, in the order of the numbers that the rows carry."""
        by_label: dict[Label | None, dict[str, None]] = {}
        for definition in self.definitions:
            if definition.kind is not Kind.EXTREMES:
                fields = by_label.setdefault(definition.label, {})
                if definition.field is not None:
                    fields[definition.field] = None
        cells = [
            Part(label, tuple(fields), limit=MAX_CELLS_A_DAY * self.days if label else 0)
            for label, fields in by_label.items()
        ]
        values = [
            Part(definition.label, values_of=definition, is_sketch=is_sketch, limit=most * self.days)
            for definition in self.definitions
            if definition.kind is Kind.DISTRIBUTION
            for is_sketch in (definition in self.sketched,)
            for most in (MAX_RANGES_A_DAY if is_sketch else MAX_VALUES_A_DAY,)
        ]
        points = [
            Part(None, values_of=definition) for definition in self.definitions if definition.kind is Kind.EXTREMES
        ]
        return (*cells, *values, *points)

    def statement(self) -> Any:
        """Rows ``(part, slot, label, numbers)``. A part that exceeds its limit has one row more than the limit."""
        start = EPOCH + timedelta(days=self.first_day)
        read = _Read(self.records.between(start, start + timedelta(days=self.days)), self.definitions)
        rows = read.table()
        found = [_part_statement(number, part, rows, read) for number, part in enumerate(self.parts())]
        return found[0] if len(found) == 1 else union_all(*(select(one.subquery()) for one in found))


@dataclass(frozen=True, slots=True)
class _Read:
    """The columns that definitions read from their records."""

    source: Source
    definitions: tuple[Definition, ...]

    def fields(self) -> dict[str, DataType]:
        """The fields whose values are read."""
        found = {one.field: one.data_type for one in self.definitions if one.field is not None}
        for label in self.labels():
            if label.is_of_ranges:
                found.setdefault(label.field, DataType.NUMBER)
        return found

    def labels(self) -> tuple[Label, ...]:
        return tuple(dict.fromkeys(one.label for one in self.definitions if one.label is not None))

    def columns(self) -> list[ColumnElement[Any]]:
        fields = [self.value(name, kind).label(f"value_{at}") for at, (name, kind) in enumerate(self.fields().items())]
        labels = [
            cast(label.on(self.source).column(), Text).label(f"label_{at}") for at, label in enumerate(self.labels())
        ]
        return [*fields, *labels]

    def value(self, field: str, data_type: DataType) -> ColumnElement[Any]:
        """A field's value as a number, NULL if there is none. Of a text it only says whether there is one."""
        value = self.source.value(field)
        match data_type:
            case DataType.NUMBER:
                return cast(value, Double)
            case DataType.BOOLEAN:
                return cast(cast(value, Integer), Double)
            case DataType.DATETIME:
                return func.date_part("epoch", value)
            case DataType.STRING:
                return case((value.is_not(None), literal(0.0, Double)))

    def table(self) -> CTE:
        seconds = func.date_part("epoch", CallLog.timestamp)
        slot = cast(func.floor(seconds / literal(SLOT.total_seconds(), Double)), Integer).label("slot")
        columns = [slot, *self.columns()]
        if any(one.kind is Kind.EXTREMES for one in self.definitions):
            columns += [seconds.label("seconds"), CallLog.id.label("id")]
        return self.source.select(*columns).cte("records").prefix_with("materialized", dialect="postgresql")


def _part_statement(number: int, part: Part, rows: CTE, read: _Read) -> Statement:
    fields = list(read.fields())
    label: ColumnElement[Any] = cast(null(), Text)
    conditions: list[ColumnElement[bool]] = []
    if part.label is not None:
        label = rows.c[f"label_{read.labels().index(part.label)}"]
        if part.label.is_of_ranges:
            conditions.append(rows.c[f"value_{fields.index(part.label.field)}"].is_not(None))
    keys: list[ColumnElement[Any]] = [rows.c.slot, label] if part.label is not None else [rows.c.slot]
    if part.values_of is None:
        numbers = [cast(func.count(), Double)]
        for field in part.fields:
            numbers += _moments(rows.c[f"value_{fields.index(field)}"], read.fields()[field])
    else:
        assert part.values_of.field is not None
        value = rows.c[f"value_{fields.index(part.values_of.field)}"]
        conditions.append(value.is_not(None))
        if part.is_points:
            numbers = _points(rows, value)
        else:
            value = _range(value) if part.is_sketch else value
            keys.append(value)
            numbers = [cast(value, Double), cast(func.count(), Double)]
    statement = (
        select(
            literal(number, Integer).label("part"),
            rows.c.slot.label("slot"),
            label.label("label"),
            cast(postgresql.array(numbers), NumberArray()).label("numbers"),
        )
        .where(*conditions)
        .group_by(*keys)
    )
    return statement.limit(part.limit + 1) if part.limit else statement


def _moments(value: ColumnElement[Any], data_type: DataType) -> list[ColumnElement[Any]]:
    """The number of values, their sum, squared deviations, minimum and maximum, as far as the type has them."""
    nothing: ColumnElement[Any] = cast(null(), Double)
    count = cast(func.count(value), Double)
    match data_type:
        case DataType.NUMBER:
            return [count, func.sum(value), func.var_pop(value) * count, func.min(value), func.max(value)]
        case DataType.BOOLEAN:
            return [count, func.sum(value), nothing, nothing, nothing]
        case DataType.DATETIME:
            return [count, nothing, nothing, func.min(value), func.max(value)]
        case DataType.STRING:
            return [count, nothing, nothing, nothing, nothing]


def _range(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """The number of a value's range in the sketch, as ``quantiles.ranges_of`` counts them."""
    number = func.ceil(func.ln(func.abs(func.nullif(value, 0.0))) / literal(LOG_GAMMA, Double)) + OFFSET
    return func.coalesce(func.sign(value) * number, 0.0)


def _points(rows: CTE, value: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    by_time = postgresql.array([rows.c.seconds, *halves(rows.c.id), value])
    by_value = postgresql.array([value, rows.c.seconds, *halves(rows.c.id)])
    floats = postgresql.ARRAY(Double)
    ends = (
        func.min(by_time, type_=floats),
        func.max(by_time, type_=floats),
        func.min(by_value, type_=floats),
        func.max(by_value, type_=floats),
    )
    return [cast(func.count(), Double), *(end[place] for end in ends for place in (1, 2, 3, 4))]


def record_statement(
    records: Records, definitions: Sequence[Definition], spans: Sequence[tuple[int, int]]
) -> tuple[Any, tuple[str, ...], tuple[Label, ...]]:
    """Single calls of ranges of slots: rows ``(microseconds, id, values..., labels...)``.

    Returns:
        The statement, and the fields and labels in the order of its columns.
    """
    parts: list[Statement] = []
    reads = [_Read(records.between(start_of(first), start_of(last)), tuple(definitions)) for first, last in spans]
    for read in reads:
        at = cast(func.date_part("epoch", CallLog.timestamp) * literal(1e6, Double), BigInteger).label("at")
        parts.append(read.source.select(at, CallLog.id.label("id"), *read.columns()))
    statement = parts[0] if len(parts) == 1 else union_all(*parts)
    return statement, tuple(reads[0].fields()), reads[0].labels()
