"""M4: thinned lines keep the first, last, lowest and highest point of each column, and say how many there were."""

import math
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.answer.results import LinePoint, LineResult
from aggregation.question.prepare import prepare
from aggregation.question.query import WidgetDefinition
from aggregation.service import run_charts
from models import ChartType
from models.sessions import Sessions
from tests.aggregation.chart_data import Dataset, store
from tests.aggregation.chart_scopes import chart_scope

NOW = datetime(2026, 5, 1, tzinfo=UTC)
START = NOW - timedelta(days=30)
SEED = 20260501
COUNT = 700
LIMITS = (4, 7, 8, 41, 100, COUNT - 1, COUNT, 20_000)


@pytest.fixture(scope="module")
async def data(engine: AsyncEngine) -> Dataset:
    rng = random.Random(SEED)
    rows: list[dict[str, Any]] = [
        {
            "call_id": str(number),
            # Many at the same moment; some on the very first and last one.
            "timestamp": rng.choice(
                (START, NOW - timedelta(microseconds=1), START + timedelta(hours=rng.randrange(720)))
            ),
            "duration": rng.choice((5.0, -2.0, 1.0, rng.uniform(0, 100))),
            "topic": rng.choice(("a", "b", "c", None)),
            "evaluations": [("latency", rng.choice((1.0, 2.0, rng.random()))) for _ in range(number % 3)],
        }
        for number in range(COUNT)
    ]
    return await store(engine, rows)


async def line(sessions: Sessions, data: Dataset, definition: WidgetDefinition) -> LineResult:
    scope = chart_scope(data.project_id, NOW, timedelta(days=30), metrics=data.by_id, line_points=LIMITS)
    (result,) = await run_charts(sessions, [prepare(definition, scope)])
    assert isinstance(result, LineResult)
    return result


def column_of(point: LinePoint, columns: int) -> int:
    """Few columns are parts of the window; five and more are as wide as need be, in whole quarters of an hour."""
    length = NOW - START
    if columns < 5:
        return int((point.timestamp - START) / length * columns)
    width = timedelta(minutes=15) * math.ceil(length / (columns - 2) / timedelta(minutes=15))
    return (point.timestamp - datetime(1970, 1, 1, tzinfo=UTC)) // width


def as_tuple(point: LinePoint) -> tuple[Any, ...]:
    return point.timestamp, point.call_log_id, point.value


@pytest.mark.parametrize("field", ["duration", "timestamp", "metric_evaluations.value"])
async def test_thinned_lines(sessions: Sessions, data: Dataset, field: str) -> None:
    metric = data.metrics["latency"].id if field.startswith("metric") else None
    result = await line(sessions, data, WidgetDefinition(ChartType.LINE, field, metric))
    (whole,) = result.by_max_points[20_000]
    everything = {as_tuple(point) for point in whole.points}
    assert len(whole.points) == whole.total_points == result.total_points
    assert not whole.is_thinned
    for limit in LIMITS:
        (series,) = result.by_max_points[limit]
        kept = [as_tuple(point) for point in series.points]
        assert series.total_points == result.total_points
        assert series.is_thinned == (result.total_points > limit)
        assert len(kept) <= limit
        assert set(kept) <= everything
        assert kept == sorted(kept)
        for edge in (min, max):
            assert edge(whole.points, key=lambda point: point.value).value in [value for *_, value in kept]
            assert edge(everything)[0] in [at for at, *_ in kept]
        if series.is_thinned:
            assert edges_of_columns(whole.points, limit // 4) == edges_of_columns(series.points, limit // 4)


def edges_of_columns(points: Sequence[LinePoint], columns: int) -> dict[int, tuple[Any, ...]]:
    """The first and last time, the lowest and highest value of each column."""
    members: dict[int, list[LinePoint]] = {}
    for point in points:
        members.setdefault(column_of(point, columns), []).append(point)
    return {
        column: (
            min(as_tuple(point) for point in inside),
            max(as_tuple(point) for point in inside),
            min(point.value for point in inside),
            max(point.value for point in inside),
        )
        for column, inside in members.items()
    }


async def test_grouped_lines_are_thinned_series_by_series(sessions: Sessions, data: Dataset) -> None:
    group = {"type": "field", "field": "topic", "top": 2}
    result = await line(sessions, data, WidgetDefinition(ChartType.LINE, "duration", group_by=group))
    assert result.total_points == COUNT
    for limit in (41, 100):
        series = result.by_max_points[limit]
        assert [each.is_other for each in series] == [False, False, True]
        assert sum(len(each.points) for each in series) <= limit
        assert sum(each.total_points for each in series) == COUNT
        for each, whole in zip(series, result.by_max_points[20_000], strict=True):
            assert each.is_thinned
            assert {as_tuple(point) for point in each.points} <= {as_tuple(point) for point in whole.points}
            assert edges_of_columns(each.points, limit // 12) == edges_of_columns(whole.points, limit // 12)


async def test_the_points_of_a_call_with_several_values_are_all_there(sessions: Sessions, data: Dataset) -> None:
    metric = data.metrics["latency"].id
    result = await line(sessions, data, WidgetDefinition(ChartType.LINE, "metric_evaluations.value", metric))
    expected = sorted(
        (call["timestamp"], call["id"], row["value"]) for call in data.calls for row in call["evaluations"]
    )
    (whole,) = result.by_max_points[20_000]
    assert [as_tuple(point) for point in whole.points] == expected
