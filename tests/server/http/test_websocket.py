"""GraphQL over a WebSocket: every operation of a socket is a request of its own."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import httpx
import pytest
import websockets
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from models.key_text import new_key
from models.sessions import Sessions
from server.app import create_app
from server.keys import create_key, list_keys, make_key, revoke_key
from server.postgres.migrate import head
from server.projects import ensure_project
from server.runtime import Runtime
from server.settings import Settings
from tests.server.http.serving import GraphQLSocket, connected, listening
from tests.stalls import measured_stalls

NOW = """{
  previewWidget(input: {chartType: BAR, field: "timestamp", aggregation: COUNT, timePeriod: DAY}) {
    ... on BarChart { asOf }
  }
}"""
NAMES = "{ dashboards { edges { node { id name revisions { totalCount } } } } }"
CALLS = "{ callLogs { totalCount } }"
MAKE = 'mutation { createDashboard(input: {name: "Made"}) { dashboard { id } } }'
TWO = "query Ask { __typename } mutation Change { __typename }"


@dataclass(frozen=True)
class Served:
    """A server, its project, and a socket to it."""

    url: str
    key: str
    project_id: int
    sessions: Sessions
    socket: GraphQLSocket

    async def post(self, query: str) -> None:
        async with httpx.AsyncClient(headers={"X-API-Key": self.key}) as client:
            answer = await client.post(self.url, json={"query": query})
        assert "errors" not in answer.json(), answer.text

    async def execute(self, sql: str) -> None:
        async with self.sessions.write(self.project_id) as session:
            await session.execute(text(sql), {"project": self.project_id})


@pytest.fixture
async def served(engine: AsyncEngine, sessions: Sessions, project_id: int) -> AsyncGenerator[Served]:
    key = await create_key(sessions, project_id, "test")
    app = create_app(Settings(key_cache_seconds=0), Runtime(engine, sessions, head()))
    async with listening(app) as url, connected(url, key) as socket:
        yield Served(url, key, project_id, sessions, socket)


def _opening(served: Served, key: str | None = None) -> websockets.connect:
    """A socket whose handshake has this key."""
    return websockets.connect(
        served.url.replace("http://", "ws://"),
        subprotocols=[websockets.Subprotocol("graphql-transport-ws")],
        additional_headers={} if key is None else {"X-API-Key": key},
    )


async def _closing(socket: websockets.ClientConnection) -> tuple[int, str]:
    """The code and reason that the server closes a socket with."""
    await asyncio.wait_for(socket.wait_closed(), 10)
    assert socket.close_code is not None
    return socket.close_code, socket.close_reason or ""


def _unknown(served: Served) -> str:
    """A key that is well-formed and opens nothing."""
    return new_key(served.project_id)


async def test_a_handshake_with_a_wrong_key_is_refused(served: Served) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        await _opening(served, _unknown(served))
    assert refused.value.response.status_code == 403


async def _signed_in(socket: websockets.ClientConnection, payload: object) -> GraphQLSocket:
    await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
    assert json.loads(await socket.recv())["type"] == "connection_ack"
    return GraphQLSocket(socket)


@pytest.mark.parametrize("name", ["apiKey", "X-API-Key", "x-api-key", "Authorization"])
async def test_a_socket_signs_in_when_it_begins(served: Served, name: str) -> None:
    """As pages of browsers have to, which cannot set headers of a handshake."""
    key = f"Bearer {served.key}" if name == "Authorization" else served.key
    payload = {name: key, "project": str(served.project_id), "theme": "dark", "version": 3}
    async with _opening(served) as socket:
        client = await _signed_in(socket, payload)
        assert (await client.data("{ viewer { key { name } } }"))["viewer"]["key"] == {"name": "test"}
        answer, _ = await client.messages(MAKE, extensions={"idempotencyKey": "once"})
        again, _ = await client.messages(MAKE, extensions={"idempotencyKey": "once"})
        assert again == answer
        assert (await client.data("{ dashboards { totalCount } }")) == {"dashboards": {"totalCount": 1}}


async def test_a_socket_with_a_key_needs_no_other(served: Served) -> None:
    async with _opening(served, served.key) as socket:
        client = await _signed_in(socket, None)
        assert await client.data("{ __typename }") == {"__typename": "Query"}


@pytest.mark.parametrize(
    ("payload", "code", "reason"),
    [
        (None, 4403, "The request has no API key."),
        ({}, 4403, "The request has no API key."),
        ({"apiKey": ""}, 4403, "The request has no API key."),
        ({"apiKey": None}, 4403, "The request has no API key."),
        ({"apiKey": "\ud800"}, 4403, "API key"),
        ({"apiKey": "dlbk_1_" + "x" * 49}, 4403, "API key"),
        ({"apiKey": 1}, 4400, "apiKey must be a string."),
        ({"apiKey": "a", "X-API-Key": "b"}, 4400, "X-API-Key is given twice."),
        ([], 4400, "Invalid connection init payload"),
    ],
)
async def test_a_socket_that_does_not_sign_in_is_closed(
    served: Served, payload: object, code: int, reason: str
) -> None:
    async with _opening(served) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        found, told = await _closing(socket)
    assert found == code
    assert reason in told


async def test_a_key_that_does_not_open_the_project_signs_nobody_in(served: Served) -> None:
    async with _opening(served) as socket:
        payload = {"apiKey": served.key, "project": "another"}
        await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        code, reason = await _closing(socket)
    assert code == 4403
    assert "does not open the project" in reason


async def test_nothing_is_answered_before_a_socket_has_signed_in(served: Served) -> None:
    async with _opening(served) as socket:
        operation = {"id": "1", "type": "subscribe", "payload": {"query": "{ __typename }"}}
        await socket.send(json.dumps(operation))
        assert (await _closing(socket))[0] == 4401


@pytest.mark.parametrize("key", [True, False])
async def test_strangers_cannot_have_long_messages_read(served: Served, key: bool) -> None:
    async with _opening(served, served.key if key else None) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"apiKey": served.key, "x": "y" * 9_000}}))
        if key:
            assert json.loads(await socket.recv())["type"] == "connection_ack"
        else:
            code, reason = await _closing(socket)
            assert code == 4400
            assert reason == "Before a socket has signed in, a message has at most 8192 characters."


async def test_strangers_cannot_send_much_that_is_compressed(served: Served) -> None:
    async with _opening(served) as socket:
        with suppress(websockets.ConnectionClosed):
            for _ in range(100):
                await socket.send("x" * 1_000_000)
        await asyncio.wait_for(socket.wait_closed(), 10)


async def test_many_small_frames_hold_nobody_up(served: Served) -> None:
    async with _opening(served, served.key) as socket:
        client = await _signed_in(socket, {})
        for _ in range(3_000):
            await socket.send(json.dumps({"type": "ping"}))
        async with measured_stalls() as stalls:
            assert await served.socket.data("{ __typename }") == {"__typename": "Query"}
        assert stalls.elapsed < 1
        for _ in range(3_000):
            assert json.loads(await socket.recv()) == {"type": "pong"}
        assert await client.data("{ __typename }") == {"__typename": "Query"}


async def test_a_socket_signs_in_once(served: Served) -> None:
    async with _opening(served) as socket:
        await _signed_in(socket, {"apiKey": served.key})
        await socket.send(json.dumps({"type": "connection_init", "payload": {"apiKey": served.key}}))
        assert (await _closing(socket))[0] == 4429


async def test_guessed_keys_are_limited_on_sockets_too(served: Served) -> None:
    codes: list[int] = []
    for _ in range(25):
        async with _opening(served) as socket:
            wrong = {"type": "connection_init", "payload": {"apiKey": _unknown(served)}}
            await socket.send(json.dumps(wrong))
            codes.append((await _closing(socket))[0])
    assert codes[:20] == [4403] * 20
    assert set(codes[20:]) == {1013}


async def test_each_operation_has_its_own_moment(served: Served) -> None:
    moments = [datetime.fromisoformat((await served.socket.data(NOW))["previewWidget"]["asOf"]) for _ in range(2)]
    assert moments[0] < moments[1]


async def test_what_changed_over_http_is_seen(served: Served) -> None:
    made = (await served.socket.data(MAKE))["createDashboard"]["dashboard"]["id"]
    (edge,) = (await served.socket.data(NAMES))["dashboards"]["edges"]
    assert edge["node"] == {"id": made, "name": "Made", "revisions": {"totalCount": 1}}
    await served.post(
        f'mutation {{ updateDashboard(input: {{id: "{made}", name: "Renamed"}}) {{ dashboard {{ name }} }} }}'
    )
    (edge,) = (await served.socket.data(NAMES))["dashboards"]["edges"]
    assert edge["node"] == {"id": made, "name": "Renamed", "revisions": {"totalCount": 2}}
    one = await served.socket.data(f'{{ dashboard(id: "{made}") {{ name }} }}')
    assert one == {"dashboard": {"name": "Renamed"}}


async def test_a_new_call_is_counted(served: Served) -> None:
    await served.execute("insert into agents (project_id, agent_name) values (:project, 'a')")
    assert (await served.socket.data(CALLS))["callLogs"]["totalCount"] == 0
    await served.execute(
        "insert into call_logs (project_id, call_id, agent_id, timestamp) "
        "select :project, 'c', id, now() from agents where project_id = :project"
    )
    assert (await served.socket.data(CALLS))["callLogs"]["totalCount"] == 1


async def test_a_limit_of_a_request_is_one_of_an_operation(served: Served) -> None:
    """A request gets the documents of 100 revisions at most; a socket may ask again and again."""
    await served.socket.data(MAKE)
    query = "{ dashboards { edges { node { revisions(first: 1) { edges { node { document } } } } } } }"
    for _ in range(101):
        await served.socket.data(query)


@pytest.fixture
def seldom_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves it to operations to find out that a key was revoked. Takes effect on sockets made after it."""
    monkeypatch.setattr("server.http.key_watch.RECHECK_SECONDS", 3600)


