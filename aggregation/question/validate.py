"""Whether a widget's definition can be plotted: every fault of it, with what would have been valid."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from rapidfuzz import process

from aggregation.functions.table import aggregations_of
from aggregation.question import catalog
from aggregation.question.chart_types import FORMS, ChartForm, Groups, Plots, charts_of, forms_where
from aggregation.question.faults import InvalidWidgetError, WidgetFault, WidgetFaultCode
from aggregation.question.grouping import SECOND, Grouping
from aggregation.question.query import BinGroup, FieldGroup, Group, Measured, MetricRef, WidgetDefinition
from filters.metadata_names import METADATA, is_placeholder, wrong_type
from models import Aggregation, TimePeriod


@dataclass(frozen=True, slots=True)
class ValidWidget:
    """What a valid definition says, with its defaults filled in."""

    measured: Measured | None
    aggregation: Aggregation | None
    group: Group | None
    bins: int | None = None


def validate_widget(definition: WidgetDefinition, metrics: Mapping[int, MetricRef]) -> ValidWidget:
    """Checks field, metric, chart type, aggregation, period and grouping against the tables of charts and aggregations.

    Raises:
        InvalidWidgetError: with every fault.
    """
    faults: list[WidgetFault] = []
    measured = _measured(definition, metrics, faults)
    if measured is not None:
        _combination(definition, measured, faults)
    elif definition.field is None:
        _without_field(definition, faults)
    if FORMS[definition.chart_type].needs_period and definition.time_period is None:
        message = f"A {definition.chart_type.name} chart requires a time period."
        faults.append(_required("timePeriod", message, *(period.name for period in TimePeriod)))
    grouping = Grouping(metrics, measured)
    group = grouping.read(definition.group_by)
    faults += grouping.faults
    _grouped(definition, measured, group, faults)
    if faults:
        raise InvalidWidgetError(tuple(faults))
    aggregation = _aggregation(definition, measured)
    if isinstance(group, BinGroup):
        return ValidWidget(measured, aggregation, None, group.max_bins)
    return ValidWidget(measured, aggregation, group)


def refuse_unused(definition: WidgetDefinition) -> None:
    """Refuses what a definition says and its chart does not heed. Widgets that were saved with it are still answered.

    Raises:
        InvalidWidgetError: there is such a thing.
    """
    if definition.time_period is not None and not FORMS[definition.chart_type].needs_period:
        chart = definition.chart_type.name
        others = ", ".join(other.name for other in forms_where(lambda form: form.needs_period))
        message = (
            f"A {chart} chart does not support a time period. Leave it out; chart types that support one: {others}."
        )
        raise InvalidWidgetError((WidgetFault(WidgetFaultCode.INVALID_COMBINATION, message, "/timePeriod"),))


def _required(key: str, message: str, *allowed: str) -> WidgetFault:
    return WidgetFault(WidgetFaultCode.REQUIRED, f"{message} Allowed here: {', '.join(allowed)}.", f"/{key}", allowed)


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
            message = (
                f"A metric can only be given with the field {catalog.METRIC_FIELD}; this widget plots {field.name}."
            )
            faults.append(WidgetFault(WidgetFaultCode.INVALID_VALUE, message, "/metricId"))
        assert field.data_type is not None
        return Measured(field.name, field.data_type)
    if definition.metric_id is None:
        message = f"The field {catalog.METRIC_FIELD} requires a metric: set metricId."
        faults.append(WidgetFault(WidgetFaultCode.REQUIRED, message, "/metricId"))
        return None
    metric = metrics.get(definition.metric_id)
    if metric is None:
        message = f"The metric {definition.metric_id} does not exist in this project."
        faults.append(WidgetFault(WidgetFaultCode.UNKNOWN_METRIC, message, "/metricId"))
        return None
    return Measured(field.name, catalog.METRIC_DATA_TYPES[metric.evaluation_type], metric)


def _unknown_field(name: str) -> WidgetFault:
    allowed = tuple(field.name for field in catalog.PLOT_FIELDS)
    message = f"{name[:80]!r} is not a field that can be plotted. Allowed here: {', '.join(allowed)}."
    if is_placeholder(name):
        message = f"{name!r} stands for any metadata key; replace it with a key, such as metadata.org_name."
        message += ' If a key has this very name, write it in quotes: metadata."KEY".'
    elif wrong := wrong_type(name):
        message = f"{name[:80]!r} is not a field that can be plotted. {wrong.message}"
        message += f' Did you mean "{wrong.suggestion}"?' if wrong.suggestion else ""
    elif name.startswith(METADATA):
        message = f"Only top-level metadata keys can be plotted, written as metadata.KEY; {name[:80]!r} is not one."
        message += ' Write a key that contains a dot in quotes: metadata."a.b".'
    elif near := process.extractOne(name, allowed, score_cutoff=60):
        message += f' Did you mean "{near[0]}"?'
    return WidgetFault(WidgetFaultCode.UNKNOWN_FIELD, message, "/field", allowed)


def _combination(definition: WidgetDefinition, measured: Measured, faults: list[WidgetFault]) -> None:
    kind = f"{measured.name} is a {measured.data_type.value} field"
    if measured.metric is not None:
        kind = f"The metric {measured.metric.name!r} has {measured.data_type.value} values"
    form = FORMS[definition.chart_type]
    charts = charts_of(measured.data_type, is_identifier=catalog.is_identifier(measured.name))
    if definition.chart_type not in charts:
        allowed = tuple(chart.name for chart in charts)
        message = f"{kind}, which cannot be plotted as a {definition.chart_type.name} chart. "
        message += f"Allowed here: {', '.join(allowed)}."
        faults.append(WidgetFault(WidgetFaultCode.INVALID_COMBINATION, message, "/chartType", allowed))
    functions = aggregations_of(measured.data_type)
    allowed = tuple(function.name for function in functions)
    if definition.aggregation is not None and definition.aggregation not in functions:
        message = f"{kind}, which cannot be aggregated with {definition.aggregation.name}. "
        message += f"Allowed here: {', '.join(allowed)}."
        faults.append(WidgetFault(WidgetFaultCode.INVALID_COMBINATION, message, "/aggregation", allowed))
    if form.needs_aggregation and definition.aggregation is None:
        faults.append(_required("aggregation", f"A {form.chart_type.name} chart requires an aggregation.", *allowed))
    _counts(definition, measured, faults)


def _counts(definition: WidgetDefinition, measured: Measured, faults: list[WidgetFault]) -> None:
    """Charts of a field's own values count them: nothing else is shown of a value by itself."""
    form, is_grouped = FORMS[definition.chart_type], definition.group_by is not None
    if definition.aggregation in (None, Aggregation.COUNT) or not form.counts_only.holds(is_grouped=is_grouped):
        return
    if form.plots.get(measured.data_type) is Plots.GROUPED and not is_grouped:
        return  # its missing grouping is reported already
    chart = f"A {form.chart_type.name}{form.counts_only.words}"
    message = f"{chart} counts the records of each value. Set its aggregation to COUNT or leave it out."
    faults.append(WidgetFault(WidgetFaultCode.INVALID_COMBINATION, message, "/aggregation", (Aggregation.COUNT.name,)))


