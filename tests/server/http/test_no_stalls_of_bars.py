"""The largest bar charts that are accepted hold nobody else up, also where every bucket of every group has calls."""

import gc
from collections.abc import Generator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from models.sessions import Sessions
from server.app import create_app
from server.keys import create_key
from server.postgres.migrate import head
from server.projects import ensure_project
from server.runtime import Runtime
from server.settings import Settings
from tests.server.http.stall_cases import QUERIES
from tests.server.http.test_no_stalls import MOST, Filled
from tests.stalls import measured_stalls

pytestmark = pytest.mark.slow

GROUPS = 36
BUCKETS = 2_000
"""Buckets of a week of five minutes that have a call of every group."""

_AGENT = text("insert into agents (project_id, agent_name) values (:project, 'Ava') returning id")
_FILL = text("""
    insert into call_logs (project_id, call_id, agent_id, timestamp, topic, duration)
    select :project, 'c' || n, :agent, now() - interval '1 minute' - (n / :groups) * interval '5 minutes',
        't' || (n % :groups), n
    from generate_series(1, :calls) n
""")


@pytest.fixture(scope="module")
async def full(engine: AsyncEngine, sessions: Sessions) -> Filled:
    project = await ensure_project(engine, "A call for every bucket")
    async with sessions.write(project.id) as session:
        agent = await session.scalar(_AGENT, {"project": project.id})
        given = {"project": project.id, "agent": agent, "groups": GROUPS, "calls": GROUPS * BUCKETS}
        await session.execute(_FILL, given)
    settings = Settings(budget_key=0, budget_project=0)
    return Filled(create_app(settings, Runtime(engine, sessions, head())), await create_key(sessions, project.id, "k"))


@pytest.fixture(autouse=True)
def _as_a_server_collects_garbage() -> Generator[None]:
    before = gc.get_threshold()
    gc.set_threshold(20_000, *before[1:])
    yield
    gc.set_threshold(*before)


@pytest.mark.parametrize("comparison", [None, {"shift": "1d"}])
@pytest.mark.parametrize("aggregation", ["COUNT", "AVG"])
async def test_no_chart_of_full_buckets_holds_the_loop(
    full: Filled, aggregation: str, comparison: dict[str, str] | None
) -> None:
    query = QUERIES["bars-of-five-minutes"]
    field = "timestamp" if aggregation == "COUNT" else "duration"
    changed = {"aggregation": aggregation, "field": field, "compareTo": comparison}
    asked = {**query, "variables": {"input": {**query["variables"]["input"], **changed}}}
    await full.post({"query": "{ viewer { now } }"})
    async with measured_stalls() as stalls:
        status, body = await full.post(asked)
    assert status == 200
    assert body.count(b'"sampleCount":1') > 60_000, body[:500]
    assert stalls.processor < MOST
