"""Checked tree -> JSON of the same meaning that depends on nothing: times are absolute, names canonical."""

from datetime import datetime
from typing import Any

from filters.check import Checked, CheckedCondition, CheckedGroup, CheckedNode, Reach
from filters.instants import rfc3339
from filters.operators import Op
from filters.syntax import GroupOperator
from filters.value_types import Scalar, Span, Value

FilterJSON = dict[str, Any]


def normal_json(checked: Checked) -> FilterJSON | None:
    """The filter as JSON with absolute times; None where it filters nothing. Nested ``and`` groups are laid flat."""
    return None if checked.root is None else _node(checked.root)


def conjoin(*parts: Checked) -> Checked:
    """The filter that lets through what all of ``parts`` do."""
    members: list[CheckedNode] = []
    for part in parts:
        members += _members(part.root)
    if len(members) < 2:
        return Checked(members[0] if members else None)
    return Checked(CheckedGroup(GroupOperator.AND, tuple(members)))


def _members(node: CheckedNode | None) -> tuple[CheckedNode, ...]:
    """The conditions of which all must hold for ``node`` to hold."""
    match node:
        case None:
            return ()
        case CheckedGroup(GroupOperator.AND, conditions):
            return tuple(member for condition in conditions for member in _members(condition))
        case CheckedGroup() | CheckedCondition():
            return (node,)


def _node(node: CheckedNode) -> FilterJSON:
    match node:
        case CheckedCondition():
            return _condition(node)
        case CheckedGroup(GroupOperator.AND):
            return _group("and", [_node(member) for member in _members(node)])
        case CheckedGroup(operator, conditions):
            return _group(operator.value, [_node(member) for member in conditions])


def _group(operator: str, conditions: list[FilterJSON]) -> FilterJSON:
    return {"operator": operator, "conditions": conditions}


def _condition(node: CheckedCondition) -> FilterJSON:
    match node:
        case CheckedCondition(op=Op.EQ, value=Span() as day):
            return _day(node.field, day)
        case CheckedCondition(op=Op.NEQ, value=Span() as day):
            return _group("not", [_day(node.field, day)])
        case CheckedCondition(reach=Reach.NO_EVALUATION):
            return {"field": node.field, "op": "isnull", "value": True}
        case CheckedCondition():
            return {"field": node.field, "op": node.op.value, "value": _value(node.value)}


def _day(field: str, day: Span) -> FilterJSON:
    edges = ((Op.GTE, day.start), (Op.LT, day.end))
    return _group("and", [{"field": field, "op": op.value, "value": _scalar(edge)} for op, edge in edges])


def _value(value: Value) -> Any:
    return [_scalar(member) for member in value] if isinstance(value, tuple) else _scalar(value)


def _scalar(value: Scalar) -> Any:
    match value:
        case datetime():
            return rfc3339(value)
        case float() if value.is_integer() and abs(value) < 2**53:
            return int(value)
        case str() | bool() | int() | float() | Span():
            return value
