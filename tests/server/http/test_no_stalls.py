"""The largest requests of every kind that are accepted hold nobody else up.

What is measured is the processor time of the loop's thread between two ticks, which a busy machine hardly changes.
"""

import asyncio
import gc
import json
from collections.abc import Callable, Generator, Sequence
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from websockets import Subprotocol
from websockets.sync.client import connect

from aggregation.stored.builder import PreaggregateBuilder
from aggregation.stored.preaggregates import Preaggregates
from models.sessions import Sessions
from resolvers.budgets import Budgets
from server.app import create_app
from server.keys import create_key
from server.postgres.migrate import head
from server.projects import ensure_project
from server.runtime import Runtime
from server.settings import Settings
from tests.server.http import large_requests
from tests.server.http.serving import listening
from tests.server.http.stall_cases import CALLS, QUERIES, fill
from tests.stalls import measured_stalls

pytestmark = pytest.mark.slow

MOST = 0.1
"""Seconds that an accepted request may hold the event loop."""

MOST_REFUSED = 0.05
"""Seconds that a refused one may."""

JSON = b"application/json"
LINES = b"application/x-ndjson"


class Filled:
    """An application over a project that has much to answer with."""

    def __init__(self, app: FastAPI, key: str) -> None:
        self._app = app
        self._key = key

    @property
    def app(self) -> FastAPI:
        """The application, for a server that listens."""
        return self._app

    @property
    def key(self) -> str:
        """The key of its project."""
        return self._key

    async def post(self, body: object, *headers: tuple[bytes, bytes]) -> tuple[int, bytes]:
        """The status and body of an answer to a GraphQL request, which may come as JSON."""
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.request("POST", "/graphql", text, (b"content-type", JSON), *headers)

    async def request(
        self, method: str, path: str, body: bytes = b"", *headers: tuple[bytes, bytes]
    ) -> tuple[int, bytes]:
        """The status and body of an answer, without the work of a client on the same loop."""
        sent: list[Any] = []
        parts = [body[start : start + 65_536] for start in range(0, len(body), 65_536)] or [b""]
        given = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
        given[-1]["more_body"] = False
        given.reverse()

        async def receive() -> Any:
            return given.pop() if given else await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"x-api-key", self._key.encode()), *headers],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        await self._app(scope, receive, send)
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


@pytest.fixture(scope="module")
async def filled(engine: AsyncEngine, sessions: Sessions) -> Filled:
    project = await ensure_project(engine, "Much to answer")
    project_id = project.id
    await fill(sessions, project_id)
    settings = Settings(budget_key=0, budget_project=0)
    return Filled(create_app(settings, Runtime(engine, sessions, head())), await create_key(sessions, project_id, "k"))


@pytest.fixture(scope="module")
async def budgeted(engine: AsyncEngine, sessions: Sessions, filled: Filled) -> Filled:
    """The same project behind a server with budgets, of which it takes a part with every request."""
    runtime = Runtime(engine, sessions, head(), budgets=Budgets(sessions, 10_000, 20_000))
    return Filled(create_app(Settings(), runtime), filled.key)


@pytest.fixture(autouse=True)
def _as_a_server_collects_garbage() -> Generator[None]:
    before = gc.get_threshold()
    gc.set_threshold(10_000, 3, 1_000)
    yield
    gc.set_threshold(*before)


@pytest.mark.parametrize("coding", [b"identity", b"gzip"])
@pytest.mark.parametrize("name", QUERIES)
async def test_no_accepted_request_holds_the_loop(filled: Filled, name: str, coding: bytes) -> None:
    await filled.post({"query": "{ viewer { now } }"})
    async with measured_stalls() as stalls:
        status, body = await filled.post(QUERIES[name], (b"accept-encoding", coding))
    assert status == 200
    if coding == b"identity":
        answer = json.loads(body)
        assert "errors" not in answer, answer["errors"]
        assert b'"__typename":"Invalid' not in body[:80]
    assert stalls.processor < MOST


MOST_GARBAGE = 6_000
"""Objects in cycles that a request may leave behind. A page of 500 calls with agents had 24,000, and a filter of
1,090 conditions leaves 4,500 of SQLAlchemy's."""


@pytest.mark.parametrize("name", QUERIES)
async def test_what_a_request_has_read_goes_when_it_ends(filled: Filled, name: str) -> None:
    """What holds on to itself stays until the collector looks at everything, which holds up all requests."""
    for _ in range(2):
        await filled.post(QUERIES[name])
    gc.collect()
    gc.disable()
    try:
        await filled.post(QUERIES[name])
        left = gc.collect()
    finally:
        gc.enable()
    assert left < MOST_GARBAGE


