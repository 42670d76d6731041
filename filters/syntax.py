"""The tree of a filter as it was written, and its JSON."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

TIMESTAMP = "timestamp"
"""The field that a chart's window bounds."""

_DEEPEST = 20


class GroupOperator(StrEnum):
    """How a group joins its conditions."""

    AND = "and"
    OR = "or"
    SAME_ROW = "same_row"
    NOT = "not"


Literal = str | int | float | bool | None
WrittenValue = Literal | tuple[Literal, ...]


@dataclass(frozen=True)
class Condition:
    """``{field, op, value}``.

    ``path`` is the JSON pointer to it, or with ``is_translated`` to what it was translated from.
    """

    field: str
    op: str
    value: WrittenValue
    path: str
    is_translated: bool = False

    def place(self, key: str) -> str:
        """The pointer to its field, op or value."""
        return self.path if self.is_translated else f"{self.path}/{key}"


@dataclass(frozen=True)
class Group:
    """``{operator, conditions}``. Empty only as an ``and`` within ``or``, ``not`` or ``same_row``, where it is true."""

    operator: GroupOperator
    conditions: tuple["Node", ...]
    path: str
    is_translated: bool = False

    def place(self, key: str) -> str:
        """The pointer to its operator or conditions."""
        return self.path if self.is_translated else f"{self.path}/{key}"


class Translated(dict[str, Any]):
    """A part of a filter's JSON that was written in another form; ``pointer`` is its place there.

    Faults of it, and warnings, then point to what was written.
    """

    def __init__(self, written: dict[str, Any], pointer: str) -> None:
        super().__init__(written)
        self.pointer = pointer


Node = Condition | Group


def to_json(node: Node | None) -> dict[str, Any] | None:
    """The canonical JSON of a tree: None where nothing is filtered."""
    match node:
        case None:
            return None
        case Condition(field, op, value):
            return {"field": field, "op": op, "value": list(value) if isinstance(value, tuple) else value}
        case Group(operator, conditions):
            return {"operator": operator.value, "conditions": [to_json(member) for member in conditions]}


def join(*nodes: Node | None) -> Node | None:
    """The AND of trees that were parsed each by itself, whose limits therefore hold each for itself."""
    present = tuple(node for node in nodes if node is not None)
    return present[0] if len(present) == 1 else Group(GroupOperator.AND, present, "") if present else None


def combine(*raws: object) -> dict[str, Any] | None:
    """The AND of filters in JSON, without those that filter nothing (None and ``{}``). One left stays as it is."""
    present = [cast(dict[str, Any], raw) for raw in raws if raw is not None and raw != {}]
    if len(present) <= 1:
        return present[0] if present else None
    return {"operator": GroupOperator.AND.value, "conditions": present}


def without_timestamp(raw: object) -> dict[str, Any] | None:
    """A filter in JSON without the ``timestamp`` conditions at its top, for a time range to take their place.

    At the top are the root itself and what the root ``and`` holds, also by way of ``and`` groups in it. Conditions
    inside ``or`` and ``not`` stay: they are part of a choice and not of the range. What is no filter stays as it is.
    """
    return cast(dict[str, Any] | None, _without_timestamp(raw, 0))


def _without_timestamp(raw: object, depth: int) -> object:
    filters = cast(dict[str, Any], raw)
    if not isinstance(raw, dict) or depth > _DEEPEST:
        return filters
    if filters.get("field") == TIMESTAMP:
        return None
    members = filters.get("conditions")
    if filters.get("operator") != GroupOperator.AND or not isinstance(members, list):
        return filters or None
    written = cast(list[object], members)
    kept = [_without_timestamp(member, depth + 1) for member in written]
    kept = [member for member, before in zip(kept, written, strict=True) if member is not None or before is None]
    return {**filters, "conditions": kept} if kept else None