@pytest.mark.usefixtures("seldom_checked")
async def test_a_revoked_key_reads_and_writes_no_more(served: Served) -> None:
    await served.socket.data(CALLS)
    (row,) = await list_keys(served.sessions, served.project_id)
    assert await revoke_key(served.sessions, served.project_id, row.id)
    for query in (CALLS, MAKE):
        error = await served.socket.refusal(query)
        assert error["extensions"]["code"] == "UNAUTHENTICATED"
        assert "revoked" in error["message"]
    async with served.sessions.read(served.project_id) as session:
        assert await session.scalar(text("select count(*) from dashboards")) == 0


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"query": TWO}, "The document has 2 operations; set `operationName` to the one to run."),
        ({"query": TWO, "operationName": "Other"}, "The document has no operation named 'Other'."),
        ({"query": "{"}, "Syntax Error: Expected Name, found <EOF>."),
        ({"query": "{ nothing }"}, "Cannot query field 'nothing' on type 'Query'."),
        ({"query": 1}, "`query` must be a string."),
        ({"query": "{ __typename }", "variables": [1]}, "`variables` must be an object."),
    ],
)
async def test_what_is_not_executed_ends_in_an_error_and_the_socket_lives_on(
    served: Served, payload: dict[str, object], message: str
) -> None:
    assert (await served.socket.refusal(**payload))["message"] == message
    assert await served.socket.data("{ __typename }") == {"__typename": "Query"}


