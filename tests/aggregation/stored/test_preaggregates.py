"""What is pre-aggregated, how it is shared and bounded, and which charts are computed from the calls instead."""

import math
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.answer.results import BarResult, ChartResult, StatResult
from aggregation.functions.table import FUNCTIONS
from aggregation.question.faults import ChartError
from aggregation.question.prepare import prepare
from aggregation.question.query import ChartSource, WidgetDefinition
from aggregation.service import run_charts
from aggregation.stored import scan
from aggregation.stored.builder import PreaggregateBuilder
from aggregation.stored.preaggregates import Preaggregates
from aggregation.stored.quantiles import RELATIVE_ERROR
from aggregation.stored.store import drop_all, evict, stored_definitions
from models import Aggregation, ChartType, TimePeriod
from models.sessions import Sessions
from tests.aggregation.chart_data import Dataset, store
from tests.aggregation.chart_scopes import chart_scope
from tests.conftest import Statements

NOW = datetime(2026, 5, 7, 13, 37, 11, tzinfo=UTC)
DAYS = 9
COUNT = 400
PLENTY = 2**30


@pytest.fixture
async def data(engine: AsyncEngine) -> Dataset:
    rng = random.Random(7)
    return await store(
        engine,
        [
            {
                "call_id": str(number),
                "timestamp": NOW - timedelta(seconds=rng.randrange(1, DAYS * 86_400)),
                "duration": rng.uniform(-20, 400),
                "customer_number": f"+{number}",
                "topic": rng.choice(("a", "b", None)),
                "evaluations": [("mood", rng.choice(("happy", "sad")))],
            }
            for number in range(COUNT)
        ],
    )


class Server:
    """A process that answers charts."""

    def __init__(self, sessions: Sessions, data: Dataset, most_stored: int = PLENTY) -> None:
        self.sessions = sessions
        self.data = data
        self.preaggregates = Preaggregates()
        self.builder = PreaggregateBuilder(sessions, self.preaggregates, most_stored)

    async def ask(self, definition: WidgetDefinition, *, now: datetime = NOW, **more: Any) -> ChartResult:
        window = {"field": "timestamp", "op": "gte", "value": f"now-{DAYS - 1}d"}
        scope = chart_scope(
            self.data.project_id,
            now,
            more.pop("max_window", timedelta(days=30)),
            dashboard_filters=window,
            metrics=self.data.by_id,
            line_points=(40,),
            **more,
        )
        (result,) = await run_charts(self.sessions, [prepare(definition, scope)], self.preaggregates)
        assert not isinstance(result, ChartError)
        return result

    async def warm(self, definition: WidgetDefinition, **more: Any) -> ChartResult:
        """The second answer, once the first one's pre-aggregates are built."""
        first = await self.ask(definition, **more)
        assert first.source is ChartSource.RAW
        await self.builder.work()
        return await self.ask(definition, **more)


@pytest.fixture
def server(sessions: Sessions, data: Dataset) -> Server:
    return Server(sessions, data)


def bar(aggregation: Aggregation, **more: Any) -> WidgetDefinition:
    return WidgetDefinition(ChartType.BAR, "duration", aggregation=aggregation, time_period=TimePeriod.DAY, **more)


AVERAGE = WidgetDefinition(ChartType.STAT, "duration", aggregation=Aggregation.AVG)
PERCENTILES = [aggregation for aggregation, row in FUNCTIONS.items() if row.percentile is not None]
P95 = WidgetDefinition(ChartType.STAT, "duration", aggregation=Aggregation.P95)


async def test_a_second_answer_is_stored(server: Server) -> None:
    assert (await server.warm(AVERAGE)).source is ChartSource.MIXED


async def test_only_whole_slots_are_stored(sessions: Sessions, data: Dataset) -> None:
    on_the_quarter = NOW.replace(minute=45, second=0)
    assert (await Server(sessions, data).warm(AVERAGE, now=on_the_quarter)).source is ChartSource.STORED


