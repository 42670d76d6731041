"""Reading what a mapping file says of whole rows: which are no calls, what else becomes metadata, and transcripts."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from server.importing.legs import JOIN_RULES, Join, Rule
from server.importing.mapping_conditions import read_conditions
from server.importing.mapping_kinds import Kind
from server.importing.mapping_tables import Table, list_of, table_of
from server.importing.mapping_values import ValueReader
from server.importing.targets import REST, Cell, Rest, Turns, Value
from server.importing.values.cells import Convert
from server.importing.values.texts import renamed

_REST_KEYS = ("column", "prefix", "except")
_MOST_ROWS = 100_000
_TURN_PARTS = ("role", "text", "time", "roles", "skip")


def read_rest(reader: ValueReader, metadata: object) -> tuple[Rest, ...]:
    """What becomes metadata without being named."""
    given = (table_of(metadata) or {}).get(REST)
    if given is None or given is False:
        return ()
    items = list_of(given) or [given]
    found = (_rest(reader, {} if item is True else item) for item in items)
    return tuple(rest for rest in found if rest is not None)


def _rest(reader: ValueReader, given: object) -> Rest | None:
    where = f'metadata."{REST}"'
    table = table_of(given)
    if table is None:
        reader.faults.append(f"{where} must be true, or a table of {', '.join(_REST_KEYS)}, or a list of them")
        return None
    if not reader.known(table, _REST_KEYS, f"{where}."):
        return None
    column, prefix, without = table.get("column"), table.get("prefix", ""), table.get("except", [])
    if column is not None and (not isinstance(column, str) or not column):
        reader.faults.append(f"{where}.column must be the path of an object")
        return None
    if not isinstance(prefix, str):
        reader.faults.append(f"{where}.prefix must be a string: what the keys begin with")
        return None
    if not isinstance(without, list) or not all(isinstance(name, str) for name in cast("list[object]", without)):
        reader.faults.append(f"{where}.except must be a list of strings: the keys that are left out")
        return None
    return Rest(Cell(column) if column else None, prefix, frozenset(cast("list[str]", without)))


def read_turns(reader: ValueReader, given: object) -> Turns | None:
    """What becomes the transcript."""
    where = "transcript"
    table: Table | None = {"column": given} if isinstance(given, str) else table_of(given)
    if table is None:
        reader.faults.append(f"{where} must be a table of column, {', '.join(_TURN_PARTS)}")
        return None
    turns = reader.value(Kind.TURNS, table, where, _TURN_PARTS)
    roles = _roles(reader, table.get("roles"))
    role = reader.value(Kind.TEXT, table.get("role", "role"), f"{where}.role")
    text = reader.value(Kind.TEXT, table.get("text", "text"), f"{where}.text")
    time, is_absolute = _time(reader, table.get("time"))
    skip = read_conditions(reader, table.get("skip", []), f"{where}.skip")
    if turns is None or role is None or text is None:
        return None
    return Turns(turns, replace(role, convert=_in_turn(role, roles)), text, time, is_absolute, skip)


def _in_turn(role: Value, roles: Convert | None) -> Convert:
    convert = role.convert
    return convert if roles is None else lambda raw: roles(convert(raw))


def _roles(reader: ValueReader, given: object) -> Convert | None:
    if given is None:
        return None
    if not isinstance(given, dict) or not all(isinstance(name, str) for name in cast("Table", given).values()):
        reader.faults.append('transcript.roles must be a table of names, such as { bot = "agent", user = "customer" }')
        return None
    return renamed(cast("Mapping[str, str]", given))


def _time(reader: ValueReader, given: object) -> tuple[Value | None, bool]:
    """The time of a turn, and whether it is one of the clock: that takes a format."""
    if given is None:
        return None, False
    is_absolute = not {"format", "time_zone"}.isdisjoint(table_of(given) or {})
    kind = Kind.TIME if is_absolute else Kind.DURATION
    return reader.value(kind, given, "transcript.time"), is_absolute


def read_join(reader: ValueReader, given: object) -> Join | None:
    """How rows of one call are joined."""
    table: Table | None = {} if given is True else table_of(given)
    if given is None or given is False:
        return None
    if table is None:
        reader.faults.append(f"join must be true, or a table of rows, {', '.join(JOIN_RULES)}")
        return None
    if not reader.known(table, ("rows", *JOIN_RULES), "join."):
        return None
    rows = table.get("rows", Join().rows)
    if type(rows) is not int or not 1 <= rows <= _MOST_ROWS:
        reader.faults.append(
            f"join.rows must be a number from 1 to {_MOST_ROWS:,}: how far apart the rows of a call may be"
        )
        return None
    wrong = [key for key, allowed in JOIN_RULES.items() if table.get(key, allowed[0]) not in allowed]
    reader.faults += [f"join.{key} is {table[key]!r}; allowed: {', '.join(JOIN_RULES[key])}" for key in wrong]
    rules = {key: Rule(str(table[key])) for key in JOIN_RULES if key in table and key not in wrong}
    return Join(rows, **rules)
