"""Bodies of ``POST /ingest`` that are sent again with their idempotency key."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from models.sessions import Sessions
from server.ingesting import arriving_lines
from server.ingesting.arriving_lines import ArrivingLines
from tests.server.ingesting.test_ingest import NDJSON, call_ids, line, sent

KEYED = {**NDJSON, "Idempotency-Key": "import-7"}
TOPICS = sa.text("select topic from call_logs where project_id = :project order by call_id")


async def topics(sessions: Sessions, project_id: int) -> list[str | None]:
    async with sessions.read(project_id) as session:
        return list(await session.scalars(TOPICS, {"project": project_id}))


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving_lines, "BATCH_LINES", 2)


async def test_the_same_answer_comes_again_and_nothing_newer_is_overwritten(
    client: httpx.AsyncClient, sessions: Sessions, project_id: int
) -> None:
    body = line(1, topic="old") + b"{\n" + line(3, topic="old") + line(4, duration=-1) + line(5, topic="old")
    first = await client.post("/ingest", content=body, headers=KEYED)
    assert first.json() | {"errors": []} == {
        "created": 3,
        "updated": 0,
        "rejected": 2,
        "batches": 3,
        "lastLine": 5,
        "errors": [],
        "furtherErrors": 0,
    }
    assert len(first.json()["errors"]) == 2
    await client.post("/ingest", content=line(1, topic="new"), headers=NDJSON)
    second = await client.post("/ingest", content=body, headers=KEYED)
    assert second.json() == first.json()
    assert [answer.headers.get("Idempotent-Replayed") for answer in (first, second)] == [None, "true"]
    assert await topics(sessions, project_id) == ["new", "old", "old"]
    await client.post("/ingest", content=body, headers=NDJSON)
    assert await topics(sessions, project_id) == ["old", "old", "old"]


async def test_a_body_that_broke_off_is_continued(
    client: httpx.AsyncClient, sessions: Sessions, project_id: int
) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield line(1) + line(2) + line(3)
        raise ConnectionError

    assert (await client.post("/ingest", content=broken(), headers=KEYED)).status_code == 500
    assert await call_ids(sessions, project_id) == ["1", "2"]
    answer = await client.post("/ingest", content=b"".join(map(line, range(1, 6))), headers=KEYED)
    assert {name: answer.json()[name] for name in ("created", "updated", "batches")} == {
        "created": 5,
        "updated": 0,
        "batches": 3,
    }
    assert await call_ids(sessions, project_id) == ["1", "2", "3", "4", "5"]


async def test_another_body_with_the_key_is_refused_where_it_differs(
    client: httpx.AsyncClient, sessions: Sessions, project_id: int
) -> None:
    lines = [line(number) for number in range(1, 7)]
    await client.post("/ingest", content=b"".join(lines), headers=KEYED)
    lines[3] = line(4, topic="other")
    answer = await client.post("/ingest", content=b"".join(lines), headers=KEYED)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert error["extensions"]["taken"]["lastLine"] == 2
    assert await topics(sessions, project_id) == [None] * 6


async def test_a_key_of_a_mutation_is_not_one_of_a_body(
    client: httpx.AsyncClient, sessions: Sessions, project_id: int
) -> None:
    query = 'mutation { createDashboard(input: {name: "x"}) { errors { message } } }'
    await client.post("/graphql", json={"query": query}, headers={"Idempotency-Key": "import-7"})
    answer = await client.post("/ingest", content=line(1), headers=KEYED)
    assert (answer.status_code, await call_ids(sessions, project_id)) == (422, [])


async def test_the_same_body_twice_at_once_is_stored_once(
    client: httpx.AsyncClient, sessions: Sessions, project_id: int
) -> None:
    body = b"".join(line(number) for number in range(1, 10))
    answers = await asyncio.gather(*(client.post("/ingest", content=body, headers=KEYED) for _ in range(4)))
    assert {answer.json()["created"] for answer in answers} == {9}
    assert len(await call_ids(sessions, project_id)) == 9


async def test_a_key_that_is_not_allowed(client: httpx.AsyncClient) -> None:
    answer = await client.post("/ingest", content=line(1), headers={**NDJSON, "Idempotency-Key": "a b"})
    assert answer.status_code == 400
    assert "1 to 255 printable ASCII characters" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("size", [1, 7, 64, 1_000, 10_000])
async def test_batches_end_where_they_do_however_a_body_arrives(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(arriving_lines, "LINE_LIMIT", 500)
    monkeypatch.setattr(arriving_lines, "BATCH_BYTES", 800)
    monkeypatch.setattr(arriving_lines, "BATCH_LINES", 100)
    body = b"".join(json.dumps({"x": "y" * (number * 37 % 1_200)}).encode() + b"\n" for number in range(40))

    async def cut(parts: list[bytes]) -> list[Any]:
        return [batch async for batch in ArrivingLines(sent(*parts)).batches()]

    parts = [body[start : start + size] for start in range(0, len(body), size)]
    assert await cut(parts) == await cut([body])
