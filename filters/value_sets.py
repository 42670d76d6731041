"""Sets of values of one field: what a part of a filter lets through, to tell when parts exclude each other.

Numbers, times and booleans are intervals of a line on which every value has a next one: the next double, the next
microsecond, the next whole number. Strings are listed, or all but those listed. Both may hold "no value" as well.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import assert_never, cast

from filters.check import CheckedCondition
from filters.instants import EPOCH
from filters.operators import OPERATORS
from filters.selections import Absent, AnyOf, Edge, Matching, Not, Selection, Within
from filters.value_types import TICK, FieldType, Scalar, Span

Interval = tuple[float, float]
"""From, inclusive, and to, exclusive; whole numbers are exact ints."""


@dataclass(frozen=True)
class Line:
    """Intervals of the line, in order and apart from each other, and whether "no value" is in the set."""

    intervals: tuple[Interval, ...]
    null: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        return not self.intervals and not self.null

    def both(self, other: "Line") -> "Line":
        """What is in both."""
        ours, theirs = self.intervals, other.intervals
        found: list[Interval] = []
        one = two = 0
        while one < len(ours) and two < len(theirs):
            start, end = max(ours[one][0], theirs[two][0]), min(ours[one][1], theirs[two][1])
            if start < end:
                found.append((start, end))
            if ours[one][1] < theirs[two][1]:
                one += 1
            else:
                two += 1
        return Line(tuple(found), self.null and other.null)

    def either(self, other: "Line") -> "Line":
        """What is in one of them."""
        return self.rest().both(other.rest()).rest()

    def rest(self) -> "Line":
        """All that is not in it."""
        edges = [-math.inf, *(edge for interval in self.intervals for edge in interval), math.inf]
        pairs = zip(edges[::2], edges[1::2], strict=True)
        return Line(tuple((start, end) for start, end in pairs if start < end), not self.null)


@dataclass(frozen=True)
class Texts:
    """Strings: those listed, or with ``is_rest`` all others; and whether "no value" is in the set."""

    listed: frozenset[str]
    is_rest: bool
    null: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        return not self.listed and not self.is_rest and not self.null

    def both(self, other: "Texts") -> "Texts":
        """What is in both."""
        null = self.null and other.null
        match self.is_rest, other.is_rest:
            case True, True:
                return Texts(self.listed | other.listed, True, null)
            case True, False:
                return Texts(other.listed - self.listed, False, null)
            case False, True:
                return Texts(self.listed - other.listed, False, null)
            case False, False:
                return Texts(self.listed & other.listed, False, null)

    def either(self, other: "Texts") -> "Texts":
        """What is in one of them."""
        return self.rest().both(other.rest()).rest()

    def rest(self) -> "Texts":
        """All that is not in it."""
        return Texts(self.listed, not self.is_rest, not self.null)


ValueSet = Line | Texts

_WHOLE_LINE: tuple[Interval, ...] = ((-math.inf, math.inf),)


def everything(kind: FieldType, *, null: bool = True) -> ValueSet:
    """All values of a type; with ``null``, "no value" too."""
    match kind:
        case FieldType.STRING:
            return Texts(frozenset(), True, null)
        case FieldType.BOOLEAN:
            return Line(((0, 2),), null)
        case FieldType.NUMBER | FieldType.INTEGER | FieldType.DATETIME | FieldType.DYNAMIC:
            return Line(_WHOLE_LINE, null)
        case _:
            assert_never(kind)


def both(one: ValueSet, other: ValueSet) -> ValueSet:
    """What is in both; sets of different types have nothing in common."""
    match one, other:
        case Line(), Line():
            return one.both(other)
        case Texts(), Texts():
            return one.both(other)
        case (Line(), Texts()) | (Texts(), Line()):
            return Line((), False)


def either(one: ValueSet, other: ValueSet) -> ValueSet:
    """What is in one of two sets of one type."""
    match one, other:
        case Line(), Line():
            return one.either(other)
        case Texts(), Texts():
            return one.either(other)
        case (Line(), Texts()) | (Texts(), Line()):
            return one


def folded(combine: Callable[[ValueSet, ValueSet], ValueSet], sets: Sequence[ValueSet]) -> ValueSet:
    """One or more sets combined by ``both`` or ``either``, neighbours first: the large ones are few then."""
    left = list(sets)
    while len(left) > 1:
        pairs = zip(left[::2], left[1::2], strict=False)
        left = [combine(one, other) for one, other in pairs] + left[len(left) & ~1 :]
    return left[0]


def values_of(condition: CheckedCondition) -> tuple[ValueSet, bool]:
    """The values that a condition lets through, and whether that is exact or, for patterns, more than it does."""
    kind = condition.kind
    members = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    return _selected(OPERATORS[condition.op].selects, members, kind)


def _selected(selects: Selection, members: tuple[Scalar, ...], kind: FieldType) -> tuple[ValueSet, bool]:
    match selects:
        case Absent():
            every = everything(kind, null=False)
            return (rest(every, kind) if members[0] else every), True
        case Matching():
            return everything(kind, null=False), False
        case AnyOf():
            return _equal_to(members, kind), True
        case Within(edges):
            sides = (_side(edge, _interval(member, kind)) for edge, member in zip(edges, members, strict=True))
            return reduce(both, sides), True
        case Not(other):
            values, is_exact = _selected(other, members, kind)
            return (rest(values, kind), True) if is_exact else (everything(kind), False)
        case _:
            assert_never(selects)


def _side(edge: Edge, place: Interval) -> ValueSet:
    match edge:
        case Edge.ABOVE:
            return _line(place[1], math.inf)
        case Edge.FROM:
            return _line(place[0], math.inf)
        case Edge.BELOW:
            return _line(-math.inf, place[0])
        case Edge.UP_TO:
            return _line(-math.inf, place[1])
        case _:
            assert_never(edge)


def _equal_to(members: tuple[Scalar, ...], kind: FieldType) -> ValueSet:
    if kind is FieldType.STRING:
        return Texts(frozenset(cast("tuple[str, ...]", members)), False, False)
    found: list[Interval] = []
    for start, end in sorted(_interval(member, kind) for member in members):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif start < end:
            found.append((start, end))
    return Line(tuple(found), False)


def _line(start: float, end: float) -> Line:
    return Line(((start, end),) if start < end else (), False)


def rest(given: ValueSet, kind: FieldType) -> ValueSet:
    """All values of a type, "no value" among them, that are not in ``given``."""
    return both(given.rest(), everything(kind))


def _interval(value: Scalar, kind: FieldType) -> Interval:
    """A value's place on the line, up to the next value's."""
    match value:
        case Span(start, end):
            return _ticks(start), _ticks(end)
        case datetime():
            return _ticks(value), _ticks(value) + 1
        case bool():
            return int(value), int(value) + 1
        case int() if kind is FieldType.INTEGER:
            return value, value + 1
        case int() | float():
            number = float(value)
            return number, math.nextafter(number, math.inf)
        case str():
            raise AssertionError("Strings have no place on a line.")


def _ticks(at: datetime) -> int:
    return (at - EPOCH) // TICK
