"""What mutations return as JSON and back, so that the answer to a repeated request is made by the same code.

Rows are kept with all their columns, as they were when the mutation ended. Only types of the table below can be kept;
a test repeats every mutation.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from typing import Any, cast

import orjson
from sqlalchemy import LargeBinary, inspect
from sqlalchemy.orm import Mapper

from models import ApiKey, Base, CallLog, Dashboard, Metric, Project, Widget
from resolvers.api_keys import MadeKey, Rotation
from resolvers.call_log_writes import Ingested
from resolvers.rejections import InvalidKind, InvalidValue, Rejection
from resolvers.sealing import Seal
from resolvers.widget_batches import BatchResult
from resolvers.widget_writes import WrittenWidget

_ROWS: Mapping[str, type[Base]] = {row.__name__: row for row in (ApiKey, CallLog, Dashboard, Metric, Project, Widget)}
_PARTS: Mapping[str, type[Any]] = {
    part.__name__: part for part in (BatchResult, Ingested, InvalidValue, MadeKey, Rotation, WrittenWidget)
}
_SECRETS = {("MadeKey", "text")}
_ENUMS: Mapping[str, type[Enum]] = {"InvalidKind": InvalidKind}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a mutation returned, and what it noted as wrong although it wrote something."""

    result: Any
    rejections: tuple[Rejection, ...] = ()
    further: int = 0


def to_text(outcome: Outcome, seal: Seal) -> str:
    """The outcome as JSON.

    Raises:
        LookupError: it has a value of a type that is not kept.
    """
    kept = [_kept(outcome.result, seal), _kept(outcome.rejections, seal), outcome.further]
    return orjson.dumps(kept).decode()


def from_text(text: str, seal: Seal) -> Outcome:
    """The outcome that ``to_text`` was given, with rows that belong to no session."""
    result, rejections, further = orjson.loads(text)
    return Outcome(_restored(result, seal), _restored(rejections, seal), further)


def _kept(value: Any, seal: Seal) -> Any:
    match value:
        case Enum():
            return {"enum": _known(value, _ENUMS), "value": value.value}
        case None | bool() | int() | float() | str():
            return value
        case tuple():
            return [_kept(item, seal) for item in cast("tuple[Any, ...]", value)]
        case Base():
            return {"row": _known(value, _ROWS), "values": _values(value)}
        case _:
            name = _known(value, _PARTS)
            members = {member.name: getattr(value, member.name) for member in fields(value)}
            return {
                "type": name,
                "values": {
                    key: seal.seal(member) if (name, key) in _SECRETS else _kept(member, seal)
                    for key, member in members.items()
                },
            }


def _restored(value: Any, seal: Seal) -> Any:
    if isinstance(value, list):
        return tuple(_restored(item, seal) for item in cast("list[Any]", value))
    if not isinstance(value, dict):
        return value
    kept = cast("dict[str, Any]", value)
    match kept:
        case {"enum": str(name), "value": member}:
            return _ENUMS[name](member)
        case {"row": str(name), "values": values}:
            return _row(_ROWS[name], values)
        case _:
            name: str = kept["type"]
            members: dict[str, Any] = kept["values"]
            return _PARTS[name](
                **{
                    key: seal.open(member) if (name, key) in _SECRETS else _restored(member, seal)
                    for key, member in members.items()
                }
            )


def _known(value: object, known: Mapping[str, type[Any]]) -> str:
    kind = type(value)
    if known.get(kind.__name__) is not kind:
        raise LookupError(f"{kind.__name__} is not a type of the results that are kept")
    return kind.__name__


def _values(row: Base) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in _columns(type(row))}


def _row(kind: type[Base], values: Mapping[str, Any]) -> Base:
    readers = _columns(kind)
    return kind(**{name: value if value is None else readers[name](value) for name, value in values.items()})


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case datetime():
            return value.isoformat()
        case bytes():
            return value.hex()
        case _:
            return value


def _columns(kind: type[Base]) -> dict[str, Callable[[Any], Any]]:
    """The attributes of a row, each with what makes its value of JSON."""
    mapper: Mapper[Any] = inspect(kind)
    return {prop.key: _reader(prop.columns[0].type) for prop in mapper.column_attrs}


def _reader(type_: Any) -> Callable[[Any], Any]:
    enum_class = getattr(type_, "enum_class", None)
    if enum_class is not None:
        return enum_class
    if isinstance(type_, LargeBinary):
        return bytes.fromhex
    return datetime.fromisoformat if type_.python_type is datetime else _same


def _same(value: Any) -> Any:
    return value
