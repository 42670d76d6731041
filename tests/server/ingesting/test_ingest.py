"""``POST /ingest``: calls as JSON lines, stored while they arrive."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from models.sessions import Sessions
from server.app import create_app
from server.http.reservations import Reservations
from server.ingesting import arriving_lines, intake
from server.ingesting.arriving_lines import ArrivingLines
from server.keys import create_key
from server.runtime import Runtime
from server.settings import Settings

NDJSON = {"Content-Type": "application/x-ndjson"}


def line(call_id: object, **values: Any) -> bytes:
    call = {"call_id": str(call_id), "agent": "Ava", "timestamp": "2026-03-01T09:30:00Z", **values}
    return json.dumps(call).encode() + b"\n"


async def sent(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def call_ids(sessions: Sessions, project_id: int) -> list[str]:
    statement = sa.text("select call_id from call_logs where project_id = :project order by call_id")
    async with sessions.read(project_id) as session:
        return list(await session.scalars(statement, {"project": project_id}))


async def test_lines_are_taken_in_and_can_be_sent_again(
    client: httpx.AsyncClient, sessions: Sessions, project_id: int
) -> None:
    metrics = [{"metric": "stars", "type": "rating", "value": 4}]
    body = b"\xef\xbb\xbf" + line(1, metrics=metrics) + b"\r\n \n" + line(2)[:-1]
    answer = {"rejected": 0, "batches": 1, "lastLine": 4, "errors": [], "furtherErrors": 0}
    for created, updated in ((2, 0), (0, 2)):
        response = await client.post("/ingest", content=body, headers=NDJSON)
        assert response.status_code == 200
        assert response.json() == {"created": created, "updated": updated, **answer}
    assert await call_ids(sessions, project_id) == ["1", "2"]


async def test_the_answer_is_that_of_the_mutation(client: httpx.AsyncClient) -> None:
    body = [json.loads(line(1)), {"call_id": "2"}, json.loads(line(3, duration=-1)), 7]
    lines = b"".join(json.dumps(call).encode() + b"\n" for call in body)
    column = lines.splitlines()[2].index(b"-1") + 1
    told = (await client.post("/ingest", content=lines, headers=NDJSON)).json()
    document = """mutation ($calls: JSON!) { ingestCalls(input: {calls: $calls}) {
        created updated rejected errors { path message } } }"""
    again = await client.post("/graphql", json={"query": document, "variables": {"calls": body}})
    payload = again.json()["data"]["ingestCalls"]
    assert (told["created"], told["updated"], told["rejected"]) == (1, 0, 3)
    assert (payload["created"], payload["updated"], payload["rejected"]) == (0, 1, 3)
    assert [(error["line"], error["column"]) for error in told["errors"]] == [(2, 1), (2, 1), (3, column), (4, 1)]
    places = ["/calls/1/agent", "/calls/1/timestamp", "/calls/2/duration", "/calls/3"]
    assert [error["path"] for error in payload["errors"]] == places
    assert told["errors"][2]["message"] == "/duration: -1 is negative; allowed: a number of seconds, 0 or more"
    assert payload["errors"][2]["message"] == "-1 is negative; allowed: a number of seconds, 0 or more."


async def test_more_errors_than_are_listed_are_counted(client: httpx.AsyncClient) -> None:
    told = (await client.post("/ingest", content=b"{\n" * 450, headers=NDJSON)).json()
    assert (told["rejected"], len(told["errors"]), told["furtherErrors"]) == (450, intake.MAX_ERRORS, 250)
    assert told["errors"][0] == {
        "line": 1,
        "column": 2,
        "message": "the line is not valid JSON: unexpected end of data; allowed: one call per line, as a JSON object",
    }


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
async def test_lines_are_cut_wherever_parts_end(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving_lines, "BATCH_LINES", 3)
    monkeypatch.setattr(arriving_lines, "LINE_LIMIT", 10)
    body = b"a\n\nbb\n" + b"c" * 10 + b"\n" + b"d" * 35 + b"\nee\nf\ng"
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    batches = [batch async for batch in ArrivingLines(sent(*parts)).batches()]
    assert [[(one.number, one.content, one.is_cut) for one in batch] for batch in batches] == [
        [(1, b"a", False), (3, b"bb", False), (4, b"c" * 10, True)],
        [(5, b"d" * 10, True), (6, b"ee", False), (7, b"f", False)],
        [(8, b"g", False)],
    ]


async def test_a_body_in_gzip_is_unpacked_as_it_comes(runtime: Runtime, client: httpx.AsyncClient) -> None:
    body = b"".join(line(number) for number in range(2_500))
    packed = gzip.compress(body)
    parts = [packed[start : start + 5_000] for start in range(0, len(packed), 5_000)]
    headers = {**NDJSON, "Content-Encoding": "gzip"}
    told = (await client.post("/ingest", content=sent(*parts), headers=headers)).json()
    assert (told["created"], told["batches"], told["lastLine"]) == (2_500, 3, 2_500)


async def test_the_next_part_is_asked_for_once_a_batch_is_stored(
    client: httpx.AsyncClient, sessions: Sessions, project_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving_lines, "BATCH_LINES", 2)
    seen: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        for number in range(6):
            seen.append(len(await call_ids(sessions, project_id)))
            yield line(number)

    told = (await client.post("/ingest", content=body(), headers=NDJSON)).json()
    assert (told["created"], told["batches"]) == (6, 3)
    assert seen == [0, 0, 2, 2, 4, 4]


async def test_what_was_stored_before_a_body_grew_too_large_is_told(
    runtime: Runtime, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving_lines, "BATCH_LINES", 2)
    app = create_app(Settings(max_ingest_bytes=1_000), runtime)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=client.headers) as bounded:
        response = await bounded.post("/ingest", content=sent(*(line(n) for n in range(50))), headers=NDJSON)
    assert response.status_code == 413
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "REQUEST_TOO_LARGE"
    taken = error["extensions"]["taken"]
    assert taken["created"] == taken["lastLine"] == 2 * taken["batches"] == 14


@pytest.mark.parametrize("media", ["", "text/plain", "application/json", "application/x-ndjson; charset=latin-1"])
async def test_other_types_are_refused(client: httpx.AsyncClient, media: str) -> None:
    response = await client.post("/ingest", content=line(1), headers={"Content-Type": media})
    assert response.status_code == 415
    assert "application/x-ndjson" in response.json()["errors"][0]["message"]


async def test_a_key_is_needed(anonymous: httpx.AsyncClient) -> None:
    response = await anonymous.post("/ingest", content=line(1), headers=NDJSON)
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


def at_most(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the application that exists already take so many bodies at a time."""
    own = Reservations(count, "uploads", "TOO_MANY_INGESTS")
    for name in ("reserve", "release"):
        method = getattr(own, name)
        monkeypatch.setattr(Reservations, name, lambda _, project_id, method=method: method(project_id))


async def test_so_many_bodies_at_a_time(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    at_most(1, monkeypatch)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        begun.set()
        await go_on.wait()
        yield line(1)

    first = asyncio.create_task(client.post("/ingest", content=slow(), headers=NDJSON))
    await begun.wait()
    refused = await client.post("/ingest", content=line(2), headers=NDJSON)
    go_on.set()
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert refused.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_INGESTS"
    assert (await first).json()["created"] == 1
    assert (await client.post("/ingest", content=line(2), headers=NDJSON)).json()["created"] == 1


async def test_one_project_leaves_a_body_to_the_others(
    client: httpx.AsyncClient, sessions: Sessions, other_project_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_most(2, monkeypatch)
    other = {**NDJSON, "X-API-Key": await create_key(sessions, other_project_id, "other")}
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        begun.set()
        await go_on.wait()
        yield line(1)

    first = asyncio.create_task(client.post("/ingest", content=slow(), headers=NDJSON))
    await begun.wait()
    refused = await client.post("/ingest", content=line(2), headers=NDJSON)
    served = await client.post("/ingest", content=line(3), headers=other)
    go_on.set()
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
    assert served.json()["created"] == 1
    assert (await first).json()["created"] == 1
