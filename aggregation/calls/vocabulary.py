"""The words that calls use: keys of metadata and values of string fields, the most frequent first.

Both look at the newest calls only, so that their cost does not grow with the project.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, func, select, true

from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from filters import OPERATORS, Field, FieldType, Op
from models import CallLog
from models.sessions import ReadSession

NEWEST_CALLS = 10_000
"""How many calls are looked at."""

MAX_WORDS = 100
"""The most keys or values of one answer."""

_call = CallLog.__table__.c


@dataclass(frozen=True, slots=True)
class Word:
    """A key or value, and how many of the calls looked at have it."""

    text: str
    calls: int


@dataclass(frozen=True, slots=True)
class Words:
    """The most frequent first, equal ones by text; whether there are more; how many calls were looked at."""

    words: tuple[Word, ...]
    has_more: bool
    calls: int


def takes_values(field: Field) -> bool:
    """Whether the field has texts for values."""
    match field.data_type:
        case FieldType.STRING | FieldType.DYNAMIC:
            return True
        case FieldType.NUMBER | FieldType.INTEGER | FieldType.BOOLEAN | FieldType.DATETIME:
            return False


async def metadata_keys(session: ReadSession, project_id: int, prefix: str, first: int) -> Words:
    """Top-level keys of metadata with a value: what filters can name.

    Args:
        prefix: the literal beginning of the keys, in any case; empty for all.
        first: how many at most.
    """
    newest = _newest(project_id, _call.metadata)
    pair = func.jsonb_each(newest.c.metadata).table_valued("key", "value").render_derived("pair")
    key: ColumnElement[str] = pair.c.key
    has_value = func.jsonb_typeof(pair.c.value) != "null"
    conditions = [has_value, key != "", *_begins(key, prefix)]
    found = select(key.label("text"), func.count().label("calls")).select_from(newest.join(pair, true()))
    return await _ranked(session, newest, found.where(*conditions).group_by(key), first)


async def field_values(session: ReadSession, project_id: int, field: Field, prefix: str, first: int) -> Words:
    """Values of a field that takes texts (``takes_values``); of an evaluation's field, those of the calls' evaluations.

    Args:
        prefix: the literal beginning of the values, in any case; empty for all.
        first: how many at most.
    """
    newest = _newest(project_id, _call.id)
    column = field.column_of(FieldType.STRING)
    tables = newest.join(CALL_LOG_FIELDS.records, and_(_call.project_id == project_id, _call.id == newest.c.id))
    for related in field.path:
        tables = tables.join(related.table, related.of(project_id))
    found = (
        select(column.label("text"), func.count(_call.id.distinct()).label("calls"))
        .select_from(tables)
        .where(column.is_not(None), *_begins(column, prefix))
        .group_by(column)
    )
    return await _ranked(session, newest, found, first)


async def keys_in_use(session: ReadSession, project_id: int, keys: Collection[str]) -> tuple[frozenset[str], Words]:
    """Which of ``keys`` the newest calls have, with a value or without, and the keys they have altogether."""
    newest = _newest(project_id, _call.metadata)
    present = [func.coalesce(func.bool_or(newest.c.metadata.has_key(key)), False) for key in keys]
    row = (await session.execute(select(*present).select_from(newest))).one()
    used = frozenset(key for key, is_used in zip(keys, row, strict=True) if is_used)
    return used, await metadata_keys(session, project_id, "", MAX_WORDS)


def _newest(project_id: int, column: ColumnElement[Any]) -> CTE:
    order = (_call.timestamp.desc(), _call.id.desc())
    return select(column).where(_call.project_id == project_id).order_by(*order).limit(NEWEST_CALLS).cte("newest")


def _begins(column: ColumnElement[Any], prefix: str) -> Sequence[ColumnElement[bool]]:
    return [OPERATORS[Op.STARTSWITH].build(column, prefix, FieldType.STRING)] if prefix else []


async def _ranked(session: ReadSession, newest: CTE, found: Select[*tuple[Any, ...]], first: int) -> Words:
    """The most frequent of ``found``, in one statement with the number of calls looked at."""
    words = found.subquery("words")
    looked_at = select(func.count()).select_from(newest).scalar_subquery()
    order = (words.c.calls.desc(), words.c.text)
    ranked = select(words.c.text, words.c.calls).order_by(*order).limit(first + 1).subquery("ranked")
    one = select(looked_at.label("looked_at")).subquery("one")
    statement = (
        select(one.c.looked_at, ranked.c.text, ranked.c.calls)
        .select_from(one.outerjoin(ranked, true()))
        .order_by(ranked.c.calls.desc(), ranked.c.text)
    )
    rows = (await session.execute(statement)).tuples().all()
    listed = [Word(text, calls) for _, text, calls in rows if text is not None]
    return Words(tuple(listed[:first]), len(listed) > first, rows[0][0])
