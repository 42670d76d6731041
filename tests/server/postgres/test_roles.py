"""The role that serves can do what its grants say, with the rows of the project that is signed for it, and no more."""

import re
import uuid
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from models import Agent, Base
from models.sessions import Sessions
from models.signing import Serving, Signer, key_from, serving
from server.organisation_keys import list_organisation_keys, make_organisation_key
from server.organisations import create_organisation
from server.owner import RoleError, owner_of
from server.postgres import grants
from server.postgres.roles import Addresses, prepare
from server.projects import list_projects

pytestmark = pytest.mark.processes

FORBIDDEN = {
    "read the key": "select last_value from signing_key_1",
    "change the key": "select setval('signing_key_1', 1)",
    "truncate a table": "truncate agents",
    "drop a table": "drop table agents",
    "make a table": "create table public.mine (id int)",
    "make a function": "create function public.mine() returns int language sql as 'select 1'",
    "make a schema": "create schema mine",
    "switch row-level security off": "alter table agents disable row level security",
    "read without row-level security": "set local row_security = off; select * from agents",
    "change a policy": "drop policy same_project on agents",
    "become the owner": "set role dialboard",
    "sign in as the owner": "set session authorization dialboard",
    "make a project": "insert into projects (name) values ('mine')",
    "delete a call": "delete from call_logs",
    "change the history": "update dashboard_revisions set summary = ''",
    "change the trail": "update audit_events set actor = ''",
    "delete from the trail": "delete from audit_events",
    "read organisations": "select * from organisations",
    "read the keys of organisations": "select * from organisation_keys",
    "make a key of an organisation": "insert into organisation_keys (organisation_id, id, name, key_hash) "
    "values (1, 1, 'mine', '')",
    "move its project to an organisation": "update projects set organisation_id = 1",
    "make a webhook endpoint": "insert into webhook_endpoints (project_id, id, name, key_hash, source, sealed_secret) "
    "values (1, 1, 'mine', '', 'generic', '')",
    "change the secret of a webhook endpoint": "update webhook_endpoints set sealed_secret = ''",
    "make a trigger": "create trigger t before insert on agents execute function mark_agents_update()",
    "read a file": "select pg_read_file('/etc/passwd')",
}
FORGED = {
    "by set": "set local dialboard.project_id = '{other}'",
    "by set_config": "select set_config('dialboard.project_id', '{other}', true)",
    "with an empty signature": "set local dialboard.project_id = '{other}'; set local dialboard.signature = ''",
    "with a wrong signature": "set local dialboard.project_id = '{other}'; set local dialboard.signature = '00'",
    "for the whole session": "set dialboard.project_id = '{other}'",
}
READ = "select count(*) from agents where project_id = {other}"
WRITE = "insert into agents (project_id, agent_name) values ({other}, 'x')"


async def run(sessions: Sessions, project_id: int, *statements: str) -> Any:
    """Runs statements as somebody could who had found a hole, in a session of a project; what the last one returns."""
    async with sessions.write(project_id) as session:
        connection = await session.connection()
        for statement in statements:
            result = await connection.exec_driver_sql(statement)
        return result.scalar() if result.returns_rows else result.rowcount


@pytest.fixture
async def other(sessions: Sessions, other_project_id: int) -> int:
    """A project with one agent, whom sessions of others are after."""
    async with sessions.write(other_project_id) as session:
        session.add(Agent(project_id=other_project_id, agent_name="Ada"))
    return other_project_id


@pytest.fixture(autouse=True)
def two_roles(engine: AsyncEngine) -> Serving:
    found = serving(engine)
    if found is None:
        pytest.skip("this database server has one role")
    return found


@pytest.mark.parametrize("statement", FORBIDDEN.values(), ids=FORBIDDEN)
async def test_the_role_that_serves_cannot(sessions: Sessions, project_id: int, statement: str) -> None:
    with pytest.raises(DBAPIError) as refused:
        await run(sessions, project_id, *statement.split("; "))
    assert re.search("permission denied|must be (owner|able)|would be affected by row-level", str(refused.value.orig))


async def test_the_key_is_not_read_by_functions_either(sessions: Sessions, project_id: int) -> None:
    """PostgreSQL 17 and newer return null, older ones refuse."""
    for asked in ("pg_sequence_last_value('signing_key_1'::regclass)", "max(last_value) from pg_sequences"):
        found: Any = None
        with suppress(DBAPIError):
            found = await run(sessions, project_id, f"select {asked}")
        assert found is None


@pytest.mark.parametrize("statement", [READ, WRITE], ids=["read", "write"])
@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
async def test_a_session_cannot_choose_another_project(
    sessions: Sessions, project_id: int, other: int, forge: str, statement: str
) -> None:
    with pytest.raises(DBAPIError, match="the project of this session is not signed"):
        await run(sessions, project_id, *forge.format(other=other).split("; "), statement.format(other=other))


async def test_its_own_signature_opens_no_other_project(sessions: Sessions, project_id: int, other: int) -> None:
    assert await run(sessions, project_id, READ.format(other=other)) == 0
    assert await run(sessions, other, READ.format(other=other)) == 1
    with pytest.raises(DBAPIError, match="row-level security"):
        await run(sessions, project_id, WRITE.format(other=other))


