"""What an operator selects. Its SQL, windows, contradictions and how it compares with a day all follow from that."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, NamedTuple, assert_never

from sqlalchemy import BinaryExpression, Boolean, ColumnElement, and_, true
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import Grouping

from filters.value_types import TICK, FieldType, Span, Value, bind

Builder = Callable[[ColumnElement[Any], Any, FieldType], ColumnElement[bool]]
"""SQL from a column, a checked value and the value's type."""


class Edge(StrEnum):
    """One side of an interval of ordered values, with respect to one given value."""

    ABOVE = "above"
    FROM = "from"
    BELOW = "below"
    UP_TO = "up_to"


@dataclass(frozen=True)
class AnyOf:
    """The value, or each of the list."""


@dataclass(frozen=True)
class Within:
    """The values on the right side of every edge; with several edges, each takes the value in its place of a list."""

    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class Matching:
    """Texts that fit a pattern; which these are is not known as a set.

    Args:
        build: its SQL.
        fits: whether a text fits a pattern, both in lower case; None where only PostgreSQL can tell.
    """

    build: Builder
    fits: Callable[[str, str], bool] | None = None


@dataclass(frozen=True)
class Absent:
    """No value (true), or any (false)."""


@dataclass(frozen=True)
class Not:
    """All that the other does not select, "no value" among it."""

    of: "Selection"


Selection = AnyOf | Within | Matching | Absent | Not


class _Day(NamedTuple):
    """How an edge lies to a day: by which half-open edge, at which end of ``today`` and of a date."""

    edge: Edge
    today: Literal["start", "end"]
    date: Literal["start", "end"]


_DAYS = {
    Edge.ABOVE: _Day(Edge.FROM, "start", "end"),
    Edge.FROM: _Day(Edge.FROM, "start", "start"),
    Edge.BELOW: _Day(Edge.BELOW, "end", "start"),
    Edge.UP_TO: _Day(Edge.BELOW, "end", "end"),
}


def half_open(edge: Edge, day: Span) -> tuple[Edge, datetime]:
    """The edge of a day as ``FROM`` or ``BELOW`` an instant.

    ``FROM`` lets through all of the day and what follows, ``UP_TO`` all of it and what precedes. ``ABOVE`` and
    ``BELOW`` do the same with ``today``; of a date that was written they let through the days after it, or before.
    """
    found = _DAYS[edge]
    end = found.date if day.is_date else found.today
    return found.edge, day.start if end == "start" else day.end


def instant(edge: Edge, day: Span) -> datetime:
    """The instant that the edge itself compares with in place of the day: times are whole microseconds."""
    half, at = half_open(edge, day)
    return at if half is edge else at - TICK


_BOOLEAN = Boolean()
_EQUALS_ANY = operators.custom_op[bool]("= ANY", precedence=5, is_comparison=True)


def compare(operator: Callable[..., Any], negated: Callable[..., Any], **modifiers: Any) -> Builder:
    """Compares a column with a value.

    The expression is put together by hand: what SQLAlchemy does to coerce the operands, which are known here, costs
    several times as much, and a filter has up to hundreds of these.
    """

    def build(column: ColumnElement[Any], value: Value, kind: FieldType) -> ColumnElement[bool]:
        operand = bind(value, kind)
        return BinaryExpression(column, operand, operator, type_=_BOOLEAN, negate=negated, modifiers=modifiers)

    return build


_AT = {
    Edge.ABOVE: compare(operators.gt, operators.le),
    Edge.FROM: compare(operators.ge, operators.lt),
    Edge.BELOW: compare(operators.lt, operators.ge),
    Edge.UP_TO: compare(operators.le, operators.gt),
}
_SAME = compare(operators.eq, operators.ne)
_OTHER = compare(operators.is_distinct_from, operators.is_not_distinct_from)


def sql_of(selects: Selection) -> Builder:
    """The SQL of a selection; NULL where the field has no value and that is not selected."""
    match selects:
        case AnyOf():
            return _any_of
        case Not(AnyOf()):
            return _none_of
        case Within((edge,)):
            return _AT[edge]
        case Within(edges):
            return _within(edges)
        case Matching(build):
            return build
        case Absent():
            return _absent
        case Not(other):
            return _not(sql_of(other))
        case _:
            assert_never(selects)


def _any_of(column: ColumnElement[Any], value: Value, kind: FieldType) -> ColumnElement[bool]:
    match value:
        case tuple():
            return BinaryExpression(column, Grouping(bind(value, kind)), _EQUALS_ANY, type_=_BOOLEAN)
        case Span(start, end):
            return and_(_AT[Edge.FROM](column, start, kind), _AT[Edge.BELOW](column, end, kind))
        case str() | bool() | int() | float() | datetime():
            return _SAME(column, value, kind)


def _none_of(column: ColumnElement[Any], value: Value, kind: FieldType) -> ColumnElement[bool]:
    if isinstance(value, tuple | Span):
        return _any_of(column, value, kind).is_not(true())
    return _OTHER(column, value, kind)


def _within(edges: tuple[Edge, ...]) -> Builder:
    def build(column: ColumnElement[Any], value: tuple[Value, ...], kind: FieldType) -> ColumnElement[bool]:
        return and_(*[_AT[edge](column, at, kind) for edge, at in zip(edges, value, strict=True)])

    return build


def _absent(column: ColumnElement[Any], value: bool, kind: FieldType) -> ColumnElement[bool]:
    return column.is_(None) if value else column.is_not(None)


def _not(build: Builder) -> Builder:
    return lambda column, value, kind: build(column, value, kind).is_not(true())
