"""A project with change marks, and connections that write to it by plain SQL."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import URL

OWN = "select set_config('dialboard.project_id', %s, false)"
TABLES = ("agents", "metrics", "call_logs", "metric_evaluations")
BASE = 1_967_424
"""The number of the slot that begins at 2026-02-10 00:00 UTC."""


def at(slot: int, seconds: float = 0) -> str:
    """SQL of a time in the slot ``BASE + slot``."""
    return f"to_timestamp({(BASE + slot) * 900 + seconds})"


@dataclass
class Writer:
    """A connection of its own, bound to the project. ``slots`` shows slots relative to ``BASE``."""

    connection: psycopg.AsyncConnection[Any]
    project_id: int

    async def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Runs statements, in which ``:p`` is the project; returns the rows of the last."""
        rows: list[tuple[Any, ...]] = []
        for statement in statements:
            cursor = await self.connection.execute(statement.replace(":p", str(self.project_id)).encode())
            rows = await cursor.fetchall() if cursor.description else []
        return rows

    async def value(self, statement: str) -> Any:
        return (await self.run(statement))[0][0]

    async def sums(self) -> dict[int, int]:
        """The sum of each slot's marks; slots are counted from ``BASE``."""
        rows = await self.run("select slot, sum(changes)::bigint from change_marks where project_id = :p group by slot")
        return {slot - BASE if slot > 0 else slot: changes for slot, changes in rows}

    async def marked(self, *statements: str) -> dict[int, int]:
        """The marks that statements append."""
        before = await self.sums()
        await self.run(*statements)
        after = await self.sums()
        return {slot: changes - before.get(slot, 0) for slot, changes in after.items() if changes != before.get(slot)}


@asynccontextmanager
async def writer(url: URL, project_id: int) -> AsyncGenerator[Writer]:
    """A writer; every statement commits unless it stands between ``begin`` and ``commit``."""
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute(OWN, (str(project_id),))
        yield Writer(connection, project_id)


async def fill(made: Writer) -> None:
    """Agents 1 and 2, metrics 1 and 2, calls 1 to 4 in the slots 0 to 3 with an evaluation of the same id each."""
    sequences = (f"pg_get_serial_sequence('{table}', 'id')" for table in TABLES)
    await made.run(
        *(f"select setval({sequence}, nextval({sequence}) + 100)" for sequence in sequences),
        "insert into agents (project_id, id, agent_name) overriding system value values (:p, 1, 'a'), (:p, 2, 'b')",
        "insert into metrics (project_id, id, name, evaluation_type) overriding system value "
        "values (:p, 1, 'm', 'numeric'), (:p, 2, 'e', 'enum')",
        f"insert into call_logs (project_id, id, call_id, agent_id, timestamp) overriding system value "
        f"select :p, n, 'c' || n, 1, {at(0)} + (n - 1) * interval '15 minutes' from generate_series(1, 4) n",
        "insert into metric_evaluations (project_id, id, call_log_id, metric_id, number_value) "
        "overriding system value select :p, n, n, 1, n from generate_series(1, 4) n",
    )
