"""What a typed filter says of one field: an input for each type of field, made from the table of operators."""

from collections.abc import Mapping
from keyword import iskeyword
from types import MappingProxyType
from typing import Any

import strawberry

from filters import OPERATORS, FieldType
from filters.operators import DYNAMIC_TYPES, Arity, Operator

_VALUES: dict[FieldType, Any] = {
    FieldType.STRING: str,
    FieldType.NUMBER: float,
    FieldType.INTEGER: strawberry.ID,
    FieldType.BOOLEAN: bool,
    FieldType.DATETIME: str,
}

_DESCRIPTIONS = {
    FieldType.STRING: "Conditions on a string.",
    FieldType.NUMBER: "Conditions on a number.",
    FieldType.INTEGER: "Conditions on a number that identifies an object: a `databaseId`, or a global ID of that type.",
    FieldType.BOOLEAN: "Conditions on a boolean.",
    FieldType.DATETIME: "Conditions on a time: RFC 3339 with an offset, a date, or relative (`now-1d`, `now/M`).",
    FieldType.DYNAMIC: "Conditions on a metric's value: on a value of the metric's type, or on whether there is "
    "a value.",
}

_ALL = " At least one is required; all that are given must be true."


def _value_type(operator: Operator, kind: FieldType) -> Any:
    match operator.arity:
        case Arity.ONE:
            return _VALUES[kind]
        case Arity.FLAG:
            return bool
        case Arity.LIST | Arity.PAIR:
            return list[_VALUES[kind]]


def attribute(name: str) -> str:
    """The Python attribute for a name of the filter language: no keyword, and without dots."""
    return f"{name}_" if iskeyword(name) else name.replace(".", "_")


def optional_input(
    name: str,
    description: str,
    members: Mapping[str, tuple[Any, str]],
    *,
    module: str = __name__,
    replaced: Mapping[str, str] = MappingProxyType({}),
    **config: Any,
) -> Any:
    """An input whose members may all be left out: by their names in the schema, each with its type and description.

    Args:
        replaced: deprecated members, with those that took their place.
    """
    namespace: dict[str, Any] = {"__annotations__": {}, "__module__": module}
    for shown, (kind, text) in members.items():
        namespace["__annotations__"][attribute(shown)] = kind | None
        namespace[attribute(shown)] = strawberry.field(
            name=shown,
            default=strawberry.UNSET,
            description=text,
            deprecation_reason=f"Use {replaced[shown]}, which is the same." if shown in replaced else None,
        )
    return strawberry.input(type(name, (), namespace), name=name, description=description, **config)


def _operator_members(kind: FieldType) -> dict[str, tuple[Any, str]]:
    return {
        name: (_value_type(row, kind), row.description)
        for row in OPERATORS.values()
        if kind in row.types
        for name in dict.fromkeys((row.typed_name, row.name.value))
    }


_REPLACED = {row.name.value: row.typed_name for row in OPERATORS.values() if row.typed}


def _typed(kind: FieldType) -> Any:
    name = f"{kind.value.capitalize()}FilterOperators"
    return optional_input(name, _DESCRIPTIONS[kind] + _ALL, _operator_members(kind), replaced=_REPLACED)


OPERATOR_INPUTS: dict[FieldType, Any] = {kind: _typed(kind) for kind in _VALUES}
"""The input of each type's operators."""

OPERATOR_INPUTS[FieldType.DYNAMIC] = optional_input(
    "DynamicFilterOperators",
    _DESCRIPTIONS[FieldType.DYNAMIC] + _ALL,
    {
        **{kind.value: (OPERATOR_INPUTS[kind], f"The value as a {kind}.") for kind in DYNAMIC_TYPES},
        **_operator_members(FieldType.DYNAMIC),
    },
    replaced=_REPLACED,
)
