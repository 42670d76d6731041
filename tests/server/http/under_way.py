"""Requests that are under way for as long as a test wants them to be."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy import URL, NullPool, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from server.owner import owner_of


@asynccontextmanager
async def dashboards_locked(engine: AsyncEngine) -> AsyncGenerator[None]:
    """Nobody writes to the table of dashboards until the block ends."""
    async with owner_of(engine).begin() as connection:
        await connection.execute(text("lock table dashboards in exclusive mode"))
        yield


@asynccontextmanager
async def locked(url: URL, table: str) -> AsyncGenerator[None]:
    """Whoever reads or writes the table waits until the end of the block. ``url`` is its owner's."""
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.execute(text(f"lock table {table} in access exclusive mode"))
        yield
    await engine.dispose()


async def is_waiting(engine: AsyncEngine) -> None:
    """Waits until a statement waits for that lock."""
    waiting = text("select 1 from pg_locks where not granted and relation = 'dashboards'::regclass")
    async with engine.connect() as connection:
        for _ in range(3_000):
            if (await connection.execute(waiting)).first() is not None:
                return
            await asyncio.sleep(0.01)
    raise AssertionError("no statement waits")
