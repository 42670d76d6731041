"""Connections over calls: the list of a filter, and the calls behind an item of a chart."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import models
from aggregation.faults import ChartError
from filters import Checked
from graph.chart_errors import request_error
from graph.pagination import (
    MAX_CALLS_PAGE,
    Connection,
    connect,
    decode_cursor,
    encode_cursor,
    invalid_cursor,
    page_size,
)
from graph.types.call_log import CallLog
from resolvers import call_logs
from resolvers.scope import Scope

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _cursor(row: models.CallLog) -> str:
    return encode_cursor("CallLog", (row.timestamp - _EPOCH) // timedelta(microseconds=1), row.id)


def _place(after: str | None) -> tuple[datetime, int] | None:
    numbers = decode_cursor("CallLog", after, 2)
    if numbers is None:
        return None
    try:
        return _EPOCH + timedelta(microseconds=numbers[0]), numbers[1]
    except OverflowError as error:
        raise invalid_cursor() from error


async def call_connection(scope: Scope, filters: Checked, first: int, after: str | None) -> Connection[CallLog]:
    """A page of the calls that pass the filters, newest first.

    Raises:
        RequestError: the page size, the cursor or the filters are wrong, or the calls took too long to find.
    """
    size, place = page_size(first, MAX_CALLS_PAGE), _place(after)

    async def count() -> int:
        try:
            return await call_logs.count_calls(scope, filters)
        except ChartError as error:
            raise request_error(error) from error

    try:
        page = await call_logs.list_calls(scope, filters, size, place)
    except ChartError as error:
        raise request_error(error) from error
    return connect(page.calls, node=CallLog.of, cursor=_cursor, has_next=page.has_next, after=after, count=count)


def _checked(check: Callable[[Scope, object], Checked], scope: Scope, filters: object) -> Checked:
    try:
        return check(scope, filters)
    except ChartError as error:
        raise request_error(error) from error


async def filtered_calls(scope: Scope, filters: object, first: int, after: str | None) -> Connection[CallLog]:
    """A page of the calls that pass a client's filter."""
    return await call_connection(scope, _checked(call_logs.check_filters, scope, filters), first, after)


async def calls_behind(scope: Scope, filters: object, first: int, after: str | None) -> Connection[CallLog]:
    """A page of the calls behind an item of a chart, by the filter that the item carries."""
    return await call_connection(scope, _checked(call_logs.check_drill_down, scope, filters), first, after)
