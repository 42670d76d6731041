"""Everything works through PgBouncer in transaction mode, with fewer connections to PostgreSQL than clients."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.stored.builder import PreaggregateBuilder
from aggregation.stored.preaggregates import Preaggregates
from models.call_record import CallRecord, parse_call
from models.deadlines import Deadline
from models.ingest import upsert_calls
from models.lanes import Lanes
from models.outages import DeadlinePassed, Outage, outage_of
from models.sessions import Sessions
from models.signing import Serving, serving
from server.app import create_app
from server.keys import create_key
from server.owner import owner_of
from server.postgres.database import check, make_engine
from server.postgres.migrate import head
from server.projects import ensure_project
from server.runtime import Runtime
from server.settings import Settings
from tests.conftest import DatabaseServer
from tests.graph.conftest import World, world  # noqa: F401
from tests.graph.test_dashboard_query import DASHBOARD
from tests.graph.test_stored_charts import as_shown, rounded
from tests.server.commands.command_line import CommandLine
from tests.server.http.serving import listening
from tests.server.postgres.pgbouncer import pgbouncer, through

pytestmark = [pytest.mark.processes, pytest.mark.slow]

CALL = {"agent": "Ada", "timestamp": "2026-05-04T10:00:00Z", "duration": 61.5, "success": True}
NUMBER_OF_CALLS = sa.text("select count(*) from call_logs where project_id = :project_id")


@pytest.fixture(scope="module")
def bouncer(database_server: DatabaseServer) -> Generator[Path]:
    """A PgBouncer with two connections for each role."""
    with pgbouncer(database_server, pool_size=2) as folder:
        yield folder


def _serving(engine: AsyncEngine, owner: AsyncEngine) -> Serving | None:
    role = serving(engine)
    return None if role is None else Serving(role.signer, owner)


@asynccontextmanager
async def engine_through(direct: AsyncEngine, folder: Path, connections: int = 12) -> AsyncGenerator[AsyncEngine]:
    """An engine as the server makes it where it finds a pooler."""
    owner = make_engine(through(owner_of(direct).url, folder), 2, is_pooled=True)
    engine = make_engine(through(direct.url, folder), connections, _serving(direct, owner), is_pooled=True)
    yield engine
    await engine.dispose()
    await owner.dispose()


@pytest.fixture
async def pooled(engine: AsyncEngine, bouncer: Path) -> AsyncGenerator[AsyncEngine]:
    async with engine_through(engine, bouncer) as made:
        yield made


@pytest.fixture
def pooled_sessions(pooled: AsyncEngine) -> Sessions:
    return Sessions(pooled)


@pytest.fixture
async def one_connection(engine: AsyncEngine, database_server: DatabaseServer) -> AsyncGenerator[AsyncEngine]:
    """An engine through a PgBouncer with one connection for each role: whoever waits for a second one waits forever."""
    with pgbouncer(database_server, pool_size=1) as folder:
        async with engine_through(engine, folder) as made:
            yield made


def _records(writer: int, batch: int, size: int = 20) -> list[CallRecord]:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    return [
        parse_call(
            {
                "call_id": f"{batch % 3}-{number}",
                "agent": f"agent {writer}",
                "timestamp": (start + timedelta(hours=number)).isoformat(),
                "duration": writer * 1000 + batch,
                "metrics": [{"metric": f"metric {writer}", "type": "numeric", "value": number}],
                "transcript": [{"role": "agent", "text": "Hello"}],
                "feedback": {"rating": 3, "comment": "fine"},
            }
        )
        for number in range(size)
    ]


async def _write(sessions: Sessions, project_id: int, writer: int, batches: int = 12) -> None:
    for batch in range(batches):
        async with sessions.write(project_id) as session:
            await upsert_calls(session, project_id, _records(writer, batch))


async def _projects(engine: AsyncEngine, number: int) -> list[int]:
    stamp = time.time_ns()
    return [(await ensure_project(engine, f"pooled {stamp} {at}")).id for at in range(number)]


async def test_it_is_detected(bouncer: Path, engine: AsyncEngine) -> None:
    assert await check(through(engine.url, bouncer))
    assert not await check(engine.url)


async def test_writers_of_many_projects_at_once(engine: AsyncEngine, bouncer: Path, sessions: Sessions) -> None:
    """Ten writers of five processes, and readers between them, on two connections: each project has its own calls."""
    projects = await _projects(engine, 10)

    async def read(own: Sessions, project_id: int) -> None:
        for _ in range(20):
            async with own.read(project_id) as session:
                # No condition on the project: row-level security alone keeps the others out.
                assert {*await session.scalars(sa.text("select distinct project_id from call_logs"))} <= {project_id}

    async with engine_through(engine, bouncer) as one, engine_through(engine, bouncer) as other:
        processes = [Sessions(one), Sessions(other)]
        await asyncio.gather(
            *(_write(processes[at % 2], project_id, at) for at, project_id in enumerate(projects)),
            *(read(processes[at % 2], project_id) for at, project_id in enumerate(projects)),
        )
    for writer, project_id in enumerate(projects):
        async with sessions.read(project_id) as session:
            found = "select count(*), min(duration), max(duration) from call_logs where project_id = :project_id"
            row = (await session.execute(sa.text(found), {"project_id": project_id})).one()
            assert row.tuple() == (60, writer * 1000 + 9, writer * 1000 + 11)
            names = "select agent_name from agents union all select name from metrics"
            assert {*await session.scalars(sa.text(names))} == {f"agent {writer}", f"metric {writer}"}


async def test_without_knowing_of_it_writers_fail(engine: AsyncEngine, bouncer: Path) -> None:
    """What the detection is for: statements that are prepared by name meet those of other clients."""
    projects = await _projects(engine, 5)
    async with engine_through(engine, bouncer) as known:
        unaware = [make_engine(known.url, 2, serving(known)) for _ in projects]
        writers = [_write(Sessions(one), project_id, 0) for one, project_id in zip(unaware, projects, strict=True)]
        failed = [error for error in await asyncio.gather(*writers, return_exceptions=True) if error]
        for one in unaware:
            await one.dispose()
    assert failed
    assert all("prepared statement" in str(error) or "staged" in str(error) for error in failed), failed


async def test_in_session_mode(engine: AsyncEngine, database_server: DatabaseServer) -> None:
    with pgbouncer(database_server, pool_size=3, pool_mode="session") as folder:
        async with engine_through(engine, folder, connections=2) as made:
            assert await check(made.url)
            projects = await _projects(made, 3)
            await asyncio.gather(*(_write(Sessions(made), project_id, 1, batches=6) for project_id in projects))
            async with Sessions(made).read(projects[0]) as session:
                assert await session.scalar(NUMBER_OF_CALLS, {"project_id": projects[0]}) == 60


async def test_nothing_of_a_project_is_left_on_a_connection(one_connection: AsyncEngine) -> None:
    project_id, other_id = await _projects(one_connection, 2)
    sessions = Sessions(one_connection)
    await _write(sessions, project_id, 1, batches=1)
    async with one_connection.begin() as connection:
        server = await connection.scalar(sa.text("select pg_backend_pid()"))
        for name in ("project_id", "signature"):
            left = await connection.scalar(sa.text(f"select current_setting('dialboard.{name}', true)"))
            assert not left
        assert await connection.scalar(sa.text("select count(*) from call_logs")) == 0
        temporary = "select count(*) from pg_class where relpersistence = 't' and relnamespace = pg_my_temp_schema()"
        assert await connection.scalar(sa.text(temporary)) == 0
        assert await connection.scalar(sa.text("select count(*) from pg_prepared_statements")) == 0
    async with sessions.read(other_id) as session:
        assert await session.scalar(sa.text("select pg_backend_pid()")) == server
        assert await session.scalar(NUMBER_OF_CALLS, {"project_id": project_id}) == 0


async def test_a_table_that_another_version_left_is_not_taken(
    one_connection: AsyncEngine,
) -> None:
    (project_id,) = await _projects(one_connection, 1)
    async with one_connection.begin() as connection:
        await connection.execute(sa.text("create temporary table staged_calls (other int)"))
    await _write(Sessions(one_connection), project_id, 1, batches=2)


async def test_charts_are_the_same(world: World, one_connection: AsyncEngine) -> None:  # noqa: F811
    """A dashboard of twelve charts, many of them at once, from calls and from pre-aggregates, on one connection."""
    given = {"id": world.id("Dashboard", world.dashboard)}
    direct = as_shown(await world.ask(DASHBOARD, given))
    sessions = Sessions(one_connection)
    async with asyncio.timeout(60):
        shown = await asyncio.gather(*(world.ask(DASHBOARD, given, sessions=sessions) for _ in range(6)))
        assert [as_shown(one) for one in shown] == [direct] * 6
        preaggregates = Preaggregates()
        await world.ask(DASHBOARD, given, sessions=sessions, preaggregates=preaggregates)
        await PreaggregateBuilder(sessions, preaggregates, most_stored=2**30).work()
        stored = await world.ask(DASHBOARD, given, sessions=sessions, preaggregates=preaggregates)
    assert rounded(as_shown(stored)) == rounded(direct)


def _runtime(engine: AsyncEngine) -> Runtime:
    return Runtime(engine, Sessions(engine, lanes=Lanes(12, 5)), head())


async def test_over_http_on_one_connection(one_connection: AsyncEngine) -> None:
    """Ingest, mutations, lists and exports of three projects at once."""
    runtime = _runtime(one_connection)
    app = create_app(Settings(), runtime)
    transport = httpx.ASGITransport(app)

    async def client_of(project_id: int) -> None:
        key = await create_key(runtime.sessions, project_id, "test")
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test", headers={"X-API-Key": key}, timeout=60
        ) as client:
            for batch in range(4):
                lines = [json.dumps({**CALL, "call_id": f"{project_id}-{batch}-{at}"}) for at in range(50)]
                json_lines = {"Content-Type": "application/jsonl"}
                response = await client.post("/ingest", content="\n".join(lines), headers=json_lines)
                assert response.json()["created"] == 50, response.text
            created = 'mutation { createDashboard(input: {name: "One"}) { dashboard { id name } errors { message } } }'
            answer = (await client.post("/graphql", json={"query": created})).json()
            assert answer["data"]["createDashboard"]["dashboard"]["name"] == "One", answer
            asked = "{ callLogs(first: 3) { totalCount edges { node { callId agent { agentName } } } } }"
            answer = (await client.post("/graphql", json={"query": asked})).json()
            assert answer["data"]["callLogs"]["totalCount"] == 200, answer
            exported = await client.get("/export/calls.jsonl")
            found = {json.loads(line)["call_id"] for line in exported.text.split("\n")[:-1]}
            assert found == {f"{project_id}-{batch}-{at}" for batch in range(4) for at in range(50)}

    async with asyncio.timeout(120):
        await asyncio.gather(*(client_of(project_id) for project_id in await _projects(one_connection, 3)))


async def test_the_server_answers_over_sockets(pooled: AsyncEngine) -> None:
    app = create_app(Settings(), _runtime(pooled))
    (project_id,) = await _projects(pooled, 1)
    key = await create_key(Sessions(pooled), project_id, "test")
    async with listening(app) as url, httpx.AsyncClient(headers={"X-API-Key": key}, timeout=30) as client:
        asked = [client.post(url, json={"query": "{ dashboards { totalCount } }"}) for _ in range(40)]
        assert {answer.text for answer in await asyncio.gather(*asked)} == {'{"data":{"dashboards":{"totalCount":0}}}'}
        assert (await client.get(url.replace("/graphql", "/readyz"))).json()["status"] == "ready"


async def _sleep_for_long(sessions: Sessions, project_id: int) -> None:
    async with sessions.read(project_id) as session:
        await session.execute(sa.text("set local statement_timeout = 0"))
        await session.execute(sa.text("select pg_sleep(20)"))


async def test_a_cancelled_statement_ends_and_no_other(one_connection: AsyncEngine, sessions: Sessions) -> None:
    """The cancellation reaches the connection that runs the statement, which goes on to serve others."""
    (project_id,) = await _projects(one_connection, 1)
    own = Sessions(one_connection)
    started = time.monotonic()
    with pytest.raises(DeadlinePassed):
        await _sleep_for_long(own.within(Deadline.after(0.5)), project_id)
    async with own.read(project_id) as session:
        assert await session.scalar(sa.text("select 1")) == 1
    assert time.monotonic() - started < 5


async def test_who_gets_no_connection_in_time_is_refused_and_goes(one_connection: AsyncEngine) -> None:
    (project_id,) = await _projects(one_connection, 1)
    own = Sessions(one_connection)
    async with own.read(project_id) as first:
        await first.execute(sa.text("select 1"))
        started = time.monotonic()
        with pytest.raises((DeadlinePassed, DBAPIError)):
            async with own.within(Deadline.after(0.5)).read(project_id):
                pass
        assert time.monotonic() - started < 6.5
    async with own.read(project_id) as session:
        assert await session.scalar(sa.text("select 1")) == 1


async def test_a_wait_that_the_pooler_ends_is_an_overload(engine: AsyncEngine, database_server: DatabaseServer) -> None:
    with pgbouncer(database_server, pool_size=1, query_wait_timeout="1") as folder:
        async with engine_through(engine, folder) as made:
            (project_id,) = await _projects(made, 1)
            own = Sessions(made)
            async with own.read(project_id):
                with pytest.raises(DBAPIError) as refused:
                    async with own.read(project_id):
                        pass
            assert outage_of(refused.value) is Outage.BUSY


@pytest.fixture
def dialboard(bouncer: Path, empty_database_url: URL, engine: AsyncEngine, tmp_path: Path) -> CommandLine:
    """The command with both roles' addresses of a new database, through PgBouncer."""

    def text(url: URL) -> str:
        found = through(url.set(database=empty_database_url.database, drivername="postgresql"), bouncer)
        return found.render_as_string(hide_password=False)

    return CommandLine(tmp_path, DATABASE_URL=text(engine.url), DIALBOARD_OWNER_DATABASE_URL=text(empty_database_url))


