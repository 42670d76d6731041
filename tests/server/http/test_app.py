"""The application over HTTP: health, sign-in, bounds, errors and the page for browsers."""

import json
import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Literal

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from graphql import parse, validate
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import create_async_engine
from structlog.testing import capture_logs

from graph.schema import schema
from models.sessions import Sessions
from server.app import create_app
from server.http.graphiql import example_query, is_loopback
from server.keys import create_key
from server.postgres.migrate import head
from server.runtime import Runtime
from server.settings import Settings
from tests.imports import ROOT

QUERY = {"query": "{ __typename }"}
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def test_healthz(anonymous: httpx.AsyncClient) -> None:
    response = await anonymous.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_readyz(anonymous: httpx.AsyncClient) -> None:
    response = await anonymous.get("/readyz")
    checks = {"database": "ok", "migrations": "ok"}
    assert (response.status_code, response.json()) == (200, {"status": "ready", "checks": checks})


@pytest.mark.parametrize("prepare", ["unmigrated", "absent"])
async def test_readyz_of_an_unready_database(empty_database_url: URL, prepare: str) -> None:
    url = empty_database_url if prepare == "unmigrated" else empty_database_url.set(database="nowhere")
    engine = create_async_engine(url, poolclass=sa.NullPool)
    app = create_app(Settings(), Runtime(engine, Sessions(engine), head()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        response = await client.get("/readyz")
        alive = await client.get("/healthz")
    assert response.status_code == 503
    expected = "The tables are at version None" if prepare == "unmigrated" else "The database does not respond."
    assert response.json()["reason"].startswith(expected)
    assert alive.status_code == 200


async def test_a_key_in_either_header(anonymous: httpx.AsyncClient, sessions: Sessions, project_id: int) -> None:
    key = await create_key(sessions, project_id, "test")
    for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}):
        response = await anonymous.post("/graphql", json=QUERY, headers=headers)
        assert (response.status_code, response.json()) == (200, {"data": {"__typename": "Query"}})


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "nonsense"}, {"X-API-Key": "dlb_1_" + "a" * 43}])
async def test_without_a_good_key(anonymous: httpx.AsyncClient, headers: dict[str, str]) -> None:
    response = await anonymous.post("/graphql", json=QUERY, headers=headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert "X-API-Key" in error["message"]


async def test_an_unknown_path(anonymous: httpx.AsyncClient) -> None:
    response = await anonymous.get("/nothing")
    assert response.status_code == 404
    assert response.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_a_large_body_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "#" * 6_000})
    assert response.status_code == 413
    assert response.json()["errors"][0]["message"] == "The request is larger than 5000 bytes."


async def test_a_large_body_of_unannounced_size_is_refused(client: httpx.AsyncClient) -> None:
    async def body() -> AsyncGenerator[bytes]:
        for _ in range(10):
            yield b"#" * 1_000

    response = await client.post("/graphql", content=body(), headers={"Content-Type": "application/json"})
    assert response.status_code == 413


async def test_requests_have_an_id(client: httpx.AsyncClient) -> None:
    given = await client.post("/graphql", json=QUERY, headers={"X-Request-ID": "mine-1"})
    made = await client.post("/graphql", json=QUERY, headers={"X-Request-ID": "bad id\x01"})
    assert given.headers["X-Request-ID"] == "mine-1"
    assert re.fullmatch("[0-9a-f]{32}", made.headers["X-Request-ID"])


async def test_an_unexpected_error_tells_its_id_only(app: FastAPI, anonymous: httpx.AsyncClient) -> None:
    async def broken(_request: object) -> None:
        raise ValueError("a secret of the inside")

    app.add_route("/broken", broken)  # pyright: ignore[reportArgumentType]
    with capture_logs() as logs:
        response = await anonymous.get("/broken")
    assert response.status_code == 500
    (error,) = response.json()["errors"]
    assert error["message"] == "Internal error"
    assert error["extensions"] == {"code": "INTERNAL_ERROR", "id": response.headers["X-Request-ID"]}
    assert "secret" not in response.text
    assert [entry["event"] for entry in logs] == ["unexpected error", "request"]


async def test_other_origins_are_let_in_when_set(client: httpx.AsyncClient) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key,content-type"}
    welcome = await client.options("/graphql", headers={"Origin": "https://charts.example.com", **asked})
    stranger = await client.options("/graphql", headers={"Origin": "https://evil.example.com", **asked})
    assert welcome.headers["Access-Control-Allow-Origin"] == "https://charts.example.com"
    assert "Access-Control-Allow-Origin" not in stranger.headers


