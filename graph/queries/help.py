"""What helps a client to ask: who it is, what can be plotted and filtered, and what is wrong with a filter."""

from typing import Annotated

import strawberry

from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from aggregation.question.catalog import PLOT_FIELDS
from aggregation.question.faults import ChartError, InvalidFilterError
from graph.chart_errors import request_error
from graph.context import Info
from graph.inputs.call_log_filter import CallLogFilter, filter_json
from graph.scalars import JSON
from graph.types.filter_help import FilterField, FilterValidation
from graph.types.template import WidgetTemplate
from graph.types.viewer import Viewer
from graph.types.widget_field import WidgetField
from resolvers import filter_help, widget_offers

Filters = Annotated[
    JSON | None, strawberry.argument(description="The filter to validate, in the same form as elsewhere.")
]
Where = Annotated[
    CallLogFilter | None,
    strawberry.argument(description="The filter in typed form. Cannot be combined with `filters`."),
]

Grouping = Annotated[
    JSON | None,
    strawberry.argument(
        description="A grouping in the form of a widget's `groupBy`, to validate as well: for example, for "
        "ranges that can never contain a record. Paths into it begin with /groupBy."
    ),
]


def viewer(info: Info) -> Viewer:
    """The project and limits of the API key in this request."""
    return Viewer.of(info.context.scope)


async def predefined_widgets(info: Info) -> list[WidgetTemplate]:
    """Ready-made widget definitions to start from, with the project's metrics filled in."""
    return [WidgetTemplate.of(offer) for offer in await widget_offers.offers(info.context.scope)]


def widget_fields() -> list[WidgetField]:
    """The fields that widgets can plot, and how."""
    return [WidgetField.of(field) for field in PLOT_FIELDS]


def filter_fields(info: Info) -> list[FilterField]:
    """The fields that filters can use, and the operators that each field supports."""
    masked = info.context.scope.rights.masked
    return [FilterField.of(field, masked) for field in CALL_LOG_FIELDS.listed()]


async def validate_filters(
    info: Info, filters: Filters = None, where: Where = None, group_by: Grouping = None
) -> FilterValidation:
    """Validates a filter: its errors, or its meaning and the parts that were probably not intended."""
    try:
        given = filter_json(filters, where)
    except InvalidFilterError as error:
        return FilterValidation.of(filter_help.FilterReport(faults=error.faults))
    try:
        return FilterValidation.of(await filter_help.validate_filters(info.context.scope, given, group_by))
    except ChartError as error:
        raise request_error(error) from error
