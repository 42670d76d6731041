"""Checked tree -> plain English."""

import json
from datetime import datetime

from filters.check import Checked, CheckedCondition, CheckedGroup, CheckedNode, Reach
from filters.clock_fields import clock_field
from filters.instants import rfc3339
from filters.masked_fields import HIDDEN, NOTHING_MASKED, MaskedFields
from filters.metadata_names import TYPES, read_name
from filters.operators import OPERATORS, Arity, Op
from filters.relative_time import is_relative, is_rounded
from filters.selections import Edge
from filters.syntax import GroupOperator
from filters.value_types import FieldType, Scalar, Span

_MOST_VALUES = 10
_NAMES = {
    "id": "call number",
    "agent.id": "agent number",
    "agent.agent_name": "agent name",
    "agent.assistant_id": "assistant id",
    "metric_evaluations.value": "evaluation value",
    "metric_evaluations.metric.id": "metric number",
    "metric_evaluations.metric.name": "metric name",
    "metric_evaluations.created_at": "evaluation time",
}
_REACHES = {
    Reach.CALL: "",
    Reach.SOME_EVALUATION: "some ",
    Reach.NO_EVALUATION: "no ",
    Reach.THIS_EVALUATION: "",
}


def describe(checked: Checked, masked: MaskedFields = NOTHING_MASKED) -> str:
    """What a filter lets through, in English: ``success is true and duration is at least 120``.

    Values that are compared with masked fields are hidden.
    """
    return "every call" if checked.root is None else _describe(checked.root, masked)


def _describe(node: CheckedNode, masked: MaskedFields) -> str:
    if isinstance(node, CheckedCondition):
        return _condition(node, masked)
    members = node.conditions
    match node.operator:
        case GroupOperator.AND | GroupOperator.OR as operator:
            return f" {operator} ".join(_nested(member, masked) for member in members) or "anything"
        case GroupOperator.NOT:
            return f"not ({_describe(members[0], masked)})"
        case GroupOperator.SAME_ROW:
            return f"one evaluation has ({' and '.join(_nested(member, masked) for member in members)})"


def _nested(node: CheckedNode, masked: MaskedFields) -> str:
    """As part of a longer sentence: in brackets where its own ``and`` or ``or`` could be misread."""
    text = _describe(node, masked)
    match node:
        case CheckedGroup(GroupOperator.AND | GroupOperator.OR, members) if len(members) > 1:
            return f"({text})"
        case CheckedGroup() | CheckedCondition():
            return text


def _condition(node: CheckedCondition, masked: MaskedFields) -> str:
    subject = f"{_REACHES[node.reach]}{_name(node.field)}"
    operator = OPERATORS[node.op]
    if node.op is Op.ISNULL:
        return f"{subject} {'has no value' if node.value else 'has a value'}"
    if masked.refuses(node.field, node.op):
        return f"{subject} {operator.phrase} {HIDDEN}"
    phrase = operator.phrase_for(node.kind)
    if operator.arity is Arity.PAIR and isinstance(node.value, tuple):
        low, high = (_value(value) for value in node.value)
        return f"{subject} {phrase} {low} and {high}"
    if isinstance(node.value, tuple):
        shown = ", ".join(_value(value) for value in node.value[:_MOST_VALUES])
        further = len(node.value) - _MOST_VALUES
        return f"{subject} {phrase} {shown}{f' and {further} more' if further > 0 else ''}"
    return f"{subject} {phrase} {_written(node, node.value)}"


def _name(field: str) -> str:
    found, clock = read_name(field), clock_field(field)
    if found is not None:
        kind = f" as a {found.kind}" if found.kind in TYPES else ""
        return f"metadata {json.dumps(found.key, ensure_ascii=False)}{kind}"
    if clock is not None and clock.zone is not None:
        return f"{clock.part.replace('_', ' ')} in {clock.zone}"
    return _NAMES.get(field, field.replace("_", " "))


def _written(node: CheckedCondition, value: Scalar) -> str:
    match node.kind:
        case FieldType.DATETIME:
            return _time(node, value)
        case FieldType.STRING | FieldType.NUMBER | FieldType.INTEGER | FieldType.BOOLEAN | FieldType.DYNAMIC:
            return _value(value)


def _time(node: CheckedCondition, value: Scalar) -> str:
    """A time, with the relative text it was written as."""
    written = str(node.written.value)
    if written.startswith("today") and not is_rounded(written):
        edges = OPERATORS[node.op].edges
        return f"{_of_day(edges[0] if edges else None)}{written} ({_value(value)})"
    return f"{written} ({_value(value)})" if is_relative(written) else _value(value)


def _of_day(edge: Edge | None) -> str:
    """What of a day an operator compares with: one end, or the day as a whole."""
    match edge:
        case Edge.FROM:
            return "the start of "
        case Edge.BELOW:
            return "the end of "
        case Edge.ABOVE | Edge.UP_TO | None:
            return "the day "


def _value(value: Scalar) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case datetime():
            return rfc3339(value)
        case Span(start, end):
            return f"{_value(start)} to {_value(end)}"
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
