"""Reads all calls that pass a filter, whole, a batch at a time, in memory that does not grow with their number.

The calls come through a cursor on the server; what belongs to the calls of a batch comes in one statement a table. All
of it is read in the session's one snapshot.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Text, cast, func, literal_column, select
from sqlalchemy.orm import aliased

from aggregation.calls.order import CallOrder, ordering
from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from filters import Checked, MaskedFields, compile_filter
from models import Agent, CallFeedback, CallLog, CallTranscript, EvaluationType, Metric, MetricEvaluation
from models.call_fields import VALUES, CallValue
from models.sessions import ReadSession

EXPORTED = tuple(field.name for field in VALUES if field.is_exported)
"""The fields that calls are read with, beside what says which call it is."""

BATCH = 500
"""Calls of a batch. What a batch holds is bounded by what one call may hold."""


@dataclass(frozen=True, slots=True)
class MetricReading:
    """A metric's value for a call; None when the evaluation was skipped."""

    metric: str
    type: EvaluationType
    value: float | bool | str | None


@dataclass(frozen=True, slots=True)
class FeedbackReading:
    """What a reviewer thought of a call."""

    rating: float | None
    comment: str | None
    reviewer: str | None


@dataclass(frozen=True, slots=True)
class WholeCall:
    """A call with all that belongs to it.

    Attributes:
        values: those of ``EXPORTED``, by name.
        metadata: JSON text of an object, as the database writes it, so that no digit of a number is lost.
        metrics: in the order they came in.
        transcript: JSON text of a list.
    """

    call_id: str
    agent: str
    timestamp: datetime
    values: Mapping[str, CallValue | None]
    metadata: str
    metrics: tuple[MetricReading, ...] = ()
    transcript: str | None = None
    feedback: FeedbackReading | None = None


# Not the table that filters know: they would take its rows for theirs.
_AGENT = aliased(Agent)
_IDENTITY = (CallLog.id, CallLog.call_id, _AGENT.agent_name, CallLog.timestamp)
_VALUES = tuple(CallLog.__table__.c[name] for name in EXPORTED)
_METADATA = cast(CallLog.call_metadata, Text)
# Every value as the text that filters and charts see.
_METADATA_TEXTS = literal_column(
    "(select coalesce(jsonb_object_agg(key, value), '{}')::text from jsonb_each_text(call_logs.metadata))", Text
)


async def read_calls(
    session: ReadSession,
    project_id: int,
    filters: Checked,
    order: CallOrder,
    masked: MaskedFields,
    *,
    texts: bool = False,
) -> AsyncGenerator[list[WholeCall]]:
    """The calls that pass the filters, in an order, in batches; the last may be smaller, and none is empty.

    Values of masked fields are masked. With ``texts``, every value in the metadata is a string, as filters see it, or
    null.
    """
    statement = (
        select(*_IDENTITY, *_VALUES, _METADATA_TEXTS if texts else _METADATA)
        .select_from(CallLog)
        .join(_AGENT, (_AGENT.project_id == project_id) & (_AGENT.id == CallLog.agent_id))
        .where(CallLog.project_id == project_id, compile_filter(filters, CALL_LOG_FIELDS, project_id))
        .order_by(*ordering(order))
        .execution_options(yield_per=BATCH)
    )
    result = await session.stream(statement)
    try:
        async for rows in result.partitions():
            yield await _whole(session, project_id, rows, masked)
    finally:
        await result.close()


async def _whole(
    session: ReadSession, project_id: int, rows: Sequence[Row[*tuple[Any, ...]]], masked: MaskedFields
) -> list[WholeCall]:
    ids = [row[0] for row in rows]
    metrics = await _metrics(session, project_id, ids)
    transcripts = await _transcripts(session, project_id, ids)
    feedback = await _feedback(session, project_id, ids)
    whole: list[WholeCall] = []
    for number, call_id, agent, timestamp, *values, metadata in rows:
        call = WholeCall(
            call_id=call_id,
            agent=agent,
            timestamp=timestamp,
            values=masked.values(dict(zip(EXPORTED, values, strict=True))),
            metadata=metadata,
            metrics=tuple(metrics.get(number, ())),
            transcript=transcripts.get(number),
            feedback=feedback.get(number),
        )
        whole.append(call)
    return whole


async def _metrics(session: ReadSession, project_id: int, ids: Sequence[int]) -> dict[int, list[MetricReading]]:
    evaluation = MetricEvaluation
    statement = (
        select(
            evaluation.call_log_id,
            Metric.name,
            Metric.evaluation_type,
            evaluation.number_value,
            evaluation.boolean_value,
            evaluation.text_value,
        )
        .join(Metric, (Metric.project_id == project_id) & (Metric.id == evaluation.metric_id))
        .where(evaluation.project_id == project_id, evaluation.call_log_id.in_(ids))
        .order_by(evaluation.id)
    )
    found: dict[int, list[MetricReading]] = {}
    for row_id, name, kind, *values in await session.execute(statement):
        value = next((value for value in values if value is not None), None)
        found.setdefault(row_id, []).append(MetricReading(name, kind, value))
    return found


async def _transcripts(session: ReadSession, project_id: int, ids: Sequence[int]) -> dict[int, str]:
    statement = select(CallTranscript.call_log_id, cast(CallTranscript.turns, Text)).where(
        CallTranscript.project_id == project_id, CallTranscript.call_log_id.in_(ids)
    )
    return dict((await session.execute(statement)).tuples().all())


async def _feedback(session: ReadSession, project_id: int, ids: Sequence[int]) -> dict[int, FeedbackReading]:
    statement = select(
        CallFeedback.call_log_id, CallFeedback.rating, CallFeedback.comment, CallFeedback.reviewer
    ).where(CallFeedback.project_id == project_id, CallFeedback.call_log_id.in_(ids))
    rows = (await session.execute(statement)).tuples()
    return {row_id: FeedbackReading(rating, comment, reviewer) for row_id, rating, comment, reviewer in rows}


async def metadata_keys(session: ReadSession, project_id: int, filters: Checked, most: int) -> list[str]:
    """The metadata keys of the calls that pass the filters, sorted; of more than ``most`` only one more."""
    key = func.jsonb_object_keys(CallLog.call_metadata).label("key")
    keys = (
        select(key)
        .where(CallLog.project_id == project_id, compile_filter(filters, CALL_LOG_FIELDS, project_id))
        .distinct()
        .limit(most + 1)
    )
    return sorted(await session.scalars(keys))


async def metric_types(session: ReadSession, project_id: int) -> list[tuple[str, EvaluationType]]:
    """The project's metrics, by name."""
    statement = select(Metric.name, Metric.evaluation_type).where(Metric.project_id == project_id)
    return sorted((await session.execute(statement)).tuples().all())
