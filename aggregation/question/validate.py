"""Whether a widget's definition can be plotted: every fault of it, with what would have been valid."""

from collections.abc import Mapping
from dataclasses import dataclass

from rapidfuzz import process

from aggregation.question import catalog
from aggregation.question.faults import InvalidWidgetError, WidgetFault
from aggregation.question.grouping import Grouping
from aggregation.question.query import Group, Measured, MetricRef, WidgetDefinition
from models import Aggregation, ChartType, DataType, TimePeriod

_GROUPED = (ChartType.BAR, ChartType.LINE, ChartType.LIST)


@dataclass(frozen=True, slots=True)
class ValidWidget:
    """What a valid definition says, with its defaults filled in."""

    measured: Measured | None
    aggregation: Aggregation | None
    group: Group | None


def validate_widget(definition: WidgetDefinition, metrics: Mapping[int, MetricRef]) -> ValidWidget:
    """Checks field, metric, chart type, aggregation, period and grouping against the table of combinations.

    Raises:
        InvalidWidgetError: with every fault.
    """
    faults: list[WidgetFault] = []
    measured = _measured(definition, metrics, faults)
    if measured is not None:
        _combination(definition, measured, faults)
    elif definition.field is None:
        _without_field(definition, faults)
    if definition.chart_type is ChartType.BAR and definition.time_period is None:
        faults.append(
            _required("timePeriod", "A bar chart needs a time period.", *(period.name for period in TimePeriod))
        )
    grouping = Grouping(metrics, measured)
    group = grouping.read(definition.group_by)
    faults += grouping.faults
    _grouped(definition, measured, faults)
    if faults:
        raise InvalidWidgetError(tuple(faults))
    return ValidWidget(measured, _aggregation(definition, measured), group)


def _required(key: str, message: str, *allowed: str) -> WidgetFault:
    return WidgetFault("REQUIRED", f"{message} Allowed here: {', '.join(allowed)}.", f"/{key}", allowed)


def _measured(
    definition: WidgetDefinition, metrics: Mapping[int, MetricRef], faults: list[WidgetFault]
) -> Measured | None:
    name = definition.field
    if name is None:
        return None
    field = catalog.find_field(name)
    if field is None:
        faults.append(_unknown_field(name))
        return None
    if field.name != catalog.METRIC_FIELD:
        if definition.metric_id is not None:
            message = f"A metric goes with the field {catalog.METRIC_FIELD} only; this widget plots {field.name}."
            faults.append(WidgetFault("INVALID_VALUE", message, "/metricId"))
        assert field.data_type is not None
        return Measured(field.name, field.data_type)
    if definition.metric_id is None:
        message = f"The field {catalog.METRIC_FIELD} needs a metric: give metricId."
        faults.append(WidgetFault("REQUIRED", message, "/metricId"))
        return None
    metric = metrics.get(definition.metric_id)
    if metric is None:
        message = f"There is no metric {definition.metric_id} in this project."
        faults.append(WidgetFault("UNKNOWN_METRIC", message, "/metricId"))
        return None
    return Measured(field.name, catalog.METRIC_DATA_TYPES[metric.evaluation_type], metric)


def _unknown_field(name: str) -> WidgetFault:
    allowed = tuple(field.name for field in catalog.PLOT_FIELDS)
    message = f"There is no field {name[:80]!r} to plot. Allowed here: {', '.join(allowed)}."
    if name.startswith(catalog.METADATA_PREFIX):
        message = f"Only top-level keys of metadata can be plotted, as metadata.KEY; {name[:80]!r} is none."
    elif near := process.extractOne(name, allowed, score_cutoff=60):
        message += f' Did you mean "{near[0]}"?'
    return WidgetFault("UNKNOWN_FIELD", message, "/field", allowed)


