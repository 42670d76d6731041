"""Checked tree -> SQL condition. Decides nothing: values are bind parameters, columns come from the fields."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import assert_never, cast

from sqlalchemy import ColumnElement, Exists, Select, and_, literal_column, not_, or_, select, true

from filters.check import Checked, CheckedCondition, CheckedGroup, CheckedNode, Reach
from filters.fields import FieldRegistry, Related
from filters.operators import OPERATORS
from filters.pauses import with_pauses
from filters.syntax import GroupOperator

_LONG_LIST = 20
"""A list can hold a thousand strings: longer ones are too much to keep."""

_OF_ONE_ROW = {Reach.CALL}
"""Reaches by which a path leads to one row at most."""

_TOGETHER: dict[GroupOperator, Callable[..., ColumnElement[bool]]] = {GroupOperator.AND: and_, GroupOperator.OR: or_}
_NEGATIONS = {GroupOperator.NOT}
_TURNED_AROUND = {GroupOperator.AND: GroupOperator.OR, GroupOperator.OR: GroupOperator.AND}

_ONE: ColumnElement[int] = literal_column("1")


def compile_filter(checked: Checked, fields: FieldRegistry, project_id: int) -> ColumnElement[bool]:
    """The condition on ``fields.records`` that a filter stands for; true where it filters nothing.

    Related tables are named with the project; for the records themselves, the statement does that.

    It can be NULL where a condition fails because a field has no value; WHERE and FILTER read that as false. Put it
    under ``IS NOT TRUE``, never under ``NOT``, to select the other records.
    """
    return true() if checked.root is None else _compile(checked.root, fields, project_id)


def complement(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """True exactly where ``condition`` is not: false or NULL. ``NOT EXISTS`` is kept plain, for an anti join."""
    return not_(condition) if isinstance(condition, Exists) else condition.is_not(true())


def _compile(node: CheckedNode, fields: FieldRegistry, project_id: int) -> ColumnElement[bool]:
    if isinstance(node, CheckedCondition):
        is_long = isinstance(node.value, tuple) and len(node.value) > _LONG_LIST
        return (_condition.__wrapped__ if is_long else _condition)(node, fields, project_id)
    path = _row_of(node, fields)
    if path is not None:
        return _some_row(path, _of_row(node, fields), fields, project_id)
    members = node.conditions
    match node.operator:
        case GroupOperator.AND:
            return _all(members, fields, project_id)
        case GroupOperator.OR:
            members = _merged(members, GroupOperator.OR, fields)
            return with_pauses(or_, [_compile(member, fields, project_id) for member in members])
        case GroupOperator.NOT:
            return complement(_compile(members[0], fields, project_id))
        case GroupOperator.SAME_ROW:
            condition = _every(members, fields, project_id)
            path = dict.fromkeys((fields.evaluations, *(step for member in members for step in _paths(member, fields))))
            return _some_row(tuple(path), condition, fields, project_id)
        case _:
            assert_never(node.operator)


def _all(members: tuple[CheckedNode, ...], fields: FieldRegistry, project_id: int) -> ColumnElement[bool]:
    return _every(_merged(members, GroupOperator.AND, fields), fields, project_id)


def _every(members: tuple[CheckedNode, ...], fields: FieldRegistry, project_id: int) -> ColumnElement[bool]:
    return with_pauses(and_, [_compile(member, fields, project_id) for member in members]) if members else true()


@lru_cache(maxsize=4_096)
def _condition(node: CheckedCondition, fields: FieldRegistry, project_id: int) -> ColumnElement[bool]:
    """Kept, because the same conditions come again: with every chart of a dashboard, every time it is looked at."""
    field = fields.lookup(node.field)
    condition = _comparison(node, fields)
    match node.reach:
        case Reach.THIS_EVALUATION:
            return condition
        case Reach.CALL:
            return _some_row(field.path, condition, fields, project_id) if field.path else condition
        case Reach.SOME_EVALUATION:
            return _some_row(field.path, condition, fields, project_id)
        case Reach.NO_EVALUATION:
            return not_(_some_row(field.path, condition, fields, project_id))
        case _:
            assert_never(node.reach)


def _comparison(node: CheckedCondition, fields: FieldRegistry) -> ColumnElement[bool]:
    return OPERATORS[node.op].build(fields.lookup(node.field).column_of(node.kind), node.value, node.kind)


def _row_of(node: CheckedNode, fields: FieldRegistry) -> tuple[Related, ...] | None:
    """The path to the one row, a call's agent, that all conditions of a node are on; None where there is none."""
    if isinstance(node, CheckedCondition):
        return fields.lookup(node.field).path or None if node.reach in _OF_ONE_ROW else None
    if node.operator not in _TOGETHER or not node.conditions:
        return None
    first, *others = node.conditions
    path = _row_of(first, fields)
    return path if path and all(_row_of(one, fields) == path for one in others) else None


def _of_row(node: CheckedNode, fields: FieldRegistry) -> ColumnElement[bool]:
    """The condition on the row itself."""
    if isinstance(node, CheckedCondition):
        return _comparison(node, fields)
    return with_pauses(_TOGETHER[node.operator], [_of_row(member, fields) for member in node.conditions])


def _merged(
    members: tuple[CheckedNode, ...], operator: GroupOperator, fields: FieldRegistry
) -> tuple[CheckedNode, ...]:
    """Members of an AND or OR, with those on one row as one: a call has one agent at most, which is looked up once.

    A look-up for each of a thousand conditions takes PostgreSQL ten seconds to plan. Negations turn the operator
    around.
    """
    found: dict[object, list[CheckedNode]] = {}
    for number, member in enumerate(members):
        is_not = isinstance(member, CheckedGroup) and member.operator in _NEGATIONS
        inner = member.conditions[0] if isinstance(member, CheckedGroup) and is_not else member
        path = _row_of(inner, fields)
        found.setdefault(number if path is None else (path, is_not), []).append(member if path is None else inner)
    if len(found) == len(members):
        return members
    merged: list[CheckedNode] = []
    for key, nodes in found.items():
        is_not = isinstance(key, tuple) and bool(cast("tuple[object, bool]", key)[1])
        together = _TURNED_AROUND[operator] if is_not else operator
        node = nodes[0] if len(nodes) == 1 else CheckedGroup(together, tuple(nodes))
        merged.append(CheckedGroup(GroupOperator.NOT, (node,)) if is_not else node)
    return tuple(merged)


def _some_row(
    path: tuple[Related, ...], condition: ColumnElement[bool], fields: FieldRegistry, project_id: int
) -> Exists:
    """Whether some row of the related tables fulfils ``condition``. Alone in a WHERE it is a semi join."""
    return _rows(path, fields, project_id).where(condition).exists()


@lru_cache
def _rows(path: tuple[Related, ...], fields: FieldRegistry, project_id: int) -> Select[int]:
    tables = (related.table for related in path)
    conditions = (related.of(project_id) for related in path)
    return select(_ONE).select_from(*tables).where(*conditions).correlate(fields.records)


def _paths(node: CheckedNode, fields: FieldRegistry) -> Iterable[Related]:
    match node:
        case CheckedCondition(field=name):
            yield from fields.lookup(name).path
        case CheckedGroup(conditions=members):
            for member in members:
                yield from _paths(member, fields)
