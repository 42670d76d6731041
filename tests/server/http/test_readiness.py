"""``/readyz`` tells a server that has too much to do from a database that is away."""

import time
from collections.abc import AsyncGenerator

import httpx
import pytest
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from models.lanes import SMALLEST_POOL, Lane, Lanes
from models.sessions import Sessions
from server.app import create_app
from server.postgres.migrate import head
from server.runtime import Runtime
from server.settings import Settings


@pytest.fixture
async def small_engine(database_url: URL) -> AsyncGenerator[AsyncEngine]:
    engine = create_async_engine(database_url, pool_size=1, max_overflow=0, pool_timeout=30)
    yield engine
    await engine.dispose()


async def test_a_full_pool_is_told_and_does_not_make_a_server_unready(small_engine: AsyncEngine) -> None:
    lanes = Lanes(SMALLEST_POOL, seconds=5)
    app = create_app(Settings(), Runtime(small_engine, Sessions(small_engine, lanes=lanes), head()))
    await lanes[Lane.CHARTS].take(1, 1)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client, small_engine.connect():
        began = time.monotonic()
        answer = await client.get("/readyz")
        assert time.monotonic() - began < 2
    checks = answer.json()["checks"]
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert (checks["database"], checks["migrations"]) == ("ok", "ok")
    assert checks["pool"]["charts"] == {"size": 1, "inUse": 1}
    assert checks["queue"]["charts"] == {"waiting": 0, "most": 8}


async def test_other_tables_make_a_server_unready(small_engine: AsyncEngine) -> None:
    app = create_app(Settings(), Runtime(small_engine, Sessions(small_engine), "0000"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["migrations"]) == (503, "other")
