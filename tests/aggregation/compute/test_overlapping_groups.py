"""Calls with several evaluations of a metric, grouped by a metric: by that of the chart itself, and by another one."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.answer.results import BarResult, ChartResult, LineResult, ListResult, PieResult
from aggregation.answer.slices import slices
from aggregation.calls.pages import count_calls
from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from aggregation.question.faults import ChartError
from aggregation.question.prepare import prepare
from aggregation.question.query import ChartSource, WidgetDefinition
from aggregation.service import run_charts
from aggregation.stored.builder import PreaggregateBuilder
from aggregation.stored.preaggregates import Preaggregates
from filters import check_json
from models import Aggregation, ChartType, TimePeriod
from models.sessions import Sessions
from tests.aggregation.chart_data import Dataset, store
from tests.aggregation.chart_scopes import chart_scope

NOW = datetime(2026, 5, 7, 12, tzinfo=UTC)
VALUE = "metric_evaluations.value"
CALLS: tuple[list[tuple[str, Any]], ...] = (
    [("mood", "good"), ("mood", "bad"), ("resolved", True), ("resolved", False)],
    [("mood", "good"), ("resolved", True)],
    [("latency", 5.0)],
)


@pytest.fixture(scope="module")
async def data(engine: AsyncEngine) -> Dataset:
    at = NOW - timedelta(days=2)
    return await store(
        engine,
        [
            {"call_id": str(number), "timestamp": at + timedelta(hours=number), "evaluations": evaluations}
            for number, evaluations in enumerate(CALLS)
        ],
    )


def by(data: Dataset, metric: str, **more: Any) -> dict[str, Any]:
    return {"type": "field", "field": f"metric:{data.metrics[metric].id}", **more}


async def ask(
    sessions: Sessions, data: Dataset, definition: WidgetDefinition, preaggregates: Preaggregates | None = None
) -> ChartResult | ChartError:
    scope = chart_scope(data.project_id, NOW, timedelta(days=30), metrics=data.by_id)
    return (await run_charts(sessions, [prepare(definition, scope)], preaggregates))[0]


async def shown(
    sessions: Sessions, data: Dataset, definition: WidgetDefinition, preaggregates: Preaggregates | None = None
) -> list[tuple[str | None, float | None, int, int]]:
    """Label, value, values that went in, and calls behind it, of each item of a chart."""
    match await ask(sessions, data, definition, preaggregates):
        case BarResult() as bar:
            items = [
                (one.label, bucket.value, one.sample_count, bucket.filters)
                for one in bar.series
                for bucket in one.buckets
                if bucket.sample_count
            ]
        case ListResult() as table:
            items = [(row.label, row.value, row.sample_count, row.filters) for row in table.rows]
        case PieResult() as pie:
            items = [(one.label, float(one.value), one.value, one.filters) for one in slices(pie)]
        case other:
            raise AssertionError(other)
    filters = [check_json(item[3], CALL_LOG_FIELDS, now=NOW, zone=ZoneInfo("UTC"))[1] for item in items]
    async with sessions.read(data.project_id) as session:
        behind = await count_calls(session, [(data.project_id, one) for one in filters])
    return [(label, value, samples, calls) for (label, value, samples, _), calls in zip(items, behind, strict=True)]


def of_mood(data: Dataset, chart: ChartType, **more: Any) -> WidgetDefinition:
    return WidgetDefinition(chart, VALUE, data.metrics["mood"].id, **more)


async def test_a_metric_grouped_by_itself_takes_each_evaluations_own_value(sessions: Sessions, data: Dataset) -> None:
    count = Aggregation.COUNT
    right = [("good", 2.0, 2, 2), ("bad", 1.0, 1, 1)]
    assert await shown(sessions, data, of_mood(data, ChartType.PIE)) == right
    own = by(data, "mood")
    assert await shown(sessions, data, of_mood(data, ChartType.LIST, aggregation=count, group_by=own)) == right
    bar = of_mood(data, ChartType.BAR, aggregation=count, time_period=TimePeriod.DAY, group_by=own)
    assert await shown(sessions, data, bar) == right


async def test_the_average_of_a_binary_metric_grouped_by_itself(sessions: Sessions, data: Dataset) -> None:
    bar = WidgetDefinition(
        ChartType.BAR,
        VALUE,
        data.metrics["resolved"].id,
        Aggregation.AVG,
        TimePeriod.DAY,
        by(data, "resolved"),
    )
    assert await shown(sessions, data, bar) == [("true", 1.0, 2, 2), ("false", 0.0, 1, 1)]


async def test_the_other_series_has_the_evaluations_that_are_not_shown(sessions: Sessions, data: Dataset) -> None:
    own = by(data, "mood", top=1)
    bar = of_mood(data, ChartType.BAR, aggregation=Aggregation.COUNT, time_period=TimePeriod.DAY, group_by=own)
    assert await shown(sessions, data, bar) == [("good", 2.0, 2, 2), (None, 1.0, 1, 1)]


async def test_pre_aggregates_group_a_metric_by_itself_too(sessions: Sessions, data: Dataset) -> None:
    preaggregates = Preaggregates()
    builder = PreaggregateBuilder(sessions, preaggregates, 2**30)
    bar = of_mood(
        data,
        ChartType.BAR,
        aggregation=Aggregation.COUNT,
        time_period=TimePeriod.DAY,
        group_by=by(data, "mood"),
    )
    raw = await shown(sessions, data, bar, preaggregates)
    await builder.work()
    stored = await ask(sessions, data, bar, preaggregates)
    assert isinstance(stored, BarResult)
    assert stored.source is not ChartSource.RAW
    assert await shown(sessions, data, bar, preaggregates) == raw == [("good", 2.0, 2, 2), ("bad", 1.0, 1, 1)]


@pytest.mark.parametrize("top", [1, 2, 20])
async def test_totals_count_a_record_once_whatever_is_shown(sessions: Sessions, data: Dataset, top: int) -> None:
    """Call 0 is in two groups by mood, call 2 in the one without a value: three calls, whatever is shown."""
    by_mood = by(data, "mood", top=top)
    count = {"aggregation": Aggregation.COUNT, "group_by": by_mood}
    bar = WidgetDefinition(ChartType.BAR, "agent_id", time_period=TimePeriod.DAY, **count)
    found = await ask(sessions, data, bar)
    assert isinstance(found, BarResult)
    assert found.sample_count == 3
    assert sum(series.sample_count for series in found.series) == {1: 4, 2: 4, 20: 4}[top]
    line = await ask(sessions, data, WidgetDefinition(ChartType.LINE, "agent_id", group_by=by_mood))
    assert isinstance(line, LineResult)
    assert (line.total_points, line.sample_count) == (3, 3)
    table = await ask(sessions, data, WidgetDefinition(ChartType.LIST, "agent_id", **count))
    assert isinstance(table, ListResult)
    assert table.sample_count == 3
    assert [(row.label, row.sample_count, row.percentage) for row in table.rows] == [
        ("good", 2, 66.7),
        ("bad", 1, 33.3),
        (None, 1, 33.3),
    ]
