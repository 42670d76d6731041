"""A handful of calls whose charts can be reckoned by hand."""

from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.answer.results import BarResult, ListResult, Overview, PieResult, StatResult
from aggregation.answer.slices import share, slices
from aggregation.question.faults import ChartError
from aggregation.question.prepare import prepare
from aggregation.question.query import WidgetDefinition
from aggregation.service import run_charts
from models import Aggregation, ChartType, TimePeriod
from models.sessions import Sessions
from tests.aggregation.chart_data import Dataset, store
from tests.aggregation.chart_scopes import chart_scope

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
LATEST = datetime(2026, 6, 9, 23, 59, 59, 999_999, tzinfo=UTC)
WEEK: dict[str, Any] = {"time_from": "today-6d", "time_to": "now"}
VALUE = "metric_evaluations.value"
A = Aggregation

# day of June, duration, success, topic, latencies
CALLS: tuple[tuple[int, float | None, bool | None, str | None, list[float | None]], ...] = (
    (5, 10.0, True, "a", [100.0]),
    (5, 20.0, True, "a", [200.0, 400.0]),
    (5, 40.0, False, "b", []),
    (7, None, None, "a", [None]),
    (7, 0.0, True, None, [1000.0]),
    (3, 99.0, False, "b", [7.0]),  # in the week before, which begins on the 28th of May at noon
    (1, 1.0, True, "c", []),
)


@pytest.fixture(scope="module")
async def data(engine: AsyncEngine) -> Dataset:
    rows: list[dict[str, Any]] = [
        {
            "call_id": str(at),
            "timestamp": datetime(2026, 6, day, 8, at, 0, at + 1, tzinfo=UTC),
            "duration": duration,
            "success": success,
            "topic": topic,
            "evaluations": [("latency", value) for value in latencies],
        }
        for at, (day, duration, success, topic, latencies) in enumerate(CALLS)
    ]
    return await store(engine, [*rows, {"call_id": "late", "timestamp": LATEST, "topic": "a", "success": True}])


async def chart(sessions: Sessions, data: Dataset, *parts: Any, **more: Any) -> Any:
    scope = chart_scope(data.project_id, NOW, timedelta(days=30), metrics=data.by_id, **WEEK)
    (result,) = await run_charts(sessions, [prepare(WidgetDefinition(*parts, **more), scope)])
    assert not isinstance(result, ChartError), result
    return result


DURATION = {
    A.COUNT: (4.0, 0.0),
    A.SUM: (70.0, 0.0),
    A.AVG: (17.5, None),
    A.MIN: (0.0, None),
    A.MAX: (40.0, None),
    A.P50: (15.0, None),
    A.P75: (25.0, None),
    A.P90: (34.0, None),
    A.P95: (37.0, None),
    A.P99: (39.4, None),
    A.STDDEV: (17.078251, None),
    A.COUNT_DISTINCT: (4.0, 0.0),
}


@pytest.mark.parametrize("aggregation", A)
async def test_aggregations(sessions: Sessions, data: Dataset, aggregation: Aggregation) -> None:
    whole, nothing = DURATION[aggregation]
    stat = await chart(sessions, data, ChartType.STAT, "duration", aggregation=aggregation)
    assert isinstance(stat, StatResult)
    assert stat.value == pytest.approx(whole)
    assert (stat.sample_count, stat.previous_sample_count) == (4, 2)
    bar = await chart(sessions, data, ChartType.BAR, "duration", aggregation=aggregation, time_period=TimePeriod.DAY)
    assert isinstance(bar, BarResult)
    (series,) = bar.series
    assert [bucket.start.day for bucket in series.buckets] == [4, 5, 6, 7, 8, 9, 10]
    assert [bucket.sample_count for bucket in series.buckets] == [0, 3, 0, 1, 0, 0, 0]
    assert [bucket.is_partial for bucket in series.buckets] == [False] * 6 + [True]
    assert {bucket.value for bucket in series.buckets if not bucket.sample_count} == {nothing}


async def test_the_overview(sessions: Sessions, data: Dataset) -> None:
    stat = await chart(sessions, data, ChartType.STAT)
    assert isinstance(stat, StatResult)
    assert stat.overview is not None
    assert astuple(stat.overview) == pytest.approx((6, 4 / 5, 17.5, 910.0))
    assert stat.previous_overview == Overview(total_calls=2, success_rate=0.5, average_duration=50.0, p95_latency=7.0)
    assert (stat.start, stat.end) == (datetime(2026, 6, 4, tzinfo=UTC), NOW)


