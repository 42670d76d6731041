"""Reading what a mapping file says of rows that something applies to: those left out, those a value is taken from."""

from collections.abc import Iterable, Sequence
from typing import Protocol, cast

from server.importing.mapping_tables import Table, list_of, table_of
from server.importing.targets import Cell, Condition
from server.importing.values.cells import text_of

_TEXTS = ("equals", "not_equals", "starts_with", "contains")
_RANGES = ("in_range", "not_in_range")
_TESTS = (*_TEXTS, *_RANGES, "empty")


class ConditionReader(Protocol):
    """What collects faults, and knows the texts that mean no value."""

    faults: list[str]

    def known(self, keys: Iterable[str], allowed: Sequence[str], prefix: str) -> bool:
        """Whether all keys are allowed."""
        ...

    def null_of(self, table: Table, where: str) -> frozenset[str] | None:
        """The texts that mean no value in a table, or else in the mapping."""
        ...


def read_conditions(reader: ConditionReader, given: object, where: str) -> tuple[Condition, ...]:
    """A list of conditions, or a single one."""
    items: list[object] | None = list_of(given) if table_of(given) is None else [given]
    tables = [table for item in items or () if (table := table_of(item)) is not None]
    if items is None or len(tables) < len(items):
        reader.faults.append(f'{where} must be a list of conditions, such as {{ column = "Type", equals = "Total" }}')
        return ()
    found = (_condition(reader, item, f"{where}[{place}]") for place, item in enumerate(tables))
    return tuple(condition for condition in found if condition is not None)


def _condition(reader: ConditionReader, table: Table, where: str) -> Condition | None:
    if not reader.known(table, ("column", "null", *_TESTS), f"{where}."):
        return None
    name, is_empty = table.get("column"), table.get("empty")
    null = reader.null_of(table, where)
    texts = {key: _texts(reader, table[key], f"{where}.{key}") for key in _TEXTS if key in table}
    ranges = {key: _range(reader, table[key], f"{where}.{key}") for key in _RANGES if key in table}
    if not isinstance(name, str) or not name:
        reader.faults.append(f"{where}.column must be the name of a column, or a path")
        return None
    if is_empty is not None and not isinstance(is_empty, bool):
        reader.faults.append(f"{where}.empty must be true or false")
        return None
    if not texts and not ranges and is_empty is None:
        reader.faults.append(f"{where} must have at least one of {', '.join(_TESTS)}")
        return None
    if null is None or None in texts.values() or None in ranges.values():
        return None
    equals, differs = texts.get("equals"), texts.get("not_equals")
    return Condition(
        Cell(name),
        null,
        equals=None if equals is None else frozenset(equals),
        differs=None if differs is None else frozenset(differs),
        starts=texts.get("starts_with"),
        contains=texts.get("contains"),
        is_empty=is_empty,
        within=ranges.get("in_range"),
        beyond=ranges.get("not_in_range"),
    )


def _texts(reader: ConditionReader, given: object, where: str) -> tuple[str, ...] | None:
    items = cast("list[object]", given if isinstance(given, list) else [given])
    if items and all(isinstance(item, (str, int, float, bool)) for item in items):
        return tuple(text_of(item).strip().casefold() for item in items)
    reader.faults.append(f"{where} must be a text, or a list of texts")
    return None


def _range(reader: ConditionReader, given: object, where: str) -> tuple[float, float] | None:
    ends = [end for end in list_of(given) or () if isinstance(end, (int, float)) and not isinstance(end, bool)]
    if len(ends) == len(list_of(given) or ()) == 2 and ends[0] <= ends[1]:
        return float(ends[0]), float(ends[1])
    reader.faults.append(f"{where} must be a list of two numbers, the first not above the second, such as [0, 5]")
    return None
