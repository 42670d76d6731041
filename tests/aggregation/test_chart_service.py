"""The service as a whole: failing alone, few statements, one snapshot, one project."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import URL, event, insert, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from aggregation.answer.results import BarResult, ChartResult, LineResult, ListResult, PieResult, StatResult
from aggregation.question.faults import ChartError, InvalidFilterError, InvalidWidgetError, QueryTimeoutError
from aggregation.question.prepare import prepare
from aggregation.question.query import ChartScope, WidgetDefinition
from aggregation.service import run_charts
from models import Aggregation, CallLog, ChartType, TimePeriod
from models.sessions import Sessions
from tests.aggregation.chart_data import Dataset, store
from tests.aggregation.chart_scopes import chart_scope
from tests.conftest import Statements

NOW = datetime(2026, 6, 1, tzinfo=UTC)
VALUE = "metric_evaluations.value"
BY_TOPIC = {"type": "field", "field": "topic", "top": 2}


@pytest.fixture(scope="module")
async def data(engine: AsyncEngine) -> Dataset:
    rows: list[dict[str, Any]] = [
        {
            "call_id": str(number),
            "timestamp": NOW - timedelta(hours=number + 1),
            "duration": float(number),
            "topic": "abcd"[number % 4],
            "evaluations": [("latency", number / 2), ("mood", "happy" if number % 3 else "sad")],
        }
        for number in range(40)
    ]
    return await store(engine, rows)


def scope(data: Dataset, **more: Any) -> ChartScope:
    return chart_scope(data.project_id, NOW, timedelta(days=30), metrics=data.by_id, **{"line_points": (10,), **more})


async def run(
    sessions: Sessions, data: Dataset, definitions: Sequence[WidgetDefinition], **more: Any
) -> list[ChartResult | ChartError]:
    return await run_charts(sessions, [prepare(definition, scope(data, **more)) for definition in definitions])


def a_dozen(data: Dataset) -> list[WidgetDefinition]:
    latency, mood = data.metrics["latency"].id, data.metrics["mood"].id
    day, bar = TimePeriod.DAY, ChartType.BAR
    return [
        WidgetDefinition(ChartType.STAT),
        WidgetDefinition(ChartType.STAT, "duration"),
        WidgetDefinition(bar, "timestamp", None, Aggregation.COUNT, day),
        WidgetDefinition(bar, "duration", None, Aggregation.P95, day),
        WidgetDefinition(bar, "duration", None, Aggregation.AVG, day, BY_TOPIC),
        WidgetDefinition(bar, VALUE, latency, Aggregation.P50, day, BY_TOPIC),
        WidgetDefinition(
            bar, "topic", None, Aggregation.COUNT, TimePeriod.HOUR, {"type": "field", "field": f"metric:{mood}"}
        ),
        WidgetDefinition(ChartType.PIE, "topic"),
        WidgetDefinition(ChartType.PIE, VALUE, mood),
        WidgetDefinition(ChartType.LIST, "agent.agent_name"),
        WidgetDefinition(ChartType.LINE, "duration", group_by=BY_TOPIC),
        WidgetDefinition(ChartType.LINE, VALUE, latency),
    ]


def total(result: ChartResult | ChartError) -> int:
    assert isinstance(result, BarResult | LineResult | PieResult | ListResult | StatResult), result
    return result.sample_count


async def test_no_charts(sessions: Sessions) -> None:
    assert await run_charts(sessions, []) == []


async def test_a_dozen_charts_are_two_statements(engine: AsyncEngine, data: Dataset, statements: Statements) -> None:
    """One for all groupings, one for the points of grouped lines; the session's own two come first."""
    results = await run(Sessions(engine, parallel=1), data, a_dozen(data))
    assert [total(result) for result in results] == [40] * 12
    assert len(statements.executed) == 2
    assert len(statements.everything) == 4


async def test_a_dozen_charts_without_lines_are_one_statement(
    engine: AsyncEngine, data: Dataset, statements: Statements
) -> None:
    await run(Sessions(engine, parallel=1), data, a_dozen(data)[:10])
    assert len(statements.executed) == 1


