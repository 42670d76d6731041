"""Whatever bytes come over a socket: no exception in the server, no answer of status 500, and others are served on."""

import asyncio
import contextlib
import gzip
import json
import logging
import re
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass

import httpx
import pytest
import websockets
from hypothesis import example, given
from hypothesis import strategies as st

from models.sessions import Sessions
from server.app import create_app
from server.keys import create_key
from server.runtime import Runtime
from server.settings import Settings
from tests.fuzzing import json_values, mutated, texts, trying
from tests.server.http.serving import listening

pytestmark = [pytest.mark.fuzz, pytest.mark.slow]

KEY = b"the-key-of-the-test"
"""Stands for the key in what is drawn: it is created for each run, and examples are remembered."""

QUIET = 0.2
"""Seconds after which a connection that says nothing is taken to wait for more."""

QUERY = b'{"query": "{ viewer { now } callLogs(first: 1) { totalCount } }"}'
LINES = (
    b'{"call_id": "1", "agent": "Ava", "timestamp": "2026-03-01T09:30:00Z", "metadata": {"a": [1, "\xc3\xa9"]}}\n{}\n'
)
HEAD = b"Host: x\r\nX-API-Key: " + KEY + b"\r\n"


def _post(path: bytes, body: bytes, media: bytes = b"application/json", more: bytes = b"") -> bytes:
    length = b"Content-Length: %d\r\n" % len(body)
    return (
        b"POST " + path + b" HTTP/1.1\r\n" + HEAD + b"Content-Type: " + media + b"\r\n" + more + length + b"\r\n" + body
    )