@pytest.mark.parametrize("name", ["small", "bars", "calls", "filter-of-calls"])
async def test_no_accepted_request_holds_the_loop_where_it_pays(budgeted: Filled, name: str) -> None:
    await budgeted.post({"query": "{ viewer { now } }"})
    async with measured_stalls() as stalls:
        status, body = await budgeted.post(QUERIES[name])
    assert status == 200, body[:500]
    assert stalls.processor < MOST


async def test_no_ingest_holds_the_loop_where_it_pays(budgeted: Filled) -> None:
    lines = large_requests.ingest_lines().replace(b'"call_id": "n', b'"call_id": "paid')
    async with measured_stalls() as stalls:
        status, answer = await budgeted.request("POST", "/ingest", lines, (b"content-type", LINES))
    taken = json.loads(answer)
    taken = taken if status == 200 else taken["errors"][0]["extensions"]["taken"]
    assert taken["created"] + taken["updated"] >= 1_000
    assert stalls.processor < MOST


@pytest.mark.parametrize("name", ["too dear", "too many values", "a filter with many keys"])
async def test_what_is_refused_is_refused_quickly_where_it_pays(budgeted: Filled, name: str) -> None:
    body = json.dumps(large_requests.REFUSED[name]).encode()
    async with measured_stalls() as stalls:
        _, answer = await budgeted.post(body)
    assert json.loads(answer)["errors"]
    assert stalls.processor < MOST_REFUSED


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
async def test_no_export_of_calls_holds_the_loop(filled: Filled, ending: str) -> None:
    async with measured_stalls() as stalls:
        status, body = await filled.request("GET", f"/export/calls.{ending}")
    assert status == 200
    assert body.count(b"\n") >= CALLS
    assert stalls.processor < MOST


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
@pytest.mark.parametrize("name", ["histogram-bins", "bars", "line", "line-series"])
async def test_no_export_of_a_chart_holds_the_loop(filled: Filled, name: str, ending: str) -> None:
    body = json.dumps(QUERIES[name]["variables"]["input"]).encode()
    async with measured_stalls() as stalls:
        status, file = await filled.request("POST", f"/export/preview.{ending}", body, (b"content-type", JSON))
    assert status == 200, file[:500]
    assert stalls.processor < MOST


_BY_TOPIC = {"type": "field", "field": "topic", "top": 20}
_CHARTS: tuple[dict[str, Any], ...] = (
    {"chartType": "STAT", "field": "duration", "aggregation": "P95"},
    {"chartType": "BAR", "field": "duration", "aggregation": "P95", "timePeriod": "DAY"},
    {"chartType": "BAR", "field": "duration", "aggregation": "AVG", "timePeriod": "HOUR", "groupBy": _BY_TOPIC},
    {"chartType": "PIE", "field": "topic"},
    {"chartType": "HISTOGRAM", "field": "duration"},
    {"chartType": "LINE", "field": "duration"},
)


def _asking_for(charts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    names = [f"c{number}" for number in range(len(charts))]
    declared = ", ".join(f"${name}: PreviewWidgetInput!" for name in names)
    fields = " ".join(f"{name}: previewWidget(input: ${name}) {{ ... on Chart {{ source }} }}" for name in names)
    return {"query": f"query ({declared}) {{ {fields} }}", "variables": dict(zip(names, charts, strict=True))}


async def test_no_preaggregate_that_is_built_or_read_holds_the_loop(
    engine: AsyncEngine, sessions: Sessions, filled: Filled
) -> None:
    preaggregates = Preaggregates()
    app = create_app(Settings(budget_key=0, budget_project=0), Runtime(engine, sessions, head(), preaggregates))
    asking = Filled(app, filled.key)
    builder = PreaggregateBuilder(sessions, preaggregates, 2**30)
    body = _asking_for(_CHARTS)
    # Previews are built once they are asked for again; the first ones prepare statements.
    for _ in range(2):
        await asking.post(body)
    async with measured_stalls() as built:
        await builder.work()
    async with measured_stalls() as read:
        status, answer = await asking.post(body)
    assert status == 200
    sources = [chart["source"] for chart in json.loads(answer)["data"].values()]
    assert set(sources) <= {"STORED", "MIXED"}, sources
    # Projects of several times as many calls build several times as much at once.
    assert built.processor < MOST / 2
    assert read.processor < MOST / 2


async def _ids(filled: Filled) -> list[str]:
    _, body = await filled.post(large_requests.CALLS)
    return [edge["node"]["id"] for edge in json.loads(body)["data"]["callLogs"]["edges"]]


async def _dashboard(filled: Filled) -> str:
    _, body = await filled.post(large_requests.MAKE)
    return json.loads(body)["data"]["createDashboard"]["dashboard"]["id"]


LARGE: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "widget changes": lambda ids: large_requests.widget_changes(ids["dashboard"]),
    "import of a dashboard": lambda _ids: large_requests.import_dashboard(),
    "nodes": lambda ids: large_requests.nodes(ids["calls"]),
    "calls as JSON": lambda _ids: large_requests.ingest_calls(),
    "typed calls": lambda _ids: large_requests.typed_calls(),
    "typed filter": lambda _ids: large_requests.typed_filter(),
    "wide document": lambda _ids: large_requests.wide_document(),
    "many fragments": lambda _ids: large_requests.many_fragments(),
}


