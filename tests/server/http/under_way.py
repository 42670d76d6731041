"""Requests that are under way for as long as a test wants them to be."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from server.owner import owner_of


@asynccontextmanager
async def dashboards_locked(engine: AsyncEngine) -> AsyncGenerator[None]:
    """Nobody writes to the table of dashboards until the block ends."""
    async with owner_of(engine).begin() as connection:
        await connection.execute(text("lock table dashboards in exclusive mode"))
        yield


async def is_waiting(engine: AsyncEngine) -> None:
    """Waits until a statement waits for that lock."""
    waiting = text("select 1 from pg_locks where not granted and relation = 'dashboards'::regclass")
    async with engine.connect() as connection:
        for _ in range(3_000):
            if (await connection.execute(waiting)).first() is not None:
                return
            await asyncio.sleep(0.01)
    raise AssertionError("no statement waits")
