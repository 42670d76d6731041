"""How values are meant to be shown: names for people, units and formats of fields, and of what charts make of them."""

from dataclasses import dataclass, replace
from typing import assert_never

from aggregation.functions.table import FUNCTIONS, Result
from aggregation.question.catalog import METRIC_FIELD, is_identifier
from aggregation.question.chart_types import FORMS, When
from aggregation.question.query import Measured
from filters import FieldType
from filters.clock_fields import ClockPart, clock_field
from filters.metadata_names import is_placeholder, read_name
from models import Aggregation, ChartType, DataType, EvaluationType, Metric
from models.call_fields import FIELD_OF, SECONDS
from models.types import ValueFormat


@dataclass(frozen=True, slots=True)
class Presentation:
    """How the values of something are meant to be shown. ``format`` is None where it depends on the value."""

    display_name: str
    unit: str | None
    format: ValueFormat | None


_FORMATS = {
    DataType.NUMBER: ValueFormat.NUMBER,
    DataType.BOOLEAN: ValueFormat.BOOLEAN,
    DataType.STRING: ValueFormat.TEXT,
    DataType.DATETIME: ValueFormat.DATETIME,
}
_FILTER_FORMATS = {
    FieldType.NUMBER: ValueFormat.NUMBER,
    FieldType.INTEGER: ValueFormat.INTEGER,
    FieldType.BOOLEAN: ValueFormat.BOOLEAN,
    FieldType.STRING: ValueFormat.TEXT,
    FieldType.DATETIME: ValueFormat.DATETIME,
    FieldType.DYNAMIC: None,
}
_METRIC_FORMATS = {
    EvaluationType.NUMERIC: ValueFormat.NUMBER,
    EvaluationType.RATING: ValueFormat.NUMBER,
    EvaluationType.BINARY: ValueFormat.BOOLEAN,
    EvaluationType.ENUM: ValueFormat.TEXT,
}
_TITLES = {
    "id": "Call number",
    "agent.id": "Agent number",
    "agent_id": "Agent number",
    "agent.agent_name": "Agent",
    "agent.assistant_id": "Assistant ID",
    "hour_of_day": "Hour of day",
    "day_of_week": "Day of week",
    METRIC_FIELD: "Metric value",
    "metric_evaluations.metric.id": "Metric number",
    "metric_evaluations.metric.name": "Metric",
    "metric_evaluations.created_at": "Evaluation time",
}


def title_of(name: str) -> str:
    """The name of a field for people: that of a metadata key is the key itself."""
    field = FIELD_OF.get(name)
    if field is not None:
        return field.display_name
    found = None if is_placeholder(name) else read_name(name)
    if found is not None:
        return found.key
    clock = clock_field(name)
    if clock is not None and clock.zone is not None:
        return f"{_TITLES[clock.part.value]} ({clock.zone})"
    return _TITLES.get(name, "Metadata key" if is_placeholder(name) else name)


def of_plotted(name: str, data_type: DataType | None) -> Presentation:
    """How the values of a field are shown that widgets plot."""
    if is_identifier(name):
        return Presentation(title_of(name), None, ValueFormat.INTEGER)
    unit = FIELD_OF[name].unit if name in FIELD_OF else None
    plain = None if data_type is None else _FORMATS[data_type]
    return Presentation(title_of(name), unit, ValueFormat.DURATION if unit == SECONDS else plain)


def of_filtered(name: str, data_type: FieldType) -> Presentation:
    """How the values of a field are shown that filters compare."""
    unit = FIELD_OF[name].unit if name in FIELD_OF else None
    plain = ValueFormat.INTEGER if name == ClockPart.HOUR_OF_DAY else _FILTER_FORMATS[data_type]
    return Presentation(title_of(name), unit, ValueFormat.DURATION if unit == SECONDS else plain)


def of_metric(metric: Metric) -> Presentation:
    """How the values of a metric are shown: as was set, or as its type has it."""
    shown = metric.format or _METRIC_FORMATS[metric.evaluation_type]
    unit = {ValueFormat.DURATION: SECONDS}.get(shown, metric.unit)
    return Presentation(metric.display_name or metric.name, unit, shown)


def of_measured(measured: Measured, metric: Metric | None) -> Presentation:
    """How the values are shown that a chart plots. ``metric`` is the chart's; None where it plots a field."""
    return of_plotted(measured.name, measured.data_type) if metric is None else of_metric(metric)


def of_items(
    values: Presentation, chart_type: ChartType, data_type: DataType, aggregation: Aggregation | None
) -> Presentation:
    """How the numbers are shown that a chart makes of values: counts, shares or values again."""
    form = FORMS[chart_type]
    if form.shows_points:
        return values
    if form.counts_only is When.ALWAYS or aggregation is None:
        aggregation = Aggregation.COUNT
    return _of_aggregation(values, data_type, aggregation)


def _of_aggregation(values: Presentation, data_type: DataType, aggregation: Aggregation) -> Presentation:
    match FUNCTIONS[aggregation].result:
        case Result.COUNT:
            return replace(values, unit=None, format=ValueFormat.INTEGER)
        case Result.NUMBER if data_type is DataType.BOOLEAN:
            return replace(values, unit=None, format=ValueFormat.PERCENT)
        case Result.NUMBER if values.format is ValueFormat.INTEGER and aggregation is not Aggregation.SUM:
            return replace(values, format=ValueFormat.NUMBER)
        case Result.NUMBER | Result.VALUE:
            return values
        case _:
            assert_never(FUNCTIONS[aggregation].result)
