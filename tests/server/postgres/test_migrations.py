"""The migrations make exactly the tables of the models, closed to other projects."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL
from sqlalchemy.exc import ProgrammingError

from models import Agent, Base
from models.sessions import Sessions
from server.postgres.migrate import MigrationError, current, head, upgrade

pytestmark = pytest.mark.processes

TENANT_TABLES = sorted(table.name for table in Base.metadata.tables.values() if "project_id" in table.columns)
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


def _differences(url: URL) -> list[object]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


def _open_tables(url: URL) -> set[str]:
    """Tables without forced row-level security, or without the policy."""
    query = """
        select c.relname from pg_class c left join pg_policy p on p.polrelid = c.oid and p.polname = 'same_project'
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
          and not (c.relrowsecurity and c.relforcerowsecurity and p.polqual is not null and p.polwithcheck is not null)
    """
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return set(connection.scalars(sa.text(query)))


def test_tables_equal_the_models(own_database_url: URL) -> None:
    assert _differences(own_database_url) == []


def test_every_table_of_a_project_is_closed(own_database_url: URL) -> None:
    assert len(TENANT_TABLES) == 19
    assert _open_tables(own_database_url) == {"projects", "alembic_version", "organisations", "organisation_keys"}


def test_the_only_thing_done_to_other_projects_is_marking_them(own_database_url: URL) -> None:
    engine = sa.create_engine(own_database_url, poolclass=sa.NullPool)
    query = "select polrelid::regclass::text, polname, polcmd::text from pg_policy where polname <> 'same_project'"
    with engine.connect() as connection:
        assert {tuple(row) for row in connection.execute(sa.text(query))} == {
            ("change_marks", "marked_by_all", "a"),
            ("projects", "own_project", "*"),
        }
        conditions = connection.execute(
            sa.text("select distinct polqual is null, polcmd::text from pg_policy where polname = 'same_project'")
        )
        assert [tuple(row) for row in conditions] == [(False, "*")]


def test_two_servers_migrate_at_once(empty_database_url: URL) -> None:
    program = "import sys, sqlalchemy, server.postgres.migrate as m; m.upgrade(sqlalchemy.make_url(sys.argv[1]))"
    command = [sys.executable, "-c", program, empty_database_url.render_as_string(hide_password=False)]
    servers = [subprocess.Popen(command) for _ in range(3)]
    assert [server.wait(60) for server in servers] == [0, 0, 0]
    assert _differences(empty_database_url) == []


def test_current_revision(empty_database_url: URL) -> None:
    engine = sa.create_engine(empty_database_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        assert current(connection) is None
    upgrade(empty_database_url)
    with engine.connect() as connection:
        assert current(connection) == head()


def test_tables_of_a_newer_version(own_database_url: URL) -> None:
    engine = sa.create_engine(own_database_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))
    with pytest.raises(MigrationError, match=r"newer version of Dialboard.*9999"):
        upgrade(own_database_url)


def test_a_role_that_may_not_make_tables(empty_database_url: URL) -> None:
    engine = sa.create_engine(empty_database_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("revoke create on schema public from public, current_user, pg_database_owner"))
    with pytest.raises(MigrationError, match="permission denied for schema public"):
        upgrade(empty_database_url)


async def test_a_session_sees_its_own_project_only(sessions: Sessions, project_id: int, other_project_id: int) -> None:
    for project in (project_id, other_project_id):
        async with sessions.write(project) as session:
            session.add(Agent(project_id=project, agent_name="Ada"))
    async with sessions.read(project_id) as session:
        assert list(await session.scalars(sa.select(Agent.project_id))) == [project_id]


async def test_a_session_cannot_write_to_another_project(
    sessions: Sessions, project_id: int, other_project_id: int
) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with sessions.write(project_id) as session:
            session.add(Agent(project_id=other_project_id, agent_name="Ada"))


@pytest.fixture
def postgres_15() -> Generator[URL]:
    """A database on Debian's PostgreSQL 15."""
    if not (DEBIAN_15 / "initdb").exists():
        pytest.skip("PostgreSQL 15 is not installed in /usr/lib/postgresql/15")
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="dialboard-pg15-"))
    if os.geteuid() == 0:
        shutil.chown(folder, user)

    def run(program: str, *arguments: str) -> None:
        command = [str(DEBIAN_15 / program), *arguments]
        account = user if os.geteuid() == 0 else None
        subprocess.run(command, check=True, capture_output=True, user=account, cwd="/", timeout=60)

    run("initdb", "-D", f"{folder}/data", "-U", "owner", "--auth=trust")
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    run("pg_ctl", "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o", options, "start")
    try:
        yield URL.create("postgresql+psycopg", "owner", database="postgres", query={"host": str(folder)})
    finally:
        run("pg_ctl", "-D", f"{folder}/data", "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder)


def test_works_on_postgresql_15(postgres_15: URL) -> None:
    upgrade(postgres_15)
    assert _differences(postgres_15) == []
    assert _open_tables(postgres_15) == {"projects", "alembic_version", "organisations", "organisation_keys"}
