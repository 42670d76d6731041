"""The time bounds of a filter: the time outside of which it lets no call through, and the filter without them."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from typing import assert_never

from filters.check import Checked, CheckedCondition, CheckedGroup, CheckedNode
from filters.instants import EPOCH
from filters.syntax import TIMESTAMP, GroupOperator
from filters.value_sets import Line, values_of
from filters.value_types import TICK

_LAST = (datetime.max.replace(tzinfo=UTC) - EPOCH) // TICK


@dataclass(frozen=True)
class Window:
    """The time from ``start`` up to, not including, ``end``, in UTC; None is no bound.

    PostgreSQL's times are whole microseconds, so every comparison is such an interval. It holds no time where ``start``
    is not before ``end``.
    """

    start: datetime | None = None
    end: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no time lies in it."""
        return self.start is not None and self.end is not None and self.start >= self.end


_NO_TIME = Window(EPOCH, EPOCH)


def window(checked: Checked) -> Window:
    """The earliest and latest timestamp that a filter lets through: tightest over ``and``, widest over ``or``.

    ``neq``, ``not`` and conditions on other fields bound nothing.
    """
    return Window() if checked.root is None else _window(checked.root)


def without_bounds(checked: Checked) -> Checked:
    """The filter without the timestamp bounds at its top, which must all hold.

    Together with ``window(checked)`` it lets through exactly what ``checked`` does; bounds inside of ``or`` and
    ``not``, and ``neq``, stay.
    """
    return Checked(None if checked.root is None else _strip(checked.root))


def both(one: Window, other: Window) -> Window:
    """The time that lies in one and the other."""
    starts = [start for start in (one.start, other.start) if start is not None]
    ends = [end for end in (one.end, other.end) if end is not None]
    return Window(max(starts, default=None), min(ends, default=None))


def _window(node: CheckedNode) -> Window:
    if isinstance(node, CheckedCondition):
        return _bounds(node) or Window()
    match node.operator:
        case GroupOperator.AND:
            return reduce(both, map(_window, node.conditions), Window())
        case GroupOperator.OR:
            return reduce(_either, map(_window, node.conditions))
        case GroupOperator.NOT | GroupOperator.SAME_ROW:
            return Window()
        case _:
            assert_never(node.operator)


def _strip(node: CheckedNode) -> CheckedNode | None:
    if isinstance(node, CheckedCondition):
        return node if _bounds(node) is None else None
    if node.operator is not GroupOperator.AND:
        return node
    left = tuple(member for member in map(_strip, node.conditions) if member is not None)
    return CheckedGroup(GroupOperator.AND, left) if left else None


def _bounds(condition: CheckedCondition) -> Window | None:
    """The time that a condition stands for, where it stands for one bounded interval and nothing else."""
    values = values_of(condition)[0] if condition.field == TIMESTAMP else None
    if not isinstance(values, Line) or values.null or len(values.intervals) > 1:
        return None
    if not values.intervals or values.intervals[0][0] > _LAST:
        return _NO_TIME
    start, end = values.intervals[0]
    bounds = Window(_instant(start), _instant(end))
    return None if bounds == Window() else bounds


def _instant(ticks: float) -> datetime | None:
    """The time at a place of the line; None where no time is beyond it."""
    return None if ticks == -math.inf or ticks > _LAST else EPOCH + int(ticks) * TICK


def _either(one: Window, other: Window) -> Window:
    if one.is_empty or other.is_empty:
        return other if one.is_empty else one
    starts = None if one.start is None or other.start is None else min(one.start, other.start)
    ends = None if one.end is None or other.end is None else max(one.end, other.end)
    return Window(starts, ends)
