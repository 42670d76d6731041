"""The bounds of time at the top of a checked tree: what a window says as well, so that it need not be said twice."""

from filters.check import Checked, CheckedCondition, CheckedGroup, CheckedNode
from filters.operators import Op
from filters.syntax import TIMESTAMP, GroupOperator

_BOUNDS = frozenset({Op.GT, Op.GTE, Op.LT, Op.LTE, Op.EQ})


def without_bounds(checked: Checked) -> Checked:
    """The tree without the timestamp bounds that must all hold.

    Together with ``window(checked)`` it lets through exactly what ``checked`` does; bounds inside of ``or`` and
    ``not``, and ``neq``, stay.
    """
    return Checked(None if checked.root is None else _strip(checked.root))


def _strip(node: CheckedNode) -> CheckedNode | None:
    match node:
        case CheckedCondition(field=field, op=op) if field == TIMESTAMP and op in _BOUNDS:
            return None
        case CheckedGroup(GroupOperator.AND, conditions):
            kept = tuple(member for member in map(_strip, conditions) if member is not None)
            return CheckedGroup(GroupOperator.AND, kept) if kept else None
        case _:
            return node
