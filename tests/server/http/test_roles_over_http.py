"""The roles of keys at the routes beside GraphQL."""

from typing import Literal

import httpx
import pytest

from models import Role
from models.sessions import Sessions
from server.app import create_app
from server.keys import create_key
from server.runtime import Runtime
from server.settings import Settings

LINE = b'{"call_id": "a", "agent": "Ada", "timestamp": "2026-03-20T10:00:00Z"}\n'
LINES = {"Content-Type": "application/x-ndjson"}


async def _key(sessions: Sessions, project_id: int, role: Role) -> dict[str, str]:
    return {"X-API-Key": await create_key(sessions, project_id, "test", role)}


@pytest.mark.parametrize("role", list(Role))
async def test_all_but_ingesters_export(
    anonymous: httpx.AsyncClient, sessions: Sessions, project_id: int, role: Role
) -> None:
    answer = await anonymous.get("/export/calls.csv", headers=await _key(sessions, project_id, role))
    if role is not Role.INGESTER:
        assert answer.status_code == 200
        return
    assert answer.status_code == 403
    (error,) = answer.json()["errors"]
    assert error["message"] == "This key has the role ingester; /export needs the role viewer or analyst or admin."
    assert error["extensions"] == {
        "code": "FORBIDDEN",
        "role": "ingester",
        "allowed": ["viewer", "analyst", "admin"],
    }


@pytest.mark.parametrize("role", list(Role))
async def test_only_ingesters_and_admins_send_calls(
    anonymous: httpx.AsyncClient, sessions: Sessions, project_id: int, role: Role
) -> None:
    headers = {**LINES, **await _key(sessions, project_id, role)}
    answer = await anonymous.post("/ingest", content=LINE, headers=headers)
    if role in (Role.INGESTER, Role.ADMIN):
        assert (answer.status_code, answer.json()["created"]) == (200, 1)
        return
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["extensions"]["allowed"] == ["ingester", "admin"]


async def test_graphql_is_told_the_role_of_the_key(
    anonymous: httpx.AsyncClient, sessions: Sessions, project_id: int
) -> None:
    headers = await _key(sessions, project_id, Role.VIEWER)
    query = 'mutation { createDashboard(input: {name: "N"}) { dashboard { id } } }'
    answer = await anonymous.post("/graphql", json={"query": query}, headers=headers)
    assert answer.json()["data"] == {"createDashboard": None}
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("setting", "role", "can_read"),
    [
        ("auto", Role.ADMIN, True),
        ("auto", Role.ANALYST, False),
        (True, Role.VIEWER, True),
        (False, Role.ADMIN, False),
    ],
)
async def test_who_may_read_the_schema(
    runtime: Runtime, sessions: Sessions, project_id: int, setting: Literal["auto"] | bool, role: Role, can_read: bool
) -> None:
    transport = httpx.ASGITransport(create_app(Settings(introspection=setting), runtime))
    headers = await _key(sessions, project_id, role)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
        answer = await client.post("/graphql", json={"query": "{ __schema { queryType { name } } }"})
    assert ("data" in answer.json()) == can_read
    assert ("FORBIDDEN" in answer.text) != can_read
