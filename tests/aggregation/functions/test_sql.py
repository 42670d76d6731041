"""What aggregations make of unusual numbers: the same as PostgreSQL's functions, also folded for the other series."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Double, literal, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.answer.results import BarResult, ListResult, StatResult
from aggregation.functions.ranking import rounded, rounded_number
from aggregation.functions.table import aggregations_of
from aggregation.question.faults import InvalidWidgetError
from aggregation.question.prepare import prepare
from aggregation.question.query import WidgetDefinition
from aggregation.service import run_charts
from models import Aggregation, ChartType, DataType, TimePeriod
from models.sessions import Sessions
from tests.aggregation.chart_data import Dataset, store
from tests.aggregation.chart_scopes import chart_scope

NAN, INF = float("nan"), float("inf")
NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
SHOWN = 9
"""So many calls are of the one series that is shown."""

POSTGRESQL = {
    Aggregation.COUNT: "count(value)",
    Aggregation.SUM: "coalesce(sum(value), 0)",
    Aggregation.AVG: "avg(value)",
    Aggregation.MIN: "min(value)",
    Aggregation.MAX: "max(value)",
    Aggregation.P50: "percentile_cont(0.5) within group (order by value)",
    Aggregation.P75: "percentile_cont(0.75) within group (order by value)",
    Aggregation.P90: "percentile_cont(0.9) within group (order by value)",
    Aggregation.P95: "percentile_cont(0.95) within group (order by value)",
    Aggregation.P99: "percentile_cont(0.99) within group (order by value)",
    Aggregation.STDDEV: "stddev_samp(value)",
    Aggregation.COUNT_DISTINCT: "count(distinct value)",
}

# The values of each group of the other series.
VALUES: dict[str, list[list[float | None]]] = {
    "no number": [[NAN], [1.0], [2.0]],
    "no number alone": [[NAN], [NAN, NAN]],
    "infinite": [[INF, 1.0], [2.0]],
    "infinite, all of them": [[INF], [INF, INF]],
    "both infinities": [[INF], [-INF]],
    "zeros": [[0.0, -0.0], [-0.0]],
    "the same, in other groups": [[0.1, 0.1, 0.1], [0.1, 0.1, 0.1, 0.1]],
    "the same, large": [[1e22, 1e22, 1e22], [1e22, 1e22, 1e22, 1e22]],
    "tiny": [[1e-200], [3e-200]],
    "near each other": [[1e9 + 1, 1e9 + 2], [1e9 + 3], [1e9 + 5, 1e9 + 8]],
    "one": [[5.0]],
    "one of several": [[5.0], [None]],
    "two": [[5.0], [7.5]],
    "without a value": [[None], [None, None]],
}


async def dataset(engine: AsyncEngine, groups: list[list[float | None]]) -> Dataset:
    values = [
        *((1.0, "shown") for _ in range(SHOWN)),
        *((one, f"t{at}") for at, own in enumerate(groups) for one in own),
    ]
    return await store(
        engine,
        [
            {"call_id": str(at), "timestamp": NOW - timedelta(hours=1), "duration": value, "topic": topic}
            for at, (value, topic) in enumerate(values)
        ],
    )


def assert_same(found: float | None, expected: float | None, largest: float) -> None:
    if expected is None or found is None:
        assert found is expected
    elif math.isnan(expected):
        assert math.isnan(found)
    else:
        assert math.isclose(found, expected, rel_tol=1e-12, abs_tol=largest * 1e-15), (found, expected)


@pytest.mark.parametrize("name", VALUES)
async def test_unusual_numbers(engine: AsyncEngine, sessions: Sessions, name: str) -> None:
    groups = VALUES[name]
    data = await dataset(engine, groups)
    scope = chart_scope(data.project_id, NOW, timedelta(days=1), metrics=data.by_id)
    others = {"field": "topic", "op": "neq", "value": "shown"}
    finite = [abs(value) for own in groups for value in own if value is not None and math.isfinite(value)]
    for aggregation in aggregations_of(DataType.NUMBER):
        stat = WidgetDefinition(ChartType.STAT, "duration", aggregation=aggregation, filters=others)
        bar = WidgetDefinition(
            ChartType.BAR,
            "duration",
            aggregation=aggregation,
            time_period=TimePeriod.MONTH,
            group_by={"type": "field", "field": "topic", "top": 1},
        )
        (whole,) = await run_charts(sessions, [prepare(stat, scope)])
        (grouped,) = await run_charts(sessions, [prepare(bar, scope)])
        async with sessions.read(data.project_id) as session:
            statement = f"select {POSTGRESQL[aggregation]} from unnest(cast(:values as float8[])) as given(value)"
            given = [value for own in groups for value in own]
            found = (await session.execute(text(statement), {"values": given})).scalar_one()
            expected = None if found is None else float(found)
        assert isinstance(whole, StatResult)
        assert isinstance(grouped, BarResult)
        (other,) = (series for series in grouped.series if series.is_other)
        (value,) = other.buckets.column("value")
        assert_same(whole.value, expected, max(finite, default=0.0))
        assert_same(value, expected, max(finite, default=0.0))


async def test_deviations_too_large_are_refused_alike(engine: AsyncEngine, sessions: Sessions) -> None:
    data = await dataset(engine, [[1e300], [-1e300]])
    scope = chart_scope(data.project_id, NOW, timedelta(days=1), metrics=data.by_id)
    group = {"type": "field", "field": "topic", "top": 1}
    ask = (
        WidgetDefinition(ChartType.STAT, "duration", None, Aggregation.STDDEV),
        WidgetDefinition(ChartType.BAR, "duration", None, Aggregation.STDDEV, TimePeriod.MONTH, group),
    )
    for definition in ask:
        (found,) = await run_charts(sessions, [prepare(definition, scope)])
        assert isinstance(found, InvalidWidgetError)
        assert "too large to aggregate" in str(found)


@pytest.mark.parametrize("aggregation", [Aggregation.AVG, Aggregation.STDDEV, Aggregation.COUNT_DISTINCT])
async def test_a_list_ranks_equal_values_by_label(
    engine: AsyncEngine, sessions: Sessions, aggregation: Aggregation
) -> None:
    data = await dataset(engine, [[0.1] * count for count in (10, 3, 7, 6, 12, 11)])
    scope = chart_scope(data.project_id, NOW, timedelta(days=1), metrics=data.by_id)
    group = {"type": "field", "field": "topic"}
    (result,) = await run_charts(
        sessions,
        [prepare(WidgetDefinition(ChartType.LIST, "duration", None, aggregation, None, group), scope)],
    )
    assert isinstance(result, ListResult)
    labels = [row.label for row in result.rows if row.label != "shown"]
    assert labels == ["t0", "t1", "t2", "t3", "t4", "t5"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1 + 0.2, 0.3),
        (1 / 3, 0.333333333333),
        (-1234567890123.4, -1234567890120.0),
        (123456789012.0, 123456789012.0),
        (0.0, 0.0),
        (1.7976931348623157e308, 1.79769313486e308),
        (5e-324, 4.94065645841e-324),
    ],
)
async def test_ranked_numbers_have_twelve_digits(engine: AsyncEngine, value: float, expected: float) -> None:
    assert rounded_number(value) == expected
    async with engine.connect() as connection:
        assert (await connection.execute(select(rounded(literal(value, Double))))).scalar_one() == expected


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
async def test_what_is_not_finite_is_ranked_as_it_is(engine: AsyncEngine, value: float) -> None:
    async with engine.connect() as connection:
        found = (await connection.execute(select(rounded(literal(value, Double))))).scalar_one()
    assert repr(found) == repr(value)
