"""Why calls are in a chart or not: how many pass each condition in turn, and what one call has where it fails."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Integer, Select, case, cast, func, literal, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB

from aggregation.calls.filter_steps import FilterStep
from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from filters import CheckedCondition, CheckedGroup, CheckedNode, Field, FieldType, Row, compile_filter, complement
from models import CallLog
from models.sessions import ReadSession

_UTC_FORMAT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'


@dataclass(frozen=True, slots=True)
class Survivors:
    """How many calls there are, and how many are left after each step."""

    total: int
    left: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a call has in a field: a JSON value; of evaluations the list of theirs."""

    field: str
    value: Any


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A step that a call fails, and what it has in the fields that the step names."""

    step: FilterStep
    seen: tuple[Seen, ...]


async def survivors(session: ReadSession, project_id: int, steps: Sequence[FilterStep]) -> Survivors:
    """How many calls of the project are left after each step: one pass, where each call stops at its first failure."""
    fails = [(complement(_condition(step, project_id)), _number(number)) for number, step in enumerate(steps)]
    fell = case(*fails, else_=_number(len(steps))) if fails else _number(0)
    calls = select(fell.label("fell")).where(CallLog.project_id == project_id).subquery()
    statement = select(calls.c.fell, func.count()).group_by(calls.c.fell)
    lost = dict((await session.execute(statement)).tuples().all())
    total = left = sum(lost.values())
    counts: list[int] = []
    for number in range(len(steps)):
        left -= lost.get(number, 0)
        counts.append(left)
    return Survivors(total, tuple(counts))


async def exclusions(
    session: ReadSession, project_id: int, call_log_id: int, steps: Sequence[FilterStep]
) -> tuple[Exclusion, ...] | None:
    """The steps that a call fails, in one statement; None where there is no such call."""
    names = list(dict.fromkeys(name for step in steps for name in _fields(step.filters.root)))
    passes = [func.coalesce(_condition(step, project_id), literal(False)) for step in steps]
    values = [_value(CALL_LOG_FIELDS.lookup(name), project_id) for name in names]
    statement = select(CallLog.id, *passes, *values).where(CallLog.project_id == project_id, CallLog.id == call_log_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        return None
    found = dict(zip(names, row[1 + len(steps) :], strict=True))
    return tuple(
        Exclusion(step, tuple(Seen(name, found[name]) for name in dict.fromkeys(_fields(step.filters.root))))
        for step, is_passed in zip(steps, row[1:], strict=False)
        if not is_passed
    )


def _number(number: int) -> ColumnElement[int]:
    return literal_column(str(number), Integer())


def _condition(step: FilterStep, project_id: int) -> ColumnElement[bool]:
    return compile_filter(step.filters, CALL_LOG_FIELDS, project_id)


def _fields(node: CheckedNode | None) -> Iterable[str]:
    match node:
        case None:
            return
        case CheckedCondition(field=name):
            yield name
        case CheckedGroup(conditions=members):
            for member in members:
                yield from _fields(member)


def _value(field: Field, project_id: int) -> ColumnElement[Any]:
    """What a call has in a field, as JSON."""
    if field.data_type is FieldType.DYNAMIC:
        return _metric_values(field, project_id)
    value = _json(field.column, field.data_type)
    if field.row is Row.EVALUATION:
        return _related(field, select(func.jsonb_agg(value)), project_id)
    return _related(field, select(value), project_id) if field.path else value


def _metric_values(field: Field, project_id: int) -> ColumnElement[Any]:
    """The values of the call's evaluations, each beside its metric's name."""
    metric = CALL_LOG_FIELDS.lookup("metric_evaluations.metric.name")
    value = func.coalesce(*(_json(column, kind) for kind, column in field.variants.items()))
    pair = func.jsonb_build_object("metric", metric.column, "value", value)
    return _related(metric, select(func.jsonb_agg(pair)), project_id)


def _related(field: Field, statement: Select[Any], project_id: int) -> ColumnElement[Any]:
    tables = (related.table for related in field.path)
    conditions = (related.of(project_id) for related in field.path)
    of_call = statement.select_from(*tables).where(*conditions).correlate(CALL_LOG_FIELDS.records)
    return cast(of_call.scalar_subquery(), JSONB)


def _json(column: ColumnElement[Any], kind: FieldType) -> ColumnElement[Any]:
    if kind is FieldType.DATETIME:
        column = func.to_char(func.timezone("UTC", cast(column, DateTime(timezone=True))), _UTC_FORMAT)
    return func.to_jsonb(column, type_=JSONB)
