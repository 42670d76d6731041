"""The orders that calls can be listed in, each total, and the places in them that a page can begin after.

Calls of one moment or length are ordered by their number, and calls without a duration come last in either direction.
A place is made of values of its call, so what is before it and what after stays when other calls come or go.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, tuple_

from aggregation.question.row_order import Direction
from models import CallLog
from models.call_fields import FIELD_OF


class CallOrderField(StrEnum):
    """What calls can be ordered by: the fields that are sortable."""

    TIMESTAMP = "timestamp"
    DURATION = "duration"


@dataclass(frozen=True, slots=True)
class CallOrder:
    """An order of calls."""

    field: CallOrderField = CallOrderField.TIMESTAMP
    direction: Direction = Direction.DESC


NEWEST_FIRST = CallOrder()
"""The order where none is asked for."""


@dataclass(frozen=True, slots=True)
class CallPlace:
    """The place of a call in an order: its value there and its number."""

    value: datetime | float | None
    call_log_id: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of an order that an index holds in that very order; ``conditions`` select it."""

    conditions: tuple[ColumnElement[bool], ...]
    ordering: tuple[ColumnElement[Any], ...]


def place_of(call: CallLog, order: CallOrder) -> CallPlace:
    """Where a call stands."""
    return CallPlace(getattr(call, order.field.value), call.id)


def segmentes(order: CallOrder, after: CallPlace | None) -> tuple[Segment, ...]:
    """What is left of an order after a place, one part after the other.

    Calls with a duration and calls without are parts of their own: the index on durations has NULLs at the other end.
    """
    column: ColumnElement[Any] = getattr(CallLog, order.field.value)
    is_rising = order.direction is Direction.ASC
    ordering = (column.asc(), CallLog.id.asc()) if is_rising else (column.desc(), CallLog.id.desc())
    if not FIELD_OF[order.field.value].is_nullable:
        return (Segment(_after(column, after, is_rising), ordering),)
    if after is not None and after.value is None:
        beyond = CallLog.id > after.call_log_id if is_rising else CallLog.id < after.call_log_id
        return (Segment((column.is_(None), beyond), ordering),)
    with_value = (column.is_not(None), *_after(column, after, is_rising))
    return Segment(with_value, ordering), Segment((column.is_(None),), ordering)


def _after(column: ColumnElement[Any], after: CallPlace | None, is_rising: bool) -> tuple[ColumnElement[bool], ...]:
    if after is None:
        return ()
    here, there = tuple_(column, CallLog.id), tuple_(after.value, after.call_log_id)
    return (here > there if is_rising else here < there,)


def in_order(calls: Sequence[CallLog], order: CallOrder) -> list[CallLog]:
    """The calls as the database orders them."""
    values = [(getattr(call, order.field.value), call.id, call) for call in calls]
    falling = order.direction is Direction.DESC
    known = sorted((item for item in values if item[0] is not None), key=lambda item: item[:2], reverse=falling)
    unknown = sorted((item for item in values if item[0] is None), key=lambda item: item[1], reverse=falling)
    return [call for *_, call in (*known, *unknown)]


def ordering(order: CallOrder) -> tuple[ColumnElement[Any], ...]:
    """The whole order at once, for reading all of it."""
    column: ColumnElement[Any] = getattr(CallLog, order.field.value)
    if order.direction is Direction.ASC:
        return column.asc().nulls_last(), CallLog.id.asc()
    if not FIELD_OF[order.field.value].is_nullable:
        return column.desc(), CallLog.id.desc()
    return column.desc().nulls_last(), CallLog.id.desc()
