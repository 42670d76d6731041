"""The orders that calls can be listed in, each total, and the places in them between which a page can be.

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


def segmentes(
    order: CallOrder, after: CallPlace | None, before: CallPlace | None = None, *, is_backward: bool = False
) -> tuple[Segment, ...]:
    """What an order has between two places, one part after the other; backward from its end, if asked for.

    Calls with a duration and calls without are parts of their own: the index on durations has NULLs at the other end.
    """
    column: ColumnElement[Any] = getattr(CallLog, order.field.value)
    is_rising = order.direction is Direction.ASC
    up = is_rising is not is_backward
    ordering = (column.asc(), CallLog.id.asc()) if up else (column.desc(), CallLog.id.desc())
    if not FIELD_OF[order.field.value].is_nullable:
        return (Segment(_between(column, after, before, is_rising), ordering),)
    parts: list[Segment] = []
    if after is None or after.value is not None:
        last = before if before is not None and before.value is not None else None
        parts.append(Segment((column.is_not(None), *_between(column, after, last, is_rising)), ordering))
    if before is None or before.value is None:
        first = after if after is not None and after.value is None else None
        parts.append(Segment((column.is_(None), *_between(None, first, before, is_rising)), ordering))
    if not parts:  # The places are the wrong way round: one has no duration, and those come last.
        return (Segment((column.is_(None), column.is_not(None)), ordering),)
    return tuple(reversed(parts)) if is_backward else tuple(parts)


def _between(
    column: ColumnElement[Any] | None, after: CallPlace | None, before: CallPlace | None, is_rising: bool
) -> tuple[ColumnElement[bool], ...]:
    """The conditions that calls are after one place and before another: by their numbers where there is no column."""
    found: list[ColumnElement[bool]] = []
    for place, is_above in ((after, is_rising), (before, not is_rising)):
        if place is not None and column is not None:
            here, there = tuple_(column, CallLog.id), tuple_(place.value, place.call_log_id)
            found.append(here > there if is_above else here < there)
        elif place is not None:
            found.append(CallLog.id > place.call_log_id if is_above else CallLog.id < place.call_log_id)
    return tuple(found)


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
