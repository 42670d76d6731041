"""How many metrics and agents a project may have, at the limit and beyond, under concurrent writers too."""

import asyncio
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from models.call_record import CallRecord, MetricValue
from models.ingest import UpsertResult, upsert_calls
from models.quotas import Quotas
from models.sessions import Sessions
from models.types import EvaluationType

WHEN = datetime(2026, 3, 1, tzinfo=UTC)


def call(call_id: str, *metrics: str, agent: str = "Ava") -> CallRecord:
    values = tuple(MetricValue(name, EvaluationType.NUMERIC, 1.0) for name in metrics)
    return CallRecord(call_id, agent, WHEN, metrics=values)


@pytest.fixture
def bounded(sessions: Sessions) -> Sessions:
    return Sessions(sessions.engine, quotas=Quotas(metrics=3, agents=2))


async def store(sessions: Sessions, project_id: int, *calls: CallRecord) -> UpsertResult:
    async with sessions.write(project_id) as session:
        return await upsert_calls(session, project_id, calls)


async def names(sessions: Sessions, project_id: int, table: str, column: str) -> list[str]:
    async with sessions.read(project_id) as session:
        statement = sa.text(f"select {column} from {table} where project_id = :project order by 1")
        return list(await session.scalars(statement, {"project": project_id}))


async def test_metrics_up_to_the_quota(bounded: Sessions, sessions: Sessions, project_id: int) -> None:
    calls = [call("1", "a", "b"), call("2", "c", "d"), call("3", "c"), call("4", "e"), call("5")]
    stored = await store(bounded, project_id, *calls)
    assert stored.created == 3
    assert [(refusal.index, refusal.faults[0].path) for refusal in stored.refused] == [
        (1, "/metrics/0/metric"),
        (3, "/metrics/0/metric"),
    ]
    assert "'e'" in stored.refused[1].faults[0].message
    assert "at most 3 metrics" in stored.refused[1].faults[0].allowed
    assert await names(sessions, project_id, "metrics", "name") == ["a", "b", "c"]


async def test_agents_up_to_the_quota(bounded: Sessions, sessions: Sessions, project_id: int) -> None:
    calls = [call(name, agent=name) for name in "zabz"]
    stored = await store(bounded, project_id, *calls)
    assert (stored.created, stored.updated) == (2, 1)
    assert [(refusal.index, refusal.faults[0].path) for refusal in stored.refused] == [(2, "/agent")]
    assert await names(sessions, project_id, "agents", "agent_name") == ["a", "z"]


async def test_a_project_above_its_quota_keeps_working(bounded: Sessions, sessions: Sessions, project_id: int) -> None:
    await store(sessions, project_id, call("1", "a", "b", "c", "d", "e"))
    stored = await store(bounded, project_id, call("1", "e"), call("2", "f"))
    assert (stored.updated, len(stored.refused)) == (1, 1)
    assert await names(sessions, project_id, "metrics", "name") == ["a", "b", "c", "d", "e"]


async def test_writers_at_the_same_time_stay_within_it_together(
    bounded: Sessions, sessions: Sessions, project_id: int
) -> None:
    results = await asyncio.gather(
        *(store(bounded, project_id, call(str(n), f"m{n}", agent=f"agent {n}")) for n in range(6))
    )
    assert sum(result.created for result in results) == 2
    assert len(await names(sessions, project_id, "metrics", "name")) <= 3
    assert len(await names(sessions, project_id, "agents", "agent_name")) == 2
