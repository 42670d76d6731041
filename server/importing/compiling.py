"""From the values of a mapping to plain functions of a row."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, assert_never, cast

from server.importing.conditions import compiled_condition
from server.importing.joined_cells import joined_cells
from server.importing.paths import Get
from server.importing.places import Places
from server.importing.targets import (
    Between,
    Cell,
    Constant,
    FirstOf,
    InZone,
    Joined,
    RowHash,
    Source,
    Then,
    Value,
)
from server.importing.values.cells import CellError, CellRefused, Convert, is_empty
from server.importing.values.day_orders import DayOrders
from server.importing.values.texts import to_text
from server.importing.values.times import ZoneMissing, moment_of

_LONGEST_NIGHT = 43_200
"""Seconds that a call can last which ends on the day after its start, where only the time of the day tells that:
beyond, that time may be one in the afternoon without saying so, or wrong."""
Read = Callable[[Any], object]
"""Takes a row and returns a value of the native format; None where there is none.

Raises:
    CellRefused: what stands there has no value of the kind. It names the cells.
"""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A value as functions of a row; ``cells`` names where its value comes from."""

    read: Read
    cells: Callable[[Any], tuple[str, ...]]


def compiled(value: Value, places: Places[Any]) -> Compiled:
    """Compiles a value for the rows of one file.

    Raises:
        ImportFailure: the file cannot have one of its cells.
    """
    inner = _source(value.source, value, places)
    if value.when:
        inner = Compiled(_only_when(inner.read, [compiled_condition(one, places) for one in value.when]), inner.cells)
    if value.default is None:
        return inner
    return Compiled(_defaulted(inner.read, value.default), inner.cells)


def _only_when(read: Read, conditions: Sequence[Callable[[Any], bool]]) -> Read:
    def get(row: Any) -> object:
        return read(row) if all(holds(row) for holds in conditions) else None

    return get


def _defaulted(read: Read, default: object) -> Read:
    def get(row: Any) -> object:
        value = read(row)
        return default if value is None else value

    return get


def _source(source: Source, value: Value, places: Places[Any]) -> Compiled:
    names = tuple(cell.name for cell in cells_of(source))
    match source:
        case Cell() | Joined():
            get = places.locate(source) if isinstance(source, Cell) else joined_cells(source, value.null, places)
            if value.is_doubtful:
                get = _watched(get, names, places)
            convert = value.convert
            if value.orders:
                get, convert = _ordered(get, value.orders, convert, names, places)
            return Compiled(_cell(get, value.null, convert, names), lambda row: names)
        case Constant(constant):
            return Compiled(lambda row: constant, lambda row: ())
        case FirstOf(values):
            return _first_of([compiled(item, places) for item in values])
        case Between():
            return Compiled(_between(source, places, names), lambda row: names)
        case Then():
            inner = compiled(source.value, places)
            return Compiled(_then(inner, source.convert), inner.cells)
        case InZone():
            return Compiled(_in_zone(source, value, places, names), lambda row: names)
        case RowHash():
            return Compiled(places.digest, lambda row: ())
        case _:
            assert_never(source)


def cells_of(source: Source) -> Iterator[Cell]:
    """All cells that a source reads."""
    match source:
        case Cell():
            yield source
        case Joined():
            yield from source.cells
        case FirstOf(values):
            for value in values:
                yield from cells_of(value.source)
        case Between(start, end):
            yield from cells_of(start.source)
            yield from cells_of(end.source)
        case InZone(time, zone):
            yield from cells_of(time)
            yield from cells_of(zone.source)
        case Then(value):
            yield from cells_of(value.source)
        case Constant() | RowHash():
            return
        case _:
            assert_never(source)


def condition_cells(value: Value) -> Iterator[Cell]:
    """The cells that conditions of a value, and of those within it, read."""
    yield from (condition.cell for condition in value.when)
    match value.source:
        case FirstOf(values):
            inner = values
        case Between(start, end):
            inner = (start, end)
        case InZone():
            inner = (value.source.zone,)
        case Then(one):
            inner = (one,)
        case Cell() | Joined() | Constant() | RowHash():
            return
        case _:
            assert_never(value.source)
    for one in inner:
        yield from condition_cells(one)


