"""Charts of widgets that are not saved."""

from dataclasses import dataclass, replace
from typing import Annotated

import strawberry

from aggregation.question.faults import ChartError, InvalidWidgetError, WidgetFault, WidgetFaultCode
from aggregation.question.query import ChartOptions, Overrides, Precision, Surroundings, WidgetDefinition
from aggregation.question.validate import refuse_unused
from graph.chart_data import ChartData, answer, chart_data
from graph.context import Info
from graph.cost.charts import ChartCharge
from graph.inputs.call_log_filter import filter_json
from graph.lookahead import asked
from graph.node_ids import InvalidIdError, row_id
from graph.types.comparison import comparison_of
from graph.types.preview_widget import PreviewWidgetInput
from models import Weekday
from resolvers import charts

Input = Annotated[PreviewWidgetInput, strawberry.argument(description="The definition of the widget.")]


def _definition(input: PreviewWidgetInput) -> WidgetDefinition:
    try:
        metric_id = row_id(input.metric_id, "Metric") if input.metric_id else None
    except InvalidIdError as error:
        fault = WidgetFault(WidgetFaultCode.INVALID_VALUE, error.message, "/metricId", error.allowed)
        raise InvalidWidgetError((fault,)) from error
    definition = WidgetDefinition(
        chart_type=input.chart_type,
        field=input.field,
        metric_id=metric_id,
        aggregation=input.aggregation,
        time_period=input.time_period,
        group_by=input.group_by,
        filters=filter_json(input.filters, input.where, origin="widget"),
    )
    refuse_unused(definition)
    return definition


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for: a definition, the dashboard around it, and what the request says beyond them."""

    definition: WidgetDefinition
    surroundings: Surroundings
    overrides: Overrides
    options: ChartOptions


def question(input: PreviewWidgetInput, selected: ChartOptions) -> Question:
    """The question of a preview. ``selected`` is what its selected fields ask for, or what its export does.

    Raises:
        ChartError: an id, a typed filter or the comparison is wrong.
    """
    surroundings = Surroundings(
        filters=filter_json(
            input.dashboard_filters,
            input.dashboard_where,
            origin="dashboard",
            names=("dashboardFilters", "dashboardWhere"),
        ),
        time_zone=input.time_zone or "UTC",
        week_start=input.week_start or Weekday.MONDAY,
    )
    overrides = Overrides(
        scope=filter_json(input.scope, input.scope_where, origin="scope", names=("scope", "scopeWhere")),
        time_from=input.time_range.from_ if input.time_range else None,
        time_to=input.time_range.to if input.time_range else None,
    )
    options = replace(
        selected,
        compare=comparison_of(input.compare_to),
        is_exact=input.precision is Precision.EXACT,
        is_one_off=True,
    )
    return Question(_definition(input), surroundings, overrides, options)


async def preview_widget(info: Info, input: Input) -> ChartData:
    """The chart of a widget that need not be saved."""
    try:
        given = question(input, asked(info))
    except ChartError as error:
        return chart_data(error)
    charge = ChartCharge(info)
    charting = charts.chart(
        info.context.scope, given.definition, given.surroundings, given.overrides, given.options, charge.planned
    )
    return await answer(info, charting, charge)
