"""What the server and its commands leave in the trail: who, from where, and how much, but no data."""

import json
import re
import tempfile
from collections.abc import AsyncGenerator, Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from models import AuditAction, AuditEvent
from models.sessions import Sessions
from resolvers.documents.write import FORMAT
from server.app import create_app
from server.demo.dashboards import DASHBOARDS
from server.housekeeping import delete_old
from server.keys import make_key
from server.postgres.embedded import EmbeddedPostgres
from server.postgres.migrate import head
from server.runtime import Runtime
from server.settings import Settings
from tests.server.commands.command_line import CommandLine
from tests.server.http.serving import connected, listening

MAKE = 'mutation { createDashboard(input: {name: "Made"}) { dashboard { id } } }'
WIDGET = """mutation ($id: ID!) {
  createWidget(input: {dashboardId: $id, name: "Calls", chartType: STAT}) { widget { id databaseId } }
}"""
SECRET = "+49 30 901820"
LINES = b"".join(
    json.dumps({"call_id": str(n), "agent": "Ada", "timestamp": "2026-03-01T09:30:00Z", **more}).encode() + b"\n"
    for n, more in enumerate(({"customer_number": SECRET}, {}, {"duration": -1}))
)
NDJSON = {"Content-Type": "application/x-ndjson"}


async def events(sessions: Sessions, project_id: int) -> list[AuditEvent]:
    """All events of a project but that of the test's key, oldest first."""
    statement = sa.select(AuditEvent).where(AuditEvent.project_id == project_id).order_by(AuditEvent.id)
    async with sessions.read(project_id) as session:
        found = [*await session.scalars(statement)]
    assert (found[0].action, found[0].actor, found[0].key_id) == (AuditAction.KEY_CREATE, "dialboard keys", None)
    return found[1:]


@pytest.fixture
async def proxied(engine: AsyncEngine, sessions: Sessions, project_id: int) -> AsyncGenerator[httpx.AsyncClient]:
    """A client behind a proxy that is trusted."""
    key = await make_key(sessions, project_id, "CI")
    app = create_app(Settings(trusted_proxies=("10.0.0.0/8",)), Runtime(engine, sessions, head()))
    transport = httpx.ASGITransport(app, client=("10.0.0.1", 50_000))
    headers = {"X-API-Key": key.text, "X-Forwarded-For": "198.51.100.1, 203.0.113.9", "X-Request-ID": "req-1"}
    async with httpx.AsyncClient(transport=transport, base_url="http://a", headers=headers) as client:
        yield client


async def test_an_event_tells_key_address_and_request(
    proxied: httpx.AsyncClient, sessions: Sessions, project_id: int
) -> None:
    await proxied.post("/graphql", json={"query": MAKE})
    (event,) = await events(sessions, project_id)
    assert (event.action, event.actor, event.subject_type) == (AuditAction.DASHBOARD_CREATE, "CI", "Dashboard")
    assert (event.subject_name, event.address, event.request_id) == ("Made", "203.0.113.9", "req-1")
    statement = sa.text("select id from api_keys where project_id = :project")
    async with sessions.read(project_id) as session:
        assert event.key_id == await session.scalar(statement, {"project": project_id})


async def test_a_client_does_not_make_up_its_address(
    client: httpx.AsyncClient, sessions: Sessions, project_id: int
) -> None:
    answer = await client.post("/graphql", json={"query": MAKE}, headers={"X-Forwarded-For": "203.0.113.9"})
    (event,) = await events(sessions, project_id)
    assert (event.address, event.request_id) == ("127.0.0.1", answer.headers["X-Request-ID"])