def _cell(get: Get, null: frozenset[str], convert: Convert, names: tuple[str, ...]) -> Read:
    """Reads one raw value. This is where nearly all of the time goes: plain texts take as few steps as can be."""
    is_text = convert is to_text

    def read(row: Any) -> object:
        raw = get(row)
        if raw is None:
            return None
        if type(raw) is str:
            if not raw or raw.isspace() or (null and raw.strip().casefold() in null):
                return None
            if is_text:
                return raw
        elif is_empty(raw, null):
            return None
        try:
            if type(raw) is CellError:
                raise raw.refusal()
            return convert(raw)
        except CellRefused as refused:
            refused.cells = refused.cells or names
            raise

    return read


def _watched(get: Get, names: tuple[str, ...], places: Places[Any]) -> Get:
    observed = places.observed
    watch = observed.numbers(" and ".join(names), places.column(names))

    def read(row: Any) -> object:
        raw = get(row)
        if type(raw) is str and not watch.is_certain:
            watch.see(raw.strip(), observed.line)
        return raw

    return read


def _ordered(
    get: Get, orders: DayOrders, undecided: Convert, names: tuple[str, ...], places: Places[Any]
) -> tuple[Get, Convert]:
    """What gets and reads a time whose day and month may be in either order: in that of the rows that tell it."""
    observed = places.observed
    watch = observed.days(" and ".join(names), places.column(names), get, orders)

    def seen(row: Any) -> object:
        raw = get(row)
        if watch.order is None and type(raw) is str:
            watch.see(raw, observed.line)
        return raw

    def convert(raw: Any) -> object:
        return undecided(raw) if watch.order is None else orders.converts[watch.order](raw)

    return seen, convert


def _first_of(values: Sequence[Compiled]) -> Compiled:
    reads = [value.read for value in values]

    def read(row: Any) -> object:
        for one in reads:
            value = one(row)
            if value is not None:
                return value
        return None

    def cells(row: Any) -> tuple[str, ...]:
        chosen = next((value for value in values if _has_value(value.read, row)), values[0])
        return chosen.cells(row)

    return Compiled(read, cells)


def _then(inner: Compiled, convert: Convert) -> Read:
    def read(row: Any) -> object:
        value = inner.read(row)
        try:
            return None if value is None else convert(value)
        except CellRefused as refused:
            refused.cells = refused.cells or inner.cells(row)
            raise

    return read


def _has_value(read: Read, row: Any) -> bool:
    try:
        return read(row) is not None
    except CellRefused:
        return True


def _between(source: Between, places: Places[Any], names: tuple[str, ...]) -> Read:
    end = compiled(source.end, places)
    first, last = _then(compiled(source.start, places), moment_of), _then(end, moment_of)

    def read(row: Any) -> float | None:
        begin, finish = cast("datetime | None", first(row)), cast("datetime | None", last(row))
        if begin is None or finish is None:
            return None
        seconds = (finish - begin).total_seconds()
        if seconds >= 0:
            return seconds
        told, allowed = f"the end is {-seconds:g} seconds before the start", "an end that is not before the start"
        if source.has_one_day:
            next_day = (_a_day_later(end.read(row), finish) - begin).total_seconds()
            if next_day <= _LONGEST_NIGHT:
                return next_day
            told += f", and on the next day {next_day / 3600:.1f} hours after it"
            allowed += ", or at most 12 hours after it on the next day"
        refused = CellRefused(told, allowed)
        refused.cells = names
        raise refused

    return read


def _a_day_later(value: object, moment: datetime) -> datetime:
    """The same time of the day on the next day: where clocks are changed, that is not 24 hours later."""
    day = timedelta(days=1)
    return moment_of(value + day) if isinstance(value, datetime) else moment + day


def _in_zone(source: InZone, value: Value, places: Places[Any], names: tuple[str, ...]) -> Read:
    zone = compiled(source.zone, places)
    raws = _source(source.time, Value(source.time, lambda raw: raw, value.null), places)
    convert = source.convert

    def read(row: Any) -> object:
        raw = raws.read(row)
        if raw is None:
            return None
        local = cast("tzinfo | None", zone.read(row))
        try:
            return convert(raw, local)
        except ZoneMissing as refused:
            raise _without_zone(refused, zone.cells(row)) from None
        except CellRefused as refused:
            refused.cells = refused.cells or names
            raise

    return read


def _without_zone(refused: CellRefused, cells: tuple[str, ...]) -> CellRefused:
    told = CellRefused(refused.message, f"a zone in {' or '.join(cells)}, or a default of time_zone in the mapping")
    told.cells = cells
    return told
