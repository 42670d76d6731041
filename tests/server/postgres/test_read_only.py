"""A database that refuses changes, by its setting or because it is a standby: it is read, and says why it is not
changed."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import URL, text

from models.outages import Outage
from server.app import create_app
from server.importing import ImportStopped, import_file
from server.keys import create_key
from server.postgres.cluster import Cluster
from server.postgres.roles import RoleError
from server.projects import ensure_project
from server.runtime import Runtime, open_runtime
from server.settings import Settings
from tests.conftest import DatabaseServer

pytestmark = pytest.mark.processes

FILL = """
    with agent as (insert into agents (project_id, agent_name) values (:project, 'Ada') returning id)
    insert into call_logs (project_id, call_id, agent_id, timestamp, topic, duration)
    select :project, 'c' || n, agent.id, now() - n * interval '1 hour', 'topic ' || n % 3, n
    from agent, generate_series(1, 30) n
"""
READS = """{
  dashboards { totalCount edges { node { name } } }
  previewWidget(input: {chartType: PIE, field: "topic"}) { ... on PieChart { total slices { label } } }
  bars: previewWidget(input: {chartType: BAR, field: "duration", aggregation: AVG, timePeriod: DAY}) { __typename }
  callLogs(first: 5) { totalCount edges { node { topic agent { agentName } } } }
  apiKeys { totalCount }
  auditEvents { totalCount }
}"""
CREATE = 'mutation { createDashboard(input: {name: "New"}) { dashboard { name } } }'
MASK = "mutation { updateProject(input: {maskCustomerNumbers: true}) { project { name } } }"
LINES = b'{"call_id": "n1", "agent": "Ada", "timestamp": "2026-01-01T00:00:00Z"}\n'


@dataclass(frozen=True)
class Served:
    """A server on a database that is read-only, which was filled before."""

    runtime: Runtime
    project_id: int
    client: httpx.AsyncClient

    async def ask(self, query: str) -> httpx.Response:
        return await self.client.post("/graphql", json={"query": query})


@asynccontextmanager
async def _opened(settings: Settings, key: str, project_id: int) -> AsyncIterator[Served]:
    async with open_runtime(settings) as runtime:
        transport = httpx.ASGITransport(create_app(settings, runtime))
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers={"X-API-Key": key}) as client:
            yield Served(runtime, project_id, client)


async def _filled(settings: Settings) -> tuple[str, int]:
    """A key to a project with some calls and a dashboard, and its number."""
    async with open_runtime(settings) as runtime:
        project = await ensure_project(runtime.engine, "Read")
        async with runtime.sessions.write(project.id) as session:
            await session.execute(text(FILL), {"project": project.id})
        key = await create_key(runtime.sessions, project.id, "k")
    async with _opened(settings, key, project.id) as served:
        assert (await served.ask(CREATE.replace("New", "Old"))).json()["data"]["createDashboard"]["dashboard"]
    return key, project.id


def _of(server: DatabaseServer, url: URL, **settings: Any) -> Settings:
    serving = server.serving.set(database=url.database)
    return Settings(
        DATABASE_URL=SecretStr(serving.render_as_string(hide_password=False)),  # pyright: ignore[reportCallIssue]
        owner_database_url=SecretStr(url.render_as_string(hide_password=False)),
        **settings,
    )


def _set(server: DatabaseServer, url: URL, value: str) -> None:
    server.execute(f'alter database "{url.database}" set default_transaction_read_only = {value}')


@pytest.fixture(scope="module", params=["setting", "standby"])
async def served(
    request: pytest.FixtureRequest, database_server: DatabaseServer, new_database: Callable[[], URL]
) -> AsyncGenerator[Served]:
    async with AsyncExitStack() as stack:
        if request.param == "setting":
            url = new_database()
            settings = _of(database_server, url)
            key, project_id = await _filled(settings)
            _set(database_server, url, "on")
        else:
            folder = tempfile.TemporaryDirectory(prefix="dialboard-standby-", ignore_cleanup_errors=True)
            settings = Settings(data_dir=Path(stack.enter_context(folder)))
            key, project_id = await _filled(settings)
            # A standby without a primary: it stays as it is.
            (Cluster(settings.data_dir).path / "standby.signal").touch()
        yield await stack.enter_async_context(_opened(settings, key, project_id))


async def test_it_is_read(served: Served) -> None:
    for _ in range(2):
        answer = await served.ask(READS)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert "errors" not in body
        assert body["data"]["dashboards"] == {"totalCount": 1, "edges": [{"node": {"name": "Old"}}]}
        assert body["data"]["previewWidget"]["total"] == 30
        assert body["data"]["bars"] == {"__typename": "BarChart"}
        assert body["data"]["callLogs"]["totalCount"] == 30
        assert answer.headers["RateLimit"].startswith('"points";r=')


@pytest.mark.parametrize("mutation", [CREATE, MASK])
async def test_changes_are_refused(served: Served, mutation: str) -> None:
    answer = await served.ask(mutation)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    (error,) = answer.json()["errors"]
    assert (error["extensions"]["code"], error["message"]) == ("UNAVAILABLE", Outage.READ_ONLY.message)
    assert "read-only" in error["message"]
    assert (await served.ask(READS)).json()["data"]["dashboards"]["totalCount"] == 1


async def test_so_are_calls_and_exports(served: Served, tmp_path: Path) -> None:
    """Exports too: what leaves without an event in the trail would leave unseen."""
    ingest = await served.client.post("/ingest", content=LINES, headers={"Content-Type": "application/x-ndjson"})
    exports = [await served.client.get(f"/export/calls.{ending}") for ending in ("csv", "jsonl")]
    for answer in (ingest, *exports):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30"), answer.text
        (error,) = answer.json()["errors"]
        assert (error["extensions"]["code"], error["message"]) == ("UNAVAILABLE", Outage.READ_ONLY.message)
    file = tmp_path / "calls.jsonl"
    file.write_bytes(LINES)
    with pytest.raises(ImportStopped) as stopped:
        await import_file(served.runtime.sessions, served.project_id, file)
    assert stopped.value.outage is Outage.READ_ONLY


async def test_it_is_ready_and_says_what_it_is(served: Served) -> None:
    answer = await served.client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert answer.json()["checks"]["database"] == "readOnly"


async def test_budgets_hold(database_server: DatabaseServer, own_database_url: URL) -> None:
    """In the memory of the process, and in the database again once that can be changed."""
    settings = _of(database_server, own_database_url, budget_key=300, budget_project=300)
    key, project_id = await _filled(settings)
    _set(database_server, own_database_url, "on")
    async with _opened(settings, key, project_id) as served:
        answers = [await served.ask(READS) for _ in range(20)]
        assert {answer.status_code for answer in answers} == {200, 429}
        refused = answers[-1]
        assert 0 < int(refused.headers["Retry-After"]) <= 60
        assert refused.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"


async def test_it_can_be_changed_again(database_server: DatabaseServer, own_database_url: URL) -> None:
    """Connections have the setting of when they were made, so those that cannot write are replaced."""
    settings = _of(database_server, own_database_url)
    key, project_id = await _filled(settings)
    _set(database_server, own_database_url, "on")
    async with _opened(settings, key, project_id) as served:
        assert (await served.ask(READS)).status_code == 200
        assert (await served.ask(CREATE)).status_code == 503
        _set(database_server, own_database_url, "off")
        for _ in range(20):
            told = {(await served.ask(MASK)).status_code for _ in range(20)}
            if told == {200}:
                break
            await asyncio.sleep(0.2)
        assert told == {200}
        assert (await served.client.get("/readyz")).json()["checks"]["database"] == "ok"


async def test_a_signing_key_cannot_be_stored(database_server: DatabaseServer, own_database_url: URL) -> None:
    """One that is stored already is no change."""
    settings = _of(database_server, own_database_url, signing_key=SecretStr("a" * 32))
    key, project_id = await _filled(settings)
    _set(database_server, own_database_url, "on")
    async with _opened(settings, key, project_id) as served:
        assert (await served.ask(READS)).status_code == 200
    with pytest.raises(RoleError, match="read-only transaction"):
        async with open_runtime(settings.model_copy(update={"signing_key": SecretStr("b" * 32)})):
            pass