async def test_two_connections_share_the_work_of_one_statement(
    sessions: Sessions, data: Dataset, statements: Statements
) -> None:
    results = await run(sessions, data, a_dozen(data)[:10])
    assert [total(result) for result in results] == [40] * 10
    working = [sql for sql in statements.executed if not sql.startswith("set transaction snapshot")]
    assert len(working) <= 2
    assert len(statements.executed) - len(working) <= 1


async def test_charts_that_are_asked_twice_are_computed_once(
    engine: AsyncEngine, data: Dataset, statements: Statements
) -> None:
    asked = [a_dozen(data)[7]] * 3
    results = await run(Sessions(engine, parallel=1), data, asked)
    assert [total(result) for result in results] == [40] * 3
    assert statements.executed[0].count("width_bucket") + statements.executed[0].count("row_number") == 1


async def test_many_charts_that_share_nothing(sessions: Sessions, data: Dataset) -> None:
    definitions = [
        WidgetDefinition(
            ChartType.PIE, "topic", filters={"field": "id", "op": "in", "value": [*range(number, number + 1_000)]}
        )
        for number in range(100)
    ]
    assert len(await run(sessions, data, definitions)) == 100


async def test_a_regex_that_only_postgresql_refuses_fails_alone(sessions: Sessions, data: Dataset) -> None:
    charts = a_dozen(data)
    broken = WidgetDefinition(ChartType.PIE, "topic", filters={"field": "topic", "op": "regex", "value": "(a"})
    results = await run(sessions, data, [*charts[:5], broken, *charts[5:]])
    fault = results.pop(5)
    assert isinstance(fault, InvalidFilterError)
    assert fault.faults[0].code == "INVALID_REGEX"
    assert "parentheses" in fault.faults[0].message
    assert [total(result) for result in results] == [40] * 12


async def test_numbers_too_large_to_add_fail_alone(sessions: Sessions, engine: AsyncEngine) -> None:
    rows = [{"call_id": str(n), "timestamp": NOW - timedelta(days=1), "duration": 1.7e308} for n in range(2)]
    data = await store(engine, rows)
    bar = WidgetDefinition(ChartType.BAR, "duration", None, Aggregation.SUM, TimePeriod.DAY)
    broken, whole = await run(sessions, data, [bar, WidgetDefinition(ChartType.PIE, "topic")])
    assert isinstance(broken, InvalidWidgetError)
    assert "too large" in str(broken)
    assert total(whole) == 2


async def test_a_chart_that_takes_too_long_fails_alone(engine: AsyncEngine, data: Dataset) -> None:
    """Only evaluations are locked, so only the charts that read them wait, and are cancelled."""
    hasty = Sessions(engine, statement_timeout=timedelta(milliseconds=400))
    charts = a_dozen(data)
    async with engine.begin() as other:
        await other.execute(text("lock table metric_evaluations in access exclusive mode"))
        results = await run(hasty, data, [charts[1], charts[7], charts[8], charts[11], charts[9]])
    late = [results[2], results[3]]
    for fault in late:
        assert isinstance(fault, QueryTimeoutError)
        assert fault.seconds == 0.4
        assert "0.4 seconds" in str(fault)
    assert [total(result) for result in (results[0], results[1], results[4])] == [40] * 3


