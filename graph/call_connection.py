"""Connections over calls: the list of a filter, and the calls behind an item of a chart."""

from aggregation.calls.order import NEWEST_FIRST
from aggregation.calls.pages import CallsQuery
from aggregation.question.faults import ChartError
from filters import Checked
from graph.call_cursor import cursor_of, place_of_cursor
from graph.chart_errors import request_error
from graph.inputs.call_order import CallLogOrder
from graph.pagination import Connection, Paging, connect
from graph.types.call_log import CallLog
from resolvers import call_logs
from resolvers.scope import Scope


async def call_connection(
    scope: Scope, filters: Checked, asked: Paging, order_by: CallLogOrder | None
) -> Connection[CallLog]:
    """A page of the calls that pass the filters, in the order asked for, else newest first.

    Raises:
        RequestError: a cursor or the filters are wrong, or the calls took too long to find.
        LimitPassedError: the answer would be too large.
    """
    order = order_by.order() if order_by else NEWEST_FIRST
    after, before = place_of_cursor(asked.after, order), place_of_cursor(asked.before, order, "before")
    query = CallsQuery(scope.project_id, filters, asked.size, after, order, before, asked.is_last)

    async def count() -> int:
        try:
            return await call_logs.count_calls(scope, filters)
        except ChartError as error:
            raise request_error(error) from error

    try:
        page = await call_logs.list_calls(scope, query)
    except ChartError as error:
        raise request_error(error) from error
    scope.meter.add_bytes(sum(len(repr(row.call_metadata)) for row in page.calls), "the calls' metadata")
    return connect(
        page.calls,
        node=lambda row: CallLog.of(row, scope.rights.masked),
        cursor=lambda row: cursor_of(row, order),
        has_more=page.has_more,
        asked=asked,
        count=count,
    )


async def filtered_calls(
    scope: Scope, filters: object, asked: Paging, order_by: CallLogOrder | None
) -> Connection[CallLog]:
    """A page of the calls that pass a client's filter."""
    try:
        checked = await call_logs.check_large_filters(scope, filters)
    except ChartError as error:
        raise request_error(error) from error
    return await call_connection(scope, checked, asked, order_by)


async def calls_behind(
    scope: Scope, filters: object, asked: Paging, order_by: CallLogOrder | None
) -> Connection[CallLog]:
    """A page of the calls behind an item of a chart, by the filter that the item carries."""
    try:
        checked = call_logs.check_selection(scope, filters)
    except ChartError as error:
        raise request_error(error) from error
    return await call_connection(scope, checked, asked, order_by)
