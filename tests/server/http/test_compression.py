"""Answers are compressed where it pays and where the client takes it."""

import gzip
import json

import httpx
import pytest
import zstandard
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.http.compression import LEAST, Compressing

LARGE = {"query": "{ __schema { types { name description fields { name description } } } }"}
SMALL = {"query": "{ __typename }"}


async def _answer(
    client: httpx.AsyncClient, query: dict[str, str], accepted: str | None
) -> tuple[httpx.Headers, bytes]:
    headers = {"Accept": "application/graphql-response+json"}
    request = client.build_request("POST", "/graphql", json=query, headers=headers)
    del request.headers["Accept-Encoding"]
    if accepted is not None:
        request.headers["Accept-Encoding"] = accepted
    response = await client.send(request, stream=True)
    return response.headers, b"".join([part async for part in response.aiter_raw()])


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "gzip"),
        ("zstd, gzip", "gzip"),
        ("zstd, gzip;q=0.5", "zstd"),
        ("gzip;q=0.5, zstd;q=0.6", "zstd"),
        ("gzip;q=0.6, zstd;q=0.5", "gzip"),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("*;q=0.1, gzip;q=0", "zstd"),
        ("GZIP; Q=1", "gzip"),
        ("gzip;q=x", None),
        ("", None),
        ("gzip", "gzip"),
        ("zstd;q=0, gzip;q=0.5", "gzip"),
        ("*", "gzip"),
        ("*;q=0", None),
        ("gzip;q=0", None),
        ("br", None),
        ("identity", None),
        (None, None),
    ],
)
async def test_what_a_large_answer_is_compressed_by(
    client: httpx.AsyncClient, accepted: str | None, encoding: str | None
) -> None:
    headers, body = await _answer(client, LARGE, accepted)
    assert headers.get("Content-Encoding") == encoding
    assert "Accept-Encoding" in headers["Vary"].split(", ")
    assert int(headers["Content-Length"]) == len(body)
    match encoding:
        case "zstd":
            body = zstandard.decompress(body)
        case "gzip":
            body = gzip.decompress(body)
        case _:
            pass
    assert len(body) > LEAST
    assert json.loads(body)["data"]["__schema"]["types"]


async def test_a_small_answer_is_left_alone(client: httpx.AsyncClient) -> None:
    headers, body = await _answer(client, SMALL, "zstd, gzip")
    assert "Content-Encoding" not in headers
    assert json.loads(body) == {"data": {"__typename": "Query"}}


async def test_a_request_error_is_compressed_too(client: httpx.AsyncClient) -> None:
    headers, body = await _answer(client, {"query": "{ " + "nothing_of_that_name " * 50 + "}"}, "gzip")
    assert headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(body))["errors"]


@pytest.mark.parametrize(
    ("media_type", "headers"),
    [("text/event-stream", {}), ("application/json", {"Content-Encoding": "gzip"}), ("image/png", {})],
)
async def test_what_is_never_compressed(media_type: str, headers: dict[str, str]) -> None:
    content = b"x" * (10 * LEAST)

    async def answer(_request: Request) -> Response:
        return Response(content, media_type=media_type, headers=headers)

    transport = httpx.ASGITransport(Compressing(Starlette(routes=[Route("/", answer)])))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.send(client.build_request("GET", "/"), stream=True)
        body = b"".join([part async for part in response.aiter_raw()])
    assert body == content
    assert response.headers.get("Content-Encoding") == headers.get("Content-Encoding")
