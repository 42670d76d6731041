"""Dashboards over a socket: every change is told, whoever makes it and by whichever process."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from graph.node_ids import encode
from models.sessions import Sessions
from models.types import Role
from resolvers.budgets import Budgets
from server.app import create_app
from server.keys import create_key, list_keys, make_key, revoke_key
from server.postgres.migrate import head
from server.runtime import Runtime
from server.settings import Settings
from tests.conftest import Statements
from tests.graph.conftest import World, world  # noqa: F401
from tests.server.http.serving import listening
from tests.server.http.subscribing import Subscriber, subscriber

CHANGES = """subscription ($id: ID!, $since: String) {
  dashboardChanged(id: $id, since: $since) { dashboardId version isDeleted dashboard { name widgetCount } }
}"""


@asynccontextmanager
async def serving(
    engine: AsyncEngine, sessions: Sessions, budgets: Budgets | None = None, **settings: Any
) -> AsyncGenerator[str]:
    """A server of its own on the shared database."""
    given: Any = {"key_cache_seconds": 0, **settings}
    runtime = Runtime(engine, sessions, head(), budgets=budgets)
    async with listening(create_app(Settings(**given), runtime)) as url:
        yield url


@dataclass(frozen=True)
class Board:
    """A dashboard, a server, and a socket to it."""

    url: str
    key: str
    world: World
    socket: Subscriber
    id: str

    async def follow(self, since: str | None = None) -> str:
        return await self.socket.subscribe(CHANGES, variables={"id": self.id, "since": since})

    async def change(self, query: str, url: str | None = None) -> None:
        async with httpx.AsyncClient(headers={"X-API-Key": self.key}) as client:
            answer = (await client.post(url or self.url, json={"query": query})).json()
        assert "errors" not in answer, answer
        assert not [one for one in answer["data"].values() if one.get("errors")], answer

    async def rename(self, name: str, url: str | None = None) -> None:
        query = f'mutation {{ updateDashboard(input: {{id: "{self.id}", name: "{name}"}}) {{ errors {{ message }} }} }}'
        await self.change(query, url)


@pytest.fixture
async def board(engine: AsyncEngine, sessions: Sessions, world: World) -> AsyncGenerator[Board]:  # noqa: F811
    key = await create_key(sessions, world.project_id, "test")
    async with serving(engine, sessions) as url, subscriber(url, key) as socket:
        yield Board(url, key, world, socket, encode("Dashboard", world.dashboard))


async def test_the_first_event_is_the_dashboard_as_it_is(board: Board) -> None:
    event = await board.socket.event(await board.follow())
    assert event.pop("version")
    assert event == {
        "dashboardId": board.id,
        "isDeleted": False,
        "dashboard": {"name": "Support", "widgetCount": len(board.world.widgets)},
    }


async def test_changes_of_settings_and_widgets_are_told(board: Board) -> None:
    id = await board.follow()
    versions = [(await board.socket.event(id))["version"]]
    await board.rename("Renamed")
    event = await board.socket.event(id)
    assert event["dashboard"]["name"] == "Renamed"
    versions.append(event["version"])
    widget = board.world.widget("Overview")
    await board.change(f'mutation {{ updateWidget(input: {{id: "{widget}", name: "W"}}) {{ errors {{ message }} }} }}')
    versions.append((await board.socket.event(id))["version"])
    await board.change(f'mutation {{ deleteWidget(input: {{id: "{widget}"}}) {{ errors {{ message }} }} }}')
    event = await board.socket.event(id)
    assert event["dashboard"]["widgetCount"] == len(board.world.widgets) - 1
    assert len({*versions, event["version"]}) == 4


async def test_a_deletion_and_a_restoration_are_told(board: Board) -> None:
    id = await board.follow()
    await board.socket.event(id)
    await board.change(f'mutation {{ deleteDashboard(input: {{id: "{board.id}"}}) {{ errors {{ message }} }} }}')
    event = await board.socket.event(id)
    assert (event["isDeleted"], event["dashboard"]) == (True, None)
    await board.change(f'mutation {{ restoreDashboard(input: {{id: "{board.id}"}}) {{ errors {{ message }} }} }}')
    event = await board.socket.event(id)
    assert (event["isDeleted"], event["dashboard"]["name"]) == (False, "Support")


@pytest.mark.parametrize("way", ["listen", "poll"])
async def test_changes_by_another_process_and_by_plain_sql_are_told(
    board: Board, engine: AsyncEngine, sessions: Sessions, way: str
) -> None:
    async with serving(engine, sessions, live_changes=way) as other, subscriber(other, board.key) as socket:
        id = await socket.subscribe(CHANGES, variables={"id": board.id})
        await socket.event(id)
        await board.rename("By another process")
        assert (await socket.event(id))["dashboard"]["name"] == "By another process"
        async with sessions.write(board.world.project_id) as session:
            statement = text("update dashboards set name = 'By SQL' where project_id = :project and id = :id")
            await session.execute(statement, {"project": board.world.project_id, "id": board.world.dashboard})
        assert (await socket.event(id))["dashboard"]["name"] == "By SQL"


async def test_what_was_missed_is_told_to_those_who_come_back(board: Board) -> None:
    id = await board.follow()
    version = (await board.socket.event(id))["version"]
    await board.socket.complete(id)
    same = await board.follow(version)
    assert await board.socket.is_quiet(same)
    await board.socket.complete(same)
    await board.rename("While away")
    assert (await board.socket.event(await board.follow(version)))["dashboard"]["name"] == "While away"


async def test_other_projects_and_other_dashboards_are_not_told(
    board: Board, sessions: Sessions, other_project_id: int
) -> None:
    key = await create_key(sessions, other_project_id, "other")
    async with subscriber(board.url, key) as stranger:
        error = await stranger.error(await stranger.subscribe(CHANGES, variables={"id": board.id}))
    assert error["extensions"]["code"] == "NOT_FOUND"
    id = await board.follow()
    await board.socket.event(id)
    await board.change('mutation { createDashboard(input: {name: "Another"}) { errors { message } } }')
    assert await board.socket.is_quiet(id)


async def test_a_key_that_may_not_read_is_refused(board: Board, sessions: Sessions) -> None:
    made = await make_key(sessions, board.world.project_id, "ingest", Role.INGESTER)
    async with subscriber(board.url, made.text) as socket:
        error = await socket.error(await socket.subscribe(CHANGES, variables={"id": board.id}))
    assert error["extensions"]["code"] == "FORBIDDEN"


async def test_a_revoked_key_closes_the_socket(board: Board, sessions: Sessions) -> None:
    await board.socket.event(await board.follow())
    (key,) = await list_keys(sessions, board.world.project_id)
    await revoke_key(sessions, board.world.project_id, key.id)
    assert await board.socket.closing() == (4403, "The API key was revoked or has expired.")


async def test_a_key_with_other_rights_has_to_subscribe_again(board: Board, sessions: Sessions) -> None:
    made = await make_key(sessions, board.world.project_id, "viewer", Role.VIEWER)
    async with subscriber(board.url, made.text) as socket:
        id = await socket.subscribe(CHANGES, variables={"id": board.id})
        await socket.event(id)
        await board.change("mutation { updateProject(input: {maskCustomerNumbers: true}) { errors { message } } }")
        await board.rename("Renamed")
        error = await socket.error(id)
        assert error["message"] == "The rights of the API key have changed. Subscribe again."
        id = await socket.subscribe(CHANGES, variables={"id": board.id})
        assert (await socket.event(id))["dashboard"]["name"] == "Renamed"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { dashboardChanged(id: ", None),
        ("subscription { nothing }", None),
        ('subscription { dashboardChanged(id: "x") { version } }', "INVALID_ID"),
        ('subscription { a: dashboardChanged(id: "x") { version } b: dashboardChanged(id: "x") { version } }', None),
        ('subscription ($s: String!) { dashboardChanged(id: "x", since: $s) { version } }', None),
    ],
)
async def test_a_wrong_operation_ends_alone(board: Board, query: str, code: str | None) -> None:
    id = await board.follow()
    await board.socket.event(id)
    error = await board.socket.error(await board.socket.subscribe(query))
    assert error.get("extensions", {}).get("code") == code
    await board.rename("Goes on")
    assert (await board.socket.event(id))["dashboard"]["name"] == "Goes on"


async def test_a_subscription_over_plain_http_is_refused(board: Board) -> None:
    async with httpx.AsyncClient(headers={"X-API-Key": board.key}) as client:
        answer = await client.post(board.url, json={"query": CHANGES, "variables": {"id": board.id}})
    (error,) = answer.json()["errors"]
    assert error["message"].startswith("A subscription is answered by events: use a WebSocket")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_key_subscriptions": 1}, "This API key has as many subscriptions as are allowed at a time: 1 ("),
        ({"max_project_subscriptions": 1}, "This project has as many subscriptions as are allowed at a time: 1 ("),
        ({"max_socket_operations": 1}, "Subscription limit reached"),
    ],
)
async def test_there_are_only_so_many(
    board: Board, engine: AsyncEngine, sessions: Sessions, settings: dict[str, Any], message: str
) -> None:
    async with serving(engine, sessions, **settings) as url, subscriber(url, board.key) as socket:
        first = await socket.subscribe(CHANGES, variables={"id": board.id})
        await socket.event(first)
        error = await socket.error(await socket.subscribe(CHANGES, variables={"id": board.id}))
        assert error["message"].startswith(message)
        await socket.complete(first)
        await socket.event(await socket.subscribe(CHANGES, variables={"id": board.id}))


async def test_an_event_costs_points(board: Board, engine: AsyncEngine, sessions: Sessions) -> None:
    budgets = Budgets(sessions, of_key=20, of_project=0)
    async with serving(engine, sessions, budgets) as url, subscriber(url, board.key) as socket:
        id = await socket.subscribe(CHANGES, variables={"id": board.id})
        for number in range(20):
            told = await socket.message(id)
            if told["type"] == "error":
                break
            await board.rename(f"Name {number}")
        (error,) = told["payload"]
        assert error["extensions"]["code"] == "RATE_LIMITED"


async def test_a_shared_event_is_computed_once(board: Board, statements: Statements) -> None:
    ids = [await board.follow() for _ in range(5)]
    for id in ids:
        await board.socket.event(id)
    statements.clear()
    await board.rename("Once")
    for id in ids:
        assert (await board.socket.event(id))["dashboard"]["name"] == "Once"
    reads = [sql for sql in statements.executed if "string_agg" in sql]
    assert 1 <= len(reads) < len(ids)  # it may look twice: when it hears of the change, and when it begins to listen