async def test_the_named_operation_runs(served: Served) -> None:
    answers = [(await served.socket.messages(TWO, operationName=name))[0] for name in ("Ask", "Change")]
    assert [answer["payload"]["data"]["__typename"] for answer in answers] == ["Query", "Mutation"]


@pytest.mark.parametrize("by_header", [True, False])
async def test_a_socket_closes_soon_after_its_key_is_revoked(
    engine: AsyncEngine, sessions: Sessions, by_header: bool
) -> None:
    """Also one that asks nothing, within two seconds and with the default settings."""
    project = await ensure_project(engine, f"Test {uuid.uuid4()}")
    made = await make_key(sessions, project.id, "test")
    protocol = websockets.Subprotocol("graphql-transport-ws")
    async with listening(create_app(Settings(), Runtime(engine, sessions, head()))) as url:
        address = url.replace("http://", "ws://")
        async with websockets.connect(
            address, subprotocols=[protocol], additional_headers={"X-API-Key": made.text} if by_header else {}
        ) as socket:
            payload = {} if by_header else {"apiKey": made.text}
            await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            await asyncio.sleep(1.2)
            assert socket.close_code is None
            assert await revoke_key(sessions, project.id, made.row.id)
            started = time.monotonic()
            with pytest.raises(websockets.ConnectionClosedError):
                await asyncio.wait_for(socket.recv(), 5)
            assert time.monotonic() - started < 2
            assert socket.close_code == 4403


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("[]", "A message must be a JSON object."),
        ('{"id": "1"}', "The type of a message must be one of connection_init, subscribe, complete, ping, pong."),
        (
            '{"type": ["ping"]}',
            "The type of a message must be one of connection_init, subscribe, complete, ping, pong.",
        ),
        ('{"type": "complete", "id": []}', "The id of complete must be a string."),
        (
            '{"type": "subscribe", "id": "\\ud800", "payload": {}}',
            "The id of subscribe must consist of printable characters.",
        ),
        ('{"type": "subscribe", "id": 1, "payload": {}}', "The id of subscribe must be a string."),
        ('{"type": "subscribe", "id": "1", "payload": null}', "The payload of subscribe must be an object."),
        ('{"type": "subscribe", "id": "1", "payload": "{ a }"}', "The payload of subscribe must be an object."),
    ],
)
async def test_what_is_not_a_message_closes_the_socket(served: Served, message: str, reason: str) -> None:
    await served.socket._socket.send(message)
    with pytest.raises(websockets.ConnectionClosedError) as closed:
        await served.socket._socket.recv()
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4400, reason)


async def test_a_reason_that_repeats_an_id_fits_its_frame(served: Served) -> None:
    message = json.dumps({"type": "subscribe", "id": "é" * 500, "payload": {"query": CALLS}})
    for _ in range(2):
        await served.socket._socket.send(message)
    await served.socket._socket.wait_closed()
    assert served.socket._socket.close_code == 4409
    assert (served.socket._socket.close_reason or "").startswith("Subscriber for éé")
