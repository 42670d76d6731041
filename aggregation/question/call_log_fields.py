"""The fields of call logs, bound to their tables: what filters and charts can name."""

import base64
import binascii
import re

from sqlalchemy import func, literal_column

from filters import Field, FieldRegistry, FieldType, Related, Row
from filters.clock_fields import ClockField, ClockPart, value_column
from models import Agent, CallLog, DataType, Metric, MetricEvaluation
from models.call_fields import CALL_FIELDS

_calls = CallLog.__table__
_call = _calls.c
_agents = Agent.__table__.alias("filter_agents")
_evaluations = MetricEvaluation.__table__.alias("filter_evaluations")
_metrics = Metric.__table__.alias("filter_metrics")
_evaluation = _evaluations.c

_GLOBAL_ID = re.compile(r"([A-Za-z]+):(0|[1-9][0-9]{0,18})")

# Aliases of their own: a statement that joins these tables itself must not be correlated with by accident.
_OF_AGENT = Related(_agents, _agents.c.id == _call.agent_id, _agents.c.project_id)
_OF_EVALUATION = Related(_evaluations, _evaluation.call_log_id == _call.id, _evaluation.project_id)
_OF_METRIC = Related(_metrics, _metrics.c.id == _evaluation.metric_id, _metrics.c.project_id)


def decode_global_id(text: str) -> tuple[str, int] | None:
    """The type's name and row number of a Relay id (base64 of ``Type:number``); None for any other text."""
    try:
        decoded = base64.b64decode(text, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    found = _GLOBAL_ID.fullmatch(decoded)
    return (found[1], int(found[2])) if found else None


_STRING, _NUMBER, _INTEGER = FieldType.STRING, FieldType.NUMBER, FieldType.INTEGER
_BOOLEAN, _DATETIME = FieldType.BOOLEAN, FieldType.DATETIME
_TYPES = {
    DataType.STRING: _STRING,
    DataType.NUMBER: _NUMBER,
    DataType.BOOLEAN: _BOOLEAN,
    DataType.DATETIME: _DATETIME,
}
_VALUES = {
    _NUMBER: _evaluation.number_value,
    _BOOLEAN: _evaluation.boolean_value,
    _STRING: _evaluation.text_value,
}

_CLOCK = {
    ClockPart.HOUR_OF_DAY: (
        _NUMBER,
        "The hour of the day at which the call began, 0 to 23, by the clock of the chart's time zone (UTC where there "
        "is none), or of a zone that is named: `hour_of_day@Europe/Berlin`.",
    ),
    ClockPart.DAY_OF_WEEK: (
        _STRING,
        "The day of the week on which the call began, `Monday` to `Sunday`, in the chart's time zone (UTC where there "
        "is none), or in a zone that is named: `day_of_week@Europe/Berlin`.",
    ),
}

_FIELDS = (
    Field("id", _INTEGER, _call.id, "The call's number, its databaseId.", node_type="CallLog"),
    *(
        Field(field.name, _TYPES[field.data_type], _call[field.name], field.description, nullable=field.is_nullable)
        for field in CALL_FIELDS
        if field.is_filterable
    ),
    *(
        Field(part.value, kind, value_column(ClockField(part, None), _call.timestamp), text, choices=part.values)
        for part, (kind, text) in _CLOCK.items()
    ),
    Field("agent.id", _INTEGER, _call.agent_id, "The agent's number, its databaseId.", node_type="Agent"),
    Field("agent.agent_name", _STRING, _agents.c.agent_name, "The agent's name.", path=(_OF_AGENT,)),
    Field(
        "agent.assistant_id",
        _STRING,
        _agents.c.assistant_id,
        "The agent's ID on the platform that runs it.",
        nullable=True,
        path=(_OF_AGENT,),
    ),
    Field(
        "metric_evaluations.value",
        FieldType.DYNAMIC,
        func.nullif(func.num_nonnulls(*_VALUES.values()), literal_column("0")),
        "The value of an evaluation of the call: a number, a boolean or a string, depending on its metric.",
        nullable=True,
        row=Row.EVALUATION,
        path=(_OF_EVALUATION,),
        variants=_VALUES,
    ),
    Field(
        "metric_evaluations.metric.id",
        _INTEGER,
        _evaluation.metric_id,
        "The number of an evaluation's metric, its databaseId.",
        row=Row.EVALUATION,
        path=(_OF_EVALUATION,),
        node_type="Metric",
    ),
    Field(
        "metric_evaluations.metric.name",
        _STRING,
        _metrics.c.name,
        "The name of an evaluation's metric.",
        row=Row.EVALUATION,
        path=(_OF_EVALUATION, _OF_METRIC),
    ),
    Field(
        "metric_evaluations.created_at",
        _DATETIME,
        _evaluation.created_at,
        "When an evaluation was recorded.",
        row=Row.EVALUATION,
        path=(_OF_EVALUATION,),
    ),
)

CALL_LOG_FIELDS = FieldRegistry(
    _FIELDS,
    records=_calls,
    metadata=_call.metadata,
    evaluations=_OF_EVALUATION,
    aliases={"agent_id": "agent.id"},
    decode_global_id=decode_global_id,
    time=_call.timestamp,
)
"""Every field of a call log. Conditions compiled with it belong into statements over ``models.CallLog``."""
