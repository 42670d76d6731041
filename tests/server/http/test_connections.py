"""What strangers can hold without a key, over real sockets: heads, slow requests, connections."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import cast

import httpx
import pytest
import websockets

from server.app import create_app
from server.http.protocol import BoundedProtocol
from server.keys import create_key
from server.runtime import Runtime
from server.settings import Settings
from tests.server.http.serving import connected, listening

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
QUERY = b'{"query": "{ __typename }"}'
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def _served(runtime: Runtime, **settings: float) -> AsyncGenerator[int]:
    given = Settings.model_validate({"shutdown_seconds": 1, **settings})
    async with listening(create_app(given, runtime), given) as url:
        port = httpx.URL(url).port
        assert port is not None
        yield port


@asynccontextmanager
async def _open(port: int, address: str = "127.0.0.1") -> AsyncGenerator[Stream]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """The status, headers and body of an answer."""
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode().splitlines()
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    return int(head[0].split()[1]), headers, await reader.readexactly(int(headers["content-length"]))


async def _refusal(reader: asyncio.StreamReader) -> tuple[int, str]:
    """The status and message of an answer that ends the connection."""
    status, headers, body = await _answer(reader)
    assert headers["connection"] == "close"
    assert headers["x-content-type-options"] == "nosniff"
    # What it has sent beyond may reset the connection rather than end it.
    with contextlib.suppress(ConnectionResetError):
        assert await asyncio.wait_for(reader.read(), 5) == b""
    return status, json.loads(body)["errors"][0]["message"]


@pytest.fixture
def bytes_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of what the server took from its sockets for parsing."""
    sizes: list[int] = []
    read = BoundedProtocol.data_received

    def counted(self: BoundedProtocol, data: bytes) -> None:
        sizes.append(len(data) if not self._is_ending else 0)
        read(self, data)

    monkeypatch.setattr(BoundedProtocol, "data_received", counted)
    return sizes


@pytest.mark.parametrize(
    ("head", "status", "message"),
    [
        (HEALTH + b"X-Large: " + b"x" * 64_000_000, 431, "The headers have more than 32768 bytes."),
        (HEALTH + b"X-Many: 1\r\n" * 200_000, 431, "The request has more than 100 headers."),
        (b"GET /" + b"x" * 64_000_000, 414, "The address has more than 16384 bytes. Send the query by POST."),
        (b"G" * 64_000_000, 400, "Invalid HTTP request received."),
        (b"\x16\x03\x01 this is TLS" * 1000, 400, "Invalid HTTP request received."),
    ],
    ids=["one-header", "many-headers", "address", "method", "not-http"],
)
async def test_a_head_is_bounded(
    runtime: Runtime, bytes_read: list[int], head: bytes, status: int, message: str
) -> None:
    async with _served(runtime) as port, _open(port) as (reader, writer):
        writer.write(head)
        assert await _refusal(reader) == (status, message)
    # What is parsed is cut to the bound; one read from a socket is a quarter of a megabyte at most.
    assert sum(bytes_read) <= 32_768 + 262_144


async def test_a_head_in_small_parts_is_counted_too(runtime: Runtime, bytes_read: list[int]) -> None:
    async with _served(runtime) as port, _open(port) as (reader, writer):
        writer.write(HEALTH + b"X-Large: ")
        refusal = asyncio.create_task(_refusal(reader))
        while not refusal.done():
            writer.write(b"x" * 1_000)
            await asyncio.sleep(0.001)
        assert refusal.result()[0] == 431
    assert sum(bytes_read) <= 40_000


async def test_the_next_head_of_a_connection_is_bounded_and_others_unharmed(runtime: Runtime) -> None:
    async with _served(runtime) as port, _open(port) as (reader, writer):
        for _ in range(30):
            writer.write(HEALTH + b"X-Filler: " + b"x" * 20_000 + b"\r\n\r\n")
            assert (await _answer(reader))[0] == 200
        writer.write((HEALTH + b"\r\n") * 2_000)
        for _ in range(2_000):
            assert (await _answer(reader))[0] == 200
        writer.write(HEALTH + b"X-Large: " + b"x" * 33_000)
        assert (await _refusal(reader))[0] == 431


async def test_an_upgrade_is_bounded_too(runtime: Runtime) -> None:
    async with _served(runtime) as port, _open(port) as (reader, writer):
        upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nX-Large: "
        writer.write(b"GET /graphql HTTP/1.1\r\nHost: x\r\n" + upgrade + b"x" * 1_000_000)
        assert (await _refusal(reader))[0] == 431


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (HEALTH, "The headers were not complete after 0.3 seconds."),
        (
            b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
            "The body arrived too slowly: less than 1024 bytes a second for 0.3 seconds.",
        ),
    ],
    ids=["head", "body"],
)
async def test_a_request_that_does_not_arrive_is_given_up(
    runtime: Runtime, sessions: object, project_id: int, sent: bytes, message: str
) -> None:
    key = await create_key(runtime.sessions, project_id, "test")
    async with _served(runtime, read_seconds=0.3) as port, _open(port) as (reader, writer):
        for byte in sent.replace(b"Host: x", b"Host: x\r\nX-API-Key: " + key.encode()):
            writer.write(bytes([byte]))
        started = time.monotonic()
        assert await _refusal(reader) == (408, message)
        assert time.monotonic() - started < 5


