"""Confidence intervals against their formulas over the values themselves."""

import math
import statistics
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.answer.results import BarResult, StatResult
from aggregation.compute.intervals import wilson
from aggregation.functions.table import aggregations_of
from aggregation.question.prepare import prepare
from aggregation.question.query import ChartScope, WidgetDefinition
from aggregation.service import run_charts
from models import Aggregation, ChartType, DataType, TimePeriod
from models.sessions import Sessions
from tests.aggregation.chart_data import Dataset, make_dataset
from tests.aggregation.chart_scopes import chart_scope

NOW = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
Z = 1.959963984540054


@pytest.mark.parametrize(
    ("successes", "samples", "low", "high"),
    # From tables of Wilson's interval at 95 %.
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_wilson(successes: int, samples: int, low: float, high: float) -> None:
    interval = wilson(successes / samples, samples)
    assert interval is not None
    assert interval.low == pytest.approx(low, abs=1e-4)
    assert interval.high == pytest.approx(high, abs=1e-4)


async def dataset(engine: AsyncEngine) -> Dataset:
    return await make_dataset(engine, 11, ZoneInfo("UTC"), NOW, NOW - timedelta(days=3), count=200)


def stat(aggregation: Aggregation, field: str = "duration") -> WidgetDefinition:
    return WidgetDefinition(ChartType.STAT, field, aggregation=aggregation)


def scope(data: Dataset, *, intervals: bool = True) -> ChartScope:
    return chart_scope(data.project_id, NOW, timedelta(days=30), metrics=data.by_id, intervals=intervals)


def durations(data: Dataset) -> list[float]:
    inside = [call for call in data.calls if NOW - timedelta(days=30) <= call["timestamp"] < NOW]
    return sorted(call["duration"] for call in inside if call["duration"] is not None)


async def test_means_and_percentiles(engine: AsyncEngine, sessions: Sessions) -> None:
    data = await dataset(engine)
    values = durations(data)
    kinds = aggregations_of(DataType.NUMBER)
    results = await run_charts(sessions, [prepare(stat(kind), scope(data)) for kind in kinds])
    found = {kind: one.interval for kind, one in zip(kinds, results, strict=True) if isinstance(one, StatResult)}
    half = Z * statistics.stdev(values) / math.sqrt(len(values))
    mean = found.pop(Aggregation.AVG)
    assert mean is not None
    assert mean.low == pytest.approx(statistics.fmean(values) - half)
    assert mean.high == pytest.approx(statistics.fmean(values) + half)
    assert found[Aggregation.P50] is not None
    for share in (0.5, 0.75, 0.9, 0.95, 0.99):
        interval = found.pop(Aggregation(f"p{100 * share:g}"))
        spread = Z * math.sqrt(len(values) * share * (1 - share))
        ranks = math.ceil(len(values) * share - spread), math.ceil(len(values) * share + spread)
        if ranks[0] >= 1 and ranks[1] <= len(values):
            assert interval is not None
            assert (interval.low, interval.high) == (values[ranks[0] - 1], values[ranks[1] - 1])
        else:
            assert interval is None
    assert set(found.values()) == {None}


async def test_bars_have_them_grouped_or_not(engine: AsyncEngine, sessions: Sessions) -> None:
    data = await dataset(engine)
    group = {"type": "field", "field": "topic", "top": 2}
    definitions = [
        WidgetDefinition(ChartType.BAR, field, aggregation=kind, time_period=TimePeriod.MONTH, group_by=by)
        for field, kind in (("duration", Aggregation.AVG), ("duration", Aggregation.P50), ("success", Aggregation.AVG))
        for by in (None, group)
    ]
    results = await run_charts(sessions, [prepare(definition, scope(data)) for definition in definitions])
    for result in results:
        assert isinstance(result, BarResult)
        buckets = [bucket for series in result.series for bucket in series.buckets if bucket.sample_count > 10]
        assert buckets
        for bucket in buckets:
            assert bucket.interval is not None
            assert bucket.value is not None
            assert bucket.interval.low <= bucket.value <= bucket.interval.high


async def test_they_are_computed_only_when_asked_for(engine: AsyncEngine, sessions: Sessions) -> None:
    data = await dataset(engine)
    (result,) = await run_charts(sessions, [prepare(stat(Aggregation.AVG), scope(data, intervals=False))])
    assert isinstance(result, StatResult)
    assert result.interval is None


async def test_the_chart_says_which_period_it_was(engine: AsyncEngine, sessions: Sessions) -> None:
    data = await dataset(engine)
    bar = WidgetDefinition(ChartType.BAR, "timestamp", aggregation=Aggregation.COUNT, time_period=TimePeriod.AUTO)
    unlimited = chart_scope(data.project_id, NOW, None, metrics=data.by_id)
    limited, whole = await run_charts(sessions, [prepare(bar, scope(data)), prepare(bar, unlimited)])
    assert isinstance(limited, BarResult)
    assert limited.time_period is TimePeriod.DAY
    assert isinstance(whole, BarResult)
    assert whole.time_period in (TimePeriod.DAY, TimePeriod.WEEK, TimePeriod.HOUR)
    assert all(bucket.is_filled == (bucket.sample_count == 0) for bucket in whole.series[0].buckets)
