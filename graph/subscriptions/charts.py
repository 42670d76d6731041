"""Charts, as their calls and definitions change."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any

import strawberry

from aggregation.question.faults import ChartError
from aggregation.question.query import Precision
from graph.arguments import Id
from graph.chart_errors import request_error
from graph.context import Info
from graph.errors import ErrorCode, RequestError
from graph.lookahead import asked, below
from graph.node_ids import row_id
from graph.queries.preview import question
from graph.subscriptions.version import Since, checked_version
from graph.types.chart_event import ChartEvent
from graph.types.overrides import (
    CompareTo,
    OverrideFilters,
    OverrideRange,
    OverrideScope,
    OverrideScopeWhere,
    OverrideWeek,
    OverrideWhere,
    OverrideZone,
    RequestedPrecision,
    options_of,
    overrides_of,
)
from graph.types.preview_widget import PreviewWidgetInput
from resolvers.chart_feed import GoneError, following_preview, following_widget

Input = Annotated[PreviewWidgetInput, strawberry.argument(description="The definition of the widget.")]


async def chart_updated(
    info: Info,
    id: Id,
    time_range: OverrideRange = None,
    scope: OverrideScope = None,
    scope_where: OverrideScopeWhere = None,
    filters: OverrideFilters = strawberry.UNSET,
    where: OverrideWhere = None,
    time_zone: OverrideZone = None,
    week_start: OverrideWeek = None,
    compare_to: CompareTo = None,
    precision: RequestedPrecision = Precision.SKETCH,
    since: Since = None,
) -> AsyncGenerator[ChartEvent | None]:
    """The chart of a widget, asked with the arguments of `data`: first as it is, then what changes of it, when calls or
    the widget change and when time moves its window."""
    number, place = row_id(id, "Widget"), checked_version(since)
    try:
        overrides = overrides_of(filters, where, scope, scope_where, time_range, time_zone, week_start)
        selected = below(info, "data", "ChartEvent")
        options = options_of(selected, compare_to, precision, is_one_off=overrides.has_one_off_filters)
    except ChartError as error:
        raise request_error(error) from error
    async for event in _told(following_widget(info.context.scope, number, overrides, options), place):
        yield event


async def preview_updated(info: Info, input: Input, since: Since = None) -> AsyncGenerator[ChartEvent | None]:
    """The chart of a widget that need not be saved: first as it is, then what changes of it, when calls change and when
    time moves its window."""
    place = checked_version(since)
    try:
        given = question(input, asked(below(info, "data", "ChartEvent")))
    except ChartError as error:
        raise request_error(error) from error
    feed = following_preview(info.context.scope, given.definition, given.surroundings, given.overrides, given.options)
    async for event in _told(feed, place):
        yield event


async def _told(following: Any, place: str | None) -> AsyncGenerator[ChartEvent]:
    try:
        async with following as feed:
            async for news in feed.events(place):
                yield ChartEvent.of(news)
    except GoneError as error:
        raise RequestError(ErrorCode.NOT_FOUND, "The widget does not exist in this project.") from error
