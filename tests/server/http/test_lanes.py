"""Lanes, queues and deadlines as clients see them, on a server that listens: who is slow or greedy holds up itself."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine

from models.lanes import SMALLEST_POOL, Lane, Load
from models.outages import Outage
from server.app import create_app
from server.http.graphql import PATH
from server.keys import create_key
from server.projects import ensure_project
from server.runtime import Runtime, open_runtime
from server.settings import Settings
from tests.conftest import DatabaseServer
from tests.server.http.serving import listening
from tests.server.http.under_way import locked

COUNT = "{ callLogs { totalCount } }"
BOARDS = "{ dashboards { totalCount } }"
BOTH = "{ dashboards { totalCount } callLogs { totalCount } }"
CHART = """{
  previewWidget(input: {chartType: PIE, field: "topic"}) { ... on PieChart { total } ... on Error { code } }
}"""
DEAR = "{ " + " ".join(f"a{n}: {CHART[1:-1]}" for n in range(6)) + " }"
MAKE = 'mutation { createDashboard(input: {name: "Made"}) { dashboard { name } } }'
CALL = '{"call_id": "c1", "agent": "Ada", "timestamp": "2026-01-01T00:00:00Z"}\n'


@dataclass(frozen=True)
class Served:
    """A server with one connection for each lane, and clients with keys to two projects."""

    url: str
    runtime: Runtime
    slow: httpx.AsyncClient
    other: httpx.AsyncClient

    async def ask(self, client: httpx.AsyncClient, query: str, **headers: str) -> httpx.Response:
        return await client.post(self.url, json={"query": query}, headers=headers)

    async def waiting(self, lane: Lane, number: int) -> None:
        """Waits until so many requests wait for a lane whose connections are taken."""
        assert self.runtime.sessions.lanes is not None
        turns = self.runtime.sessions.lanes[lane]
        for _ in range(500):
            if turns.in_use == turns.capacity and turns.waiting == number:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{turns.waiting} wait rather than {number}")


async def _until(holds: Callable[[], bool]) -> None:
    for _ in range(500):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it does not come to that")


@asynccontextmanager
async def _served(server: DatabaseServer, url: URL, **given: Any) -> AsyncGenerator[Served]:
    serving = server.serving.set(database=url.database)
    settings = Settings(
        DATABASE_URL=SecretStr(serving.render_as_string(hide_password=False)),  # pyright: ignore[reportCallIssue]
        owner_database_url=SecretStr(url.render_as_string(hide_password=False)),
        pool_size=SMALLEST_POOL,
        **given,
    )
    async with AsyncExitStack() as stack:
        runtime = await stack.enter_async_context(open_runtime(settings))
        address = await stack.enter_async_context(listening(create_app(settings, runtime), settings))
        clients: list[httpx.AsyncClient] = []
        for name in ("Slow", "Other"):
            project = await ensure_project(runtime.engine, name)
            key = await create_key(runtime.sessions, project.id, "k")
            limits = httpx.Limits(max_connections=100)
            client = httpx.AsyncClient(headers={"X-API-Key": key}, timeout=60, limits=limits)
            clients.append(await stack.enter_async_context(client))
        served = Served(address, runtime, *clients)
        for client in clients:
            assert (await served.ask(client, BOTH)).status_code == 200
        yield served


@pytest.fixture
async def served(database_server: DatabaseServer, own_database_url: URL) -> AsyncGenerator[Served]:
    async with _served(database_server, own_database_url) as served:
        yield served


async def test_slow_lists_of_one_project_leave_definitions_of_another_quick(
    served: Served, own_database_url: URL
) -> None:
    took: list[float] = []
    async with locked(own_database_url, "call_logs"):
        slow = [asyncio.create_task(served.ask(served.slow, COUNT)) for _ in range(9)]
        await served.waiting(Lane.CHARTS, 8)
        for query in [BOARDS] * 20 + [MAKE]:
            began = time.perf_counter()
            answer = await served.ask(served.other, query)
            took.append(time.perf_counter() - began)
            assert answer.status_code == 200
            assert "errors" not in answer.json()
    answers = await asyncio.gather(*slow)
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert answers[0].json() == {"data": {"callLogs": {"totalCount": 0}}}
    assert max(took) < 1


async def test_a_full_queue_is_refused_at_once_and_the_rest_is_served(served: Served, own_database_url: URL) -> None:
    async with locked(own_database_url, "call_logs"):
        waiting = [asyncio.create_task(served.ask(served.slow, COUNT)) for _ in range(9)]
        await served.waiting(Lane.CHARTS, 8)
        began = time.perf_counter()
        refused = await served.ask(served.slow, COUNT)
        part = await served.ask(served.slow, BOTH)
        chart = await served.ask(served.slow, CHART)
        assert time.perf_counter() - began < 2
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
    (error,) = refused.json()["errors"]
    assert error["message"] == Outage.QUEUE_FULL.message
    assert error["extensions"]["code"] == "OVERLOADED"
    assert error["extensions"]["retryAfter"] == 2
    # What could be served of a request is; only where nothing could, the status tells of it.
    assert part.status_code == 200
    assert part.json()["data"]["dashboards"] == {"totalCount": 0}
    assert part.json()["errors"][0]["extensions"]["code"] == "OVERLOADED"
    assert (chart.status_code, chart.json()["data"]["previewWidget"]) == (503, {"code": "OVERLOADED"})
    assert [answer.json() for answer in await asyncio.gather(*waiting)] == [
        {"data": {"callLogs": {"totalCount": 0}}}
    ] * 9


async def test_dear_requests_of_one_project_wait_for_each_other_and_hold_up_nobody_else(
    served: Served, own_database_url: URL
) -> None:
    """One at a time with these connections, and eight that wait; the surplus is refused at once."""
    lanes = served.runtime.sessions.lanes
    assert lanes is not None
    turns = lanes.loads[Load.QUERIES]
    assert turns.most_held == 1
    async with locked(own_database_url, "call_logs"):
        dear = [asyncio.create_task(served.ask(served.slow, DEAR)) for _ in range(1 + turns.most_waiting)]
        await _until(lambda: turns.waiting == turns.most_waiting)
        began = time.perf_counter()
        refused = [await served.ask(served.slow, DEAR) for _ in range(3)]
        answers = [await served.ask(client, BOARDS) for client in (served.slow, served.other)]
        assert time.perf_counter() - began < 2
        assert turns.in_use == 1
        other = asyncio.create_task(served.ask(served.other, DEAR))
        await _until(lambda: turns.in_use == 2)
    assert {answer.status_code for answer in answers} == {200}
    assert {(answer.status_code, answer.headers["Retry-After"]) for answer in refused} == {(503, "2")}
    assert {answer.json()["errors"][0]["message"] for answer in refused} == {Outage.QUEUE_FULL.message}
    assert (await other).status_code == 200
    assert {answer.status_code for answer in await asyncio.gather(*dear)} == {200}
    assert (turns.in_use, turns.waiting) == (0, 0)


async def test_who_waits_for_too_long_is_refused(database_server: DatabaseServer, own_database_url: URL) -> None:
    async with _served(database_server, own_database_url, queue_seconds=0.3) as served:
        async with locked(own_database_url, "call_logs"):
            first = asyncio.create_task(served.ask(served.slow, COUNT))
            await served.waiting(Lane.CHARTS, 0)
            began = time.perf_counter()
            refused = await served.ask(served.other, COUNT)
            took = time.perf_counter() - began
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
        assert refused.json()["errors"][0]["message"] == Outage.WAITED_TOO_LONG.message
        assert 0.3 <= took < 2
        assert (await first).status_code == 200


@pytest.mark.parametrize(("query", "table"), [(COUNT, "call_logs"), (BOARDS, "dashboards"), (MAKE, "dashboards")])
async def test_a_client_may_ask_for_less_time(served: Served, own_database_url: URL, query: str, table: str) -> None:
    """What it asks for holds in the statements too, and nothing is left of what was not done."""
    async with locked(own_database_url, table):
        began = time.perf_counter()
        answer = await served.ask(served.slow, query, **{"X-Request-Timeout": "0.5"})
        took = time.perf_counter() - began
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "QUERY_TIMEOUT"
    assert 0.4 < took < 2
    after = (await served.ask(served.slow, BOTH)).json()["data"]
    assert after == {"dashboards": {"totalCount": 0}, "callLogs": {"totalCount": 0}}


async def test_waiting_in_a_queue_is_in_that_time(served: Served, own_database_url: URL) -> None:
    async with locked(own_database_url, "call_logs"):
        first = asyncio.create_task(served.ask(served.slow, COUNT))
        await served.waiting(Lane.CHARTS, 0)
        began = time.perf_counter()
        answer = await served.ask(served.other, COUNT, **{"X-Request-Timeout": "0.5"})
        took = time.perf_counter() - began
    assert answer.json()["errors"][0]["extensions"]["code"] in ("OVERLOADED", "QUERY_TIMEOUT")
    assert 0.4 < took < 2
    assert (await first).status_code == 200


async def test_an_export_that_does_not_begin_in_that_time(served: Served, own_database_url: URL) -> None:
    async with locked(own_database_url, "call_logs"):
        address = served.url.replace(PATH, "/export/calls.csv")
        answer = await served.slow.get(address, headers={"X-Request-Timeout": "0.5"})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (504, "QUERY_TIMEOUT")


@pytest.mark.parametrize("seconds", ["0", "0.01", "51", "-1", "1e1", "soon", "", "٣"])
async def test_a_time_that_is_not_allowed_is_refused(served: Served, seconds: str) -> None:
    headers = {b"X-Request-Timeout": seconds.encode()}
    answer = await served.slow.post(served.url, json={"query": BOARDS}, headers=headers)
    (error,) = answer.json()["errors"]
    assert answer.status_code == 400
    assert error["message"].startswith("The header X-Request-Timeout is ")
    assert error["message"].endswith("it must be a number of seconds from 0.1 to 50, such as 2.5.")


async def test_every_lane_works_with_one_connection(served: Served, own_database_url: URL) -> None:
    """Everything at once, of two projects: nobody waits for a second connection while holding the first."""
    kinds = [COUNT, BOARDS, BOTH, CHART, DEAR, MAKE]
    export, ingest = served.url.replace(PATH, "/export/calls.jsonl"), served.url.replace(PATH, "/ingest")
    began = time.perf_counter()
    for client in (served.slow, served.other):
        content = {"Content-Type": "application/x-ndjson"}
        assert (await client.post(ingest, content=CALL, headers=content)).json()["created"] == 1
    asked = [served.ask(client, query) for client in (served.slow, served.other) for query in kinds]
    asked += [served.slow.get(export)]
    answers = await asyncio.gather(*asked)
    assert [answer.status_code for answer in answers] == [200] * len(answers), [answer.text for answer in answers]
    assert not any("errors" in answer.text for answer in answers)
    assert time.perf_counter() - began < 15
    engine = create_async_engine(own_database_url)
    async with engine.connect() as connection:
        statement = text("select count(*) from pg_stat_activity where datname = current_database()")
        assert (await connection.execute(statement)).scalar_one() <= SMALLEST_POOL + 2  # the owner's, and this one
    await engine.dispose()
