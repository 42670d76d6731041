"""Exports by keys that can only run registered documents: saved widgets as they are, no data of their choice."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import httpx
import pytest

from models import ChartType, Dashboard, Role, Widget
from models.call_record import parse_call
from models.ingest import upsert_calls
from models.sessions import Sessions
from server.app import create_app
from server.keys import create_key
from server.runtime import Runtime
from server.settings import Settings

Mode = Literal["off", "allow", "on"]
Clients = Callable[..., Any]

FILTERS = '{"field": "topic", "op": "eq", "value": "billing"}'
PREVIEW = {"chartType": "PIE", "field": "topic"}


@pytest.fixture
async def widget(sessions: Sessions, project_id: int) -> str:
    """The address of a saved widget's export, without its ending."""
    at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    async with sessions.write(project_id) as session:
        call = parse_call({"call_id": "1", "agent": "Ada", "timestamp": at, "topic": "billing"})
        await upsert_calls(session, project_id, [call])
        dashboard = Dashboard(project_id=project_id, name="Calls")
        session.add(dashboard)
        await session.flush()
        columns: dict[str, Any] = {"chart_type": ChartType.PIE, "field": "topic", "position": 0}
        row = Widget(project_id=project_id, dashboard_id=dashboard.id, name="Topics", **columns)
        session.add(row)
        await session.flush()
        return f"/export/widgets/{row.id}"


@pytest.fixture
def client(runtime: Runtime, sessions: Sessions, project_id: int) -> Clients:
    """Clients of servers in a mode, with keys of a role."""

    @asynccontextmanager
    async def make(mode: Mode, role: Role) -> AsyncGenerator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(create_app(Settings(trusted_documents=mode), runtime))
        headers = {"X-API-Key": await create_key(sessions, project_id, "test", role)}
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as http:
            yield http

    return make


async def free(http: httpx.AsyncClient, widget: str) -> dict[str, httpx.Response]:
    """The answers to every export whose data the request chooses."""
    answers: dict[str, httpx.Response] = {}
    for ending in ("csv", "jsonl"):
        calls, preview = f"/export/calls.{ending}", f"/export/preview.{ending}"
        answers |= {
            f"GET {calls}": await http.get(calls),
            f"GET {calls} filters": await http.get(calls, params={"filters": FILTERS}),
            f"POST {calls}": await http.post(calls, json={}),
            f"POST {preview}": await http.post(preview, json=PREVIEW),
        }
        for name, value in (("filters", FILTERS), ("filters", "null"), ("scope", FILTERS)):
            answers[f"{widget}.{ending} {name} {value}"] = await http.get(f"{widget}.{ending}", params={name: value})
    return answers


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST])
async def test_data_of_their_own_choice_is_refused(client: Clients, widget: str, role: Role) -> None:
    async with client("on", role) as http:
        for what, answer in (await free(http, widget)).items():
            (error,) = answer.json()["errors"]
            assert answer.status_code == 403, what
            assert "export saved widgets without the parameters filters and scope" in error["message"]
            details = {"code": "FORBIDDEN", "role": role.value, "allowed": [Role.ADMIN.value]}
            assert error["extensions"] == details


async def test_a_saved_widget_is_exported_for_any_time(client: Clients, widget: str) -> None:
    parameters = {"from": "now-7d", "to": "now", "timeZone": "Asia/Tokyo", "compareTo": "preceding", "top": "5"}
    async with client("on", Role.VIEWER) as http:
        for given in ({}, parameters, {"escapeFormulas": "false"}):
            answer = await http.get(f"{widget}.csv", params=given)
            assert (answer.status_code, "billing" in answer.text) == (200, True), answer.text


@pytest.mark.parametrize(("mode", "role"), [("on", Role.ADMIN), ("allow", Role.VIEWER), ("off", Role.VIEWER)])
async def test_all_others_export_what_they_like(client: Clients, widget: str, mode: Mode, role: Role) -> None:
    async with client(mode, role) as http:
        for what, answer in (await free(http, widget)).items():
            assert answer.status_code == 200, (what, answer.text)
            assert "billing" in answer.text, what