def _without_field(definition: WidgetDefinition, faults: list[WidgetFault]) -> None:
    if not FORMS[definition.chart_type].has_overview:
        allowed = tuple(field.name for field in catalog.PLOT_FIELDS if definition.chart_type in field.chart_types)
        others = " and ".join(chart.name for chart in forms_where(lambda form: form.has_overview))
        message = f"A {definition.chart_type.name} chart requires a field; only {others} can omit it."
        faults.append(_required("field", message, *allowed))
    elif definition.aggregation is not None:
        chart = definition.chart_type.name
        message = f"A {chart} chart without a field is the overview of the calls and does not support an aggregation."
        faults.append(WidgetFault(WidgetFaultCode.INVALID_COMBINATION, message, "/aggregation"))
    if definition.metric_id is not None:
        message = f"A metric can only be given with the field {catalog.METRIC_FIELD}."
        faults.append(WidgetFault(WidgetFaultCode.INVALID_VALUE, message, "/metricId"))


def _grouped(
    definition: WidgetDefinition, measured: Measured | None, group: Group | BinGroup | None, faults: list[WidgetFault]
) -> None:
    form = FORMS[definition.chart_type]
    chart = form.chart_type.name
    of_ranges = not isinstance(group, FieldGroup)
    match form.groups:
        case Groups.NOTHING if definition.group_by is not None:
            faults.append(_ungrouped(f"A {chart} chart does not support grouping."))
        case Groups.RANGES if not of_ranges:
            faults.append(_ungrouped(f"A {chart} chart can only be grouped by ranges of its number."))
        case Groups.ANYTHING if isinstance(group, BinGroup):
            others = ", ".join(other.name for other in forms_where(lambda other: other.groups is Groups.RANGES))
            allowed = ("field", "bucket")
            message = f'The grouping "bins" is for charts of type {others}; a {chart} chart takes "field" or "bucket".'
            faults.append(WidgetFault(WidgetFaultCode.INVALID_COMBINATION, message, "/groupBy/type", allowed))
        case Groups.NOTHING | Groups.RANGES | Groups.ANYTHING:
            pass
    if _has_second(definition.group_by) and not form.takes_pairs:
        allowed = tuple(other.name for other in forms_where(lambda other: other.takes_pairs))
        message = f"A {chart} chart does not support a second grouping. Chart types that do: {', '.join(allowed)}."
        faults.append(WidgetFault(WidgetFaultCode.INVALID_COMBINATION, message, f"/groupBy/{SECOND}", allowed))
    needed = None if measured is None or definition.group_by is not None else _needed_group(form, measured)
    if needed is not None:
        faults.append(WidgetFault(WidgetFaultCode.REQUIRED, needed, "/groupBy"))


