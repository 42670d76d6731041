"""What helps to trust a filter: the words that calls use, and which condition keeps which calls out."""

from collections.abc import Awaitable
from typing import Annotated, TypeVar

import strawberry

import models
from aggregation.calls.vocabulary import MAX_WORDS
from aggregation.question.faults import ChartError
from graph.arguments import MAX_SEARCH, Id, plain_text
from graph.bounds import within
from graph.chart_errors import request_error
from graph.context import Info
from graph.errors import ErrorCode, RequestError
from graph.inputs.call_log_filter import CallLogFilter
from graph.node_ids import row_id
from graph.scalars import JSON
from graph.types.field_words import FieldValues, MetadataKeys
from graph.types.filter_explanation import FilterWaterfall, WhyNot
from graph.types.overrides import overrides_of
from graph.types.time_range import TimeRangeInput
from resolvers import dashboards, filter_explanations, vocabulary, widgets
from resolvers.scope import Scope

Prefix = Annotated[
    str | None,
    strawberry.argument(
        description=f"Only those that start with this literal text, ignoring case; at most {MAX_SEARCH} characters."
    ),
]
FirstWords = Annotated[
    int, strawberry.argument(description=f"The maximum number of results: 1 to {MAX_WORDS}; other values are an error.")
]
FieldName = Annotated[
    str, strawberry.argument(description="A string field as used in filters, such as `topic` or `metadata.region`.")
]
Filters = Annotated[
    JSON | None,
    strawberry.argument(
        description="With a widget, these replace its own filters (null for none); otherwise "
        "they are combined with the other filters."
    ),
]
Where = Annotated[
    CallLogFilter | None,
    strawberry.argument(description="The filter in typed form. Cannot be combined with `filters`."),
]
Scoped = Annotated[
    JSON | None,
    strawberry.argument(
        description="Combined with all other filters; its timestamp conditions apply in addition to a time range."
    ),
]
ScopedWhere = Annotated[
    CallLogFilter | None, strawberry.argument(description="The scope in typed form. Cannot be combined with `scope`.")
]
Range = Annotated[
    TimeRangeInput | None,
    strawberry.argument(
        description="Replaces the timestamp conditions at the top level of all filters except the scope."
    ),
]
MaybeDashboard = Annotated[
    strawberry.ID | None, strawberry.argument(description="The dashboard whose filters are applied first.")
]
MaybeWidget = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="The widget whose chart to explain, with its dashboard's filters."),
]

Found = TypeVar("Found")


async def metadata_keys(info: Info, prefix: Prefix = None, first: FirstWords = 50) -> MetadataKeys:
    """The metadata keys in use, most frequent first: those that can be used in filters and have a value."""
    text = plain_text("prefix", prefix or "", MAX_SEARCH)
    size = within("first", first, 50, MAX_WORDS)
    return MetadataKeys.of(await _refusing(vocabulary.metadata_keys(info.context.scope, text, size)))


async def field_values(info: Info, field: FieldName, prefix: Prefix = None, first: FirstWords = 50) -> FieldValues:
    """The values of a string field or metadata key, most frequent first."""
    text = plain_text("prefix", prefix or "", MAX_SEARCH)
    size = within("first", first, 50, MAX_WORDS)
    return FieldValues.of(await _refusing(vocabulary.field_values(info.context.scope, field, text, size)))


async def filter_waterfall(
    info: Info,
    filters: Filters = strawberry.UNSET,
    where: Where = None,
    scope: Scoped = None,
    scope_where: ScopedWhere = None,
    dashboard_id: MaybeDashboard = None,
    widget_id: MaybeWidget = None,
    time_range: Range = None,
) -> FilterWaterfall:
    """The number of calls that remain after each condition of a chart's filters. With a dashboard, a widget or a time
    range, the rules and the window of charts apply; without, calls of any time are counted.
    """
    here = info.context.scope
    if dashboard_id is not None and widget_id is not None:
        raise RequestError(
            ErrorCode.INVALID_INPUT,
            "Specify either dashboardId or widgetId, not both: a widget already belongs to a dashboard.",
        )
    widget = await _widget(here, widget_id) if widget_id is not None else None
    dashboard = await _dashboard_number(here, dashboard_id) if dashboard_id is not None else None
    try:
        overrides = overrides_of(filters, where, scope, scope_where, time_range)
    except ChartError as error:
        raise request_error(error) from error
    found = filter_explanations.waterfall(here, overrides, dashboard_id=dashboard, widget=widget)
    return FilterWaterfall.of(await _refusing(found), here.rights.masked)


async def why_not(info: Info, call_log_id: Id, widget_id: Id) -> WhyNot:
    """Whether a call is currently included in a widget's chart, and if not, every condition that excludes it, with the
    call's values.
    """
    scope, number = info.context.scope, row_id(call_log_id, "CallLog")
    widget = await _widget(scope, widget_id)
    found = await _refusing(filter_explanations.why_not(scope, number, widget))
    if found is None:
        raise _not_found("CallLog")
    return WhyNot.of(found, scope.rights.masked)


async def _refusing(found: Awaitable[Found]) -> Found:
    try:
        return await found
    except ChartError as error:
        raise request_error(error) from error


async def _widget(scope: Scope, global_id: strawberry.ID) -> models.Widget:
    found = await widgets.widget(scope, row_id(global_id, "Widget"))
    if found is None:
        raise _not_found("Widget")
    return found


async def _dashboard_number(scope: Scope, global_id: strawberry.ID) -> int:
    number = row_id(global_id, "Dashboard")
    if await dashboards.dashboard(scope, number) is None:
        raise _not_found("Dashboard")
    return number


def _not_found(type_name: str) -> RequestError:
    return RequestError(ErrorCode.NOT_FOUND, f"The {type_name} does not exist in this project.")
