"""Syntax tree -> checked tree. Decides what every condition means and finds all that is wrong with it."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, assert_never, cast
from zoneinfo import ZoneInfo

from filters.clock_fields import in_zone
from filters.faults import FaultCode, Faults, FilterError, FilterFault, echo, fault
from filters.fields import Field, FieldRegistry, Row, UnknownFieldError
from filters.masked_fields import NOTHING_MASKED, MaskedFields
from filters.operators import BY_EDGE, BY_SPELLING, NEGATED, OPERATORS, SYNONYMS, Arity, Op, Operator
from filters.parse import WRITTEN, Limits, parse_into
from filters.relative_time import is_relative
from filters.selections import Absent, AnyOf, Matching, Not, Within, half_open, instant
from filters.suggestions import nearest
from filters.syntax import Condition, GroupOperator, Node, WrittenValue
from filters.value_types import FieldType, Scalar, Span, Value
from filters.values import Reading, read, read_flag, type_for


class Reach(StrEnum):
    """What a checked condition is about: the call, any of its evaluations, or one and the same evaluation."""

    CALL = "call"
    SOME_EVALUATION = "some_evaluation"
    NO_EVALUATION = "no_evaluation"
    THIS_EVALUATION = "this_evaluation"


@dataclass(frozen=True)
class CheckedCondition:
    """A condition that can be compiled.

    Args:
        field: the field's canonical name.
        kind: the type that is compared in; ``dynamic`` only with ``isnull``.
        op: the operator; ``gt`` and ``lte`` of a day are ``gte`` of its start and ``lt`` of its end by now.
        value: of type ``kind``; relative times are resolved.
        reach: whether the value is the call's or an evaluation's.
        written: the condition it came from; plays no part in equality.
    """

    field: str
    kind: FieldType
    op: Op
    value: Value
    reach: Reach
    written: Condition = dataclasses.field(compare=False)

    def __hash__(self) -> int:
        """Of what tells conditions apart; the enums, whose hashes are slow, hardly do."""
        return hash((self.field, self.value))


@dataclass(frozen=True)
class CheckedGroup:
    """A group of checked conditions; an empty ``and`` is true."""

    operator: GroupOperator
    conditions: tuple["CheckedNode", ...]


CheckedNode = CheckedCondition | CheckedGroup


@dataclass(frozen=True)
class Checked:
    """A filter that can be compiled; ``root`` is None where it filters nothing. Equal ones select the same calls."""

    root: CheckedNode | None

    @property
    def size(self) -> tuple[int, int]:
        """How many conditions it has, and how many values in lists."""
        conditions = [] if self.root is None else [*_conditions(self.root)]
        return len(conditions), sum(len(one.value) for one in conditions if isinstance(one.value, tuple))


def _conditions(node: CheckedNode) -> Iterator[CheckedCondition]:
    match node:
        case CheckedCondition():
            yield node
        case CheckedGroup(conditions=conditions):
            for member in conditions:
                yield from _conditions(member)


def check(
    node: Node | None,
    fields: FieldRegistry,
    *,
    now: datetime,
    zone: ZoneInfo,
    first_weekday: int = 0,
    masked: MaskedFields = NOTHING_MASKED,
) -> Checked:
    """Checks a tree against the fields and resolves its relative times.

    Args:
        node: from ``parse``.
        fields: what conditions may name.
        now: the request's instant, with a time zone.
        zone: whose day ``today`` is, and whose calendar times are rounded in.
        first_weekday: the day that weeks begin with, from 0 for Monday.
        masked: what conditions may not compare, because whoever wrote them must not find out its values.

    Raises:
        FilterError: with every fault.
    """
    faults = Faults()
    root = None if node is None else _Checker(faults, fields, now, zone, first_weekday, masked).node(node, in_row=False)
    faults.raise_if_any()
    return Checked(root)


def check_json(
    raw: object,
    fields: FieldRegistry,
    *,
    now: datetime,
    zone: ZoneInfo,
    first_weekday: int = 0,
    path: str = "",
    limits: Limits = WRITTEN,
    masked: MaskedFields = NOTHING_MASKED,
) -> tuple[Node | None, Checked]:
    """Parses and checks at once, so that faults of shape and of meaning are found together.

    Raises:
        FilterError: with every fault of both stages.
    """
    faults = Faults()
    node = parse_into(faults, raw, path, limits)
    root = None if node is None else _Checker(faults, fields, now, zone, first_weekday, masked).node(node, in_row=False)
    faults.raise_if_any()
    return node, Checked(root)


def regexes(checked: Checked) -> tuple[tuple[str, str], ...]:
    """The regular expressions of a filter with the pointers to them; only PostgreSQL can tell whether they compile."""
    return () if checked.root is None else tuple(_regexes(checked.root))


def _regexes(node: CheckedNode) -> list[tuple[str, str]]:
    match node:
        case CheckedCondition(op=Op.REGEX, value=str(pattern), written=written):
            return [(pattern, written.place("value"))]
        case CheckedCondition():
            return []
        case CheckedGroup(conditions=conditions):
            return [found for member in conditions for found in _regexes(member)]


@dataclass(frozen=True)
class _Checker:
    faults: Faults
    fields: FieldRegistry
    now: datetime
    zone: ZoneInfo
    first_weekday: int
    masked: MaskedFields

    def node(self, node: Node, *, in_row: bool) -> CheckedNode | None:
        if isinstance(node, Condition):
            return self.condition(node, in_row=in_row)
        is_row = node.operator is GroupOperator.SAME_ROW
        if is_row and in_row:
            message = 'A "same_row" group cannot be nested inside another one.'
            allowed = ("and", "or", "not")
            self.faults.add(fault(FaultCode.INVALID_SHAPE, message, node.place("operator"), allowed=allowed))
            return None
        checked = [self.node(member, in_row=in_row or is_row) for member in node.conditions]
        return CheckedGroup(node.operator, tuple([member for member in checked if member is not None]))

    def condition(self, written: Condition, *, in_row: bool) -> CheckedCondition | None:
        field, operator = self.field(written, in_row=in_row), self.operator(written)
        if field is None or operator is None:
            return None
        if operator.name not in field.operators:
            message = (
                f'The field {field.name} of type {field.data_type} does not support the operator "{operator.name}".'
            )
            place = written.place("op")
            self.faults.add(fault(FaultCode.WRONG_OPERATOR, message, place, allowed=field.operators))
            return None
        if self.masked.refuses(field.name, operator.name):
            message = f"{field.name} is masked for this key, so filters can only ask whether it has a value."
            place = written.place("field")
            self.faults.add(fault(FaultCode.MASKED_FIELD, message, place, allowed=(Op.ISNULL.value,)))
            return None
        value = self.value(field, operator, written)
        if value is None:
            return None
        reach = Reach.CALL if field.row is Row.CALL else Reach.THIS_EVALUATION if in_row else Reach.SOME_EVALUATION
        return _meaning(CheckedCondition(field.name, value[0], operator.name, value[1], reach, written))

    def field(self, written: Condition, *, in_row: bool) -> Field | None:
        path = written.place("field")
        try:
            found = self.fields.lookup(in_zone(written.field, self.zone.key))
        except UnknownFieldError as error:
            self.faults.add(
                fault(
                    FaultCode.UNKNOWN_FIELD,
                    error.message,
                    path,
                    allowed=self.fields.names(),
                    suggestion=error.suggestion,
                )
            )
            return None
        if in_row and found.row is not Row.EVALUATION:
            message = f'The field {found.name} cannot be used inside "same_row", which applies to a single evaluation.'
            allowed = tuple(other.name for other in self.fields.listed() if other.row is Row.EVALUATION)
            self.faults.add(fault(FaultCode.INVALID_SHAPE, message, path, allowed=allowed))
            return None
        return found

    def operator(self, written: Condition) -> Operator | None:
        found = BY_SPELLING.get(written.op)
        if found is None:
            name = written.op.lower().replace(" ", "_")
            opposite = NEGATED.get(name)
            near = None if opposite else SYNONYMS.get(name) or nearest(written.op, OPERATORS)
            message = f"{echo(written.op)} is not a valid operator."
            if opposite:
                message += f' Use a condition with "{opposite}" inside a "not" group.'
            path = written.place("op")
            self.faults.add(fault(FaultCode.UNKNOWN_OPERATOR, message, path, allowed=tuple(OPERATORS), suggestion=near))
        return found

    def value(self, field: Field, operator: Operator, written: Condition) -> tuple[FieldType, Value] | None:
        path = written.place("value")
        reading = Reading(field, operator.name, self.now, self.zone, self.first_weekday, self.fields.decode_global_id)
        try:
            match operator.arity:
                case Arity.FLAG:
                    return field.data_type, read_flag(field, operator.name, written.value, path)
                case Arity.ONE:
                    kind = type_for(field, operator.name, written.value, path)
                    return kind, read(reading, kind, written.value, path)
                case Arity.LIST:
                    return self.values(reading, written.value, path)
                case Arity.PAIR:
                    return self.range(reading, written.value, path)
                case _:
                    assert_never(operator.arity)
        except FilterError as error:
            self.faults.add(*error.faults)
            return None

    def range(self, reading: Reading, value: WrittenValue, path: str) -> tuple[FieldType, Value]:
        if not isinstance(value, tuple) or len(value) != 2:
            given = f"a list of {len(value):,}" if isinstance(value, tuple) else echo(value)
            message = (
                f'The operator "{reading.op}" takes a list of two values, the lowest and the highest, not {given}.'
            )
            raise FilterError((FilterFault(FaultCode.WRONG_TYPE, message, path),))
        kind, pair = self.values(reading, value, path)
        edges = OPERATORS[reading.op].edges
        ends = tuple(
            instant(edge, end) if isinstance(end, Span) else end
            for edge, end in zip(edges, cast("tuple[Scalar, Scalar]", pair), strict=True)
        )
        # Relative times pass each other as the day goes by: then the range is empty for a while, and not wrong.
        if not any(map(is_relative, value)) and cast("Any", ends[0]) > cast("Any", ends[1]):
            message = (
                f"The first value of the range ({echo(value[0])}) is greater than the second ({echo(value[1])}). "
                "Write the lowest value first."
            )
            raise FilterError((FilterFault(FaultCode.INVALID_VALUE, message, path),))
        return kind, ends

    def values(self, reading: Reading, value: WrittenValue, path: str) -> tuple[FieldType, Value]:
        if not isinstance(value, tuple):
            message = f'The operator "{reading.op}" takes a list of values, not {echo(value)}.'
            raise FilterError((FilterFault(FaultCode.WRONG_TYPE, message, path),))
        if not value:
            message = f'The operator "{reading.op}" needs at least one value in its list.'
            raise FilterError((FilterFault(FaultCode.INVALID_VALUE, message, path),))
        kind = type_for(reading.field, reading.op, value[0], f"{path}/0")
        found: list[Scalar] = []
        faults: list[FilterFault] = []
        for index, member in enumerate(value):
            try:
                found.append(read(reading, kind, member, f"{path}/{index}"))
            except FilterError as error:
                faults.extend(error.faults)
        if faults:
            raise FilterError(tuple(faults))
        return kind, tuple(found)


def _meaning(condition: CheckedCondition) -> CheckedCondition:
    """Settles the two conditions that do not mean what their parts say.

    A day is compared by one of its edges (``selections.half_open``). And no evaluation has a value where ``isnull``
    asks the call for it.
    """
    value, op = condition.value, condition.op
    match OPERATORS[op].selects:
        case Within((edge,)) if isinstance(value, Span):
            half, at = half_open(edge, value)
            return dataclasses.replace(condition, op=BY_EDGE[half], value=at)
        case Not(Within((edge,))) if isinstance(value, Span):
            return dataclasses.replace(condition, value=instant(edge, value))
        case AnyOf() | Within() | Matching() | Absent() | Not():
            pass
    is_dynamic = condition.kind is FieldType.DYNAMIC and condition.reach is Reach.SOME_EVALUATION
    if op is Op.ISNULL and is_dynamic and value is True:
        return dataclasses.replace(condition, value=False, reach=Reach.NO_EVALUATION)
    return condition