async def test_times_are_exact_to_the_microsecond(sessions: Sessions, data: Dataset) -> None:
    first = datetime(2026, 6, 5, 8, 0, 0, 1, tzinfo=UTC)
    for aggregation, time, before in (
        (A.MIN, first, datetime(2026, 6, 1, 8, 6, 0, 7, tzinfo=UTC)),
        (A.MAX, LATEST, datetime(2026, 6, 3, 8, 5, 0, 6, tzinfo=UTC)),
    ):
        stat = await chart(sessions, data, ChartType.STAT, "timestamp", aggregation=aggregation)
        assert isinstance(stat, StatResult)
        assert (stat.date_time_value, stat.previous_date_time_value) == (time, before)
        assert stat.value == pytest.approx(time.timestamp())
        bar = await chart(
            sessions, data, ChartType.BAR, "timestamp", aggregation=aggregation, time_period=TimePeriod.DAY
        )
        assert isinstance(bar, BarResult)
        times = [bucket.date_time_value for bucket in bar.series[0].buckets]
        assert times[0] is None
        assert times[1] == (first if aggregation is A.MIN else first + timedelta(minutes=2, microseconds=2))
        assert times[5] == LATEST
    count = await chart(sessions, data, ChartType.STAT, "timestamp")
    assert isinstance(count, StatResult)
    assert (count.value, count.date_time_value) == (6.0, None)


async def test_a_pie_with_a_slice_for_no_value(sessions: Sessions, data: Dataset) -> None:
    pie = await chart(sessions, data, ChartType.PIE, "topic")
    assert isinstance(pie, PieResult)
    assert [(one.label, one.value, one.percentage, one.is_other) for one in slices(pie)] == [
        ("a", 4, 66.7, False),
        ("b", 1, 16.7, False),
        (None, 1, 16.7, False),
    ]
    assert [(one.label, one.value, one.is_other) for one in slices(pie, 1)] == [("a", 4, False), (None, 2, True)]


async def test_a_pie_of_a_metric_counts_its_values(sessions: Sessions, data: Dataset) -> None:
    pie = await chart(sessions, data, ChartType.PIE, VALUE, data.metrics["latency"].id)
    assert isinstance(pie, PieResult)
    assert pie.counts == (("100", 1), ("1000", 1), ("200", 1), ("400", 1))


async def test_a_pie_of_a_number_shows_ranges(sessions: Sessions, data: Dataset) -> None:
    """Four of the calls take 0, 10, 20 and 40 seconds; two have no duration."""
    given = {"type": "bucket", "buckets": [{"label": "short", "condition": {"op": "lt", "value": 20}}]}
    pie = await chart(sessions, data, ChartType.PIE, "duration", group_by={**given, "other_label": "long"})
    assert isinstance(pie, PieResult)
    assert [(one.label, one.value, one.percentage) for one in slices(pie)] == [
        ("long", 2, 33.3),
        ("short", 2, 33.3),
        (None, 2, 33.3),
    ]
    equal = await chart(sessions, data, ChartType.PIE, "duration", group_by={"type": "bins", "max_bins": 4})
    assert isinstance(equal, PieResult)
    assert (equal.sample_count, equal.total) == (6, 6)
    assert [(one.label, one.value) for one in slices(equal)] == [
        (None, 2),
        ("0 to 10", 1),
        ("10 to 20", 1),
        ("20 to 30", 1),
        ("30 to 40", 1),
    ]
    assert slices(equal)[4].filters["conditions"][-3:] == [
        {"field": "duration", "op": "gte", "value": 30},
        {"field": "duration", "op": "lte", "value": 40},
        {"field": "duration", "op": "isnull", "value": False},
    ]
    none = await chart(
        sessions,
        data,
        ChartType.PIE,
        "duration",
        group_by={"type": "bins"},
        filters={"field": "duration", "op": "isnull", "value": True},
    )
    assert isinstance(none, PieResult)
    assert none.counts == ((None, 2),)


