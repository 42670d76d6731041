"""Pre-aggregates always give the same answers as the calls, whatever is written at the same time."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.errors import DeadlockDetected, ForeignKeyViolation
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.question.faults import ChartError
from aggregation.question.prepare import prepare
from aggregation.question.query import ChartQuery, ChartSource
from aggregation.service import compute_in
from aggregation.stored.builder import PreaggregateBuilder
from aggregation.stored.preaggregates import Preaggregates
from models import ChartType, EvaluationType, call_fields
from models.call_record import CallRecord, MetricValue
from models.changes import compact_changes
from models.ingest import upsert_calls
from models.sessions import Sessions, WriteSession
from server.owner import owner_of
from tests.aggregation import chart_cases
from tests.aggregation.chart_data import Dataset, drawn, store
from tests.aggregation.chart_scopes import chart_scope
from tests.aggregation.chart_shown import differences, shown
from tests.aggregation.test_charts_by_oracle import by_seed

NOW = datetime(2026, 5, 7, 13, 37, 11, tzinfo=UTC)
DAYS = 6
CALLS = 150
CHARTS = 14
WRITES = 40
READS = 12


def some_time(rng: random.Random) -> datetime:
    """Mostly in a few slots, so that changes collide."""
    if rng.random() < 0.6:
        return NOW - timedelta(hours=rng.choice((0, 1, 30, 31, 100)), seconds=rng.randrange(900))
    return NOW - timedelta(seconds=rng.randrange(DAYS * 86_400))


def rows(rng: random.Random) -> list[dict[str, Any]]:
    return [
        {
            "call_id": str(number),
            "timestamp": some_time(rng),
            **{field.name: drawn(field, rng) for field in call_fields.VALUES},
            "agent": rng.randrange(3),
            "evaluations": [("latency", rng.uniform(0, 3)) for _ in range(rng.randrange(3))]
            + [("mood", rng.choice(("happy", "sad")))],
        }
        for number in range(CALLS)
    ]


def queries_of(data: Dataset, rng: random.Random) -> list[ChartQuery]:
    scope = chart_scope(
        data.project_id,
        NOW,
        timedelta(days=30),
        dashboard_filters={"field": "timestamp", "op": "gte", "value": f"now-{DAYS - 1}d"},
        time_zone=rng.choice(("UTC", "Asia/Kathmandu")),
        metrics=data.by_id,
        line_points=(40, 20_000),
        intervals=True,
    )
    definitions = [
        definition
        for definition in chart_cases.definitions(data, rng)
        if definition.chart_type is not ChartType.LINE or definition.group_by is None
    ]
    by_name = [one for one in definitions if "agent_name" in f"{one.field}{one.group_by}"]
    chosen = [*rng.sample(by_name, min(2, len(by_name))), *rng.sample(definitions, CHARTS)]
    found: list[ChartQuery] = []
    for definition in chosen:
        try:
            found.append(prepare(definition, scope))
        except ChartError:
            continue
    return found


def call(rng: random.Random) -> CallRecord:
    values = {field.name: drawn(field, rng) for field in call_fields.VALUES}
    return CallRecord(
        call_id=str(rng.randrange(CALLS * 2)),
        agent=rng.choice(("Ava", "Ben", "Dan")),
        timestamp=some_time(rng),
        values={name: value for name, value in values.items() if value is not None},
        metrics=tuple(
            MetricValue("latency", EvaluationType.NUMERIC, rng.uniform(0, 3)) for _ in range(rng.randrange(3))
        ),
    )


def sql(statement: str) -> Callable[[WriteSession, int, random.Random], Any]:
    async def run(session: WriteSession, project_id: int, rng: random.Random) -> None:
        given = {"project": project_id, "at": some_time(rng), "part": rng.randrange(40), "number": rng.uniform(0, 99)}
        used = {name: value for name, value in given.items() if f":{name}" in statement}
        await session.execute(text(statement), used)

    return run


async def ingest(session: WriteSession, project_id: int, rng: random.Random) -> None:
    await upsert_calls(session, project_id, [call(rng) for _ in range(rng.choice((1, 1, 5)))])


async def compact(session: WriteSession, project_id: int, _rng: random.Random) -> None:
    await compact_changes(session, project_id)


PART = "where project_id = :project and id % 40 = :part"
WRITERS = (
    ingest,
    ingest,
    ingest,
    compact,
    sql(f"update call_logs set is_reviewed = not is_reviewed, updated_at = now() {PART}"),
    sql(f"update call_logs set timestamp = :at {PART}"),
    sql(f"update call_logs set topic = 'moved', duration = :number {PART}"),
    sql(f'update call_logs set metadata = metadata || \'{{"region": "EU"}}\' {PART}'),
    sql(f"delete from call_logs {PART}"),
    sql(f"update metric_evaluations set number_value = :number {PART} and number_value is not null"),
    sql(f"delete from metric_evaluations {PART}"),
    sql(
        "insert into metric_evaluations (project_id, call_log_id, metric_id, number_value) "
        "select project_id, id, (select id from metrics where project_id = :project and name = 'latency'), :number "
        f"from call_logs {PART}"
    ),
    sql(
        "update metric_evaluations set call_log_id = (select max(id) from call_logs where project_id = :project) "
        f"{PART}"
    ),
    sql(
        "update agents set agent_name = 'B ' || id || clock_timestamp() "
        "where project_id = :project and agent_name like 'B%'"
    ),
    sql("update metrics set name = name || '!' where project_id = :project and name like 'star%'"),
)


_MET = (DeadlockDetected, ForeignKeyViolation)
"""How colliding writers may fail: by a deadlock, or over a call that the other one deletes."""


async def write(sessions: Sessions, project_id: int, rng: random.Random) -> None:
    """One transaction of some writes, committed or rolled back; PostgreSQL may fail those that collide with others."""
    with suppress(*_MET):
        async with _told_apart(), Sessions(owner_of(sessions.engine)).write(project_id) as session:
            for writer in rng.sample(WRITERS, rng.choice((1, 1, 2, 3))):
                await writer(session, project_id, rng)
                await asyncio.sleep(rng.choice((0, 0, 0.01)))
            if rng.random() < 0.1:
                await session.execute(text("rollback"))


@asynccontextmanager
async def _told_apart() -> AsyncGenerator[None]:
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, _MET):
            raise error.orig from error
        raise


async def compare(
    sessions: Sessions,
    project_id: int,
    queries: list[ChartQuery],
    preaggregates: Preaggregates,
    seen: Counter[ChartSource],
) -> list[str]:
    """The answers that differ between pre-aggregates and calls in one snapshot."""
    faults: list[str] = []
    async with sessions.read(project_id) as session:
        stored = await compute_in(sessions, session, queries, preaggregates)
        raw = await compute_in(sessions, session, queries)
    for query, one, other in zip(queries, stored, raw, strict=True):
        assert not isinstance(one, ChartError)
        assert not isinstance(other, ChartError)
        seen[one.source] += 1
        if found := differences(shown(other)[0], shown(one)[0]):
            faults.append("\n".join([f"{query.chart_type} {query.measured} {query.group} {one.source}", *found[:3]]))
    return faults


@given(seed=st.integers(0, 2**32))
@by_seed
async def test_preaggregates_answer_as_the_calls_do_while_calls_change(
    engine: AsyncEngine, sessions: Sessions, seed: int
) -> None:
    rng = random.Random(seed)
    data = await store(engine, rows(rng))
    queries = queries_of(data, rng)
    servers = [Preaggregates(), Preaggregates()]
    makers = [PreaggregateBuilder(sessions, preaggregates, most_stored=2**30) for preaggregates in servers]
    seen = Counter[ChartSource]()
    faults: list[str] = []

    async def writing(own: random.Random) -> None:
        for _ in range(WRITES):
            await write(sessions, data.project_id, own)
            await asyncio.sleep(own.choice((0, 0.02, 0.05)))

    async def reading(preaggregates: Preaggregates, builder: PreaggregateBuilder) -> None:
        for _ in range(READS):
            faults.extend(await compare(sessions, data.project_id, queries, preaggregates, seen))
            await builder.work()

    await asyncio.gather(
        *(writing(random.Random(rng.random())) for _ in range(2)),
        *(reading(preaggregates, builder) for preaggregates, builder in zip(servers, makers, strict=True)),
    )
    for preaggregates in servers:
        faults += await compare(sessions, data.project_id, queries, preaggregates, seen)
    assert not faults, "\n\n".join([f"{len(faults)} answers differ, of {seen.total()}: {seen}", *faults[:6]])
    assert seen[ChartSource.STORED] + seen[ChartSource.MIXED] > seen.total() / 4, seen


@pytest.mark.parametrize("writer", range(len(WRITERS)))
async def test_each_kind_of_write_alone(engine: AsyncEngine, sessions: Sessions, writer: int) -> None:
    rng = random.Random(writer)
    data = await store(engine, rows(rng))
    queries = queries_of(data, rng)
    preaggregates = Preaggregates()
    builder = PreaggregateBuilder(sessions, preaggregates, most_stored=2**30)
    seen = Counter[ChartSource]()
    await compare(sessions, data.project_id, queries, preaggregates, seen)
    await builder.work()
    for _ in range(4):
        async with Sessions(owner_of(engine)).write(data.project_id) as session:
            await WRITERS[writer](session, data.project_id, rng)
        seen.clear()
        assert not await compare(sessions, data.project_id, queries, preaggregates, seen)
    assert seen[ChartSource.RAW] < seen.total(), seen
