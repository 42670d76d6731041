"""Histograms: where their bins lie, what they count, and that both ways of counting agree."""

import math
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from aggregation.answer.charts import table_of
from aggregation.answer.results import HistogramResult
from aggregation.answer.tables import TableBounds
from aggregation.compute.needs import needs_ahead
from aggregation.question.earlier_window import parse_shift
from aggregation.question.faults import ChartError, InvalidWidgetError
from aggregation.question.prepare import prepare
from aggregation.question.query import ChartSource, WidgetDefinition
from aggregation.question.value_bins import MAX_BINS, MIN_BINS, bin_edges
from aggregation.service import run_charts
from aggregation.stored.builder import PreaggregateBuilder
from aggregation.stored.preaggregates import Preaggregates
from models import Aggregation, CallLog, ChartType
from models.sessions import Sessions
from tests.aggregation import chart_cases
from tests.aggregation.chart_data import Dataset, store
from tests.aggregation.chart_oracle import Item, Refused
from tests.aggregation.chart_oracle import bin_edges as expected_edges
from tests.aggregation.chart_scopes import chart_scope
from tests.aggregation.chart_shown import differences, expected_items, shown
from tests.aggregation.drawn import draw
from tests.aggregation.test_charts_by_oracle import by_seed, reconcile

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DURATION = WidgetDefinition(ChartType.HISTOGRAM, "duration")
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.floats(-1000, 1000) | st.integers(-9, 9).map(float)


@given(one=numbers, other=numbers, most=st.integers(MIN_BINS, MAX_BINS))
@example(0.0, 0.0, 20)
@example(-0.0, 5e-324, 20)
@example(5e-324, 5e-324, 2)
@example(-sys.float_info.max, sys.float_info.max, 2)
@example(sys.float_info.max, sys.float_info.max, 20)
@example(1e22, math.nextafter(1e22, math.inf), 20)
@example(-1.0, 1.0, 2)
def test_bins_cover_the_values_with_round_widths(one: float, other: float, most: int) -> None:
    least, greatest = min(one, other), max(one, other)
    edges = bin_edges(least, greatest, most)
    assert edges[0] <= least <= greatest <= edges[-1]
    assert 2 <= len(edges) <= most + 1
    assert all(low < high for low, high in pairwise(edges))
    assert all(map(math.isfinite, edges))


@given(one=st.floats(-1e6, 1e6), other=st.floats(-1e6, 1e6), most=st.integers(MIN_BINS, MAX_BINS))
def test_bins_are_as_narrow_as_they_can_be(one: float, other: float, most: int) -> None:
    least, greatest = min(one, other), max(one, other)
    requested = [*dict.fromkeys(expected_edges([least, greatest], most))]  # neighbours that are one number are one edge
    if len(requested) > 1:
        assert [*bin_edges(least, greatest, most)] == requested


EDGES: dict[str, tuple[float, float, int, tuple[float, ...]]] = {
    "whole": (0, 100, 5, (0, 20, 40, 60, 80, 100)),
    "two and a half": (0, 10, 4, (0, 2.5, 5, 7.5, 10)),
    "tenths": (0.1, 0.5, 4, (0.1, 0.2, 0.3, 0.4, 0.5)),
    "around zero": (-1, 1, 2, (-1, 0, 1)),
    "inside of the edges": (3, 97, 10, (0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)),
    "one value": (60, 60, 20, (60, 61)),
    "one small value": (0.003, 0.003, 20, (0.003, 0.0031)),
    "nothing but zero": (0, 0, 20, (0, 1)),
}


@pytest.mark.parametrize(("least", "greatest", "most", "edges"), EDGES.values(), ids=EDGES)
def test_edges(least: float, greatest: float, most: int, edges: tuple[float, ...]) -> None:
    assert bin_edges(least, greatest, most) == edges