async def test_a_ranked_table(sessions: Sessions, data: Dataset) -> None:
    by_topic = {"type": "field", "field": "topic"}
    table = await chart(sessions, data, ChartType.LIST, "duration", group_by=by_topic)
    assert isinstance(table, ListResult)
    rows = [(row.label, row.value, row.sample_count, row.percentage) for row in table.rows]
    assert rows == [("b", 40.0, 1, 25.0), ("a", 15.0, 2, 50.0), (None, 0.0, 1, 25.0)]
    assert table.total_rows == 3
    share = await chart(sessions, data, ChartType.LIST, "success", aggregation=A.AVG, group_by=by_topic)
    assert isinstance(share, ListResult)
    assert [(row.label, row.value) for row in share.rows] == [("a", 1.0), (None, 1.0), ("b", 0.0)]


async def test_groups_that_no_value_went_into_come_last(sessions: Sessions, data: Dataset) -> None:
    group = {"type": "field", "field": "success"}
    sums = await chart(sessions, data, ChartType.LIST, "duration", aggregation=A.SUM, group_by=group)
    assert [(row.label, row.value, row.sample_count) for row in sums.rows] == [
        ("false", 40.0, 1),
        ("true", 30.0, 3),
        (None, 0.0, 0),
    ]
    averages = await chart(sessions, data, ChartType.LIST, "duration", aggregation=A.AVG, group_by=group)
    assert [(row.label, row.value) for row in averages.rows] == [("false", 40.0), ("true", 10.0), (None, None)]


async def test_a_call_with_several_values_is_in_several_groups_and_once_in_the_others(
    sessions: Sessions, engine: AsyncEngine
) -> None:
    moods = (["happy"], ["happy"], ["happy", "happy"], ["sad", "né"], ["happy", "sad"], [], [None])
    rows: list[dict[str, Any]] = [
        {
            "call_id": str(at),
            "timestamp": NOW - timedelta(hours=at + 1),
            "duration": 1.0,
            "evaluations": [("mood", mood) for mood in given],
        }
        for at, given in enumerate(moods)
    ]
    data = await store(engine, rows)
    for aggregation in (A.COUNT, A.SUM, A.P50):
        for top, expected in (
            (1, [("happy", False, 4), (None, True, 4)]),
            (2, [("happy", False, 4), ("sad", False, 2), (None, True, 3)]),
            (3, [("happy", False, 4), ("sad", False, 2), (None, False, 2), (None, True, 1)]),
            (4, [("happy", False, 4), ("sad", False, 2), (None, False, 2), ("né", False, 1)]),
        ):
            group = {"type": "field", "field": f"metric:{data.metrics['mood'].id}", "top": top}
            more = {"aggregation": aggregation, "time_period": TimePeriod.MONTH, "group_by": group}
            bar = await chart(sessions, data, ChartType.BAR, "duration", **more)
            assert isinstance(bar, BarResult)
            assert [(one.label, one.is_other, one.sample_count) for one in bar.series] == expected
            values = [one.buckets[-1].value for one in bar.series]
            assert values == [1.0 if aggregation is A.P50 else float(samples) for *_, samples in expected]


@pytest.mark.parametrize(
    ("part", "total", "percentage"),
    [
        (87, 240, 36.3),
        (1, 2000, 0.1),
        (1, 2001, 0.0),
        (1, 8, 12.5),
        (1, 3, 33.3),
        (2, 3, 66.7),
        (0, 0, 0.0),
        (5, 5, 100.0),
    ],
)
def test_percentages_round_halves_away_from_zero(part: int, total: int, percentage: float) -> None:
    assert share(part, total) == percentage


async def test_percentages_are_what_postgresql_rounds(sessions: Sessions, project_id: int) -> None:
    pairs = [
        (part, total) for total in (*range(1, 60), 240, 2_000) for part in range(0, total + 1, max(1, total // 40))
    ]
    query = text("select round(100 * part::numeric / total, 1)::float8 from unnest(:parts, :totals) with ordinality "
                 "given (part, total, place) order by place")  # fmt: skip
    async with sessions.read(project_id) as session:
        rounded = await session.scalars(
            query, {"parts": [part for part, _ in pairs], "totals": [total for _, total in pairs]}
        )
        assert [share(*pair) for pair in pairs] == list(rounded)
