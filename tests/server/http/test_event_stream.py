"""Subscriptions by server-sent events, each on a connection of its own."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from graph.node_ids import encode
from models.sessions import Sessions
from server.http.event_stream import takes_events
from server.keys import create_key, list_keys, revoke_key
from tests.graph.conftest import World, world  # noqa: F401
from tests.server.http.test_dashboard_changed import CHANGES, serving

PATIENCE = 15
EVENTS = "text/event-stream"


class Stream:
    """The events of a response, read one by one."""

    def __init__(self, response: httpx.Response, lines: AsyncIterator[str]) -> None:
        self.response = response
        self._lines = lines

    async def event(self) -> tuple[str, Any]:
        """The next event: its name and its data."""
        found: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE):
            while line := await anext(self._lines):
                name, _, value = line.partition(": ")
                found[name] = value
        if "event" not in found:
            return "comment", None
        return found["event"], json.loads(found["data"]) if found["data"] else None

    async def data(self) -> Any:
        """The data of the next event, of its only field."""
        name, told = await self.event()
        assert name == "next"
        (data,) = told["data"].values()
        return data


@dataclass(frozen=True)
class Board:
    """A dashboard and a server."""

    url: str
    key: str
    world: World
    id: str

    @asynccontextmanager
    async def open(self, query: str = CHANGES, accept: str = EVENTS, **variables: Any) -> AsyncGenerator[Stream]:
        headers = {"X-API-Key": self.key, "Accept": accept}
        body = {"query": query, "variables": {"id": self.id, **variables}}
        async with (
            httpx.AsyncClient(headers=headers, timeout=PATIENCE) as client,
            client.stream("POST", self.url, json=body) as response,
            aclosing(response.aiter_lines()) as lines,  # type: ignore[type-var]
        ):
            yield Stream(response, lines)

    async def rename(self, name: str) -> None:
        query = f'mutation {{ updateDashboard(input: {{id: "{self.id}", name: "{name}"}}) {{ errors {{ message }} }} }}'
        async with httpx.AsyncClient(headers={"X-API-Key": self.key}) as client:
            assert "errors" not in (await client.post(self.url, json={"query": query})).json()


@pytest.fixture
async def board(engine: AsyncEngine, sessions: Sessions, world: World) -> AsyncGenerator[Board]:  # noqa: F811
    key = await create_key(sessions, world.project_id, "test")
    async with serving(engine, sessions, shutdown_seconds=1) as url:
        yield Board(url, key, world, encode("Dashboard", world.dashboard))


MANY = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"


@pytest.mark.parametrize("accept", [EVENTS, MANY])
async def test_events_come_as_they_happen(board: Board, accept: str) -> None:
    async with board.open(accept=accept) as stream:
        assert stream.response.status_code == 200
        assert stream.response.headers["content-type"].startswith(EVENTS)
        assert stream.response.headers["cache-control"] == "no-store"
        version = (await stream.data())["version"]
        await board.rename("Renamed")
        event = await stream.data()
        assert event["dashboard"]["name"] == "Renamed"
        assert event["version"] != version
    await board.rename("Again")
    async with board.open(since=version) as stream:
        assert (await stream.data())["dashboard"]["name"] == "Again"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ('subscription { dashboardChanged(id: "x") { version } }', "INVALID_ID"),
        ("subscription ($id: ID!) { dashboardChanged(id: $id, since: 1) { version } }", None),
        ("subscription ($id: ID!) { dashboardChanged(id: $id) { version }", None),
    ],
)
async def test_what_is_wrong_is_the_last_event(board: Board, query: str, code: str | None) -> None:
    async with board.open(query) as stream:
        assert stream.response.status_code == 200
        assert stream.response.headers["content-type"].startswith(EVENTS)
        name, told = await stream.event()
        assert (name, "data" in told) == ("next", False)
        assert told["errors"][0].get("extensions", {}).get("code") == code
        assert await stream.event() == ("complete", None)


async def test_other_operations_are_answered_as_usual(board: Board) -> None:
    async with board.open("{ viewer { role } }", MANY) as stream:
        assert stream.response.headers["content-type"].startswith("application/graphql-response+json")
        assert json.loads(await stream.response.aread())["data"] == {"viewer": {"role": "ADMIN"}}


async def test_who_takes_only_events_gets_other_operations_as_one(board: Board) -> None:
    async with board.open("{ viewer { role } }") as stream:
        assert stream.response.headers["content-type"].startswith(EVENTS)
        assert await stream.event() == ("next", {"data": {"viewer": {"role": "ADMIN"}}})
        assert await stream.event() == ("complete", None)
    query = "mutation ($id: ID!) { duplicateDashboard(input: {id: $id}) { errors { message } } }"
    async with board.open(query) as stream:
        assert await stream.event() == ("next", {"data": {"duplicateDashboard": {"errors": []}}})
        assert await stream.event() == ("complete", None)
    listed = "{ dashboards(first: 100) { edges { node { name document } } } }"
    async with board.open(listed) as stream:
        name, told = await stream.event()
        assert (name, len(told["data"]["dashboards"]["edges"])) == ("next", 2)


async def test_a_wrong_key_is_refused_before_the_stream(board: Board) -> None:
    async with httpx.AsyncClient(headers={"X-API-Key": "x", "Accept": EVENTS}) as client:
        assert (await client.post(board.url, json={"query": CHANGES})).status_code == 401


async def test_a_revoked_key_ends_the_stream(board: Board, sessions: Sessions) -> None:
    async with board.open() as stream:
        await stream.data()
        (key,) = await list_keys(sessions, board.world.project_id)
        await revoke_key(sessions, board.world.project_id, key.id)
        name, told = await stream.event()
        assert name == "next"
        (error,) = told["errors"]
        assert error["extensions"]["code"] == "UNAUTHENTICATED"
        assert await stream.event() == ("complete", None)


async def test_a_quiet_stream_stays_open(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.http.event_stream.QUIET_SECONDS", 0.2)
    async with board.open() as stream:
        await stream.data()
        for _ in range(3):
            assert (await stream.event())[0] == "comment"
        await board.rename("Renamed")
        while (event := await stream.event())[0] == "comment":
            pass
        assert event[1]["data"]["dashboardChanged"]["dashboard"]["name"] == "Renamed"


async def test_a_client_that_goes_makes_room(
    board: Board, engine: AsyncEngine, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is noticed when something is sent to it: it may have closed only its own half of the connection."""
    monkeypatch.setattr("server.http.event_stream.QUIET_SECONDS", 0.2)
    async with serving(engine, sessions, max_key_subscriptions=1) as url:
        one = Board(url, board.key, board.world, board.id)
        async with one.open() as stream:
            await stream.data()
            async with one.open() as second:
                name, told = await second.event()
                assert (name, told["errors"][0]["extensions"]["code"]) == ("next", "LIMIT_EXCEEDED")
        async with asyncio.timeout(PATIENCE):
            while True:
                async with one.open() as stream:
                    name, told = await stream.event()
                    if "data" in told:
                        break


@pytest.mark.parametrize(
    ("accept", "takes"),
    [
        ("text/event-stream", True),
        ("application/json, Text/Event-Stream;q=0.5", True),
        ("text/event-stream;q=0", False),
        ("text/event-stream;q=x", False),
        ("*/*", False),
        ("text/*", False),
        ("", False),
    ],
)
def test_only_who_names_events_takes_them(accept: str, takes: bool) -> None:
    assert takes_events(accept) is takes
