"""A client that goes away, on a real server: what reads ends with its SQL, what writes is seen through."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from structlog.testing import capture_logs

from models.sessions import Sessions
from server.app import create_app
from server.http.middleware import CLIENT_GONE
from server.http.waiting import WhileClientWaits
from server.keys import create_key
from server.postgres.migrate import head
from server.runtime import Runtime
from server.settings import Settings
from tests.server.http.serving import connected, listening
from tests.server.http.under_way import locked

CHARTS = """{
  bars: previewWidget(input: {chartType: BAR, field: "duration", aggregation: AVG, timePeriod: DAY}) { __typename }
  pie: previewWidget(input: {chartType: PIE, field: "call_ended_reason"}) { __typename }
  callLogs { totalCount }
}"""
WRITE = 'mutation { createDashboard(input: {name: "Kept"}) { dashboard { name } } }'
WAITING = """select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"""


@pytest.fixture
async def engine_of_server(own_database_url: URL) -> AsyncGenerator[AsyncEngine]:
    """The server's own connections, on a database that no other test waits in."""
    engine = create_async_engine(own_database_url, pool_size=5, max_overflow=0)
    yield engine
    await engine.dispose()


@pytest.fixture
async def observer(own_database_url: URL) -> AsyncGenerator[AsyncConnection]:
    """A connection beside the server's, whose statements commit at once."""
    engine = create_async_engine(own_database_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


@pytest.fixture
async def url_and_key(engine_of_server: AsyncEngine) -> AsyncGenerator[tuple[str, str]]:
    """A server that listens, and a key to an empty project."""
    sessions = Sessions(engine_of_server)
    async with engine_of_server.begin() as connection:
        project_id = (
            await connection.execute(sa.text("insert into projects (name) values ('Waiting') returning id"))
        ).scalar_one()
    key = await create_key(sessions, project_id, "test")
    app = create_app(Settings(), Runtime(engine_of_server, sessions, head()))
    async with listening(app) as url:
        yield url, key


async def _becomes(value: Callable[[], Awaitable[int]], expected: int) -> None:
    for _ in range(200):
        if await value() == expected:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"It is {await value()} rather than {expected} after four seconds.")


async def _ask_and_leave(url: str, key: str, query: str, until: Callable[[], Awaitable[None]]) -> None:
    async with httpx.AsyncClient(headers={"X-API-Key": key}) as client:
        request = asyncio.create_task(client.post(url, json={"query": query}))
        await until()
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)


async def _dashboards(url: str, key: str) -> int:
    async with httpx.AsyncClient(headers={"X-API-Key": key}) as client:
        answer = await client.post(url, json={"query": "{ dashboards { totalCount } }"})
    return answer.json()["data"]["dashboards"]["totalCount"]


async def _statements_waiting(observer: AsyncConnection) -> int:
    return (await observer.execute(sa.text(WAITING))).scalar_one()


async def test_a_query_ends_with_its_client(
    own_database_url: URL,
    engine_of_server: AsyncEngine,
    observer: AsyncConnection,
    url_and_key: tuple[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Also where its charts are computed on two connections, and beside them a list is read on a third."""
    url, key = url_and_key
    caplog.set_level(logging.WARNING)
    with capture_logs() as logs:
        async with locked(own_database_url, "call_logs"):
            await _ask_and_leave(url, key, CHARTS, lambda: _becomes(lambda: _statements_waiting(observer), 3))
            await _becomes(lambda: _statements_waiting(observer), 0)

            async def taken() -> int:
                assert isinstance(engine_of_server.pool, sa.QueuePool)
                return engine_of_server.pool.checkedout()

            await _becomes(taken, 0)
        async with httpx.AsyncClient(headers={"X-API-Key": key}) as client:
            answer = await client.post(url, json={"query": CHARTS})
    assert answer.json()["data"]["callLogs"] == {"totalCount": 0}
    assert [(entry["event"], entry["status"]) for entry in logs] == [("request", CLIENT_GONE), ("request", 200)]
    assert caplog.records == []


async def test_a_mutation_is_seen_through(
    own_database_url: URL, observer: AsyncConnection, url_and_key: tuple[str, str]
) -> None:
    url, key = url_and_key

    async with locked(own_database_url, "dashboards"):
        await _ask_and_leave(url, key, WRITE, lambda: _becomes(lambda: _statements_waiting(observer), 1))
        await asyncio.sleep(0.3)
        assert await _statements_waiting(observer) == 1
    await _becomes(lambda: _dashboards(url, key), 1)


@pytest.mark.parametrize("how", ["closes the socket", "completes the operation"])
async def test_so_is_a_mutation_over_a_socket(
    own_database_url: URL, observer: AsyncConnection, url_and_key: tuple[str, str], how: str
) -> None:
    url, key = url_and_key
    async with locked(own_database_url, "dashboards"):
        async with connected(url, key) as socket:
            await socket.begin(WRITE)
            await _becomes(lambda: _statements_waiting(observer), 1)
            if how == "completes the operation":
                await socket.complete()
                await asyncio.sleep(0.3)
                assert await _statements_waiting(observer) == 1
        await asyncio.sleep(0.3)
        assert await _statements_waiting(observer) == 1
    await _becomes(lambda: _dashboards(url, key), 1)


async def test_who_else_cancels_is_heard() -> None:
    """A server that stops cancels what it runs: that is no client that went away."""

    async def never() -> dict[str, str]:
        await asyncio.Event().wait()
        return {}

    async def work() -> None:
        with WhileClientWaits(never):
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
