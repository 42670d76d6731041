"""A server that listens, and pre-aggregates that are built beside it."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.stored.preaggregates import Preaggregates
from models.sessions import Sessions
from server.app import create_app
from server.commands.serve import server_config
from server.keys import create_key
from server.postgres.migrate import head
from server.runtime import Runtime
from server.settings import Settings
from tests.server.http.serving import listening

PREVIEW = """{
  previewWidget(input: {chartType: BAR, field: "timestamp", aggregation: COUNT, timePeriod: DAY}) {
    ... on BarChart { source sampleCount }
  }
}"""


@pytest.fixture
async def url_and_key(engine: AsyncEngine, sessions: Sessions, project_id: int) -> AsyncGenerator[tuple[str, str]]:
    """A server with pre-aggregates, and a key to a project of three calls."""
    async with sessions.write(project_id) as session:
        await session.execute(
            text("insert into agents (project_id, agent_name) values (:project, 'a')"), {"project": project_id}
        )
        await session.execute(
            text(
                "insert into call_logs (project_id, call_id, agent_id, timestamp) "
                "select :project, 'c' || n, agents.id, now() - n * interval '1 day' "
                "from agents, generate_series(1, 3) n where agents.project_id = :project"
            ),
            {"project": project_id},
        )
    key = await create_key(sessions, project_id, "test")
    app = create_app(Settings(), Runtime(engine, sessions, head(), Preaggregates()))
    async with listening(app) as url:
        yield url, key


async def test_states_are_made_beside_the_server(url_and_key: tuple[str, str]) -> None:
    url, key = url_and_key
    answers: list[Any] = []
    async with httpx.AsyncClient(headers={"X-API-Key": key}) as client:
        for _ in range(100):
            response = await client.post(url, json={"query": PREVIEW})
            answers.append(response.json()["data"]["previewWidget"])
            if answers[-1]["source"] != "RAW":
                break
            await asyncio.sleep(0.05)
    assert answers[0]["source"] == answers[1]["source"] == "RAW"
    assert answers[-1]["source"] in ("STORED", "MIXED")
    assert {answer["sampleCount"] for answer in answers} == {3}


async def test_an_idle_connection_outlives_that_of_a_load_balancer(runtime: Runtime) -> None:
    """Which keeps one for 60 seconds, as a rule: the server must not be the first to close it."""
    assert server_config(create_app(Settings(), runtime), Settings()).timeout_keep_alive > 60
    settings = Settings(keep_alive_seconds=1, shutdown_seconds=1)
    async with listening(create_app(settings, runtime), settings) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(url).port)
        for pause in (0.7, 0.7, 0):
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            await reader.readexactly(len(b'{"status":"ok"}'))
            await asyncio.sleep(pause)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