@pytest.mark.parametrize("is_whole", [True, False], ids=["all well", "one failing"])
async def test_all_charts_see_one_state_while_calls_arrive(
    sessions: Sessions, engine: AsyncEngine, is_whole: bool
) -> None:
    data = await store(engine, [{"call_id": "first", "timestamp": NOW - timedelta(days=1), "topic": "a"}])
    agent, written = data.calls[0]["agent"]["id"], 0
    done = asyncio.Event()

    async def write() -> None:
        nonlocal written
        while not done.is_set():
            async with sessions.write(data.project_id) as session:
                row = {
                    "project_id": data.project_id,
                    "call_id": str(written),
                    "agent_id": agent,
                    "topic": "abcd"[written % 4],
                }
                await session.execute(insert(CallLog).values(**row, timestamp=NOW - timedelta(hours=written % 600 + 1)))
            written += 1

    charts = [
        WidgetDefinition(ChartType.BAR, "timestamp", None, Aggregation.COUNT, TimePeriod.DAY),
        WidgetDefinition(ChartType.STAT),
        WidgetDefinition(ChartType.PIE, "topic"),
        WidgetDefinition(ChartType.LIST, "agent.agent_name"),
        WidgetDefinition(ChartType.BAR, "timestamp", None, Aggregation.COUNT, TimePeriod.WEEK, BY_TOPIC),
        WidgetDefinition(ChartType.LINE, "timestamp", group_by=BY_TOPIC),
    ]
    broken = WidgetDefinition(ChartType.PIE, "topic", filters={"field": "topic", "op": "regex", "value": "(a"})
    asked = charts if is_whole else [charts[0], broken, *charts[1:]]
    writer = asyncio.create_task(write())
    seen: list[int] = []
    try:
        for _ in range(12):
            results = await run(sessions, data, asked, line_points=(20_000,))
            if not is_whole:
                assert isinstance(results.pop(1), InvalidFilterError)
            line = results[-1]
            assert isinstance(line, LineResult)
            points = sum(len(series.points) for series in line.by_max_points[20_000])
            assert {total(result) for result in results} == {points}
            seen.append(points)
    finally:
        done.set()
        await writer
    assert len(set(seen)) > 3, "nothing was written between the runs"
    assert seen == sorted(seen)


async def test_more_requests_than_connections(database_url: URL, data: Dataset) -> None:
    """None waits for a second connection while it keeps others from their first."""
    engine = create_async_engine(database_url, pool_size=3, max_overflow=0, pool_timeout=20)
    few = Sessions(engine)
    found = await asyncio.gather(*(run(few, data, a_dozen(data)) for _ in range(20)))
    assert [[total(result) for result in results] for results in found] == [[40] * 12] * 20
    assert isinstance(engine.pool, AsyncAdaptedQueuePool)
    assert engine.pool.checkedout() == 0
    await engine.dispose()


async def test_a_request_that_is_given_up_frees_its_connections(
    database_url: URL, engine: AsyncEngine, data: Dataset
) -> None:
    own = create_async_engine(database_url, pool_size=2, max_overflow=0)
    assert isinstance(own.pool, AsyncAdaptedQueuePool)
    async with engine.begin() as other:
        await other.execute(text("lock table metric_evaluations in access exclusive mode"))
        both = asyncio.Event()
        taken: list[Any] = []

        def checkout(connection: Any, *_: Any) -> None:
            taken.append(connection)
            if len(taken) == 2:
                both.set()

        event.listen(own.sync_engine, "checkout", checkout)
        running = asyncio.create_task(run(Sessions(own), data, a_dozen(data)))
        await both.wait()
        await asyncio.sleep(0.1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert own.pool.checkedout() == 0
        waiting = (
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        )
        assert await other.scalar(text(waiting)) == 0
    assert [total(result) for result in await run(Sessions(own), data, a_dozen(data))] == [40] * 12
    await own.dispose()


async def test_other_projects_do_not_count(sessions: Sessions, data: Dataset, other_project_id: int) -> None:
    metrics = data.by_id
    elsewhere = chart_scope(other_project_id, NOW, timedelta(days=30), metrics=metrics, line_points=(10,))
    results = await run_charts(sessions, [prepare(definition, elsewhere) for definition in a_dozen(data)])
    assert [total(result) for result in results] == [0] * 12


async def test_filters_that_differ_in_type_only_are_not_taken_for_one(sessions: Sessions, engine: AsyncEngine) -> None:
    """In Python ``True == 1``; in a filter they are values of metrics of two types."""
    rows: list[dict[str, Any]] = [
        {"call_id": "1", "timestamp": NOW - timedelta(hours=1), "evaluations": [("stars", 1.0)]},
        {"call_id": "2", "timestamp": NOW - timedelta(hours=2), "evaluations": [("resolved", True), ("stars", 2.0)]},
        {"call_id": "3", "timestamp": NOW - timedelta(hours=3), "evaluations": [("resolved", True)]},
    ]
    data = await store(engine, rows)
    values = [True, 1, 1.0, False, 0]
    definitions = [
        WidgetDefinition(ChartType.STAT, filters={"field": VALUE, "op": "eq", "value": value}) for value in values
    ]
    assert [total(result) for result in await run(sessions, data, definitions)] == [2, 1, 1, 0, 0]