async def test_a_warm_answer_reads_one_sum_and_nothing_else(server: Server, statements: Statements) -> None:
    await server.warm(AVERAGE)
    await server.ask(AVERAGE)
    statements.clear()
    result = await server.ask(AVERAGE, now=NOW + timedelta(seconds=1))
    assert result.source is ChartSource.MIXED
    assert len(statements) == 1
    assert "change_marks" in statements.executed[0]


async def test_another_server_reads_what_one_has_stored(
    server: Server, sessions: Sessions, data: Dataset, statements: Statements
) -> None:
    stored = await server.warm(AVERAGE)
    statements.clear()
    other = await Server(sessions, data).ask(AVERAGE)
    assert other.source is ChartSource.MIXED
    assert isinstance(other, StatResult)
    assert isinstance(stored, StatResult)
    assert other.value == stored.value
    assert [sql for sql in statements.executed if "group by" in sql.lower() and "call_logs" in sql] == []


async def test_a_new_call_makes_only_its_own_slot_stale(
    server: Server, sessions: Sessions, data: Dataset, statements: Statements
) -> None:
    await server.warm(bar(Aggregation.COUNT))
    async with sessions.write(data.project_id) as session:
        await session.execute(
            text(
                "insert into call_logs (project_id, call_id, agent_id, timestamp, duration) "
                "select :project, 'late', min(id), :at, 1 from agents where project_id = :project"
            ),
            {"project": data.project_id, "at": NOW - timedelta(days=3)},
        )
    statements.clear()
    result = await server.ask(bar(Aggregation.COUNT))
    assert result.source is ChartSource.MIXED
    assert result.sample_count == 1 + sum(call["timestamp"] >= NOW - timedelta(days=DAYS - 1) for call in data.calls)
    reads = [sql for sql in statements.executed if "FROM call_logs" in sql]
    assert len(reads) == 1
    assert "count(" not in reads[0]


async def test_small_distributions_are_exact(server: Server) -> None:
    raw = await server.ask(P95)
    await server.builder.work()
    result = await server.ask(P95)
    assert isinstance(raw, StatResult)
    assert isinstance(result, StatResult)
    assert result.source is ChartSource.MIXED
    assert result.relative_error == 0
    assert result.value == pytest.approx(raw.value, rel=1e-12)


@pytest.mark.parametrize("group_by", [None, {"type": "field", "field": "topic", "top": 1}])
@pytest.mark.parametrize("aggregation", PERCENTILES)
async def test_large_distributions_are_sketches_within_their_error(
    server: Server, monkeypatch: pytest.MonkeyPatch, aggregation: Aggregation, group_by: Any
) -> None:
    monkeypatch.setattr(scan, "MAX_VALUES_A_DAY", 5)
    definition = bar(aggregation, group_by=group_by)
    raw = await server.ask(definition)
    await server.builder.work()
    sketched = await server.ask(definition)
    exact = await server.ask(definition, is_exact=True)
    assert isinstance(raw, BarResult)
    assert isinstance(sketched, BarResult)
    assert isinstance(exact, BarResult)
    assert (sketched.source, sketched.relative_error) == (ChartSource.MIXED, RELATIVE_ERROR)
    assert (exact.source, exact.relative_error) == (ChartSource.RAW, 0.0)
    compared = 0
    for true, near, same in zip(raw.series, sketched.series, exact.series, strict=True):
        assert (true.label, true.is_other) == (near.label, near.is_other)
        for one, other, again in zip(true.buckets, near.buckets, same.buckets, strict=True):
            assert one.sample_count == other.sample_count == again.sample_count
            assert one.value == again.value
            if one.value is None:
                assert other.value is None
                continue
            assert other.value is not None
            compared += 1
            # Between values of different signs the error is that of the larger one.
            assert math.isclose(
                one.value, other.value, rel_tol=RELATIVE_ERROR * 1.01, abs_tol=420 * RELATIVE_ERROR / 10
            )
    assert compared >= 9


