"""Temporary tables that records stream into through COPY.

The tables proper are behind row-level security, which COPY does not pass; a temporary table takes it, and one
statement moves its rows on. They live as long as the connection and are emptied at the end of each transaction, so
that small writes do not churn the catalogue. Behind a connection pooler they live as long as the transaction: its
connection is lent to other programs after that, of other versions perhaps.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, LiteralString, cast

from psycopg import AsyncConnection
from sqlalchemy import text

from models.call_fields import VALUES
from models.ingest.prepared import Prepared
from models.pooler import POOLED
from models.sessions import WriteSession
from models.types import DataType

_SQL_TYPES = {
    DataType.STRING: "text",
    DataType.NUMBER: "float8",
    DataType.BOOLEAN: "boolean",
    DataType.DATETIME: "timestamptz",
}
_TABLES = (
    f"""
    create temporary table {{made}} staged_calls (
        place int not null, call_id text not null, agent int not null, "timestamp" timestamptz not null,
        {" ".join(f'"{field.name}" {_SQL_TYPES[field.data_type]},' for field in VALUES)}
        metadata jsonb not null, transcript jsonb,
        has_feedback boolean not null, rating float8, comment text, reviewer text
    ) on commit {{end}}
    """,
    """
    create temporary table {made} staged_values (
        place int not null, metric int not null, number_value float8, boolean_value boolean, text_value text
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


async def stage(session: WriteSession, prepared: Prepared) -> None:
    """Fills the temporary tables; ``place`` is a call's index, and those of agents and metrics count from 1."""
    for statement in _FOR_TRANSACTION if session.info[POOLED] else _FOR_CONNECTION:
        await session.execute(text(statement))
    raw = await (await session.connection()).get_raw_connection()
    connection = cast("AsyncConnection[Any]", raw.driver_connection)
    await _copy(connection, "copy pg_temp.staged_calls from stdin", prepared.call_texts)
    if prepared.value_texts:
        await _copy(connection, "copy pg_temp.staged_values from stdin", prepared.value_texts)


async def _copy(connection: AsyncConnection[Any], statement: LiteralString, texts: Sequence[bytes]) -> None:
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for part in texts:
            await copy.write(part)
            # Writing does not wait while the socket takes it all: without this, others would have to.
            await asyncio.sleep(0)