async def test_ingests_and_exports_leave_counts_and_no_data(
    proxied: httpx.AsyncClient, sessions: Sessions, project_id: int
) -> None:
    made = (await proxied.post("/graphql", json={"query": MAKE})).json()["data"]["createDashboard"]["dashboard"]["id"]
    body = {"query": WIDGET, "variables": {"id": made}}
    widget = (await proxied.post("/graphql", json=body)).json()["data"]["createWidget"]["widget"]
    await proxied.post("/ingest", content=LINES, headers=NDJSON)
    for address in (f"/export/widgets/{widget['databaseId']}.csv", "/export/calls.jsonl"):
        assert (await proxied.get(address)).status_code == 200
    assert (await proxied.post("/export/preview.csv", json={"chartType": "STAT"})).status_code == 200
    assert (await proxied.get("/export/calls.jsonl", params={"filters": '{"field": "nope"}'})).status_code == 400
    found = (await events(sessions, project_id))[2:]
    assert [(event.action, event.subject_type, event.subject_name, event.counts) for event in found] == [
        (AuditAction.CALLS_INGEST, None, None, {"created": 2, "updated": 0, "rejected": 1}),
        (AuditAction.WIDGET_EXPORT, "Widget", "Calls", {"rows": 1}),
        (AuditAction.CALLS_EXPORT, None, None, None),
        (AuditAction.PREVIEW_EXPORT, None, None, {"rows": 1}),
    ]
    assert found[1].subject_id == widget["databaseId"]
    assert {(event.actor, event.address, event.request_id) for event in found} == {("CI", "203.0.113.9", "req-1")}
    statement = sa.text("select string_agg(t::text, ' ') from audit_events t where project_id = :project")
    async with sessions.read(project_id) as session:
        told = await session.scalar(statement, {"project": project_id})
    assert told is not None
    assert SECRET not in told


async def test_an_ingest_that_is_repeated_leaves_no_second_event(
    proxied: httpx.AsyncClient, sessions: Sessions, project_id: int
) -> None:
    for _ in range(2):
        await proxied.post("/ingest", content=LINES, headers={**NDJSON, "Idempotency-Key": "k"})
    assert [event.action for event in await events(sessions, project_id)] == [AuditAction.CALLS_INGEST]


@pytest.mark.processes
async def test_an_operation_of_a_websocket(engine: AsyncEngine, sessions: Sessions, project_id: int) -> None:
    key = await make_key(sessions, project_id, "CI")
    app = create_app(Settings(), Runtime(engine, sessions, head()))
    async with listening(app) as url, connected(url, key.text) as socket:
        for _ in range(2):
            await socket.data(MAKE)
    first, second = await events(sessions, project_id)
    assert {(event.actor, event.address) for event in (first, second)} == {("CI", "127.0.0.1")}
    assert all(re.fullmatch("[0-9a-f]{32}", event.request_id or "") for event in (first, second))
    assert first.request_id != second.request_id, "each operation is a request of its own"


async def test_old_events_are_deleted(engine: AsyncEngine, sessions: Sessions, project_id: int) -> None:
    await make_key(sessions, project_id, "CI")
    (event,) = await _all(sessions, project_id)
    for days, settings, left in ((364, Settings(), 1), (10_000, Settings(audit_days=0), 1), (365, Settings(), 0)):
        await delete_old(engine, settings, event.at + timedelta(days=days, seconds=1))
        assert len(await _all(sessions, project_id)) == left


async def _all(sessions: Sessions, project_id: int) -> list[AuditEvent]:
    async with sessions.read(project_id) as session:
        return [*await session.scalars(sa.select(AuditEvent).where(AuditEvent.project_id == project_id))]


@pytest.fixture
def dialboard() -> Generator[CommandLine]:
    with (
        tempfile.TemporaryDirectory(prefix="dialboard-trail-", ignore_cleanup_errors=True) as folder,
        EmbeddedPostgres(Path(folder)),
    ):
        yield CommandLine(Path(folder), DIALBOARD_DATA_DIR=folder)


