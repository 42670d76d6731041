"""The time bounds of a filter: the stretch of time outside of which it lets no call through."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce

from filters.check import Checked, CheckedCondition, CheckedGroup, CheckedNode
from filters.operators import Op
from filters.syntax import TIMESTAMP, GroupOperator
from filters.value_types import Span

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Window:
    """The time from ``start`` up to, not including, ``end``, in UTC; None is no bound.

    PostgreSQL's times are whole microseconds, so every comparison is such a stretch. It holds no time where ``start``
    is not before ``end``.
    """

    start: datetime | None = None
    end: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no time lies in it."""
        return self.start is not None and self.end is not None and self.start >= self.end


def window(checked: Checked) -> Window:
    """The earliest and latest timestamp that a filter lets through: tightest over ``and``, widest over ``or``.

    ``neq``, ``not`` and conditions on other fields bound nothing.
    """
    return Window() if checked.root is None else _window(checked.root)


def _window(node: CheckedNode) -> Window:
    match node:
        case CheckedCondition(field=name) if name == TIMESTAMP:
            return _bounds(node)
        case CheckedGroup(GroupOperator.AND, members):
            return reduce(both, map(_window, members), Window())
        case CheckedGroup(GroupOperator.OR, members):
            return reduce(_either, map(_window, members))
        case _:
            return Window()


def _bounds(condition: CheckedCondition) -> Window:
    match condition.op, condition.value:
        case Op.EQ, Span(start, end):
            return Window(start, end)
        case Op.EQ, datetime() as at:
            return Window(at, _after(at))
        case Op.GT, datetime() as at:
            return Window(start=_after(at))
        case Op.GTE, datetime() as at:
            return Window(start=at)
        case Op.LT, datetime() as at:
            return Window(end=at)
        case Op.LTE, datetime() as at:
            return Window(end=_after(at))
        case _:
            return Window()


def _after(at: datetime) -> datetime | None:
    """The next microsecond; None after the last one of the year 9999."""
    return None if at.replace(tzinfo=None) == datetime.max else at + _TICK


def both(one: Window, other: Window) -> Window:
    """The time that lies in one and the other."""
    starts = [start for start in (one.start, other.start) if start is not None]
    ends = [end for end in (one.end, other.end) if end is not None]
    return Window(max(starts, default=None), min(ends, default=None))


def _either(one: Window, other: Window) -> Window:
    if one.is_empty or other.is_empty:
        return other if one.is_empty else one
    starts = None if one.start is None or other.start is None else min(one.start, other.start)
    ends = None if one.end is None or other.end is None else max(one.end, other.end)
    return Window(starts, ends)
