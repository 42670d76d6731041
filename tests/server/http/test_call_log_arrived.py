"""Calls over a socket: each that arrives or changes is told or counted, whoever writes it."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from models.call_record import CallRecord, parse_call
from models.changes import compact_changes
from models.ingest import upsert_calls
from models.sessions import Sessions
from models.types import Role
from server.keys import create_key, make_key
from tests.server.http.subscribing import Subscriber, subscriber
from tests.server.http.test_dashboard_changed import serving

ARRIVED = """subscription ($filters: JSON, $first: Int! = 20, $since: String) {
  callLogArrived(filters: $filters, first: $first, since: $since) {
    version isResumed notPushed callLogs { callId topic customerNumber metricEvaluations { numberValue } }
  }
}"""
START = datetime(2026, 3, 20, tzinfo=UTC)


def record(number: int, **values: Any) -> CallRecord:
    started = (START + timedelta(minutes=number)).isoformat()
    return parse_call({"call_id": f"c{number}", "agent": "Ada", "timestamp": started, "topic": "billing", **values})


@dataclass(frozen=True)
class Line:
    """A project, a server, and a socket to it."""

    url: str
    key: str
    project_id: int
    sessions: Sessions
    socket: Subscriber

    async def follow(self, socket: Subscriber | None = None, **variables: Any) -> tuple[str, str]:
        """Subscribes; the id, and the version of the first event."""
        used = socket or self.socket
        id = await used.subscribe(ARRIVED, variables=variables)
        event = await used.event(id)
        assert (event["callLogs"], event["notPushed"]) == ([], 0)
        return id, event["version"]

    async def store(self, *records: CallRecord) -> None:
        async with self.sessions.write(self.project_id) as session:
            await upsert_calls(session, self.project_id, records)

    async def execute(self, sql: str) -> None:
        async with self.sessions.write(self.project_id) as session:
            await session.execute(text(sql), {"project": self.project_id})

    async def told(self, id: str, count: int, socket: Subscriber | None = None) -> list[str]:
        """The calls of the next events, until so many are told or counted, latest first within an event."""
        ids: list[str] = []
        while count > 0:
            event = await (socket or self.socket).event(id)
            found = [call["callId"] for call in event["callLogs"]]
            ids += found
            count -= len(found) + event["notPushed"]
        assert count == 0
        return ids


@pytest.fixture
async def line(engine: AsyncEngine, sessions: Sessions, project_id: int) -> AsyncGenerator[Line]:
    key = await create_key(sessions, project_id, "test")
    async with serving(engine, sessions) as url, subscriber(url, key) as socket:
        yield Line(url, key, project_id, sessions, socket)


async def test_calls_that_arrive_are_told(line: Line) -> None:
    id, _ = await line.follow()
    metrics = [{"metric": "latency", "type": "numeric", "value": 2.5}]
    await line.store(record(1, metrics=metrics))
    event = await line.socket.event(id)
    assert event["isResumed"]
    assert event["notPushed"] == 0
    assert event["callLogs"] == [
        {"callId": "c1", "topic": "billing", "customerNumber": None, "metricEvaluations": [{"numberValue": 2.5}]}
    ]


@pytest.mark.parametrize("way", ["listen", "poll"])
async def test_calls_of_another_process_are_told(line: Line, engine: AsyncEngine, sessions: Sessions, way: str) -> None:
    async with serving(engine, sessions, live_changes=way) as other, subscriber(other, line.key) as socket:
        id, _ = await line.follow(socket)
        call = '{callId: "c1", agent: "Ada", timestamp: "2026-03-20T10:00:00Z"}'
        query = f"mutation {{ ingestCallLogs(input: {{calls: [{call}]}}) {{ created }} }}"
        async with httpx.AsyncClient(headers={"X-API-Key": line.key}) as client:
            assert (await client.post(line.url, json={"query": query})).json()["data"]
        assert await line.told(id, 1, socket) == ["c1"]


async def test_changes_of_calls_are_told(line: Line) -> None:
    await line.store(record(1), record(2))
    id, _ = await line.follow()
    await line.store(record(2, topic="delivery"))
    (call,) = (await line.socket.event(id))["callLogs"]
    assert (call["callId"], call["topic"]) == ("c2", "delivery")
    await line.execute("update call_logs set topic = 'refund' where project_id = :project and call_id = 'c1'")
    (call,) = (await line.socket.event(id))["callLogs"]
    assert (call["callId"], call["topic"]) == ("c1", "refund")


async def test_only_calls_that_match_are_told(line: Line) -> None:
    await line.store(record(1))
    filters = {"field": "topic", "op": "eq", "value": "delivery"}
    id, _ = await line.follow(filters=filters)
    await line.store(record(2), record(3, topic="delivery"))
    assert await line.told(id, 1) == ["c3"]
    await line.store(record(4))
    assert await line.socket.is_quiet(id)
    await line.store(record(1, topic="delivery"))
    assert await line.told(id, 1) == ["c1"]


async def test_of_more_than_an_event_has_the_number_is_told(line: Line) -> None:
    id, _ = await line.follow(first=3)
    await line.store(*(record(number) for number in range(250)))
    event = await line.socket.event(id)
    assert [call["callId"] for call in event["callLogs"]] == ["c249", "c248", "c247"]
    assert event["notPushed"] == 247


async def test_what_was_committed_late_is_told(line: Line) -> None:
    """Transactions commit in another order than they begin: one that began before the first event is not missed."""
    await line.store(record(8), record(9, agent="Bo"))  # no agent is made below, for which one would wait for the other
    id, version = await line.follow()
    async with line.sessions.write(line.project_id) as session:
        await upsert_calls(session, line.project_id, [record(1)])
        await line.store(record(2, agent="Bo"))
        assert await line.told(id, 1) == ["c2"]
    assert await line.told(id, 1) == ["c1"]
    again = await line.socket.subscribe(ARRIVED, variables={"since": version})
    assert await line.told(again, 2) == ["c2", "c1"]


async def test_what_arrived_while_away_is_told(line: Line, engine: AsyncEngine, sessions: Sessions) -> None:
    id, version = await line.follow()
    await line.socket.complete(id)
    await line.store(record(1))
    await line.store(record(2))
    async with line.sessions.write(line.project_id) as session:
        await compact_changes(session, line.project_id)
    async with serving(engine, sessions) as other, subscriber(other, line.key) as socket:
        id = await socket.subscribe(ARRIVED, variables={"since": version})
        event = await socket.event(id)
        assert [call["callId"] for call in event["callLogs"]] == ["c2", "c1"]
        assert event["isResumed"]
        await line.store(record(3))
        assert await line.told(id, 1, socket) == ["c3"]


async def test_marks_that_were_folded_lose_nothing(line: Line) -> None:
    id, version = await line.follow()
    await line.socket.complete(id)
    for number in range(5):
        await line.store(record(number))
    async with line.sessions.write(line.project_id) as session:
        assert await compact_changes(session, line.project_id) > 0
    id = await line.socket.subscribe(ARRIVED, variables={"since": version})
    assert await line.told(id, 5) == ["c4", "c3", "c2", "c1", "c0"]


@pytest.mark.parametrize("since", ["", "x", "1/2:3:", "0/1:1:", "9/5:3:", "9/3:9:5,4", "9/3:9:12", f"9/3:{'9' * 19}:"])
async def test_a_version_that_is_not_known_begins_again(line: Line, since: str) -> None:
    await line.store(record(1))
    id = await line.socket.subscribe(ARRIVED, variables={"since": since})
    event = await line.socket.event(id)
    assert (event["isResumed"], event["callLogs"], event["notPushed"]) == (False, [], 0)
    await line.store(record(2))
    assert await line.told(id, 1) == ["c2"]


async def test_nothing_is_lost_or_told_twice_under_many_writers(line: Line) -> None:
    id, _ = await line.follow(first=100)

    async def write(writer: int) -> None:
        for number in range(10):
            await line.store(record(writer * 10 + number, agent=f"Agent {writer}"))

    await asyncio.gather(*(write(writer) for writer in range(8)))
    ids = await line.told(id, 80)
    assert sorted(ids) == sorted(f"c{number}" for number in range(80))
    assert await line.socket.is_quiet(id)


async def test_other_projects_are_not_told(line: Line, other_project_id: int) -> None:
    key = await create_key(line.sessions, other_project_id, "other")
    async with subscriber(line.url, key) as stranger:
        id, version = await line.follow(stranger)
        await line.store(record(1))
        assert await stranger.is_quiet(id)
        again = await stranger.subscribe(ARRIVED, variables={"since": version})
        assert await stranger.is_quiet(again)


async def test_masked_numbers_are_masked(line: Line) -> None:
    await line.execute("update projects set mask_customer_numbers = true where id = :project")
    made = await make_key(line.sessions, line.project_id, "viewer", Role.VIEWER)
    async with subscriber(line.url, made.text) as viewer:
        masked, _ = await line.follow(viewer)
        plain, _ = await line.follow()
        await line.store(record(1, customer_number="+15550001111"))
        (call,) = (await viewer.event(masked))["callLogs"]
        assert "0001111" not in json.dumps(call)
        (call,) = (await line.socket.event(plain))["callLogs"]
        assert call["customerNumber"] == "+15550001111"
        filters = {"field": "customer_number", "op": "eq", "value": "+15550001111"}
        error = await viewer.error(await viewer.subscribe(ARRIVED, variables={"filters": filters}))
        assert error["extensions"]["code"] == "INVALID_FILTER"


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"first": 0}, "PAGE_SIZE"),
        ({"first": 101}, "PAGE_SIZE"),
        ({"filters": {"field": "nope", "op": "eq", "value": 1}}, "INVALID_FILTER"),
        ({"filters": {"field": "topic", "op": "regex", "value": "("}}, "INVALID_FILTER"),
        ({"since": "x" * 50_001}, "LIMIT_EXCEEDED"),
    ],
)
async def test_wrong_arguments_are_refused(line: Line, variables: dict[str, Any], code: str) -> None:
    error = await line.socket.error(await line.socket.subscribe(ARRIVED, variables=variables))
    assert error["extensions"]["code"] == code


async def test_a_filter_relative_to_now_moves_with_it(line: Line) -> None:
    id, _ = await line.follow(filters={"field": "timestamp", "op": "gte", "value": "now-2s"})
    await asyncio.sleep(2.5)
    started = (datetime.now(UTC) - timedelta(seconds=2.2)).isoformat()
    await line.store(record(1, timestamp=started), record(2, timestamp=datetime.now(UTC).isoformat()))
    assert await line.told(id, 1) == ["c2"]