async def test_pages_may_set_further_headers_and_read_errors(runtime: Runtime) -> None:
    settings = Settings(cors_origins=("https://charts.example.com",), cors_headers=("X-Client-Name",))
    app = create_app(settings, runtime)
    app.add_route("/broken", lambda _request: 1 / 0)  # pyright: ignore[reportArgumentType]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        asked = {"Access-Control-Request-Method": "POST", "Origin": "https://charts.example.com"}
        for header, status in (("x-client-name", 200), ("content-encoding", 200), ("x-other", 400)):
            preflight = await client.options("/graphql", headers={**asked, "Access-Control-Request-Headers": header})
            assert preflight.status_code == status
        for path, status in (("/graphql", 401), ("/broken", 500)):
            response = await client.get(path, headers=asked)
            assert response.status_code == status
            assert response.headers["Access-Control-Allow-Origin"] == "https://charts.example.com"
            assert "x-request-id" in response.headers["Access-Control-Expose-Headers"]


async def test_no_origin_is_let_in_by_default(runtime: Runtime) -> None:
    transport = httpx.ASGITransport(create_app(Settings(), runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.get("/healthz", headers={"Origin": "https://charts.example.com"})
    assert "Access-Control-Allow-Origin" not in response.headers


def _config(page: str) -> dict[str, str]:
    found = re.search(r'<script id="config" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


async def test_browsers_get_the_page_with_the_key(anonymous: httpx.AsyncClient) -> None:
    response = await anonymous.get("/graphql", headers=HTML)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/html")
    config = _config(response.text)
    assert config == {"key": "dlb_1_demo</script>"}


async def test_the_key_is_for_this_machine_only(app: FastAPI) -> None:
    for address, host in (("192.0.2.7", "127.0.0.1"), ("127.0.0.1", "rebound.example.com")):
        transport = httpx.ASGITransport(app, client=(address, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}:8000") as client:
            response = await client.get("/graphql", headers=HTML)
        assert response.status_code == 200
        assert "dlb_1_demo" not in response.text


@pytest.mark.parametrize(
    "header",
    ["Forwarded", "Via", "X-Real-IP", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded", "CF-Connecting-IP"],
)
async def test_the_key_is_not_shown_behind_a_proxy(anonymous: httpx.AsyncClient, header: str) -> None:
    """A proxy on this machine comes from loopback, and may send its upstream's name as the host."""
    response = await anonymous.get("/graphql", headers={**HTML, header: "anything"})
    assert response.status_code == 200
    assert "dlb_1_demo" not in response.text


async def test_the_key_is_not_shown_for_two_hosts(anonymous: httpx.AsyncClient) -> None:
    hosts = [("Host", "127.0.0.1:8000"), ("Host", "charts.example.com"), *HTML.items()]
    assert "dlb_1_demo" not in (await anonymous.get("/graphql", headers=hosts)).text


@pytest.mark.parametrize(
    ("setting", "is_demo", "has_page"),
    [("auto", True, True), ("auto", False, False), (False, True, False), (True, False, True)],
)
async def test_where_the_page_is_served(
    runtime: Runtime, setting: Literal["auto"] | bool, is_demo: bool, has_page: bool
) -> None:
    transport = httpx.ASGITransport(create_app(Settings(graphiql=setting), runtime, is_demo=is_demo))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        page = await client.get("/graphql", headers=HTML)
        script = await client.get("/assets/page.js")
    assert page.status_code == script.status_code == (200 if has_page else 404)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("example.com", False),
        ("", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_the_example_query_fits_the_schema() -> None:
    assert validate(schema._schema, parse(example_query())) == []


async def test_all_that_the_page_loads_is_served_here(runtime: Runtime) -> None:
    transport = httpx.ASGITransport(create_app(Settings(graphiql=True), runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        page = await client.get("/graphql", headers={"Accept": "text/html"})
        loaded = re.findall(r'(?:src|href)="(?!data:)([^"]+)"', page.text)
        assert len(loaded) == 2
        for address in loaded:
            assert address.startswith("/assets/")
            assert (await client.get(address)).status_code == 200


async def test_nothing_in_the_page_itself_is_run(anonymous: httpx.AsyncClient) -> None:
    response = await anonymous.get("/graphql", headers=HTML)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    # The editor makes styles as it runs, but no scripts.
    assert [part for part in policy.split("; ") if "unsafe" in part] == ["style-src 'self' 'unsafe-inline'"]
    assert re.findall(r"<script(?![^>]*(?:src=|application/json))", response.text) == []
    assert "<style" not in response.text
    assert re.findall(r"\son\w+=|\sstyle=", response.text) == []


async def test_where_the_page_is_not_built_it_says_so(
    anonymous: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("server.http.graphiql.ASSETS", tmp_path)
    response = await anonymous.get("/graphql", headers=HTML)
    assert response.status_code == 200
    assert "make graphiql" in response.text
    assert "dlb_1_demo" not in response.text
    answer = await anonymous.post("/graphql", json=QUERY)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "path", sorted((ROOT / "web" / "graphiql" / "examples").glob("*.graphql")), ids=lambda p: p.stem
)
def test_the_examples_of_the_page_fit_the_schema(path: Path) -> None:
    assert validate(schema._schema, parse(path.read_text())) == []
