"""What a viewer exports of a project that masks customers' numbers, and when that begins."""

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from filters.masked_fields import HIDDEN
from models import Role
from models.sessions import Sessions
from server.keys import create_key
from tests.filters.test_masked_fields import NUMBER

LINES = "".join(
    json.dumps({"call_id": name, "agent": "Ada", "timestamp": "2026-03-20T10:00:00Z", "customer_number": number}) + "\n"
    for name, number in (("a", NUMBER), ("b", "+12025550142"), ("c", None))
)
OF_CUSTOMER = {"field": "customer_number", "op": "eq", "value": NUMBER}
MASK = "mutation { updateProject(input: {maskCustomerNumbers: true}) { errors { message } } }"
PREVIEW = {"chartType": "PIE", "field": "customer_number"}

Headers = Mapping[str, str]


@pytest.fixture
async def keys(anonymous: httpx.AsyncClient, sessions: Sessions, project_id: int) -> Mapping[Role, Headers]:
    """A key of each role, in a project with three calls."""
    made = {role: {"X-API-Key": await create_key(sessions, project_id, role.value, role)} for role in Role}
    sent = await anonymous.post(
        "/ingest", content=LINES, headers={**made[Role.ADMIN], "Content-Type": "application/x-ndjson"}
    )
    assert sent.json()["created"] == 3
    return made


async def mask(client: httpx.AsyncClient, keys: Mapping[Role, Headers]) -> None:
    answer = await client.post("/graphql", json={"query": MASK}, headers=dict(keys[Role.ADMIN]))
    assert answer.json() == {"data": {"updateProject": {"errors": []}}}


@pytest.mark.parametrize("format", ["csv", "jsonl"])
async def test_calls_are_exported_with_masked_numbers(
    anonymous: httpx.AsyncClient, keys: Mapping[Role, Headers], format: str
) -> None:
    await mask(anonymous, keys)
    for role in (Role.ADMIN, Role.ANALYST):
        assert NUMBER in (await anonymous.get(f"/export/calls.{format}", headers=dict(keys[role]))).text
    shown = (await anonymous.get(f"/export/calls.{format}?escapeFormulas=false", headers=dict(keys[Role.VIEWER]))).text
    assert f"+49{HIDDEN}42" in shown
    assert f"+1{HIDDEN}42" in shown
    assert "1234564" not in shown
    assert "2025550" not in shown
    assert shown.count(HIDDEN) == 2


@pytest.mark.parametrize("role", [Role.ADMIN, Role.VIEWER])
async def test_filters_of_exports_cannot_compare_numbers(
    anonymous: httpx.AsyncClient, keys: Mapping[Role, Headers], role: Role
) -> None:
    await mask(anonymous, keys)
    headers = dict(keys[role])
    answers = [
        await anonymous.get(f"/export/calls.csv?filters={quote(json.dumps(OF_CUSTOMER))}", headers=headers),
        await anonymous.post("/export/calls.jsonl", json={"filters": OF_CUSTOMER}, headers=headers),
        await anonymous.post("/export/preview.csv", json={"chartType": "STAT", "filters": OF_CUSTOMER},
                             headers=headers),
        await anonymous.post("/export/preview.csv", json={"chartType": "STAT", "dashboardFilters": OF_CUSTOMER},
                             headers=headers),
    ]  # fmt: skip
    if role is Role.ADMIN:
        assert [answer.status_code for answer in answers] == [200] * 4
        return
    assert [answer.status_code for answer in answers] == [400] * 4
    for answer in answers:
        [fault] = answer.json()["errors"][0]["extensions"]["faults"]
        assert (fault["code"], fault["path"]) == ("MASKED_FIELD", "/field")
        assert NUMBER not in answer.text


async def test_charts_of_numbers_are_not_exported(anonymous: httpx.AsyncClient, keys: Mapping[Role, Headers]) -> None:
    await mask(anonymous, keys)
    seen = await anonymous.post("/export/preview.csv", json=PREVIEW, headers=dict(keys[Role.ADMIN]))
    assert seen.status_code == 200
    refused = await anonymous.post("/export/preview.csv", json=PREVIEW, headers=dict(keys[Role.VIEWER]))
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["extensions"]["faults"][0]["code"] == "MASKED_FIELD"


SAVED = """
    mutation ($filters: JSON) { createDashboard(input: {name: "D", filters: $filters}) { dashboard { id } } }
"""
WIDGET = """
    mutation ($id: ID!) { createWidget(input: {dashboardId: $id, name: "W", chartType: STAT}) { widget { id } } }
"""


async def test_the_export_of_a_saved_widget_keeps_working(
    anonymous: httpx.AsyncClient, keys: Mapping[Role, Headers]
) -> None:
    await mask(anonymous, keys)

    async def send(query: str, **variables: Any) -> Any:
        body = {"query": query, "variables": variables}
        return (await anonymous.post("/graphql", json=body, headers=dict(keys[Role.ADMIN]))).json()["data"]

    dashboard = (await send(SAVED, filters=OF_CUSTOMER))["createDashboard"]["dashboard"]["id"]
    widget = (await send(WIDGET, id=dashboard))["createWidget"]["widget"]["id"]
    answer = await anonymous.get(f"/export/widgets/{widget}.jsonl", headers=dict(keys[Role.VIEWER]))
    assert answer.status_code == 200
    assert "1234564" not in answer.text
    scoped = await anonymous.get(
        f"/export/widgets/{widget}.jsonl?scope={quote(json.dumps(OF_CUSTOMER))}", headers=dict(keys[Role.VIEWER])
    )
    assert scoped.status_code == 400


async def test_a_key_in_use_is_masked_within_two_seconds(
    anonymous: httpx.AsyncClient, keys: Mapping[Role, Headers]
) -> None:
    async def seen() -> str:
        body = {"query": "{ callLogs { edges { node { customerNumber } } } }"}
        return (await anonymous.post("/graphql", json=body, headers=dict(keys[Role.VIEWER]))).json()

    assert NUMBER in str(await seen())
    await mask(anonymous, keys)
    began = time.monotonic()
    while NUMBER in str(await seen()):
        assert time.monotonic() - began < 2
        await asyncio.sleep(0.05)
    assert f"+49{HIDDEN}42" in str(await seen())