def _needed_group(form: ChartForm, measured: Measured) -> str | None:
    """Why a chart cannot be without a grouping; None where it can."""
    chart = form.chart_type.name
    match form.plots.get(measured.data_type):
        case Plots.GROUPED:
            example = '{"type": "field", "field": "topic"}'
            return f"A {chart} chart of numbers ranks groups, so it requires a grouping, such as {example}."
        case Plots.RANGES if _needs_ranges(measured):
            example = '{"type": "bins", "max_bins": 10}'
            return f"A {chart} chart of a number that is not a metric shows ranges, so it requires some: {example}."
        case Plots.ALL | Plots.QUANTITIES | Plots.RANGES | None:
            return None


def _needs_ranges(measured: Measured) -> bool:
    """Whether a pie of the number shows ranges alone: each value of a call's field is likely to be another one."""
    return measured.metric is None and not catalog.is_identifier(measured.name)


def _ungrouped(message: str) -> WidgetFault:
    allowed = tuple(other.name for other in forms_where(lambda other: other.groups is Groups.ANYTHING))
    message += f" Chart types that can be grouped by any field: {', '.join(allowed)}."
    return WidgetFault(WidgetFaultCode.INVALID_COMBINATION, message, "/groupBy", allowed)


def _has_second(group_by: Any) -> bool:
    return isinstance(group_by, dict) and cast("dict[str, Any]", group_by).get(SECOND) is not None


def _aggregation(definition: WidgetDefinition, measured: Measured | None) -> Aggregation | None:
    """The aggregation; where none was given what the chart type says, and none where it aggregates nothing."""
    form = FORMS[definition.chart_type]
    default = None if measured is None else form.default_aggregations.get(measured.data_type)
    if definition.aggregation is None or (default is None and not form.needs_aggregation):
        return default
    return definition.aggregation
