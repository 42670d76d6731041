"""Idempotency keys over HTTP and WebSockets, and what becomes of a request whose server is killed."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from models.sessions import Sessions
from resolvers.trusted_documents import NewDocument, id_of, register
from server.app import create_app
from server.http.graphql_request import GraphQLRequest
from server.http.idempotency import conflict_status, operation_hash
from server.keys import create_key
from server.postgres.migrate import head
from server.projects import ensure_project
from server.runtime import Runtime
from server.settings import Settings
from tests.server.commands.command_line import CommandLine
from tests.server.http.serving import GraphQLSocket, connected, listening
from tests.stalls import measured_stalls

MAKE = "mutation ($name: String!) { createDashboard(input: {name: $name}) { dashboard { databaseId name } } }"
NAMES = sa.text("select name from dashboards where project_id = :project order by id")
ALLOWED = "Allowed: 1 to 255 printable ASCII characters without spaces, quotes and backslashes, such as a UUID."


def asked(name: str = "Made", query: str = MAKE, **members: Any) -> dict[str, Any]:
    return {"query": query, "variables": {"name": name}, **members}


async def names(sessions: Sessions, project_id: int) -> list[str]:
    async with sessions.read(project_id) as session:
        return list(await session.scalars(NAMES, {"project": project_id}))


@pytest.mark.parametrize(
    ("headers", "extensions"),
    [
        ({"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}, None),
        ({"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}, None),
        ({"Idempotency-Key": "~" * 255}, None),
        ({}, {"idempotencyKey": "8e03978e"}),
        ({"Idempotency-Key": "same"}, {"idempotencyKey": "same"}),
    ],
    ids=["header", "quoted", "long", "extension", "both"],
)
async def test_a_repeated_request_makes_one_dashboard(
    client: httpx.AsyncClient,
    sessions: Sessions,
    project_id: int,
    headers: Mapping[str, str],
    extensions: Mapping[str, str] | None,
) -> None:
    body = asked(extensions=extensions)
    first, second = [await client.post("/graphql", json=body, headers=headers) for _ in range(2)]
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert first.json()["data"]["createDashboard"]["dashboard"]["name"] == "Made"
    assert [answer.headers.get("Idempotent-Replayed") for answer in (first, second)] == [None, "true"]
    assert await names(sessions, project_id) == ["Made"]
    assert (await client.post("/graphql", json=asked())).json() != first.json()
    assert await names(sessions, project_id) == ["Made", "Made"]


async def test_the_order_of_variables_does_not_matter(
    client: httpx.AsyncClient, sessions: Sessions, project_id: int
) -> None:
    make = "createDashboard(input: {name: $name, timeZone: $zone}) { errors { path } }"
    query = f"mutation ($name: String!, $zone: TimeZone!) {{ {make} }}"
    for variables in ({"name": "a", "zone": "UTC"}, {"zone": "UTC", "name": "a"}):
        body = {"query": query, "variables": variables}
        answer = await client.post("/graphql", json=body, headers={"Idempotency-Key": "k"})
        assert answer.json() == {"data": {"createDashboard": {"errors": []}}}
    assert await names(sessions, project_id) == ["a"]


@pytest.mark.parametrize(
    "other",
    [asked("Other"), asked(query=MAKE + " "), asked(query=MAKE.replace("mutation", "mutation X"), operationName="X")],
    ids=["variables", "document", "operationName"],
)
async def test_another_request_with_the_key_gets_422(
    client: httpx.AsyncClient, sessions: Sessions, project_id: int, other: Mapping[str, Any]
) -> None:
    headers = {"Idempotency-Key": "k"}
    await client.post("/graphql", json=asked(), headers=headers)
    answer = await client.post("/graphql", json=other, headers=headers)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {"code": "IDEMPOTENCY_KEY_REUSED"}
    assert error["message"] == (
        "This idempotency key was used before for a request that differs from this one. Repeat that request "
        "unchanged, or use a new key."
    )
    assert await names(sessions, project_id) == ["Made"]


async def test_documents_that_are_asked_for_by_id_are_told_apart(
    client: httpx.AsyncClient, sessions: Sessions, project_id: int
) -> None:
    texts = [f'mutation {{ createDashboard(input: {{name: "{name}"}}) {{ dashboard {{ name }} }} }}' for name in "ab"]
    async with sessions.write(project_id) as session:
        await register(session, project_id, [NewDocument(text, "x") for text in texts])
    answers = [
        await client.post("/graphql", json={"documentId": id_of(text)}, headers={"Idempotency-Key": "k"})
        for text in (*texts, texts[0])
    ]
    assert [answer.status_code for answer in answers] == [200, 422, 200]
    assert answers[2].json() == answers[0].json()
    assert await names(sessions, project_id) == ["a"]


@pytest.mark.parametrize("key", ["", "a b", "~" * 256, "a\\b", 'a"b', '"a', "é"])
async def test_a_key_that_is_not_allowed_gets_400(
    client: httpx.AsyncClient, sessions: Sessions, project_id: int, key: str
) -> None:
    answer = await client.post("/graphql", json=asked(), headers=[(b"Idempotency-Key", key.encode())])
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["message"] == f"The header Idempotency-Key is not a valid idempotency key. {ALLOWED}"
    assert await names(sessions, project_id) == []


@pytest.mark.parametrize("key", ["a b", 7, "", ["a"]])
async def test_an_extension_that_is_not_allowed_gets_400(client: httpx.AsyncClient, key: object) -> None:
    answer = await client.post("/graphql", json=asked(extensions={"idempotencyKey": key}))
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["message"] == f"`extensions.idempotencyKey` is not a valid idempotency key. {ALLOWED}"


async def test_two_keys_get_400(client: httpx.AsyncClient) -> None:
    for headers, extensions in (
        ([("Idempotency-Key", "a"), ("Idempotency-Key", "b")], {}),
        ([("Idempotency-Key", "a")], {"idempotencyKey": "b"}),
    ):
        answer = await client.post("/graphql", json=asked(extensions=extensions), headers=headers)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["message"] == "The request has more than one idempotency key; send one."


async def test_a_query_is_executed_each_time(client: httpx.AsyncClient) -> None:
    query = {"query": "{ dashboards { edges { node { name } } } }"}
    assert (await client.post("/graphql", json=query, headers={"Idempotency-Key": "k"})).json()["data"]
    await client.post("/graphql", json=asked(), headers={"Idempotency-Key": "k"})
    answer = await client.post("/graphql", json=query, headers={"Idempotency-Key": "k"})
    assert len(answer.json()["data"]["dashboards"]["edges"]) == 1


async def test_pages_of_other_origins_may_send_it(client: httpx.AsyncClient) -> None:
    headers = {
        "Origin": "https://charts.example.com",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "idempotency-key,content-type",
    }
    assert (await client.options("/graphql", headers=headers)).status_code == 200
    answer = await client.post("/graphql", json=asked(), headers={"Origin": "https://charts.example.com"})
    assert "Idempotent-Replayed" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"data": {"a": None}, "errors": [{"extensions": {"code": "IDEMPOTENCY_KEY_IN_USE"}}]}, 409),
        ({"data": {"a": None}, "errors": [{"extensions": {"code": "IDEMPOTENCY_KEY_REUSED"}}]}, 422),
        ({"data": {"a": None, "b": {}}, "errors": [{"extensions": {"code": "IDEMPOTENCY_KEY_IN_USE"}}]}, None),
        ({"data": {"a": None}, "errors": [{"extensions": {"code": "INTERNAL_ERROR"}}]}, None),
        (
            {
                "data": {"a": None, "b": None},
                "errors": [{"extensions": {"code": "IDEMPOTENCY_KEY_IN_USE"}}, {"extensions": {"code": "FORBIDDEN"}}],
            },
            None,
        ),
        ({"data": {"a": None}}, None),
    ],
)
def test_a_response_has_the_status_only_if_nothing_was_done(body: Mapping[str, Any], status: int | None) -> None:
    assert conflict_status(body) == status


async def test_while_the_first_one_runs_the_second_gets_409(
    engine: AsyncEngine, sessions: Sessions, project_id: int
) -> None:
    headers = {"X-API-Key": await create_key(sessions, project_id, "test"), "Idempotency-Key": "k"}
    brief = Sessions(engine, lock_timeout=sessions.lock_timeout / 50)
    first = create_app(Settings(), Runtime(engine, sessions, head()))
    second = create_app(Settings(), Runtime(engine, brief, head()))
    transports = [httpx.ASGITransport(app) for app in (first, second)]
    async with (
        sessions.write(project_id) as session,
        httpx.AsyncClient(transport=transports[0], base_url="http://a", headers=headers) as slow,
        httpx.AsyncClient(transport=transports[1], base_url="http://a", headers=headers) as quick,
    ):
        # The first request waits, in its transaction, for the lock of the project.
        await session.execute(sa.text("select from projects where id = :id for update"), {"id": project_id})
        running = asyncio.create_task(slow.post("/graphql", json=asked()))
        await asyncio.sleep(0.3)
        answer = await quick.post("/graphql", json=asked())
        assert (answer.status_code, answer.headers["Retry-After"]) == (409, "1")
        (error,) = answer.json()["errors"]
        assert error["extensions"] == {"code": "IDEMPOTENCY_KEY_IN_USE", "retryAfter": 1}
        await session.commit()
        assert (await running).status_code == 200
        assert (await quick.post("/graphql", json=asked())).json() == (await running).json()
    assert await names(sessions, project_id) == ["Made"]


@asynccontextmanager
async def _socket(engine: AsyncEngine, sessions: Sessions, key: str) -> AsyncGenerator[GraphQLSocket]:
    app = create_app(Settings(), Runtime(engine, sessions, head()))
    async with listening(app) as url, connected(url, key) as socket:
        yield socket


@pytest.mark.processes
async def test_an_operation_of_a_websocket_has_its_own_key(
    engine: AsyncEngine, sessions: Sessions, project_id: int
) -> None:
    key = await create_key(sessions, project_id, "test")
    answers: list[Any] = []
    for _ in range(2):  # the socket breaks in between
        async with _socket(engine, sessions, key) as socket:
            body = asked(extensions={"idempotencyKey": "a"})
            answers += [(await socket.messages(**body))[0]["payload"]]
            if len(answers) == 2:
                other = await socket.messages(**asked("Other", extensions={"idempotencyKey": "a"}))
                (error,) = other[0]["payload"]["errors"]
                assert error["extensions"] == {"code": "IDEMPOTENCY_KEY_REUSED"}
                refusal = await socket.refusal(**asked(extensions={"idempotencyKey": "a b"}))
                assert refusal["extensions"] == {"code": "BAD_REQUEST"}
                refusal = await socket.refusal(**asked(extensions=7))
                assert refusal["message"] == "`extensions` must be an object."
                await socket.messages(**asked("Without"))
    assert answers[0]["data"] == answers[1]["data"]
    assert await names(sessions, project_id) == ["Made", "Without"]


@pytest.mark.slow
async def test_the_hash_of_the_largest_request_does_not_hold_the_loop() -> None:
    calls = [{"topic": "x" * 60, "call_id": str(number), "agent": "Ada"} for number in range(90_000)]
    request = GraphQLRequest("mutation { x }", {"calls": calls}, None, None)
    assert len(json.dumps(calls)) > 9_000_000
    async with measured_stalls() as stalls:
        await asyncio.to_thread(operation_hash, request)
    assert stalls.process < 0.1


class _Server:
    """``dialboard serve`` as a process, on the database given."""

    def __init__(self, folder: Path, url: URL) -> None:
        address = url.render_as_string(hide_password=False)
        self.process = CommandLine(folder, DATABASE_URL=address).start("serve", "--port", "0")
        assert self.process.stdout is not None
        found = None
        for line in self.process.stdout:
            found = re.search(r"(http://\S+/graphql)", line)
            if found:
                break
        assert found, self.process.communicate(timeout=10)
        self.url = found[1]


@contextmanager
def _serving(folder: Path, url: URL) -> Iterator[_Server]:
    server = _Server(folder, url)
    yield server
    server.process.kill()
    server.process.communicate(timeout=30)


async def _count(observer: AsyncConnection, expected: int) -> None:
    for _ in range(500):
        if await observer.scalar(sa.text("select count(*) from dashboards")) == expected:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"There are not {expected} dashboards after ten seconds.")


@pytest.mark.processes
@pytest.mark.slow
async def test_a_server_that_is_killed_before_it_answers_has_done_it_once(
    own_database_url: URL, tmp_path: Path
) -> None:
    """After the commit of the first of two mutations, and before its answer, which needs a table that is locked."""
    engine = create_async_engine(own_database_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    blocker = create_async_engine(own_database_url, poolclass=sa.NullPool)
    project = await ensure_project(blocker, "Crash")
    key = await create_key(Sessions(blocker), project.id, "test")
    made = "dashboard { databaseId } query { callLogs { totalCount } }"
    a, b = (f'{alias}: createDashboard(input: {{name: "{alias}"}}) {{ {made} }}' for alias in "ab")
    body = {"query": f"mutation {{ {a} {b} }}"}
    headers = {"X-API-Key": key, "Idempotency-Key": "crash"}
    async with httpx.AsyncClient(headers=headers, timeout=30) as client, engine.connect() as observer:
        await observer.execute(sa.text(f"set dialboard.project_id = {project.id}"))
        with _serving(tmp_path, own_database_url) as server:
            async with blocker.begin() as lock:
                await lock.execute(sa.text("lock table call_logs in access exclusive mode"))
                running = asyncio.create_task(client.post(server.url, json=body))
                await _count(observer, 1)
                server.process.kill()
                assert server.process.wait(30) != 0
                with pytest.raises(httpx.TransportError):
                    await running
        with _serving(tmp_path, own_database_url) as server:
            answer = await client.post(server.url, json=body)
            again = await client.post(server.url, json=body)
        rows = (await observer.execute(sa.text("select name, id from dashboards order by id"))).all()
    assert answer.json()["data"] == again.json()["data"]
    assert [name for name, _ in rows] == ["a", "b"]
    told = [answer.json()["data"][alias]["dashboard"]["databaseId"] for alias in ("a", "b")]
    assert told == [id for _, id in rows]
    assert (answer.headers["Idempotent-Replayed"], again.headers["Idempotent-Replayed"]) == ("true", "true")
    await engine.dispose()
