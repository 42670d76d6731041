"""``/readyz`` tells a server that has too much to do from a database that is away."""

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import URL, NullPool
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


@asynccontextmanager
async def _swallowing(url: URL, from_word: bytes) -> AsyncGenerator[URL]:
    """A server in front of PostgreSQL that passes everything on until a client says a word, and then nothing more."""
    folder, port = url.query["host"], url.port or 5432
    assert isinstance(folder, str)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, to_behind = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")

        async def back() -> None:
            while part := await behind.read(65536):
                writer.write(part)

        answering = asyncio.create_task(back())
        try:
            while (part := await reader.read(65536)) and from_word not in part:
                to_behind.write(part)
            await reader.read()  # the end of the connection
        finally:
            answering.cancel()
            to_behind.close()
            writer.close()

    with tempfile.TemporaryDirectory(prefix="dialboard-swallow-") as own:
        server = await asyncio.start_unix_server(serve, f"{own}/.s.PGSQL.{port}")
        try:
            yield url.set(query={**url.query, "host": own})
        finally:
            server.close()


@pytest.mark.parametrize("word", [b"user", b"transaction_read_only"], ids=["while connecting", "in a statement"])
async def test_a_database_that_hangs_is_told_in_time(database_url: URL, word: bytes) -> None:
    if "host" not in database_url.query:
        pytest.skip("the server is not reached through a socket file")
    async with _swallowing(database_url, word) as url:
        engine = create_async_engine(url, poolclass=NullPool)
        app = create_app(Settings(), Runtime(engine, Sessions(engine), head()))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            began = time.monotonic()
            answer = await client.get("/readyz")
            took = time.monotonic() - began
    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "unreachable")
    assert took < 2