def _combination(definition: WidgetDefinition, measured: Measured, faults: list[WidgetFault]) -> None:
    kind = f"{measured.name} is a {measured.data_type.value} field"
    if measured.metric is not None:
        kind = f"The metric {measured.metric.name!r} has {measured.data_type.value} values"
    charts = catalog.chart_types(measured.data_type, of_metric=measured.metric is not None)
    if definition.chart_type not in charts:
        allowed = tuple(chart.name for chart in charts)
        message = f"{kind}, which takes no {definition.chart_type.name} chart. Allowed here: {', '.join(allowed)}."
        faults.append(WidgetFault("INVALID_COMBINATION", message, "/chartType", allowed))
    functions = catalog.COMBINATIONS[measured.data_type].aggregations
    allowed = tuple(function.name for function in functions)
    if definition.aggregation is not None and definition.aggregation not in functions:
        message = f"{kind}, which takes no {definition.aggregation.name}. Allowed here: {', '.join(allowed)}."
        faults.append(WidgetFault("INVALID_COMBINATION", message, "/aggregation", allowed))
    if definition.chart_type is ChartType.BAR and definition.aggregation is None:
        faults.append(_required("aggregation", "A bar chart needs an aggregation.", *allowed))
    _own_values(definition, measured, faults)


def _own_values(definition: WidgetDefinition, measured: Measured, faults: list[WidgetFault]) -> None:
    """Charts of a field's own values count them: nothing else is shown of a value by itself."""
    if definition.aggregation in (None, Aggregation.COUNT):
        return
    match definition.chart_type:
        case ChartType.PIE:
            chart = "A pie"
        case ChartType.LIST if definition.group_by is None and measured.data_type is not DataType.NUMBER:
            chart = "A LIST without a grouping"
        case ChartType.LIST | ChartType.LINE | ChartType.BAR | ChartType.STAT:
            return
    message = f"{chart} counts the records of each value: its aggregation is COUNT, or left out."
    faults.append(WidgetFault("INVALID_COMBINATION", message, "/aggregation", (Aggregation.COUNT.name,)))


def _without_field(definition: WidgetDefinition, faults: list[WidgetFault]) -> None:
    if definition.chart_type is not ChartType.STAT:
        allowed = tuple(field.name for field in catalog.PLOT_FIELDS)
        message = f"A {definition.chart_type.name} chart needs a field; only STAT does without one."
        faults.append(_required("field", message, *allowed))
    elif definition.aggregation is not None:
        message = "A STAT without a field is the overview of the calls and takes no aggregation."
        faults.append(WidgetFault("INVALID_COMBINATION", message, "/aggregation"))
    if definition.metric_id is not None:
        message = f"A metric goes with the field {catalog.METRIC_FIELD}."
        faults.append(WidgetFault("INVALID_VALUE", message, "/metricId"))


def _grouped(definition: WidgetDefinition, measured: Measured | None, faults: list[WidgetFault]) -> None:
    chart = definition.chart_type
    if definition.group_by is not None and chart not in _GROUPED:
        allowed = tuple(grouped.name for grouped in _GROUPED)
        message = f"A {chart.name} chart takes no grouping. Charts that do: {', '.join(allowed)}."
        faults.append(WidgetFault("INVALID_COMBINATION", message, "/groupBy", allowed))
    is_number = measured is not None and measured.data_type is DataType.NUMBER
    if chart is ChartType.LIST and is_number and definition.group_by is None:
        message = 'A LIST of numbers ranks groups: it needs a grouping, such as {"type": "field", "field": "topic"}.'
        faults.append(WidgetFault("REQUIRED", message, "/groupBy"))


def _aggregation(definition: WidgetDefinition, measured: Measured | None) -> Aggregation | None:
    """The aggregation, where none was given: the average of numbers, the count of everything else."""
    if definition.aggregation is not None or measured is None or definition.chart_type is ChartType.LINE:
        return definition.aggregation
    is_average = measured.data_type is DataType.NUMBER and definition.chart_type in (ChartType.STAT, ChartType.LIST)
    return Aggregation.AVG if is_average else Aggregation.COUNT
