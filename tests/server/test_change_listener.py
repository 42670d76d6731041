"""How a process hears of changes: by listening while anybody subscribes, and otherwise not at all."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Literal, assert_never

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from models import Dashboard
from models.notices import Notice, Topic, read_notice
from models.pooler import POOLED
from models.sessions import Sessions
from resolvers.change_hub import ChangeHub
from server.beside import working_beside
from server.change_listener import ChangeListener
from tests.conftest import DatabaseServer

LISTENING = """from pg_stat_activity
where datname = :database and (query like 'listen dialboard%' or query = 'select 1')"""
PATIENCE = 20


@asynccontextmanager
async def hearing(
    engine: AsyncEngine, sessions: Sessions, way: Literal["auto", "listen", "poll"] = "auto"
) -> AsyncGenerator[ChangeHub]:
    hub = ChangeHub()
    async with working_beside(ChangeListener(engine, sessions, hub, way).run()):
        yield hub


async def listeners(database_server: DatabaseServer, engine: AsyncEngine, *, end: bool = False) -> int:
    """How many connections to the database listen; with ``end`` they are ended."""
    admin = create_async_engine(database_server.admin)
    statement = sa.text(f"select {'pg_terminate_backend(pid)' if end else 'pid'} {LISTENING}")
    try:
        async with admin.connect() as connection:
            return len((await connection.execute(statement, {"database": engine.url.database})).all())
    finally:
        await admin.dispose()


async def change(sessions: Sessions, project_id: int, topic: Topic) -> None:
    """Changes something that is told under a topic."""
    match topic:
        case Topic.CALLS:
            sql = "insert into change_marks (project_id, slot, changes) values (:project, 1, 1)"
        case Topic.DASHBOARDS:
            sql = "update dashboards set version = version + 1 where project_id = :project"
        case _:
            assert_never(topic)
    async with sessions.write(project_id) as session:
        await session.execute(sa.text(sql), {"project": project_id})


@pytest.mark.parametrize("topic", Topic)
@pytest.mark.parametrize("way", ["listen", "poll"])
async def test_a_watch_rings_for_its_project_and_topic(
    engine: AsyncEngine,
    sessions: Sessions,
    project_id: int,
    other_project_id: int,
    topic: Topic,
    way: Literal["listen", "poll"],
) -> None:
    (other,) = set(Topic) - {topic}
    async with sessions.write(project_id) as session:
        session.add(Dashboard(project_id=project_id, name="D"))
    async with hearing(engine, sessions, way) as hub:
        with (
            hub.watching(project_id, [topic]) as watch,
            hub.watching(project_id, [other]) as of_other,
            hub.watching(other_project_id, [topic]) as of_neighbour,
        ):
            for one in (watch, of_other, of_neighbour):  # at the beginning, anything may have changed
                await asyncio.wait_for(one.changed(), PATIENCE)
                one.look()
            await change(sessions, project_id, topic)
            await asyncio.wait_for(watch.changed(), PATIENCE)
            for one in (of_other, of_neighbour):
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(one.changed(), 1.5)


async def test_a_lost_connection_loses_no_change(
    engine: AsyncEngine, sessions: Sessions, project_id: int, database_server: DatabaseServer
) -> None:
    async with hearing(engine, sessions) as hub:
        with hub.watching(project_id, [Topic.CALLS]) as watch:
            await asyncio.wait_for(watch.changed(), PATIENCE)
            assert await listeners(database_server, engine, end=True) == 1
            watch.look()
            await change(sessions, project_id, Topic.CALLS)
            await asyncio.wait_for(watch.changed(), PATIENCE)
            async with asyncio.timeout(PATIENCE):
                while not await listeners(database_server, engine):  # noqa: ASYNC110 - only the database knows
                    await asyncio.sleep(0.1)


async def test_nobody_listens_while_nobody_subscribes(
    engine: AsyncEngine, sessions: Sessions, project_id: int, database_server: DatabaseServer
) -> None:
    async with hearing(engine, sessions) as hub:
        await asyncio.sleep(0.3)
        assert await listeners(database_server, engine) == 0
        with hub.watching(project_id, [Topic.CALLS]) as watch:
            await asyncio.wait_for(watch.changed(), PATIENCE)
            assert await listeners(database_server, engine) == 1


async def test_behind_a_pooler_the_database_is_polled(
    engine: AsyncEngine, sessions: Sessions, project_id: int, database_server: DatabaseServer
) -> None:
    pooled = engine.execution_options(**{POOLED: True})
    async with hearing(pooled, sessions) as hub:
        with hub.watching(project_id, [Topic.CALLS]) as watch:
            await asyncio.wait_for(watch.changed(), PATIENCE)
            watch.look()
            await change(sessions, project_id, Topic.CALLS)
            await asyncio.wait_for(watch.changed(), PATIENCE)
            assert await listeners(database_server, engine) == 0


@pytest.mark.parametrize(
    ("payload", "notice"),
    [
        ("calls 7", Notice(7, Topic.CALLS)),
        ("dashboards 12", Notice(12, Topic.DASHBOARDS)),
        ("", None),
        ("calls", None),
        ("calls -1", None),
        ("calls 7; drop table projects", None),
        (f"calls {'9' * 20}", None),
        ("keys 7", None),
    ],
)
def test_payloads_of_another_form_are_ignored(payload: str, notice: Notice | None) -> None:
    assert read_notice(payload) == notice
