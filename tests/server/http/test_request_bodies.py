"""Bodies of requests that are compressed: unpacked within the bound, whatever they claim to be."""

import gzip
import json
import tracemalloc
import zlib
from collections.abc import AsyncGenerator

import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message

from server.http.request_body import reader

BODY = json.dumps({"query": "{ __typename }"}).encode()
LIMIT = 5_000
"""Of the application that the tests share."""


async def _post(client: httpx.AsyncClient, body: bytes, encoding: str, parts: int = 1) -> httpx.Response:
    async def sent() -> AsyncGenerator[bytes]:
        size = -(-len(body) // parts)
        for begin in range(0, len(body), size):
            yield body[begin : begin + size]

    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    return await client.post("/graphql", content=body if parts == 1 else sent(), headers=headers)


def packed(body: bytes) -> bytes:
    """A body in gzip without the time, so that the names of tests are the same in every process."""
    return gzip.compress(body, mtime=0)


@pytest.mark.parametrize("parts", [1, 7])
@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (BODY, "identity"),
        (packed(BODY), "gzip"),
        (packed(BODY), "GZip"),
        (packed(BODY), "x-gzip"),
        (packed(BODY[:9]) + packed(BODY[9:]), "gzip"),
        (packed(BODY.ljust(LIMIT)), "gzip"),
    ],
)
async def test_a_body_in_gzip(client: httpx.AsyncClient, body: bytes, encoding: str, parts: int) -> None:
    response = await _post(client, body, encoding, parts)
    assert (response.status_code, response.json()) == (200, {"data": {"__typename": "Query"}})


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize(
    ("body", "encoding", "status", "message"),
    [
        (packed(BODY.ljust(LIMIT + 1)), "gzip", 413, "larger than 5000 bytes after decompression"),
        (packed(b" " * 50_000_000), "gzip", 413, "larger than 5000 bytes"),
        (packed(BODY)[:-3], "gzip", 400, "truncated"),
        (BODY, "gzip", 400, "not valid gzip"),
        (packed(BODY) + b"more", "gzip", 400, "not valid gzip"),
        (zlib.compress(BODY), "deflate", 415, "'deflate' is not supported"),
        (BODY, "br", 415, "'br' is not supported"),
        (packed(packed(BODY)), "gzip, gzip", 415, "'gzip, gzip' is not supported"),
    ],
)
async def test_a_body_that_is_refused(
    client: httpx.AsyncClient, body: bytes, encoding: str, status: int, message: str, parts: int
) -> None:
    response = await _post(client, body, encoding, parts)
    assert response.status_code == status
    assert message in response.json()["errors"][0]["message"]
    assert (response.headers.get("Accept-Encoding") == "gzip, identity") == (status == 415)


@pytest.mark.slow
async def test_a_bomb_takes_no_more_memory_than_is_allowed() -> None:
    bomb, most = packed(b" " * 200_000_000), 1_000_000

    async def receive() -> Message:
        return {"type": "http.request", "body": bomb, "more_body": False}

    tracemalloc.start()
    try:
        with pytest.raises(HTTPException) as refused:
            await reader(receive, {b"content-encoding": b"gzip"}, most)()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused.value.status_code == 413
    assert peak < 3 * most


async def test_exports_take_bodies_in_gzip_too(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    response = await client.post("/export/calls.jsonl", content=packed(b"{}"), headers=headers)
    assert (response.status_code, response.content) == (200, b"")
