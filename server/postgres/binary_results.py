"""Results in PostgreSQL's binary format, which numbers, times and arrays are read from in about half the time."""

import asyncio
from typing import Any, Self, cast

from psycopg import AsyncCursor
from psycopg.abc import Params, Query
from psycopg.rows import Row

AT_ONCE = 500
"""Rows that are read at once."""


class BinaryCursor(AsyncCursor[Row]):
    """Asks for binary results of every statement with parameters.

    Those without go as text and are not prepared: only so may one string hold several statements, and those that name a
    project in their text do not take the place of others among the prepared ones. Types that psycopg does not read in
    binary (``regclass``, ``xid8``, ``pg_lsn``, ``tsvector``, ``money``, ``bit``) would be bytes: cast them to text.
    """

    async def execute(
        self, query: Query, params: Params | None = None, *, prepare: bool | None = None, binary: bool | None = None
    ) -> Self:
        """Executes a statement."""
        chosen = bool(params) if binary is None else binary
        prepared = False if prepare is None and not params else prepare
        return await super().execute(cast(Any, query), params, prepare=prepared, binary=chosen)

    async def fetchall(self) -> list[Row]:
        """All rows, read in steps between which the event loop goes on: they may be hundreds of thousands."""
        rows = await self.fetchmany(AT_ONCE)
        while len(rows) % AT_ONCE == 0 and (more := await self.fetchmany(AT_ONCE)):
            await asyncio.sleep(0)
            rows += more
        return rows