def _chunked(path: bytes, body: bytes, media: bytes) -> bytes:
    head = (
        b"POST "
        + path
        + b" HTTP/1.1\r\n"
        + HEAD
        + b"Content-Type: "
        + media
        + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    half = len(body) // 2
    parts = (body[:half], body[half:], b"")
    return head + b"".join(b"%x\r\n" % len(part) + part + b"\r\n" for part in parts)


NDJSON = b"application/x-ndjson"
REQUESTS = (
    b"GET /healthz HTTP/1.1\r\n" + HEAD + b"\r\n", b"GET /readyz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"HEAD /graphql?query=%7B__typename%7D HTTP/1.1\r\n" + HEAD + b"Accept: application/graphql-response+json\r\n\r\n",
    b"GET /graphql?query={viewer{now}}&variables={} HTTP/1.1\r\n" + HEAD + b"Accept-Encoding: gzip\r\n\r\n",
    b"OPTIONS /graphql HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nAccess-Control-Request-Method: POST\r\n\r\n",
    _post(b"/graphql", QUERY), _post(b"/graphql", QUERY, more=b"Expect: 100-continue\r\nIdempotency-Key: a\r\n"),
    _post(b"/graphql", gzip.compress(QUERY, mtime=0), more=b"Content-Encoding: gzip\r\n"),
    _post(b"/ingest", LINES, NDJSON),
    _post(b"/ingest", gzip.compress(LINES, mtime=0), NDJSON, b"Content-Encoding: gzip\r\nIdempotency-Key: b\r\n"),
    _chunked(b"/graphql", QUERY, b"application/json; charset=utf-8"), _chunked(b"/ingest", LINES, NDJSON),
    _post(b"/export/calls.csv?escapeFormulas=false", b'{"filters": null, "orderBy": "DURATION"}'),
    _post(b"/export/preview.jsonl", b'{"chartType": "PIE", "field": "topic"}'),
    b"GET /export/widgets/1.csv?top=3 HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET /graphql HTTP/1.1\r\n" + HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    b"\x81\x05hello\x89\x00",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
)  # fmt: skip
PIECES = (
    b"Transfer-Encoding: chunked\r\n", b"Content-Length: 5\r\n", b"Content-Length: +5\r\n", b"Content-Length: -1\r\n",
    b"Content-Encoding: gzip\r\n", b"Content-Encoding: br\r\n", b"Content-Encoding: gzip, gzip\r\n", b"\r\n\r\n", b"\n",
    b"\r", b"Transfer-Encoding: gzip, chunked\r\n", b"ffffffffffffffff\r\n", b"0\r\n\r\n", b"1;a=b\r\n",
    b"Trailer: x\r\n", b" ", b":", b"Upgrade: h2c\r\nConnection: Upgrade\r\n", b"Host: y\r\n", b"%00", b"%ff",
    b"%ed%a0%80", b"HTTP/9.9", b"*", b"?", b"//", b"Content-Type: application/json; charset=utf-7\r\n",
    b"Content-Type: \xff\r\n", b"Accept: ;;q=\r\n", b"\xed\xa0\x80", b"X-API-Key: \xff\r\n", b"X-Forwarded-For: ,\r\n",
    b"Range: bytes=0-\r\n", b"Origin: null\r\n", b"traceparent: 00-\xff\r\n", b"Idempotency-Key: \xff\r\n",
    b"Cookie: \x00\r\n", b"query=", b"&variables=[", b"extensions={}", b"Content-Length: 99999999999999\r\n",
    b"Accept-Encoding: *;q=\r\n", b'[{"query":"{__typename}"}]', b"\x1f\x8b\x08", b'"\\ud800"', b"[" * 50,
)  # fmt: skip


CLOSING = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
"""A request whose answer ends the connection."""


@dataclass
class Served:
    """A server, and what it logged as a fault of its own."""

    port: int
    key: bytes
    faults: list[str]

    async def send(self, sent: bytes) -> bytes:
        """What a connection answers to bytes, until it is closed or says nothing more for a while."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        answer = b""
        try:
            writer.write(sent.replace(KEY, self.key))
            with contextlib.suppress(TimeoutError, ConnectionError):
                while part := await asyncio.wait_for(reader.read(65_536), QUIET):
                    answer += part
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        return answer

    async def check(self) -> None:
        """Whether the server is well."""
        assert not self.faults, self.faults
        assert b"200" in (await self.send(CLOSING))[:15]


class _Faults(logging.Handler):
    """Keeps what is logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(self.format(record))


@pytest.fixture
def faults() -> Generator[list[str]]:
    """What is logged as an error while the test runs."""
    handler = _Faults()
    loggers = [logging.getLogger(name) for name in ("", "uvicorn.error", "dialboard")]
    for logger in loggers:
        logger.addHandler(handler)
    yield handler.found
    for logger in loggers:
        logger.removeHandler(handler)


@pytest.fixture
async def served(runtime: Runtime, sessions: Sessions, project_id: int, faults: list[str]) -> AsyncGenerator[Served]:
    key = await create_key(sessions, project_id, "test")
    settings = Settings.model_validate(
        {
            "read_seconds": 1,
            "shutdown_seconds": 1,
            "max_request_bytes": 50_000,
            "budget_key": 10**9,
            "budget_project": 10**9,
        }
    )
    async with listening(create_app(settings, runtime), settings) as url:
        port = httpx.URL(url).port
        assert port is not None
        yield Served(port, key.encode(), faults)


@given(first=mutated(REQUESTS, PIECES), second=st.one_of(st.just(b""), st.sampled_from(REQUESTS)))
@trying(40)
async def test_any_requests(served: Served, first: bytes, second: bytes) -> None:
    answer = await served.send(first + second + CLOSING)
    assert not re.search(rb"HTTP/1\.1 (500|502|504)", answer), answer
    await served.check()


FRAMES = (
    b"\x81\x80\0\0\0\0", b"\x81\x85\1\2\3\4hello", b"\x88\x82\0\0\0\0\x03\xe8", b"\x88\x81\0\0\0\0\x03",
    b"\x89\x80\0\0\0\0", b"\x8a\x80\0\0\0\0", b"\x01\x81\0\0\0\0a\x80\x81\0\0\0\0b", b"\x80\x81\0\0\0\0a",
    b"\x82\x81\0\0\0\0a", b"\xc1\x81\0\0\0\0a", b"\x81\xfe\0\5\0\0\0\0hello", b"\x81\xff\0\0\0\0\0\0\0\5\0\0\0\0hello",
    b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"\x81\x05hello", b"\x81\x82\0\0\0\0\xff\xfe",
    b"\x88\x84\0\0\0\0\x03\xe8\xff\xfe", b"\x83\x80\0\0\0\0", b'\x81\x9b\0\0\0\0{"type": "connection_init"}',
)  # fmt: skip
"""Frames of WebSockets, whole and broken."""
UPGRADE = next(request for request in REQUESTS if b"websocket" in request).partition(b"\x81")[0]


@given(frames=st.lists(st.one_of(st.sampled_from(FRAMES), mutated(FRAMES)), max_size=6))
@trying(25)
async def test_any_frames(served: Served, frames: list[bytes]) -> None:
    answer = await served.send(UPGRADE + b"".join(frames) + b"\x88\x82\0\0\0\0\x03\xe8")
    assert b"101" in answer[:15]
    # 1011: the server ran into a fault of its own.
    assert b"\x03\xf3" not in answer
    await served.check()


OPERATIONS = (
    "{ viewer { now } }",
    "mutation { updateProject(input: {}) { __typename } }",
    "{",
    "subscription { a }",
    "",
)
MESSAGES = st.one_of(
    json_values(),
    st.fixed_dictionaries(
        {"type": st.sampled_from(("connection_init", "subscribe", "complete", "ping", "pong", "next", "x", 1, None))},
        optional={
            "id": st.one_of(st.sampled_from(("1", "2", "")), json_values()),
            "payload": st.one_of(
                json_values(),
                st.fixed_dictionaries(
                    {},
                    optional={
                        "query": st.one_of(st.sampled_from(OPERATIONS), json_values()),
                        "variables": json_values(),
                        "operationName": json_values(),
                        "extensions": json_values(),
                        "documentId": json_values(),
                    },
                ),
            ),
            "x": json_values(),
        },
    ),
)


@given(begins=st.booleans(), messages=st.lists(st.one_of(MESSAGES.map(json.dumps), texts), max_size=6))
@example(begins=True, messages=['{"id": "1", "type": "subscribe", "payload": null}'])
@example(begins=True, messages=['{"id": [], "type": "complete"}'])
@example(begins=True, messages=["[]"])
@example(begins=False, messages=[json.dumps({"type": "é" * 100})])
@example(begins=True, messages=[json.dumps({"id": "é" * 100, "type": "subscribe", "payload": {"query": "{ a }"}})] * 2)
@trying(40)
async def test_any_messages(served: Served, begins: bool, messages: list[str]) -> None:
    address, protocol = f"ws://127.0.0.1:{served.port}/graphql", websockets.Subprotocol("graphql-transport-ws")
    headers = {"X-API-Key": served.key.decode()}
    async with websockets.connect(address, subprotocols=[protocol], additional_headers=headers) as socket:
        with contextlib.suppress(websockets.ConnectionClosed):
            for message in [*(['{"type": "connection_init"}'] if begins else []), *messages]:
                await socket.send(message.encode("utf-8", "replace").decode())
            await socket.send('{"type": "ping"}')
            while (told := json.loads(await asyncio.wait_for(socket.recv(), 5)))["type"] != "pong":
                assert told["type"] in ("connection_ack", "next", "error", "complete", "ping")
                assert "INTERNAL_ERROR" not in json.dumps(told)
    assert socket.close_code in (1000, *range(4400, 4500)), (socket.close_code, socket.close_reason)
    await served.check()