@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC"])
@given(seed=st.integers(0, 2**32))
@by_seed
async def test_histograms_of_everything_show_what_the_oracle_says(
    engine: AsyncEngine, sessions: Sessions, zone: str, seed: int
) -> None:
    """Every number, with every grouping: from the calls, from pre-aggregates, and from those of the database."""
    drawn = await draw(engine, seed, zone, minutes=1)
    rng, data, scope, oracle = drawn.rng, drawn.data, drawn.scope, drawn.oracle
    asked: list[WidgetDefinition] = []
    for field, metric in _numbers(data):
        for group in (None, *chart_cases.groupings(data, rng, is_number=True)):
            filters = chart_cases.widget_filter(data, rng)
            definition = WidgetDefinition(ChartType.HISTOGRAM, field, metric, group_by=group, filters=filters)
            try:
                oracle.answer(definition)
            except Refused:
                continue
            asked.append(definition)
    queries = [prepare(definition, scope) for definition in asked]
    preaggregates = Preaggregates()
    builder = PreaggregateBuilder(sessions, preaggregates, most_stored=2**30)
    for turn in ("raw", "cold", "warm", "from the database"):
        if turn == "from the database":
            preaggregates = Preaggregates()
        results = await run_charts(sessions, queries, None if turn == "raw" else preaggregates)
        await builder.work()
        drills: list[tuple[WidgetDefinition, Item, dict[str, Any]]] = []
        for definition, result in zip(asked, results, strict=True):
            assert not isinstance(result, ChartError), (turn, definition, result)
            expected = oracle.answer(definition)
            actual, own = shown(result)
            assert differences(expected, actual) == [], (turn, definition, result.source)
            drills += [
                (definition, item, filters) for item, (_, filters) in zip(expected_items(expected), own, strict=True)
            ]
        if turn == "raw":
            assert await reconcile(sessions, data, rng.sample(drills, min(len(drills), 150)), rng) == []
    sources = {result.source for result in results if not isinstance(result, ChartError)}
    if asked and not scope.overrides.has_time_range:
        assert sources - {ChartSource.RAW}, sources


def _numbers(data: Dataset) -> list[tuple[str, int | None]]:
    value = "metric_evaluations.value"
    return [("duration", None), (value, data.metrics["latency"].id), (value, data.metrics["stars"].id)]


def _rows(durations: list[float | None], **more: Any) -> list[dict[str, Any]]:
    return [
        {"call_id": str(at), "timestamp": NOW - timedelta(hours=at + 1), "duration": duration, **more}
        for at, duration in enumerate(durations)
    ]


async def _histogram(
    sessions: Sessions, data: Dataset, definition: WidgetDefinition = DURATION, **more: Any
) -> HistogramResult:
    scope = chart_scope(data.project_id, NOW, timedelta(days=30), metrics=data.by_id, **more)
    (result,) = await run_charts(sessions, [prepare(definition, scope)])
    assert isinstance(result, HistogramResult), result
    return result


async def test_what_lies_on_an_edge_is_in_the_bin_that_begins_there(sessions: Sessions, engine: AsyncEngine) -> None:
    data = await store(engine, _rows([0.0, 10.0, 10.0, 19.999, 20.0, 40.0, None, None]))
    result = await _histogram(sessions, data, bins=(4, 2))
    (series,) = result.by_max_bins[4]
    assert [(one.start, one.end, one.value, one.percentage) for one in series.bins] == [
        (0, 10, 1, 16.7),
        (10, 20, 3, 50.0),
        (20, 30, 1, 16.7),
        (30, 40, 1, 16.7),
    ]
    assert (result.sample_count, result.spread.nulls) == (6, 2)
    assert [one.value for one in result.by_max_bins[2][0].bins] == [4, 2]
    last = series.bins[-1].filters["conditions"][-2:]
    assert last == [
        {"field": "duration", "op": "gte", "value": 30},
        {"field": "duration", "op": "lte", "value": 40},
    ]
    table = table_of(result, TableBounds(max_bins=2))
    assert table.columns == ("from", "to", "group", "is_other", "value", "sample_count", "percentage")
    assert table.rows == ((0, 20, None, False, 4, 4, 66.7), (20, 40, None, False, 2, 2, 33.3))