async def test_it_sees_its_own_project_alone(
    engine: AsyncEngine, sessions: Sessions, project_id: int, other: int
) -> None:
    assert await run(sessions, project_id, "select array_agg(id) from projects") == [project_id]
    async with engine.connect() as connection:
        assert (await connection.execute(sa.text("select id from projects"))).all() == []
    assert {project_id, other} <= {project.id for project in await list_projects(engine)}


async def test_no_statement_shows_a_signature_to_other_sessions(
    engine: AsyncEngine, sessions: Sessions, project_id: int, two_roles: Serving
) -> None:
    """All sessions of a role can read the texts of each other's statements."""
    shown = "select string_agg(query, ' ') from pg_stat_activity where datname = current_database()"
    async with sessions.read(project_id, shared=True) as leader, sessions.join(leader) as joined:
        for session in (leader, joined):
            assert await session.scalar(sa.text("select current_setting('dialboard.signature')")) == (
                two_roles.signer.sign(project_id)
            )
        async with owner_of(engine).connect() as connection:
            assert two_roles.signer.sign(project_id) not in str(await connection.scalar(sa.text(shown)))


def test_every_table_has_a_row_of_grants() -> None:
    assert set(grants.TABLES) == {*Base.metadata.tables, "alembic_version"}


async def test_the_grants_are_those_of_the_table(engine: AsyncEngine) -> None:
    async with owner_of(engine).connect() as connection:
        role = str(engine.url.username)
        assert await connection.run_sync(grants.present, role) == grants.required()
        everybody = "grantee = 'PUBLIC' and table_schema = 'public'"
        public = f"select count(*) from information_schema.role_table_grants where {everybody}"
        assert await connection.scalar(sa.text(public)) == 0


async def test_it_learns_of_a_key_of_an_organisation_by_its_hash_alone(
    engine: AsyncEngine, sessions: Sessions, project_id: int
) -> None:
    """Whoever has the hash has the key, or the tables."""
    organisation = await create_organisation(engine, f"Agency {uuid.uuid4()}")
    made = await make_organisation_key(engine, organisation, "fleet")
    for hash, found in ((made.row.key_hash, 1), (b"", 0), (b"%" * 32, 0)):
        asked = f"select count(*) from dialboard_organisation_key('\\x{hash.hex()}')"
        assert await run(sessions, project_id, asked) == found
    await run(sessions, project_id, "select dialboard_organisation_key_used('')")
    (row,) = await list_organisation_keys(engine, organisation.id)
    assert row.last_used_at is None


async def test_it_owns_nothing_and_is_nothing_special(engine: AsyncEngine) -> None:
    async with owner_of(engine).connect() as connection:
        flags = "rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
        asked = sa.text(f"select {flags} from pg_roles where rolname = :role")
        role = {"role": engine.url.username}
        assert (await connection.execute(asked, role)).one().tuple() == (False,) * 5
        owned = "select count(*) from pg_class where relowner = cast(:role as regrole) and relpersistence <> 't'"
        assert await connection.scalar(sa.text(owned), role) == 0
        member = sa.text("select count(*) from pg_auth_members where member = cast(:role as regrole)")
        assert await connection.scalar(member, role) == 0


async def test_policies_have_no_sub_select(engine: AsyncEngine) -> None:
    asked = "select distinct coalesce(qual, ''), coalesce(with_check, '') from pg_policies"
    async with engine.connect() as connection:
        found = {text for row in await connection.execute(sa.text(asked)) for text in row}
    assert found == {"", "true", "(project_id = dialboard_project())", "(id = dialboard_project())"}


async def test_the_function_is_called_once_a_statement(sessions: Sessions, project_id: int) -> None:
    async with sessions.read(project_id) as session:
        plan = sa.text(
            "explain (costs off) select count(*) from call_logs call join agents agent on agent.project_id = :project "
            "and agent.id = call.agent_id where call.project_id = :project"
        )
        lines = list(await session.scalars(plan, {"project": project_id}))
    calls = [line for line in lines if "dialboard_project()" in line]
    assert len(calls) == 1
    assert "One-Time Filter" in calls[0]


def test_a_second_role_is_given_its_grants_and_takes_away_what_is_too_much(
    own_database_url: URL, engine: AsyncEngine
) -> None:
    role, owner = str(engine.url.username), sa.create_engine(own_database_url, poolclass=sa.NullPool)
    addresses = Addresses(engine.url.set(database=own_database_url.database), own_database_url)
    with owner.begin() as connection:
        connection.execute(sa.text(f"grant truncate on agents to {role}; revoke select on widgets from {role}"))
        assert grants.present(connection, role) != grants.required()
    prepare(addresses)
    with owner.begin() as connection:
        assert grants.present(connection, role) == grants.required()


def test_without_the_owner_a_key_is_needed(own_database_url: URL, engine: AsyncEngine) -> None:
    serves = engine.url.set(database=own_database_url.database)
    with pytest.raises(RoleError, match="DIALBOARD_OWNER_DATABASE_URL"):
        prepare(Addresses(serves, None))
    key = key_from("a secret of more than 32 characters")
    assert prepare(Addresses(serves, own_database_url), key).signer == Signer(key)
    assert prepare(Addresses(serves, None), key).signer == Signer(key)
    assert prepare(Addresses(serves, own_database_url)).signer == Signer(key)
    assert prepare(Addresses(own_database_url, None)).signer is None