async def test_a_connection_that_sends_nothing_is_closed(runtime: Runtime) -> None:
    async with _served(runtime, read_seconds=0.2) as port:
        for first in (b"", b"\r\n"):
            async with _open(port) as (reader, writer):
                writer.write(first)
                assert await asyncio.wait_for(reader.read(), 5) == b""


async def test_a_body_that_makes_progress_may_take_its_time(runtime: Runtime, project_id: int) -> None:
    key = await create_key(runtime.sessions, project_id, "test")
    body = QUERY.ljust(8_000)
    async with _served(runtime, read_seconds=0.2) as port, _open(port) as (reader, writer):
        length = f"Content-Length: {len(body)}\r\nX-API-Key: {key}\r\n\r\n".encode()
        writer.write(b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + length)
        for begin in range(0, len(body), 200):
            writer.write(body[begin : begin + 200])
            await asyncio.sleep(0.02)
        status, _, answer = await _answer(reader)
    assert (status, json.loads(answer)) == (200, {"data": {"__typename": "Query"}})


async def test_a_client_that_reads_nothing_is_dropped(runtime: Runtime) -> None:
    async with _served(runtime, send_seconds=0.3, graphiql=True) as port, _open(port) as (reader, writer):
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        asset = b"GET /assets/editor.worker.js HTTP/1.1\r\nHost: x\r\n\r\n"
        with contextlib.suppress(OSError):
            for _ in range(500):
                writer.write(asset)
                await writer.drain()
                await asyncio.sleep(0.02)
            pytest.fail("The connection is still open.")


async def test_an_address_has_so_many_connections(runtime: Runtime) -> None:
    async with _served(runtime, max_connections_per_address=3) as port, contextlib.AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(_open(port)) for _ in range(3)]
        async with _open(port) as (reader, _):
            refused = await _refusal(reader)
        assert refused == (503, "The limit of 3 connections per address is reached. Try again later.")
        async with _open(port, "127.0.0.2") as (reader, writer):
            writer.write(HEALTH + b"\r\n")
            assert (await _answer(reader))[0] == 200
        streams[0][1].close()
        await asyncio.sleep(0.1)
        async with _open(port) as (reader, writer):
            writer.write(HEALTH + b"\r\n")
            assert (await _answer(reader))[0] == 200


async def test_a_websocket_stays_counted(runtime: Runtime, project_id: int) -> None:
    key = await create_key(runtime.sessions, project_id, "test")
    async with _served(runtime, max_connections_per_address=1) as port:
        async with connected(f"http://127.0.0.1:{port}/graphql", key) as socket:
            assert await socket.data("{ __typename }") == {"__typename": "Query"}
            async with _open(port) as (reader, _):
                assert (await _refusal(reader))[0] == 503
        await asyncio.sleep(0.1)
        async with _open(port) as (reader, writer):
            writer.write(HEALTH + b"\r\n")
            assert (await _answer(reader))[0] == 200


@pytest.mark.slow
async def test_idle_and_slow_connections_keep_nobody_out(runtime: Runtime) -> None:
    """3,000 of them, from many addresses: the neighbour's request takes the place of one, and others are served on."""
    async with (
        _served(runtime, max_connections=400) as port,
        contextlib.AsyncExitStack() as stack,
        _open(port, "127.0.1.1") as (reader, writer),
    ):
        for number in range(3_000):
            _, slow = await stack.enter_async_context(_open(port, f"127.0.0.{2 + number % 200}"))
            slow.write((b"", HEALTH)[number % 2])
            if number % 500 == 0:
                async with _open(port, "127.0.1.2") as (fresh, new):
                    new.write(HEALTH + b"\r\n")
                    assert (await asyncio.wait_for(_answer(fresh), 2))[0] == 200
            if number % 100 == 0:
                writer.write(HEALTH + b"\r\n")
                assert (await asyncio.wait_for(_answer(reader), 2))[0] == 200


async def test_a_large_request_still_goes_through(runtime: Runtime, project_id: int) -> None:
    """Ten megabytes of a body, mostly of blanks."""
    key = await create_key(runtime.sessions, project_id, "test")
    async with _served(runtime) as port, httpx.AsyncClient() as client:
        answer = await client.post(
            f"http://127.0.0.1:{port}/export/calls.jsonl",
            content=b"{}".ljust(9_900_000),
            headers={"Content-Type": "application/json", "X-API-Key": key},
        )
    assert (answer.status_code, answer.content) == (200, b"")


