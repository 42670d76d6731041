"""What uploads cost: a batch before it is stored, its calls and evaluations after that, a repeated batch no more."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from models.sessions import Sessions
from resolvers.budgets import Budgets
from server.app import create_app
from server.ingesting import arriving_lines
from server.keys import create_key
from server.runtime import Runtime
from server.settings import Settings
from tests.server.ingesting.test_ingest import NDJSON, call_ids, line

METRICS = [{"metric": f"m{number}", "type": "numeric", "value": 1} for number in range(20)]


@pytest.fixture
async def limited(runtime: Runtime, sessions: Sessions, project_id: int) -> AsyncGenerator[httpx.AsyncClient]:
    """A client with a key that has 100 points a minute."""
    app = create_app(Settings(), replace(runtime, budgets=Budgets(sessions, 100, 0)))
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 50_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        client.headers["X-API-Key"] = await create_key(sessions, project_id, "test")
        yield client


def _left(response: httpx.Response) -> int:
    return int(response.headers["RateLimit"].partition("r=")[2].partition(";")[0])


async def _sent(client: httpx.AsyncClient, body: bytes, **headers: str) -> httpx.Response:
    return await client.post("/ingest", content=body, headers={**NDJSON, **headers})


async def test_calls_and_evaluations_are_paid(limited: httpx.AsyncClient) -> None:
    assert _left(await _sent(limited, line(1) + line(2) + b"{}\n")) == 100 - 10 - 1  # 3 lines for 0.2 each
    assert 76 <= _left(await _sent(limited, line(3, metrics=METRICS) + line(4, metrics=METRICS))) <= 80


async def test_a_spent_budget_ends_an_upload_and_tells_what_was_taken(
    limited: httpx.AsyncClient, sessions: Sessions, project_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving_lines, "BATCH_LINES", 50)
    body = b"".join(line(f"{number:03}", metrics=METRICS) for number in range(250))
    response = await _sent(limited, body)
    assert response.status_code == 429
    (error,) = response.json()["errors"]
    assert error["message"].startswith("The next batch costs 10 points; this API key has 0 left of 100 per minute.")
    extensions: dict[str, Any] = error["extensions"]
    assert extensions["code"] == "RATE_LIMITED"
    assert 1 <= int(response.headers["Retry-After"]) == extensions["retryAfter"] <= 60
    # The first batch of 50 calls with 20 evaluations each costs 70, the second one leaves less than nothing.
    taken = extensions["taken"]
    assert (taken["created"], taken["batches"], taken["lastLine"]) == (100, 2, 100)
    assert len(await call_ids(sessions, project_id)) == 100
    assert (await _sent(limited, line(1))).status_code == 429
    graphql = await limited.post("/graphql", json={"query": "{ viewer { now } }"})
    assert graphql.status_code == 429, "requests and uploads pay from one budget"


async def test_repeated_batches_cost_their_transaction_alone(
    limited: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving_lines, "BATCH_LINES", 50)
    body = b"".join(line(number) for number in range(100))
    key = {"Idempotency-Key": "upload-1"}
    assert 60 <= _left(await _sent(limited, body, **key)) <= 62
    again = await _sent(limited, body, **key)
    assert again.json()["created"] == 100
    assert 40 <= _left(again) <= 44


async def test_calls_as_json_are_paid_too(limited: httpx.AsyncClient) -> None:
    document = "mutation ($calls: JSON!) { ingestCalls(input: {calls: $calls}) { created errors { message } } }"
    call = {"agent": "Ava", "timestamp": "2026-03-01T09:30:00Z", "metrics": METRICS}
    calls = [{**call, "call_id": str(number)} for number in range(40)]
    stored = await limited.post("/graphql", json={"query": document, "variables": {"calls": calls}})
    assert stored.json()["data"]["ingestCalls"] == {"created": 40, "errors": []}
    # 18 before, and 40 for the evaluations afterwards.
    assert 39 <= _left(stored) <= 44


async def test_without_a_budget_nothing_is_paid(client: httpx.AsyncClient) -> None:
    response = await _sent(client, line(1))
    assert response.json()["created"] == 1
    assert "RateLimit" not in response.headers
