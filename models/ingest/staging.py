"""Temporary tables that records stream into through COPY.

The tables proper are behind row-level security, which COPY does not pass; a temporary table takes it, and one
statement moves its rows on. They live as long as the connection and are emptied at the end of each transaction, so
that small writes do not churn the catalogue. Behind a connection pooler they live as long as the transaction: its
connection is lent to other programs after that, of other versions perhaps.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString, cast

import orjson
from psycopg import AsyncConnection
from sqlalchemy import text

from models.call_detail_values import Feedback, written_transcript
from models.call_fields import VALUES, CallValue
from models.call_record import CallRecord, MetricValue
from models.pooler import POOLED
from models.sessions import WriteSession
from models.types import DataType, EvaluationType

_SQL_TYPES = {
    DataType.STRING: "text",
    DataType.NUMBER: "float8",
    DataType.BOOLEAN: "boolean",
    DataType.DATETIME: "timestamptz",
}
_TABLES = (
    f"""
    create temporary table {{made}} staged_calls (
        place int not null, call_id text not null, agent_id bigint not null, "timestamp" timestamptz not null,
        {" ".join(f'"{field.name}" {_SQL_TYPES[field.data_type]},' for field in VALUES)}
        metadata jsonb not null, transcript jsonb,
        has_feedback boolean not null, rating float8, comment text, reviewer text
    ) on commit {{end}}
    """,
    """
    create temporary table {made} staged_values (
        place int not null, metric_id bigint not null, number_value float8, boolean_value boolean, text_value text
    ) on commit {end}
    """,
    """
    create temporary table {made} stored_calls (place int not null, id bigint not null, created boolean not null)
    on commit {end}
    """,
)
_FOR_CONNECTION = (
    *(table.format(made="if not exists", end="delete rows") for table in _TABLES),
    "truncate pg_temp.staged_calls, pg_temp.staged_values, pg_temp.stored_calls",
)
_FOR_TRANSACTION = (
    "drop table if exists pg_temp.staged_calls, pg_temp.staged_values, pg_temp.stored_calls",
    *(table.format(made="", end="drop") for table in _TABLES),
)
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_CHUNK = 1_000
_CHUNK_CHARACTERS = 256 * 1024


async def stage(
    session: WriteSession, records: Sequence[CallRecord], agents: Mapping[str, int], metrics: Mapping[str, int]
) -> None:
    """Fills the temporary tables with the records; ``place`` is a record's index. Ids are given by name."""
    for statement in _FOR_TRANSACTION if session.info[POOLED] else _FOR_CONNECTION:
        await session.execute(text(statement))
    raw = await (await session.connection()).get_raw_connection()
    connection = cast("AsyncConnection[Any]", raw.driver_connection)
    calls = (_call_line(place, record, agents) for place, record in enumerate(records))
    values = (_value_line(place, value, metrics) for place, record in enumerate(records) for value in record.metrics)
    await _copy(connection, "copy pg_temp.staged_calls from stdin", calls)
    await _copy(connection, "copy pg_temp.staged_values from stdin", values)


async def _copy(connection: AsyncConnection[Any], statement: LiteralString, lines: Iterable[str]) -> None:
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        chunk: list[str] = []
        size = 0
        for line in lines:
            chunk.append(line)
            size += len(line)
            if len(chunk) == _CHUNK or size >= _CHUNK_CHARACTERS:
                await copy.write("".join(chunk))
                # Writing does not wait while the socket takes it all: without this, others would have to.
                await asyncio.sleep(0)
                chunk.clear()
                size = 0
        await copy.write("".join(chunk))


def _call_line(place: int, record: CallRecord, agents: Mapping[str, int]) -> str:
    metadata = _escaped(orjson.dumps(record.metadata).decode()) if record.metadata else "{}"
    given = record.values
    values = "\t".join([write(given[name]) if name in given else "\\N" for name, write in _WRITERS])
    return (
        f"{place}\t{_escaped(record.call_id)}\t{agents[record.agent]}\t{record.timestamp.isoformat()}"
        f"\t{values}\t{metadata}{_details(record)}\n"
    )


def _details(record: CallRecord) -> str:
    if record.transcript is None and record.feedback is None:
        return "\t\\N\tf\t\\N\t\\N\t\\N"
    transcript = None if record.transcript is None else written_transcript(record.transcript).decode()
    feedback = record.feedback or Feedback()
    return (
        f"\t{_text(transcript)}\t{_boolean(record.feedback is not None)}"
        f"\t{_number(feedback.rating)}\t{_text(feedback.comment)}\t{_text(feedback.reviewer)}"
    )


def _value_line(place: int, value: MetricValue, metrics: Mapping[str, int]) -> str:
    given = value.value
    start = f"{place}\t{metrics[value.metric]}"
    if given is None:
        return f"{start}\t\\N\t\\N\t\\N\n"
    match value.type:
        case EvaluationType.NUMERIC | EvaluationType.RATING:
            return f"{start}\t{given!r}\t\\N\t\\N\n"
        case EvaluationType.BINARY:
            return f"{start}\t\\N\t{'t' if given else 'f'}\t\\N\n"
        case EvaluationType.ENUM:
            return f"{start}\t\\N\t\\N\t{_escaped(str(given))}\n"


def _number(value: float | None) -> str:
    return "\\N" if value is None else repr(value)


def _boolean(value: bool | None) -> str:
    return "\\N" if value is None else "t" if value else "f"


def _text(value: str | None) -> str:
    return "\\N" if value is None else _escaped(value)


def _escaped(value: str) -> str:
    """Text as COPY reads it. Almost no value needs a change, which the first test finds out in C."""
    if value.isprintable() and "\\" not in value:
        return value
    return value.translate(_ESCAPES)


_WRITE: dict[DataType, Callable[[Any], str]] = {
    DataType.STRING: _escaped,
    DataType.NUMBER: repr,
    DataType.BOOLEAN: _boolean,
    DataType.DATETIME: datetime.isoformat,
}
_WRITERS: list[tuple[str, Callable[[CallValue], str]]] = [(field.name, _WRITE[field.data_type]) for field in VALUES]