async def test_a_socket_that_is_not_opened_by_the_protocol_is_closed(
    runtime: Runtime, project_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.http.websocket.INIT_SECONDS", timedelta(seconds=0.2))
    key = await create_key(runtime.sessions, project_id, "test")
    protocol = websockets.Subprotocol("graphql-transport-ws")
    async with _served(runtime) as port:
        url = f"ws://127.0.0.1:{port}/graphql"
        async with websockets.connect(url, subprotocols=[protocol], additional_headers={"X-API-Key": key}) as socket:
            with pytest.raises(websockets.ConnectionClosed):
                await asyncio.wait_for(socket.recv(), 5)
            assert socket.close_code == 4408
        async with websockets.connect(url, subprotocols=[protocol], additional_headers={"X-API-Key": key}) as socket:
            await socket.send("[" * 200_002)
            with pytest.raises(websockets.ConnectionClosed):
                await asyncio.wait_for(socket.recv(), 5)
            assert socket.close_code == 4400


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"GET /healthz", 200),
        (b"GET /nothing", 404),
        (b"GET /graphql", 401),
        (b"GET /export/calls.csv", 401),
        (b"GET /assets/page.js", 200),
        (b"GET /" + b"x" * 20_000, 414),
        (b"GET /healthz HTTP/1.1\r\nX-Large: " + b"x" * 40_000, 431),
    ],
    ids=["health", "not-found", "unauthenticated", "export", "asset", "address", "head"],
)
async def test_every_answer_has_the_headers_for_browsers(runtime: Runtime, request_line: bytes, status: int) -> None:
    async with _served(runtime, hsts_seconds=3600, graphiql=True) as port, _open(port) as (reader, writer):
        writer.write(request_line + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        found, headers, _ = await _answer(reader)
    assert found == status
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["strict-transport-security"] == "max-age=3600"


async def test_hsts_is_off_by_default(runtime: Runtime) -> None:
    async with _served(runtime) as port, _open(port) as (reader, writer):
        writer.write(HEALTH + b"\r\n")
        assert "strict-transport-security" not in (await _answer(reader))[1]


async def test_a_small_answer_comes_in_one_piece(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its head does not come before its body; that of an answer without a body, or to HEAD, comes all the same."""
    written: list[bytes] = []
    made = BoundedProtocol.connection_made

    class Recorded:
        def __init__(self, transport: asyncio.Transport) -> None:
            self._transport = transport

        def write(self, data: bytes) -> None:
            written.append(data)
            self._transport.write(data)

        def __getattr__(self, name: str) -> object:
            return getattr(self._transport, name)

    def recorded(self: BoundedProtocol, transport: asyncio.Transport) -> None:
        made(self, transport)
        self.transport = cast("asyncio.Transport", Recorded(transport))

    monkeypatch.setattr(BoundedProtocol, "connection_made", recorded)
    async with _served(runtime) as port, _open(port) as (reader, writer):
        writer.write(HEALTH + b"\r\n")
        assert (await _answer(reader))[2] == b'{"status":"ok"}'
        assert len(written) == 1
        writer.write(b"HEAD" + HEALTH.removeprefix(b"GET") + b"\r\n")
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        assert head.startswith(b"HTTP/1.1 200 OK")
        assert b"content-length: 15" in head
        writer.write(b"POST /graphql HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}")
        status, _, body = await _answer(reader)
        assert status == 401
        assert b"UNAUTHENTICATED" in body
        writer.write(b"OPTIONS /graphql HTTP/1.1\r\nHost: x\r\n\r\n")
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        assert head.startswith(b"HTTP/1.1 204")


@pytest.mark.parametrize(
    "upgrade",
    [
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
        b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n",
    ],
    ids=["http2", "websocket-by-post"],
)
async def test_an_upgrade_that_is_not_supported_is_ignored(runtime: Runtime, project_id: int, upgrade: bytes) -> None:
    """As clients of Java and curl offer with a body, which must not get lost."""
    key = (await create_key(runtime.sessions, project_id, "upgrades")).encode()
    head = (
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nX-API-Key: " + key + b"\r\nContent-Type: application/json\r\n" + upgrade
    )
    whole = head + b"Content-Length: %d\r\n\r\n" % len(QUERY) + QUERY
    async with _served(runtime) as port, _open(port) as (reader, writer):
        for start in (len(whole), len(head) - 3, len(whole) - 5):
            writer.write(whole[:start])
            await asyncio.sleep(0.05)
            writer.write(whole[start:])
            status, _, body = await _answer(reader)
            assert (status, json.loads(body)) == (200, {"data": {"__typename": "Query"}})
        writer.write(HEALTH + b"\r\n")
        assert (await _answer(reader))[0] == 200


@pytest.mark.parametrize("first", [b"", b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{"])
async def test_requests_that_wait_on_a_connection_are_bounded(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, first: bytes
) -> None:
    """However many are sent at once, also behind the end of a body: the rest is not even parsed."""
    most = 0
    begin = BoundedProtocol.on_message_begin

    def counted(self: BoundedProtocol) -> None:
        nonlocal most
        most = max(most, len(self.pipeline))
        begin(self)

    monkeypatch.setattr(BoundedProtocol, "on_message_begin", counted)
    async with _served(runtime) as port, _open(port) as (reader, writer):
        if first:
            writer.write(first)
            await asyncio.sleep(0.1)
        ending = b"}" if first else b""
        writer.write(ending + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 6_000)
        if first:
            assert (await _answer(reader))[0] == 401
        for _ in range(6_000):
            assert (await _answer(reader))[0] == 200
    assert most < 250