def test_commands(dialboard: CommandLine) -> None:
    migrated = dialboard.run("migrate")
    assert migrated.stdout == f"The database is at version {head()}.\n", migrated.stderr
    assert "a connection pooler was detected" in migrated.stderr
    lines = [json.dumps({**CALL, "call_id": f"c-{number}"}) for number in range(2_500)]
    (dialboard.folder / "calls.jsonl").write_text("\n".join(lines))
    importing = [dialboard.start("import", "calls.jsonl", "--project", name, "--json") for name in ("a", "b", "a")]
    counts: list[dict[str, Any]] = []
    for process in importing:
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        counts.append(json.loads(output))
    assert sorted(one["created"] + one["updated"] for one in counts) == [2_500] * 3
    assert sum(one["created"] for one in counts) == 5_000
    made = dialboard.run_here("keys", "create", "--project", "b", "--name", "test")
    assert made.returncode == 0, made.stderr
    assert "test" in dialboard.run_here("keys", "list", "--project", "b").stdout


def test_a_setting_that_is_wrong_about_it(dialboard: CommandLine) -> None:
    told = dialboard.run_here("migrate", DIALBOARD_DATABASE_POOLER="none")
    assert (told.returncode, "pooler" in told.stderr) == (0, False)
    refused = dialboard.run_here("migrate", DIALBOARD_DATABASE_POOLER="session")
    assert refused.returncode == 1
    assert "DIALBOARD_DATABASE_POOLER='session' is not allowed" in refused.stderr
