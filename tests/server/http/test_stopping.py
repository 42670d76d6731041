"""A server that is told to stop: what is under way is finished, or its client is told that it was not."""

import asyncio
import signal
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from models.outages import Outage
from models.sessions import Sessions
from server.app import create_app
from server.commands.serve import server_config
from server.http.stopping import Server
from server.keys import create_key
from server.runtime import Runtime
from server.settings import Settings
from tests.server.http.under_way import dashboards_locked, is_waiting

WRITE = 'mutation { createDashboard(input: {name: "Made"}) { dashboard { name } } }'
FILL = """
    with agent as (insert into agents (project_id, agent_name) values (:project, 'a') returning id)
    insert into call_logs (project_id, call_id, agent_id, timestamp, metadata)
    select :project, 'c' || n, agent.id, now(), jsonb_build_object('text', repeat('x', 4000))
    from agent, generate_series(1, :calls) n
"""


class Running:
    """A server under way, and a client with a key to the test's project."""

    def __init__(self, server: Server, client: httpx.AsyncClient, serving: asyncio.Task[None]) -> None:
        self.server = server
        self.client = client
        self.serving = serving

    def stop(self, number: signal.Signals = signal.SIGHUP) -> None:
        """What the signal does."""
        self.server.handle_exit(number, None)

    async def write(self) -> httpx.Response:
        return await self.client.post("/graphql", json={"query": WRITE})


@asynccontextmanager
async def running(app: FastAPI, key: str, seconds: int) -> AsyncGenerator[Running]:
    settings = Settings(shutdown_seconds=seconds)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(server_config(app, settings))
        serving = asyncio.create_task(server._serve([listener]))
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=base, headers={"X-API-Key": key}, timeout=60) as client:
            yield Running(server, client, serving)
            await serving


@pytest.fixture
async def key(sessions: Sessions, project_id: int) -> str:
    return await create_key(sessions, project_id, "test")


async def test_what_is_under_way_is_finished(runtime: Runtime, engine: AsyncEngine, key: str) -> None:
    async with running(create_app(Settings(), runtime), key, seconds=30) as under_way:
        async with dashboards_locked(engine):
            written = asyncio.create_task(under_way.write())
            await is_waiting(engine)
            under_way.stop()
            await asyncio.sleep(0.5)
            with pytest.raises(httpx.ConnectError):
                await under_way.client.get("/healthz")
            assert not written.done()
        assert (await written).json() == {"data": {"createDashboard": {"dashboard": {"name": "Made"}}}}


async def test_what_is_not_done_in_time_is_told_so(
    runtime: Runtime, engine: AsyncEngine, sessions: Sessions, project_id: int, key: str
) -> None:
    with capture_logs() as log:
        async with running(create_app(Settings(), runtime), key, seconds=0) as under_way, dashboards_locked(engine):
            written = asyncio.create_task(under_way.write())
            await is_waiting(engine)
            under_way.stop()
            answer = await written
            await under_way.serving
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    (error,) = answer.json()["errors"]
    assert (error["message"], error["extensions"]["code"]) == (Outage.STOPPING.message, "UNAVAILABLE")
    assert error["extensions"]["id"] == answer.headers["X-Request-ID"]
    assert [(line["log_level"], line["requests"]) for line in log if "cut" in line["event"]] == [("warning", 1)]
    async with sessions.read(project_id) as session:
        assert (
            await session.scalar(text("select count(*) from dashboards where project_id = :id"), {"id": project_id})
            == 0
        )


@pytest.mark.slow
async def test_what_does_not_even_end_is_answered() -> None:
    """By the connection itself, when the application does not come to it."""
    begun, held = asyncio.Event(), asyncio.Event()
    app = FastAPI()

    @app.get("/deaf")
    async def _deaf() -> None:
        begun.set()
        while not held.is_set():
            with suppress(asyncio.CancelledError):
                await held.wait()

    async with running(app, "", seconds=0) as under_way:
        answered = asyncio.create_task(under_way.client.get("/deaf"))
        await begun.wait()
        under_way.stop()
        answer = await answered
        held.set()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    (error,) = answer.json()["errors"]
    assert error == {"message": Outage.STOPPING.message, "extensions": {"code": "UNAVAILABLE"}}


async def test_a_file_that_is_cut_has_no_valid_end(
    runtime: Runtime, sessions: Sessions, project_id: int, key: str
) -> None:
    async with sessions.write(project_id) as session:
        await session.execute(text(FILL), {"project": project_id, "calls": 5_000})
    async with (
        running(create_app(Settings(), runtime), key, seconds=0) as under_way,
        under_way.client.stream("GET", "/export/calls.jsonl") as response,
    ):
        parts = response.aiter_raw()
        assert await anext(parts)
        under_way.stop()
        await under_way.serving
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
            async for _ in parts:
                pass


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_stop_the_server(runtime: Runtime, number: signal.Signals) -> None:
    server = Server(server_config(create_app(Settings(), runtime), Settings()))
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        with server.capture_signals():
            signal.raise_signal(number)
            assert server.should_exit
        signal.raise_signal(number)  # which ends nothing that is still being closed
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def test_a_signal_that_is_ignored_stays_ignored(runtime: Runtime) -> None:
    """As SIGHUP is below nohup."""
    server = Server(server_config(create_app(Settings(), runtime), Settings()))
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with server.capture_signals():
            signal.raise_signal(signal.SIGHUP)
            assert not server.should_exit
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
