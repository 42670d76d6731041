"""Conditions on evaluations that were joined by ``and`` where one evaluation was probably to fulfil them all."""

import dataclasses
from collections.abc import Callable, Iterator

from filters.syntax import Condition, Group, GroupOperator, Node
from filters.warnings import FilterWarning, WarningCode

EVALUATIONS = "metric_evaluations."
_MESSAGE = (
    "Each condition on metric_evaluations can match a different evaluation of the call. "
    'To require a single evaluation that matches all of them, use "same_row".'
)

CanHold = Callable[[Group], bool]
"""Whether one evaluation can fulfil a ``same_row`` group."""


def same_row_warnings(root: Node | None, can_hold: CanHold) -> tuple[FilterWarning, ...]:
    """A warning for each ``and`` over several evaluation conditions, with the whole filter as ``same_row`` makes it.

    Conditions on one field, such as two names, that no evaluation can fulfil together were meant as they are.
    """
    return () if root is None else tuple(_find(root, lambda node: node, can_hold))


def _find(node: Node, rebuild: Callable[[Node], Node], can_hold: CanHold) -> Iterator[FilterWarning]:
    """``rebuild`` makes the whole filter from what takes this node's place."""
    if isinstance(node, Condition) or node.operator is GroupOperator.SAME_ROW:
        return
    if node.operator is GroupOperator.AND:
        of_evaluations = [member for member in node.conditions if _is_of_evaluation(member)]
        row = Group(GroupOperator.SAME_ROW, tuple(of_evaluations), node.path)
        if len(of_evaluations) > 1 and (_names_several(of_evaluations) or can_hold(row)):
            others = tuple(member for member in node.conditions if not _is_of_evaluation(member))
            joined = Group(GroupOperator.AND, (*others, row), node.path) if others else row
            yield FilterWarning(WarningCode.SAME_ROW, _MESSAGE, node.path, alternative=rebuild(joined))
    for index, member in enumerate(node.conditions):
        yield from _find(member, _replacing(node, index, rebuild), can_hold)


def _replacing(group: Group, index: int, rebuild: Callable[[Node], Node]) -> Callable[[Node], Node]:
    def put(member: Node) -> Node:
        members = (*group.conditions[:index], member, *group.conditions[index + 1 :])
        return rebuild(dataclasses.replace(group, conditions=members))

    return put


def _is_of_evaluation(node: Node) -> bool:
    return isinstance(node, Condition) and node.field.startswith(EVALUATIONS)


def _names_several(conditions: list[Node]) -> bool:
    return len({member.field for member in conditions if isinstance(member, Condition)}) > 1