@pytest.mark.parametrize("name", LARGE)
async def test_no_large_request_holds_the_loop(filled: Filled, name: str) -> None:
    calls = await _ids(filled)
    # The first of them prepares statements, and the tests read the SQL of new ones.
    first, body = [json.dumps(LARGE[name]({"dashboard": await _dashboard(filled), "calls": calls})) for _ in range(2)]
    await filled.post(first.encode())
    async with measured_stalls() as stalls:
        status, answer = await filled.post(body.encode())
    assert status == 200
    told = json.loads(answer)
    assert "errors" not in told, told["errors"]
    assert not any(isinstance(value, dict) and value.get("errors") for value in told["data"].values()), told
    assert stalls.processor < MOST


INVALID: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "metadata of many keys": lambda ids: large_requests.update_call(ids["calls"][0]),
    "wrong calls": lambda _ids: large_requests.wrong_calls(),
}


@pytest.mark.parametrize("name", INVALID)
async def test_no_large_input_that_is_invalid_holds_the_loop(filled: Filled, name: str) -> None:
    body = json.dumps(INVALID[name]({"calls": await _ids(filled)})).encode()
    async with measured_stalls() as stalls:
        status, answer = await filled.post(body)
    assert status == 200
    (payload,) = json.loads(answer)["data"].values()
    assert payload["errors"]
    assert stalls.processor < MOST


async def test_no_ingest_of_lines_holds_the_loop(filled: Filled) -> None:
    lines = large_requests.ingest_lines()
    async with measured_stalls() as stalls:
        status, answer = await filled.request("POST", "/ingest", lines, (b"content-type", LINES))
    assert (status, json.loads(answer)["created"]) == (200, 3_000)
    assert stalls.processor < MOST


@pytest.mark.parametrize("name", large_requests.REFUSED)
async def test_what_is_refused_is_refused_quickly(filled: Filled, name: str) -> None:
    body = json.dumps(large_requests.REFUSED[name]).encode()
    async with measured_stalls() as stalls:
        _, answer = await filled.post(body)
    assert json.loads(answer)["errors"]
    assert stalls.processor < MOST_REFUSED


@pytest.mark.parametrize("compression", [None, "deflate"])
@pytest.mark.parametrize("name", ["transcripts", "bars", "many-lines"])
async def test_no_answer_over_a_socket_holds_the_loop(filled: Filled, name: str, compression: str | None) -> None:
    """The client is a thread of its own, whose work is not that of the loop."""

    def ask(address: str) -> Any:
        protocol = Subprotocol("graphql-transport-ws")
        with connect(
            address,
            subprotocols=[protocol],
            additional_headers={"X-API-Key": filled.key},
            compression=compression,
            max_size=None,
        ) as socket:
            socket.send(json.dumps({"type": "connection_init"}))
            socket.recv()
            socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": QUERIES[name]}))
            return socket.recv(), socket.recv()

    async with listening(filled.app) as url:
        await filled.post({"query": "{ viewer { now } }"})
        async with measured_stalls() as stalls:
            answer, end = await asyncio.to_thread(ask, url.replace("http://", "ws://"))
    told = json.loads(answer)
    assert (told["id"], told["type"]) == ("1", "next")
    assert "errors" not in told["payload"]
    assert len(answer) > 500_000
    assert json.loads(end) == {"id": "1", "type": "complete"}
    assert stalls.processor < MOST