async def test_distinct_values_are_never_counted_in_a_sketch(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    definition = bar(Aggregation.COUNT_DISTINCT, group_by={"type": "field", "field": "topic", "top": 1})
    raw = await server.ask(definition)
    assert raw.source is ChartSource.RAW
    await server.builder.work()
    exact = await server.ask(definition)
    assert exact.source is ChartSource.MIXED
    assert values_of(exact) == values_of(raw)
    monkeypatch.setattr(scan, "MAX_VALUES_A_DAY", 5)
    sketched = Server(server.sessions, server.data)
    async with server.sessions.write(server.data.project_id) as session:
        await drop_all(session, server.data.project_id)
    for _ in range(3):
        again = await sketched.ask(definition)
        assert (again.source, again.relative_error) == (ChartSource.RAW, 0.0)
        assert values_of(again) == values_of(raw)
        await sketched.builder.work()


def values_of(result: ChartResult) -> list[list[float | None]]:
    assert isinstance(result, BarResult)
    return [list(series.buckets.column("value")) for series in result.series]


async def test_measures_that_read_the_records_leave_the_others_stored(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "MAX_VALUES_A_DAY", 5)
    scope = chart_scope(server.data.project_id, NOW, timedelta(days=30), metrics=server.data.by_id)
    asked = [
        WidgetDefinition(ChartType.STAT, field, aggregation=aggregation)
        for field, aggregation in (
            ("duration", Aggregation.AVG),
            ("duration", Aggregation.COUNT_DISTINCT),
            ("topic", Aggregation.COUNT_DISTINCT),
            ("duration", Aggregation.P95),
            ("duration", Aggregation.STDDEV),
        )
    ]
    queries = [prepare(definition, scope) for definition in asked]
    queries.append(prepare(P95, replace(scope, options=replace(scope.options, is_exact=True))))
    raw = await run_charts(server.sessions, queries)
    await run_charts(server.sessions, queries, server.preaggregates)
    await server.builder.work()
    stored = await run_charts(server.sessions, queries, server.preaggregates)
    mixed, calls = ChartSource.MIXED, ChartSource.RAW
    assert [one.source for one in stored if isinstance(one, StatResult)] == [mixed, calls, calls, mixed, mixed, calls]
    for one, other in zip(raw, stored, strict=True):
        assert isinstance(one, StatResult)
        assert isinstance(other, StatResult)
        assert other.value == pytest.approx(one.value, rel=other.relative_error + 1e-12)
        assert other.sample_count == one.sample_count


@pytest.mark.parametrize("field", ["topic", "timestamp"])
async def test_distinct_texts_and_times_are_counted_in_the_records(server: Server, field: str) -> None:
    stat = WidgetDefinition(ChartType.STAT, field, aggregation=Aggregation.COUNT_DISTINCT)
    for _ in range(3):
        result = await server.ask(stat)
        assert isinstance(result, StatResult)
        assert result.source is ChartSource.RAW
        inside = [call[field] for call in server.data.calls if call["timestamp"] >= NOW - timedelta(days=DAYS - 1)]
        assert result.value == len(set(inside) - {None})
        await server.builder.work()


@pytest.mark.parametrize(
    "definition",
    [
        pytest.param(bar(Aggregation.AVG, filters={"field": "created_at", "op": "gte", "value": "now-1d"}), id="now"),
        pytest.param(
            WidgetDefinition(ChartType.PIE, "topic", filters={"field": "updated_at", "op": "lt", "value": "now-2h"}),
            id="now in a pie",
        ),
    ],
)
async def test_filters_that_move_with_the_present_are_not_stored(
    server: Server, sessions: Sessions, data: Dataset, definition: WidgetDefinition
) -> None:
    assert (await server.warm(definition)).source is ChartSource.RAW
    async with sessions.read(data.project_id) as session:
        assert await stored_definitions(session, data.project_id) == []


async def test_groups_by_a_metric_are_computed_from_the_calls(server: Server, data: Dataset) -> None:
    group = {"type": "field", "field": f"metric:{data.metrics['mood'].id}"}
    assert (await server.warm(bar(Aggregation.AVG, group_by=group))).source is ChartSource.MIXED, (
        "the groups are; their total counts records once and is stored"
    )


async def test_a_label_for_nearly_every_call_is_not_stored(
    server: Server, sessions: Sessions, data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "MAX_CELLS_A_DAY", 20)
    pie = WidgetDefinition(ChartType.PIE, "customer_number")
    assert (await server.warm(pie)).source is ChartSource.RAW
    async with sessions.read(data.project_id) as session:
        (entry,) = await stored_definitions(session, data.project_id)
    assert entry.unsuited == "it has too many groups to be worth storing"
    assert entry.days == 0
    other = Server(sessions, data)
    assert (await other.ask(pie)).source is ChartSource.RAW
    assert other.preaggregates.refresh_queue.is_empty, "the database records that it is not worth storing"


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
@pytest.mark.parametrize("is_warm", [False, True], ids=["from the start", "into what is stored"])
async def test_values_that_do_not_merge_are_computed_from_the_calls(
    server: Server, sessions: Sessions, data: Dataset, value: str, is_warm: bool
) -> None:
    if is_warm:
        await server.warm(AVERAGE)
    async with sessions.write(data.project_id) as session:
        await session.execute(
            text("update call_logs set duration = :value where project_id = :project and id = :id"),
            {"value": float(value), "project": data.project_id, "id": nearest(data, NOW - timedelta(hours=60))},
        )
    for _ in range(3):
        result = await server.ask(AVERAGE)
        assert isinstance(result, StatResult)
        assert result.source is ChartSource.RAW
        assert result.value is not None
        assert not math.isfinite(result.value)
        await server.builder.work()


def nearest(data: Dataset, at: datetime) -> int:
    return int(min(data.calls, key=lambda call: abs(call["timestamp"] - at))["id"])


async def test_least_recently_used_days_go_first(server: Server, sessions: Sessions, data: Dataset) -> None:
    await server.warm(AVERAGE)
    await server.warm(bar(Aggregation.COUNT, group_by={"type": "field", "field": "topic"}))
    async with sessions.read(data.project_id) as session:
        before = await stored_definitions(session, data.project_id)
    total, oldest = sum(one.bytes for one in before), min(before, key=lambda one: one.bytes)
    async with sessions.write(data.project_id) as session:
        await session.execute(
            text(
                "update preaggregate_days set used_at = used_at - interval '2 days' "
                "where project_id = :project and key = :key"
            ),
            {"project": data.project_id, "key": oldest.key},
        )
        assert await evict(session, data.project_id, total - 1) == 1
        assert await evict(session, data.project_id, total - oldest.bytes) == oldest.days - 1
    async with sessions.read(data.project_id) as session:
        after = await stored_definitions(session, data.project_id)
    assert {one.key for one in after} == {one.key for one in before} - {oldest.key}


async def test_storage_is_bounded(sessions: Sessions, data: Dataset) -> None:
    server = Server(sessions, data, most_stored=3_000)
    await server.warm(AVERAGE)
    async with sessions.read(data.project_id) as session:
        assert sum(one.bytes for one in await stored_definitions(session, data.project_id)) <= 3_000


async def test_use_is_recorded(server: Server, sessions: Sessions, data: Dataset) -> None:
    await server.warm(AVERAGE)
    async with sessions.write(data.project_id) as session:
        await session.execute(
            text("update preaggregate_days set used_at = used_at - interval '2 days' where project_id = :project"),
            {"project": data.project_id},
        )
    await server.ask(AVERAGE)
    await server.builder.note_use()
    async with sessions.read(data.project_id) as session:
        (entry,) = await stored_definitions(session, data.project_id)
    assert entry.used_at is not None
    assert datetime.now(UTC) - entry.used_at < timedelta(minutes=5)


async def test_dropped_preaggregates_are_built_again(server: Server, sessions: Sessions, data: Dataset) -> None:
    await server.warm(AVERAGE)
    async with sessions.write(data.project_id) as session:
        assert await drop_all(session, data.project_id) == 1
    other = Server(sessions, data)
    assert (await other.warm(AVERAGE)).source is ChartSource.MIXED


async def test_preaggregates_that_another_process_is_building_are_not_built(
    server: Server, sessions: Sessions, data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregation.stored.builder._PAUSE", 0)
    await server.ask(AVERAGE)
    (records,) = server.preaggregates.refresh_queue.by_records
    async with sessions.read(data.project_id) as session:
        await session.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": records.name})
        taken = server.preaggregates.refresh_queue.take(1)
        assert taken is not None
        await server.builder.build(*taken)
        assert server.preaggregates.cache.of(taken[1][0]).size == 0
        assert not server.preaggregates.refresh_queue.is_empty, "it is queued again"
    await server.builder.work()
    assert (await server.ask(AVERAGE)).source is ChartSource.MIXED


async def test_a_restarted_database_server_clears_the_cache(server: Server) -> None:
    await server.warm(AVERAGE)
    (definition,) = server.preaggregates.refresh_queue.used
    assert server.preaggregates.cache.of(definition).size > 0
    server.preaggregates.cache.clear_if_replaced("another one")
    assert server.preaggregates.cache.of(definition).size == 0
    assert (await server.ask(AVERAGE)).source is ChartSource.MIXED, "it is still in the database"


async def test_small_gaps_are_built_at_once(server: Server, sessions: Sessions, data: Dataset) -> None:
    """A day that has just begun does not send every chart back to the calls."""
    await server.warm(AVERAGE)
    result = await server.ask(AVERAGE, now=NOW + timedelta(days=1))
    assert result.source is ChartSource.MIXED


async def test_previews_are_built_when_they_are_requested_again(server: Server) -> None:
    assert (await server.ask(AVERAGE, is_one_off=True)).source is ChartSource.RAW
    assert server.preaggregates.refresh_queue.is_empty
    assert (await server.warm(AVERAGE, is_one_off=True)).source is ChartSource.MIXED


async def test_a_window_of_centuries_is_computed_from_the_calls(server: Server) -> None:
    result = await server.warm(AVERAGE, time_from="0200-01-01T00:00:00Z", max_window=None)
    assert result.source is ChartSource.RAW
    assert server.preaggregates.refresh_queue.is_empty


@pytest.mark.parametrize(
    ("period", "zone", "source"),
    [
        (TimePeriod.FIVE_MINUTES, "UTC", ChartSource.RAW),
        (TimePeriod.FIFTEEN_MINUTES, "Asia/Kathmandu", ChartSource.MIXED),
        (TimePeriod.THIRTY_MINUTES, "Asia/Kathmandu", ChartSource.MIXED),
    ],
)
async def test_periods_of_whole_slots_are_stored_and_shorter_ones_are_not(
    server: Server, statements: Statements, period: TimePeriod, zone: str, source: ChartSource
) -> None:
    definition = replace(bar(Aggregation.AVG), time_period=period)
    raw = await server.ask(definition, time_zone=zone)
    await server.builder.work()
    statements.clear()
    again = await server.ask(definition, time_zone=zone)
    assert isinstance(raw, BarResult)
    assert isinstance(again, BarResult)
    assert (raw.source, again.source) == (ChartSource.RAW, source)
    assert any("change_marks" in sql for sql in statements.executed) == (source is ChartSource.MIXED)
    before, after = (chart.series[0].buckets.column("value") for chart in (raw, again))
    assert len(before) > 380
    assert list(after) == [None if value is None else pytest.approx(value) for value in before]


async def test_a_short_window_is_computed_from_the_calls(server: Server) -> None:
    assert (await server.warm(AVERAGE, time_from="now-1h")).source is ChartSource.RAW
