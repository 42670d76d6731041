"""What HTTP asks of a server, over real sockets: old clients, hosts, announced lengths, ends of connections."""

import asyncio
import json
from collections.abc import AsyncGenerator

import httpx
import pytest
import websockets
from sqlalchemy import text

from server.app import create_app
from server.keys import create_key
from server.runtime import Runtime
from server.settings import Settings
from tests.server.http.serving import listening

QUERY = b'{"query": "{ dashboards { totalCount } }"}'


@pytest.fixture
async def port(runtime: Runtime) -> AsyncGenerator[int]:
    settings = Settings(shutdown_seconds=1, max_request_bytes=10_000)
    async with listening(create_app(settings, runtime), settings) as url:
        found = httpx.URL(url).port
        assert found is not None
        yield found


@pytest.fixture
async def key(runtime: Runtime, project_id: int) -> str:
    return await create_key(runtime.sessions, project_id, "k")


async def _talk(port: int, request: bytes, *, ends: bool = False) -> bytes:
    """All that the server says to a request, until it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        if ends:
            writer.write_eof()
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


def _posted(key: str, *lines: str, version: str = "1.1", body: bytes = QUERY) -> bytes:
    head = [f"POST /graphql HTTP/{version}", "Content-Type: application/json", f"X-API-Key: {key}", *lines]
    return "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body


async def test_an_old_client_gets_a_body_without_chunks(port: int, key: str) -> None:
    request = f"GET /export/calls.csv HTTP/1.0\r\nHost: x\r\nX-API-Key: {key}\r\n\r\n"
    head, _, body = (await _talk(port, request.encode())).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"transfer-encoding" not in head.lower()
    assert b"connection: close" in head.lower()
    assert body.startswith((b"id,", b"call_id,")), body[:60]
    assert body.endswith(b"\n")
    assert not body.endswith(b"\r\n0\r\n\r\n")


async def test_an_old_client_is_not_told_to_continue(port: int, key: str) -> None:
    answer = await _talk(port, _posted(key, "Expect: 100-continue", version="1.0"))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2]) == {"data": {"dashboards": {"totalCount": 0}}}


@pytest.mark.parametrize(("hosts", "status"), [([], 400), (["Host: a", "Host: b"], 400), (["Host: a"], 200)])
async def test_a_request_has_one_host(port: int, key: str, hosts: list[str], status: int) -> None:
    answer = await _talk(port, _posted(key, *hosts, "Connection: close"))
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    if status == 400:
        message = f"The request has {len(hosts)} Host headers; it must have exactly one."
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["errors"][0]["message"] == message


@pytest.mark.parametrize("lines", [(), ("Expect: 100-continue",)])
async def test_a_length_beyond_the_limit_is_refused_before_a_body_is_read(
    port: int, key: str, lines: tuple[str, ...]
) -> None:
    head = ["POST /graphql HTTP/1.1", "Host: x", "Content-Type: application/json", f"X-API-Key: {key}", *lines]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write("\r\n".join([*head, "Content-Length: 10001", "", ""]).encode())
    assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"HTTP/1.1 413 ")
    writer.close()


async def test_a_client_that_sends_no_more_is_answered(port: int, key: str) -> None:
    answer = await _talk(port, _posted(key, "Host: x"), ends=True)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2]) == {"data": {"dashboards": {"totalCount": 0}}}


async def test_a_client_that_sends_no_more_is_answered_after_a_while_too(port: int, key: str, runtime: Runtime) -> None:
    async with runtime.engine.connect() as connection:
        await connection.execute(text("lock table dashboards in access exclusive mode"))
        asking = asyncio.create_task(_talk(port, _posted(key, "Host: x"), ends=True))
        await asyncio.sleep(1)
        await connection.rollback()
    interim, _, answer = (await asking).partition(b"\r\n\r\n")
    assert interim == b"HTTP/1.1 102 Processing"
    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_text_that_is_not_utf_8_closes_a_socket(port: int, key: str, caplog: pytest.LogCaptureFixture) -> None:
    async with websockets.connect(
        f"ws://127.0.0.1:{port}/graphql",
        subprotocols=[websockets.Subprotocol("graphql-transport-ws")],
        additional_headers={"X-API-Key": key},
    ) as client:
        await client.send(b"\xff\xfe", text=True)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await client.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1007
    assert not [record for record in caplog.records if record.exc_info]