async def test_nothing_to_show(sessions: Sessions, engine: AsyncEngine) -> None:
    data = await store(engine, _rows([None, None]))
    result = await _histogram(sessions, data, compare=parse_shift("7d"))
    assert (result.sample_count, result.spread.nulls, result.spread.least) == (0, 2, None)
    assert [len(series.bins) for series in result.by_max_bins[20]] == [0]
    assert table_of(result, TableBounds()).rows == ()
    grouped = replace(DURATION, group_by={"type": "field", "field": "topic"})
    assert (await _histogram(sessions, data, grouped)).by_max_bins == {20: ()}
    empty = await _histogram(
        sessions, data, override_filters={"field": "timestamp", "op": "lt", "value": "now-29d"}, has_override=True
    )
    assert (empty.sample_count, empty.spread.nulls) == (0, 0)


async def test_a_comparison_has_the_same_bins_and_says_what_is_in_none_of_them(
    sessions: Sessions, engine: AsyncEngine
) -> None:
    past = [
        {"call_id": f"past {at}", "timestamp": NOW - timedelta(days=8, hours=at), "duration": duration, "topic": topic}
        for at, (duration, topic) in enumerate([(-1.0, "a"), (0.0, "a"), (20.0, "b"), (20.5, "a"), (999.0, "c")])
    ]
    data = await store(engine, [*_rows([0.0, 10.0, 20.0], topic="a"), *past])
    week = {"field": "timestamp", "op": "gte", "value": "now-7d"}
    for group, earlier, outside in (
        (None, [1, 1], 3),
        ({"type": "field", "field": "topic"}, [1, 0], 2),
    ):
        definition = replace(DURATION, filters=week, group_by=group)
        result = await _histogram(sessions, data, definition, bins=(2,), compare=parse_shift("7d"))
        (series,) = result.by_max_bins[2]
        assert [one.value for one in series.bins] == [1, 2]
        found = [one.compared for one in series.bins if one.compared is not None]
        assert [one.value for one in found] == earlier
        assert [one.change.absolute for one in found] == [1 - earlier[0], 2 - earlier[1]]
        assert series.compared_outside == outside


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
async def test_what_is_no_finite_number_is_refused(sessions: Sessions, engine: AsyncEngine, value: str) -> None:
    data = await store(engine, _rows([1.0, 2.0, None]))
    async with sessions.write(data.project_id) as session:
        broken = update(CallLog).where(CallLog.project_id == data.project_id, CallLog.call_id == "0")
        await session.execute(broken.values(duration=float(value)))
    scope = chart_scope(data.project_id, NOW, timedelta(days=30))
    other = WidgetDefinition(ChartType.STAT, "duration", aggregation=Aggregation.COUNT)
    asked = [prepare(DURATION, scope), prepare(other, scope)]
    preaggregates = Preaggregates()
    for stored in (None, preaggregates, preaggregates):
        refused, beside = await run_charts(sessions, asked, stored)
        await PreaggregateBuilder(sessions, preaggregates, most_stored=2**30).work()
        assert isinstance(refused, InvalidWidgetError)
        assert "not a number (NaN), and no range of equal width holds them" in str(refused)
        assert not isinstance(beside, ChartError)
    past = {"field": "timestamp", "op": "lt", "value": "now-90m"}
    result = await _histogram(sessions, data, replace(DURATION, filters=past), compare=parse_shift("1h"))
    assert [one.value for one in result.by_max_bins[20][0].bins] == [1]


def test_everything_is_needed_ahead() -> None:
    """What is made for saved histograms serves the second pass as well."""
    query = prepare(DURATION, chart_scope(1, NOW, timedelta(days=30)))
    axes = [getattr(need.shape, "axis", None) for need in needs_ahead(query)]
    kinds = [type(axis).__name__ for axis in axes if axis is not None]
    assert kinds == [*["TimeAxis"] * 4, "ValueAxis"]
