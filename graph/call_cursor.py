"""Cursors of lists of calls. A cursor carries the order it is a place in, and is refused in any other."""

import struct
from datetime import UTC, datetime, timedelta
from itertools import product

import models
from aggregation.calls.order import CallOrder, CallOrderField, CallPlace, place_of
from aggregation.question.row_order import Direction
from graph.errors import ErrorCode, RequestError
from graph.pagination import decode_cursor, encode_cursor, invalid_cursor

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ORDERS = tuple(CallOrder(field, direction) for field, direction in product(CallOrderField, Direction))
_LENGTHS = {CallOrderField.TIMESTAMP: 2, CallOrderField.DURATION: 3}


def _kind(order: CallOrder) -> str:
    return f"CallLog.{order.field.name}.{order.direction.name}"


def cursor_of(row: models.CallLog, order: CallOrder) -> str:
    """The cursor of a call: microseconds since 1970, or whether it has a duration and the bits of it; its number."""
    place = place_of(row, order)
    match place.value:
        case datetime():
            numbers = ((place.value - _EPOCH) // timedelta(microseconds=1),)
        case None:
            numbers = (0, 0)
        case float() | int() as duration:
            numbers = (1, *struct.unpack("<q", struct.pack("<d", duration)))
    return encode_cursor(_kind(order), *numbers, place.call_log_id)


def place_of_cursor(cursor: str | None, order: CallOrder, name: str = "after") -> CallPlace | None:
    """The place that a cursor names in an order; None for no cursor.

    Raises:
        RequestError: it is no cursor of a list of calls, or one of a list in another order.
    """
    try:
        numbers = decode_cursor(_kind(order), cursor, _LENGTHS[order.field], name)
    except RequestError:
        _refuse_other_order(cursor, order, name)
        raise
    if numbers is None:
        return None
    *value, call_log_id = numbers
    return CallPlace(_value(value, name), call_log_id)


def _value(numbers: list[int], name: str) -> datetime | float | None:
    if len(numbers) == 1:
        try:
            return _EPOCH + timedelta(microseconds=numbers[0])
        except OverflowError as error:
            raise invalid_cursor(name) from error
    if numbers[0] not in (0, 1):
        raise invalid_cursor(name)
    return struct.unpack("<d", struct.pack("<q", numbers[1]))[0] if numbers[0] else None


def _refuse_other_order(cursor: str | None, order: CallOrder, name: str) -> None:
    for other in _ORDERS:
        try:
            decode_cursor(_kind(other), cursor, _LENGTHS[other.field])
        except RequestError:
            continue
        raise RequestError(
            ErrorCode.INVALID_CURSOR,
            f"{name} is a cursor of a list ordered by {_words(other)}, but this list is ordered by "
            f"{_words(order)}: use the orderBy that the cursor was created with, or start without {name}.",
        )


def _words(order: CallOrder) -> str:
    return f"{order.field.name} {order.direction.name}"
