"""What one request may use of the database: so many statements, then an error; so many connections at a time, then it
waits."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from strawberry.types import ExecutionResult

from graph.context import Context
from graph.limits import MAX_ALIASES
from graph.schema import schema
from models.deadlines import Deadline
from models.outages import DeadlinePassed
from models.request_use import DEFAULT_MAX_CONNECTIONS, DEFAULT_MAX_STATEMENTS, LimitPassedError, UseBounds
from models.sessions import Sessions
from resolvers.author import Author
from resolvers.scope import Scope
from tests.graph.conftest import NOW, World

MANY = MAX_ALIASES - 1
QUERY = "query { dashboards { totalCount } agents { totalCount } metrics { totalCount } apiKeys { totalCount } }"
INGEST = """ingestCalls(input: {calls: [{call_id: "c%d", agent: "a%d", timestamp: "2026-03-01T09:30:00Z",
    metrics: [{metric: "m%d", type: "numeric", value: 1}]}]}) { created errors { message } }"""


def _times(count: int, field: str, kind: str = "query") -> str:
    declared = "($id: ID!)" if "$id" in field else ""
    return f"{kind} {declared} {{ {' '.join(f'a{n}: {field}'.replace('%d', str(n)) for n in range(count))} }}"


LARGEST = {
    "reads": _times(MANY, "viewer { project { name } quotas { used } }"),
    "pages": _times(MANY, "agents { totalCount edges { node { id } } }"),
    "waterfalls": _times(98, 'filterWaterfall(filters: {field: "duration", op: "gt", value: %d}) { remaining }'),
    "changes": _times(MANY, 'updateDashboard(input: {id: $id, name: "n%d"}) { errors { message } }', "mutation"),
    "copies": _times(90, 'duplicateDashboard(input: {id: $id, name: "n%d"}) { errors { message } }', "mutation"),
    "calls": _times(MANY, INGEST, "mutation"),
    "changes with what there is": _times(MANY, f'createDashboard(input: {{name: "n%d"}}) {{ {QUERY} }}', "mutation"),
}
"""Requests with as many fields as may be, each of which runs as many statements as it can."""


async def _run(world: World, query: str, sessions: Sessions) -> ExecutionResult:
    scope = Scope(world.project_id, sessions, NOW, timedelta(days=30), Author(7, "test"))
    variables = {"id": world.id("Dashboard", world.dashboard)}
    return await schema.execute(query, variables if "$id" in query else {}, context_value=Context(scope))


def _bounded(world: World, seconds: float = 120, **bounds: Any) -> Sessions:
    """The sessions of one request with those bounds."""
    return Sessions(world.sessions.engine, bounds=UseBounds(**bounds)).within(Deadline.after(seconds))


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGEST)
async def test_no_accepted_request_comes_near_the_bound(world: World, name: str) -> None:
    sessions = _bounded(world)
    result = await _run(world, LARGEST[name], sessions)
    assert result.errors is None, result.errors[0].message
    assert sessions.use is not None
    assert 250 < sessions.use.statements < DEFAULT_MAX_STATEMENTS * 2 / 3


async def test_a_further_statement_is_refused(world: World, statements: Any) -> None:
    sessions = _bounded(world, statements=9)
    query = "{ dashboards { totalCount edges { node { id } } } metrics { totalCount } agents { totalCount } }"
    result = await _run(world, query, sessions)
    assert result.errors
    for error in result.errors:
        assert error.message == (
            "The request needs more than 9 statements of the database. Split it into several requests."
        )
        assert error.extensions == {"code": "COST_EXCEEDED", "limit": "statements", "statements": {"ceiling": 9}}
    assert len(statements.everything) == 9


async def test_a_mutation_beyond_the_bound_writes_nothing(world: World) -> None:
    document = _times(4, 'createDashboard(input: {name: "n%d"}) { dashboard { name } }', "mutation")
    counted = _bounded(world)
    await _run(world, document, counted)
    assert counted.use is not None
    bound = counted.use.statements - 2  # the last one is not through
    result = await _run(world, document.replace('"n', '"m'), _bounded(world, statements=bound))
    assert result.data is not None
    assert [value and value["dashboard"]["name"] for value in result.data.values()] == ["m0", "m1", "m2", None]
    (error,) = result.errors or [None]
    assert error is not None
    assert error.path == ["a3"]
    names = sa.text("select name from dashboards where project_id = :project and name like 'm%' order by name")
    async with world.sessions.read(world.project_id) as session:
        assert list(await session.scalars(names, {"project": world.project_id})) == ["m0", "m1", "m2"]


async def test_charts_beyond_the_bound_end_in_the_error(world: World) -> None:
    """It is not taken for a chart that failed by itself, after which the others would run one by one."""
    query = "query ($id: ID!) { dashboard(id: $id) { widgets { data { __typename } } } }"
    counted = _bounded(world)
    assert (await _run(world, query, counted)).errors is None
    assert counted.use is not None
    refused = _bounded(world, statements=counted.use.statements - 1)
    result = await _run(world, query, refused)
    assert {error.extensions["limit"] for error in result.errors or () if error.extensions} == {"statements"}
    assert refused.use is not None
    assert refused.use.statements == counted.use.statements - 1


async def test_requests_are_counted_each(world: World) -> None:
    sessions = Sessions(world.sessions.engine, bounds=UseBounds(statements=1))
    first, second = (sessions.within(Deadline.after(1)) for _ in range(2))
    assert sessions.use is None
    assert first.use is not None
    assert second.use is not None
    first.use.add_statement()
    second.use.add_statement()
    with pytest.raises(LimitPassedError):
        first.use.add_statement()


async def test_a_request_has_so_many_connections_at_a_time(world: World) -> None:
    has, most = 0, 0

    def taken(*_: object) -> None:
        nonlocal has, most
        has += 1
        most = max(most, has)

    def given_back(*_: object) -> None:
        nonlocal has
        has -= 1

    pool = world.sessions.engine.sync_engine.pool
    for name, listener in (("checkout", taken), ("checkin", given_back)):
        event.listen(pool, name, listener)
    try:
        result = await _run(world, LARGEST["pages"], _bounded(world, connections=3))
    finally:
        for name, listener in (("checkout", taken), ("checkin", given_back)):
            event.remove(pool, name, listener)
    assert result.errors is None
    assert most == 3


@pytest.mark.parametrize("connections", [1, DEFAULT_MAX_CONNECTIONS])
async def test_one_connection_is_enough_for_everything(world: World, connections: int) -> None:
    """Nothing waits for a second connection while it has one, which could be the last."""
    query = """query ($id: ID!) { dashboard(id: $id) { widgets { metric { name } data { ... on BarChart { buckets {
        calls(first: 2) { totalCount edges { node { agent { agentName } metricEvaluations { numberValue } } } }
        } } } } } }"""
    result = await _run(world, query, _bounded(world, seconds=20, connections=connections))
    assert result.errors is None
    document = _times(2, f'createDashboard(input: {{name: "n%d"}}) {{ {QUERY} }}', "mutation")
    assert (await _run(world, document, _bounded(world, seconds=20, connections=connections))).errors is None


async def test_waiting_for_ones_own_connections_ends_at_the_deadline(world: World) -> None:
    sessions = _bounded(world, seconds=0.3, connections=1)
    assert sessions.use is not None
    async with sessions.use.connection():
        with pytest.raises(DeadlinePassed):
            async with sessions.write(world.project_id):
                pass
        assert sessions.use.is_full
    assert not sessions.use.is_full
    assert sessions.use.connections == 0


async def test_one_that_gives_up_waiting_takes_no_place(world: World) -> None:
    sessions = _bounded(world, seconds=20, connections=1)

    async def read() -> None:
        async with sessions.read(world.project_id):
            pass

    async with sessions.read(world.project_id):
        waiting = asyncio.create_task(read())
        await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    await asyncio.wait_for(read(), 5)
