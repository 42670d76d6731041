"""Subscriptions of a server behind PgBouncer: changes are told whoever made them, also after connections were lost."""

import json
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from models.call_record import parse_call
from models.ingest import upsert_calls
from models.sessions import Sessions
from models.signing import Serving, serving
from server.app import create_app
from server.keys import create_key, list_keys, revoke_key
from server.owner import owner_of
from server.postgres.database import make_engine
from server.postgres.migrate import head
from server.runtime import Runtime
from server.settings import Settings
from tests.conftest import DatabaseServer
from tests.server.http.serving import listening
from tests.server.http.subscribing import Subscriber, subscriber
from tests.server.postgres.pgbouncer import pgbouncer, through

pytestmark = [pytest.mark.processes, pytest.mark.slow]

ARRIVED = """subscription ($since: String) {
  callLogArrived(since: $since) { version isResumed notPushed callLogs { callId } }
}"""
PREVIEW = """subscription ($since: String) {
  previewUpdated(input: {chartType: STAT}, since: $since) { data { ... on StatChart { overview { totalCalls } } } }
}"""
QUICK = Settings(key_cache_seconds=0, shutdown_seconds=1)


@pytest.fixture(scope="module")
def bouncer(database_server: DatabaseServer) -> Generator[Path]:
    with pgbouncer(database_server, pool_size=3) as folder:
        yield folder


@asynccontextmanager
async def _pooled(engine: AsyncEngine, folder: Path) -> AsyncGenerator[str]:
    """A server of its own, which reaches the database only through PgBouncer."""
    owner = make_engine(through(owner_of(engine).url, folder), 2, is_pooled=True)
    role = serving(engine)
    own = None if role is None else Serving(role.signer, owner)
    pooled = make_engine(through(engine.url, folder), 12, own, is_pooled=True)
    async with listening(create_app(QUICK, Runtime(pooled, Sessions(pooled), head()))) as url:
        yield url
    await pooled.dispose()
    await owner.dispose()


@dataclass
class Line:
    """A project, and servers that serve it."""

    url: str
    key: str
    project_id: int
    sessions: Sessions
    engine: AsyncEngine
    server: DatabaseServer

    async def call(self, id: str) -> None:
        """Stores a call on a connection of its own, as another process would."""
        now = datetime.now(UTC).isoformat()
        async with self.sessions.write(self.project_id) as session:
            record = parse_call({"call_id": id, "agent": "Ada", "timestamp": now, "duration": 60})
            await upsert_calls(session, self.project_id, [record])

    async def cut(self) -> int:
        """Ends every connection that PgBouncer has to the database."""
        admin = create_async_engine(self.server.admin)
        ended = """select pg_terminate_backend(pid) from pg_stat_activity
        where datname = :database and pid <> pg_backend_pid() and usename = any(:roles) and state = 'idle'"""
        roles = [self.server.serving.username, self.server.owner.username]
        async with admin.connect() as connection:
            found = await connection.execute(sa.text(ended), {"database": self.engine.url.database, "roles": roles})
            number = len(found.all())
        await admin.dispose()
        for engine in (self.engine, owner_of(self.engine)):  # the tests' own connections were among them
            await engine.dispose()
        return number


@pytest.fixture
async def line(
    engine: AsyncEngine, sessions: Sessions, project_id: int, bouncer: Path, database_server: DatabaseServer
) -> AsyncGenerator[Line]:
    key = await create_key(sessions, project_id, "test")
    async with _pooled(engine, bouncer) as url:
        yield Line(url, key, project_id, sessions, engine, database_server)


async def _calls(socket: Subscriber, id: str) -> tuple[str, set[str]]:
    event: Any = await socket.event(id)
    assert event["isResumed"]
    return event["version"], {call["callId"] for call in event["callLogs"]}


async def test_what_another_process_writes_is_told(line: Line) -> None:
    async with subscriber(line.url, line.key) as socket:
        arrived, shown = await socket.subscribe(ARRIVED), await socket.subscribe(PREVIEW)
        await socket.event(arrived)
        assert (await socket.event(shown))["data"]["overview"]["totalCalls"] == 0
        await line.call("one")
        assert (await _calls(socket, arrived))[1] == {"one"}
        assert (await socket.event(shown))["data"]["overview"]["totalCalls"] == 1


async def test_nothing_is_lost_with_the_connections(line: Line) -> None:
    async with subscriber(line.url, line.key) as socket:
        arrived = await socket.subscribe(ARRIVED)
        await socket.event(arrived)
        assert await line.cut() > 0
        told: set[str] = set()
        for id in ("one", "two", "three"):
            await line.call(id)
        while len(told) < 3:
            told |= (await _calls(socket, arrived))[1]
        assert told == {"one", "two", "three"}


async def test_a_version_is_valid_at_a_server_without_a_pooler(line: Line) -> None:
    async with subscriber(line.url, line.key) as socket:
        arrived = await socket.subscribe(ARRIVED)
        version = (await socket.event(arrived))["version"]
        await line.call("one")
        later, _ = await _calls(socket, arrived)
    await line.call("two")
    runtime = Runtime(line.engine, line.sessions, head())
    async with listening(create_app(QUICK, runtime)) as url, subscriber(url, line.key) as socket:
        resumed = await socket.subscribe(ARRIVED, variables={"since": version})
        assert (await _calls(socket, resumed))[1] == {"one", "two"}
        resumed = await socket.subscribe(ARRIVED, variables={"since": later})
        assert (await _calls(socket, resumed))[1] == {"two"}


async def test_a_revoked_key_closes_its_socket(line: Line) -> None:
    async with subscriber(line.url, line.key) as socket:
        await socket.event(await socket.subscribe(ARRIVED))
        (key,) = await list_keys(line.sessions, line.project_id)
        await revoke_key(line.sessions, line.project_id, key.id)
        assert (await socket.closing())[0] == 4403


async def test_events_over_http(line: Line) -> None:
    headers = {"X-API-Key": line.key, "Accept": "text/event-stream"}
    async with (
        httpx.AsyncClient(headers=headers, timeout=30) as client,
        client.stream("POST", line.url, json={"query": ARRIVED}) as response,
    ):
        told: list[set[str]] = []
        async for text in response.aiter_lines():
            if text.startswith("data: "):
                event = json.loads(text.removeprefix("data: "))["data"]["callLogArrived"]
                told.append({call["callId"] for call in event["callLogs"]})
                if len(told) == 1:
                    await line.call("one")
                else:
                    break
        assert told == [set(), {"one"}]
