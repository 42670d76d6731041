"""A database that is slow, busy, or drops a connection: clients are told so, rather than of an internal error."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from models.outages import Outage, outage_of
from models.sessions import Sessions
from tests.graph.conftest import World

WRITE = 'mutation { createDashboard(input: {name: "Made"}) { dashboard { id } } }'
LOCK = text("lock table dashboards in access exclusive mode")


async def test_a_change_that_waits_too_long(world: World) -> None:
    hurried = Sessions(world.sessions.engine, statement_timeout=timedelta(milliseconds=200))
    async with world.sessions.engine.begin() as connection:
        await connection.execute(LOCK)
        error = await world.refused(WRITE, sessions=hurried)
    assert error["message"] == Outage.TOO_SLOW.message
    assert error["extensions"]["code"] == "QUERY_TIMEOUT"


READ = "{ dashboards { totalCount } }"


@pytest.mark.parametrize(("query", "outage"), [(WRITE, Outage.LOST), (READ, Outage.UNREACHABLE)])
async def test_a_connection_that_is_lost(world: World, query: str, outage: Outage) -> None:
    """What was being changed may have been stored, so the client must look; not so after what only reads."""
    async with world.sessions.engine.begin() as connection:
        await connection.execute(LOCK)
        refused = asyncio.create_task(world.refused(query))
        ended = text(
            "select pg_terminate_backend(pid) from pg_locks where not granted and relation = 'dashboards'::regclass"
        )
        for _ in range(500):
            if (await connection.execute(ended)).first() is not None:
                break
            await asyncio.sleep(0.01)
    error = await refused
    assert error["message"] == outage.message
    assert error["extensions"]["code"] == "UNAVAILABLE"


@pytest.mark.parametrize("query", [WRITE, READ])
async def test_a_connection_that_was_lost_before(world: World, query: str) -> None:
    """Nothing was changed, as nothing had begun."""
    engine = create_async_engine(world.sessions.engine.url, pool_size=1, max_overflow=0)
    async with engine.connect() as connection:
        pid = await connection.scalar(text("select pg_backend_pid()"))
    async with world.sessions.engine.begin() as connection:
        await connection.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    error = await world.refused(query, sessions=Sessions(engine))
    await engine.dispose()
    assert error["message"] == Outage.UNREACHABLE.message


async def test_no_connection_to_be_had(world: World, database_url: URL) -> None:
    engine = create_async_engine(database_url, pool_size=1, max_overflow=0, pool_timeout=0.1)
    async with engine.connect() as connection:
        await connection.execute(text("select 1"))
        error = await world.refused(READ, sessions=Sessions(engine))
    await engine.dispose()
    assert error["message"] == Outage.BUSY.message
    assert error["extensions"]["code"] == "OVERLOADED"


@pytest.mark.parametrize("sql", ["select 1 / 0", "select * from nothing", "selekt"])
async def test_what_is_wrong_with_the_program_is_no_outage(world: World, sql: str) -> None:
    async with world.sessions.engine.connect() as connection:
        with pytest.raises(DBAPIError) as raised:
            await connection.execute(text(sql))
    assert outage_of(raised.value) is None


@pytest.mark.parametrize("error", [ValueError("x"), TimeoutError(), None])
def test_what_is_no_error_of_the_database_is_no_outage(error: Exception | None) -> None:
    assert outage_of(error) is None
