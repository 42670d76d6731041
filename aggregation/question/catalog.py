"""What can be plotted: the fields.

The same rows answer ``widgetFields`` in the schema, refuse invalid widgets and build the SQL, so that they cannot
disagree.
"""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, String, cast, select
from sqlalchemy.orm import InstrumentedAttribute

from aggregation.question.chart_types import charts_of
from filters import FieldType
from filters.clock_fields import ClockPart, clock_field, known_zone, label_column
from filters.metadata_names import PATTERNS, is_placeholder, read_name
from filters.metadata_values import metadata_value
from models import Agent, CallLog, ChartType, DataType, EvaluationType
from models.call_fields import CALL_FIELDS

METRIC_FIELD = "metric_evaluations.value"


@dataclass(frozen=True, slots=True)
class PlotField:
    """A field that a widget can plot.

    Attributes:
        name: as clients write it.
        data_type: of its values; None when it depends on the metric.
        groupable: whether charts can be grouped by it.
        description: one line for people.
    """

    name: str
    data_type: DataType | None
    groupable: bool
    description: str

    @property
    def data_types(self) -> tuple[DataType, ...]:
        """The data types that its values can have; of a metric's value, those of any type of metric."""
        found = METRIC_DATA_TYPES.values() if self.data_type is None else (self.data_type,)
        return tuple(dict.fromkeys(found))

    @property
    def chart_types(self) -> tuple[ChartType, ...]:
        """The charts that it can be shown as; of a metric's value, those of any type of metric."""
        charts = {
            chart
            for data_type in self.data_types
            for chart in charts_of(data_type, is_identifier=is_identifier(self.name))
        }
        return tuple(chart for chart in ChartType if chart in charts)


_OF_CALLS = tuple(field for field in CALL_FIELDS if field.is_plottable)

PLOT_FIELDS: tuple[PlotField, ...] = (
    *(PlotField(field.name, field.data_type, field.is_groupable, field.description) for field in _OF_CALLS),
    PlotField("agent_id", DataType.NUMBER, True, "The agent's number (its databaseId)."),
    PlotField("agent.agent_name", DataType.STRING, True, "The agent's name."),
    PlotField(
        ClockPart.HOUR_OF_DAY.value,
        DataType.STRING,
        True,
        "The hour of the day at which the call began, `00` to `23`, by the clock of the chart's time zone.",
    ),
    PlotField(
        ClockPart.DAY_OF_WEEK.value,
        DataType.STRING,
        True,
        "The day of the week on which the call began, `Monday` to `Sunday`, in the chart's time zone.",
    ),
    PlotField(METRIC_FIELD, None, False, "A metric's value; the metric decides the data type."),
    PlotField(
        PATTERNS[FieldType.STRING],
        DataType.STRING,
        True,
        "A pattern, not a name: replace KEY with any top-level metadata key, such as metadata.org_name. "
        'Write a key that contains a dot in quotes: metadata."a.b".',
    ),
    PlotField(
        PATTERNS[FieldType.NUMBER],
        DataType.NUMBER,
        False,
        "The same as a number, such as metadata.turns::number. Values that are not numbers in JSON are left out.",
    ),
    PlotField(
        PATTERNS[FieldType.BOOLEAN],
        DataType.BOOLEAN,
        True,
        "The same as a boolean, such as metadata.vip::boolean. Values that are not true or false in JSON are left out.",
    ),
)

_METADATA = {field.name: field for field in PLOT_FIELDS if is_placeholder(field.name)}
_BY_NAME = {field.name: field for field in PLOT_FIELDS if field.name not in _METADATA}
ALIASES = {"agent.id": "agent_id"}

METRIC_DATA_TYPES: dict[EvaluationType, DataType] = {
    EvaluationType.NUMERIC: DataType.NUMBER,
    EvaluationType.RATING: DataType.NUMBER,
    EvaluationType.BINARY: DataType.BOOLEAN,
    EvaluationType.ENUM: DataType.STRING,
}


def find_field(name: str) -> PlotField | None:
    """The field of that name; None when there is no such field. A metadata key gives one of its own name and type, and
    so does a part of a named zone's clock.

    ``metadata.KEY`` and ``metadata.*`` are no names: they stand for those of keys.
    """
    found = None if is_placeholder(name) else read_name(name)
    if found is not None:
        pattern = _METADATA[PATTERNS[found.kind]]
        return replace(pattern, name=found.text, description=f"The metadata key {found.key}.")
    clock = clock_field(name)
    if clock is None or clock.zone is None:
        return _BY_NAME.get(ALIASES.get(name, name))
    try:
        known_zone(clock.zone)
    except ValueError:
        return None
    return replace(_BY_NAME[clock.part], name=name)


def is_identifier(name: str) -> bool:
    """Whether a field's numbers only tell things apart: charts can be grouped by them, but not by ranges of them."""
    field = find_field(name)
    return field is not None and field.data_type is DataType.NUMBER and field.groupable


_COLUMNS: dict[str, InstrumentedAttribute[Any]] = {
    **{field.name: getattr(CallLog, field.name) for field in _OF_CALLS},
    "agent_id": CallLog.agent_id,
}


def column(name: str, project_id: int) -> ColumnElement[Any]:
    """The SQL expression of a call's field (every field but the metric's), for calls of that project."""
    found, clock = read_name(name), clock_field(name)
    if found is not None:
        return metadata_value(CallLog.call_metadata.expression, found)
    if clock is not None:
        return label_column(clock, CallLog.timestamp.expression)
    if name == "agent.agent_name":
        return (
            select(Agent.agent_name)
            .where(Agent.project_id == project_id, Agent.id == CallLog.agent_id)
            .correlate(CallLog)
            .scalar_subquery()
        )
    return _COLUMNS[ALIASES.get(name, name)].expression


def label(name: str, project_id: int) -> ColumnElement[Any]:
    """The same as text, which is how slices, rows and series are labelled: booleans as ``true`` and ``false``."""
    field = find_field(name)
    is_text = field is not None and field.data_type is DataType.STRING
    found = column(name, project_id)
    return found if is_text else cast(found, String)
