"""A project that the planner's statistics do not know yet: what runs behind writes does not fall into a bad plan there.

The statistics are those of a tiny project, and nothing renews them. Each statement has a few seconds, where a nested
loop over the project's rows would take minutes.
"""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from aggregation.stored.store import evict, stored_definitions
from models.call_record import CallRecord, parse_call
from models.changes import compact_changes, read_total, read_versions
from models.ingest import upsert_calls
from models.sessions import Sessions

TABLES = (
    "agents", "metrics", "call_logs", "metric_evaluations", "change_marks", "preaggregates", "preaggregate_days"
)  # fmt: skip
FIRST_SLOT = 1_960_000
STATE = 500
"""Bytes of a stored day."""


@pytest.fixture
async def engine(own_database_url: URL) -> AsyncGenerator[AsyncEngine]:
    engine = create_async_engine(own_database_url)
    async with engine.begin() as connection:
        for table in TABLES:
            await connection.execute(sa.text(f"alter table {table} set (autovacuum_enabled = false)"))
        await connection.execute(
            sa.text("insert into projects (id, name) overriding system value values (900, 'tiny')")
        )
    sessions = Sessions(engine)
    async with sessions.write(900) as session:
        await upsert_calls(session, 900, _calls(range(5)))
        await session.execute(sa.text(_STORED), {"project": 900, "keys": 1, "days": 2, "size": STATE})
    async with engine.begin() as connection:
        await connection.execute(sa.text("analyze"))
        await connection.execute(sa.text(_PROJECT), {"id": 901, "name": "new"})
    yield engine
    await engine.dispose()


_PROJECT = "insert into projects (id, name) overriding system value values (:id, :name)"
_STORED = """
    with named as (
        insert into preaggregates (project_id, key, definition)
        select :project, decode(lpad(to_hex(number), 32, '0'), 'hex'), '{}' from generate_series(1, :keys) number
        returning key
    )
    insert into preaggregate_days (project_id, key, day, versions, total_version, state)
    select :project, key, day, '', 1, repeat('x', :size)::bytea from named, generate_series(1, :days) day
"""
_MARKS = """
    insert into change_marks (project_id, slot, changes)
    select :project, :first + number % :slots, 1 from generate_series(0, :slots * 5 - 1) number
"""


def _calls(numbers: range) -> list[CallRecord]:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        parse_call(
            {
                "call_id": f"c{number}",
                "agent": "Ada",
                "timestamp": start + timedelta(minutes=number),
                "metrics": [
                    {"metric": name, "type": "numeric", "value": number} for name in ("latency", "score", "turns")
                ],
            }
        )
        for number in numbers
    ]


@pytest.fixture
def sessions(engine: AsyncEngine) -> Sessions:
    return Sessions(engine, statement_timeout=timedelta(seconds=5))


@pytest.mark.parametrize("slots", [1, 100, 2_000, 16_000])
async def test_housekeeping(sessions: Sessions, slots: int) -> None:
    days, keys = max(1, slots // 96), 40
    async with sessions.write(901) as session:
        await session.execute(sa.text(_MARKS), {"project": 901, "first": FIRST_SLOT, "slots": slots})
        await session.execute(sa.text(_STORED), {"project": 901, "keys": keys, "days": days, "size": STATE})
    async with sessions.read(901) as session:
        before = await read_total(session, 901, FIRST_SLOT, FIRST_SLOT + slots)
    async with sessions.write(901) as session:
        assert await compact_changes(session, 901) == slots * 4
    async with sessions.read(901) as session:
        assert await read_total(session, 901, FIRST_SLOT, FIRST_SLOT + slots) == before
        versions = await read_versions(session, 901, FIRST_SLOT, FIRST_SLOT + slots)
        assert set(versions.slots.tolist()) == {5}
    async with sessions.write(901) as session:
        assert await evict(session, 901, STATE * (keys * days - keys // 2)) == keys // 2
    async with sessions.read(901) as session:
        assert sum(one.days for one in await stored_definitions(session, 901)) == keys * days - keys // 2


async def test_calls_that_are_imported_again(sessions: Sessions) -> None:
    """30,000 values are replaced among 60,000: each once, by its number."""
    for first in (0, 10_000, 0):
        async with sessions.write(901) as session:
            stored = await upsert_calls(session, 901, _calls(range(first, first + 10_000)))
    assert (stored.created, stored.updated) == (0, 10_000)
    async with sessions.read(901) as session:
        assert await session.scalar(sa.text("select count(*) from metric_evaluations")) == 60_000