@pytest.mark.processes
def test_commands_leave_events_and_one_lists_them(dialboard: CommandLine) -> None:
    (dialboard.folder / "calls.jsonl").write_bytes(LINES)
    assert dialboard.run_here("import", "calls.jsonl", "--project", "P").returncode == 1
    made = json.loads(dialboard.run_here("keys", "create", "--project", "P", "--name", "CI", "--json").stdout)
    rotated = json.loads(dialboard.run_here("keys", "rotate", str(made["id"]), "--project", "P", "--json").stdout)
    dialboard.run_here("keys", "revoke", str(rotated["id"]), "--project", "P")
    exported = dialboard.run_here("export", "--project", "P", "--out", "out")
    assert exported.returncode == 0, exported.stderr

    def listed(*arguments: str) -> list[dict[str, Any]]:
        result = dialboard.run_here("audit", "--project", "P", "--json", *arguments)
        assert result.returncode == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]

    found = listed()
    assert [(event["action"], event["actor"], event["subjectName"], event["counts"]) for event in reversed(found)] == [
        ("project.create", "dialboard import", "P", None),
        ("calls.import", "dialboard import", None, {"created": 2, "updated": 0, "rejected": 1}),
        ("dashboard.import", "dialboard import", "Call overview", None),
        ("key.create", "dialboard keys", "CI", None),
        ("key.rotate", "dialboard keys", "CI", None),
        ("key.revoke", "dialboard keys", "CI", None),
        ("dashboard.export", "dialboard export", None, {"dashboards": 1}),
    ]
    assert {(event["keyId"], event["address"], event["requestId"]) for event in found} == {(None, None, None)}
    assert listed("--action", "key.rotate") == [event for event in found if event["action"] == "key.rotate"]
    assert listed("--actor", "dialboard import", "--limit", "1") == [found[-3]]
    assert listed("--last", "1h") == found
    table = dialboard.run_here("audit", "--project", "P").stdout.splitlines()
    assert table[0].split()[:5] == ["id", "at", "action", "keyId", "actor"]
    assert len(table) == len(found) + 1
    wrong = dialboard.run_here("audit", "--project", "P", "--action", "nope")
    assert wrong.returncode == 2
    assert "dashboard.create" in wrong.stderr


@pytest.mark.processes
def test_commands_that_change_dashboards_projects_and_documents_leave_events(dialboard: CommandLine) -> None:
    def done(*arguments: str) -> str:
        result = dialboard.run_here(*arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def listed(project: str) -> list[tuple[Any, ...]]:
        found = [json.loads(line) for line in done("audit", "--project", project, "--json").splitlines()]
        assert {(event["keyId"], event["address"], event["requestId"]) for event in found} == {(None, None, None)}
        return [
            (event["action"], event["actor"], event["subjectType"], event["subjectName"], event["counts"])
            for event in reversed(found)
        ]

    done("keys", "create", "--project", "P", "--name", "CI")
    board = dialboard.folder / "board.json"
    document: dict[str, Any] = {"format": FORMAT, "name": "Board", "widgets": [{"name": "a", "chartType": "STAT"}]}
    board.write_text(json.dumps(document))
    done("apply", "board.json", "--project", "P")
    done("apply", "board.json", "--project", "P")  # changes nothing, and leaves nothing
    board.write_text(json.dumps({**document, "filters": {"field": "duration", "op": "gt", "value": 1}}))
    assert dialboard.run_here("apply", "board.json", "--project", "P", "--dry-run").returncode == 3
    done("apply", "board.json", "--project", "P")
    done("projects", "update", "P", "--mask-customer-numbers")
    (dialboard.folder / "operations.graphql").write_text("query A { viewer { now } } query B { viewer { role } }")
    registered = json.loads(done("documents", "register", "operations.graphql", "--project", "P", "--json"))
    done("documents", "remove", registered["documents"][0]["id"], "--project", "P")
    assert dialboard.run_here("documents", "remove", "nothing", "--project", "P").returncode == 1
    new = registered["registered"]
    assert listed("P")[2:] == [
        ("dashboard.apply", "dialboard apply", None, None, {"created": 1, "updated": 0}),
        ("dashboard.apply", "dialboard apply", None, None, {"created": 0, "updated": 1}),
        ("project.update", "dialboard projects", "Project", "P", None),
        ("documents.register", "dialboard documents", None, None, {"documents": new}),
        ("documents.remove", "dialboard documents", None, None, {"documents": 1}),
    ]

    done("demo", "--calls", "200")
    stored = {"created": 200, "updated": 0, "rejected": 0}
    told = [event for event in listed("Demo") if event[0] != "key.create"]
    assert told[:2] == [
        ("project.create", "dialboard demo", None, "Demo", None),
        ("calls.import", "dialboard demo", None, None, stored),
    ]
    assert [event[3] for event in told[2:]] == [plan.name for plan in DASHBOARDS]
    assert {event[:3] for event in told[2:]} == {("dashboard.create", "dialboard demo", "Dashboard")}
