"""Dashboards from pre-aggregates show the same numbers as from the calls, and report their source."""

from typing import Any

import pytest

from aggregation.stored.builder import PreaggregateBuilder
from aggregation.stored.preaggregates import Preaggregates
from tests.graph.conftest import WIDGETS, World
from tests.graph.test_dashboard_query import DASHBOARD

SOURCES = """
query ($id: ID!) {
  dashboard(id: $id) { widgets { name data { ... on Chart { source precision relativeError } } } }
}
"""
EXACT = "query ($id: ID!) { widget(id: $id) { data(precision: EXACT) { ... on Chart { source precision } } } }"
PREVIEW = """
query ($precision: Precision!) {
  previewWidget(input: {
    chartType: BAR, field: "duration", aggregation: P50, timePeriod: DAY, precision: $precision,
    timeRange: {from: "now-6d"}
  }) { ... on BarChart { source precision buckets { value sampleCount } } }
}
"""


@pytest.fixture
def preaggregates() -> Preaggregates:
    return Preaggregates()


@pytest.fixture
def builder(world: World, preaggregates: Preaggregates) -> PreaggregateBuilder:
    return PreaggregateBuilder(world.sessions, preaggregates, most_stored=2**30)


def as_shown(charts: dict[str, Any]) -> dict[str, Any]:
    return {
        widget["name"]: {key: value for key, value in widget["data"].items() if key != "asOf"}
        for widget in charts["dashboard"]["widgets"]
    }


def rounded(value: Any) -> Any:
    """The same with numbers rounded to ten digits: sums are computed in another order."""
    match value:
        case dict():
            return {key: rounded(item) for key, item in value.items()}
        case list():
            return [rounded(item) for item in value]
        case float():
            return float(f"{value:.10g}")
        case _:
            return value


async def test_a_dashboard_from_preaggregates_is_the_same(
    world: World, preaggregates: Preaggregates, builder: PreaggregateBuilder
) -> None:
    given = {"id": world.id("Dashboard", world.dashboard)}
    raw = await world.ask(DASHBOARD, given, preaggregates=preaggregates)
    await builder.work()
    stored = await world.ask(DASHBOARD, given, preaggregates=preaggregates)
    sources = await world.ask(SOURCES, given, preaggregates=preaggregates)
    assert rounded(as_shown(stored)) == rounded(as_shown(raw))
    said = {widget["name"]: widget["data"]["source"] for widget in sources["dashboard"]["widgets"]}
    assert len(said) == len(WIDGETS)
    assert set(said.values()) == {"STORED"}, said
    assert all(widget["data"]["precision"] == "EXACT" for widget in sources["dashboard"]["widgets"])
    assert all(widget["data"]["relativeError"] == 0 for widget in sources["dashboard"]["widgets"])


async def test_without_preaggregates_everything_is_from_the_calls(world: World) -> None:
    sources = await world.ask(SOURCES, {"id": world.id("Dashboard", world.dashboard)})
    assert {widget["data"]["source"] for widget in sources["dashboard"]["widgets"]} == {"RAW"}


async def test_exact_percentiles_can_be_asked_for(
    world: World, preaggregates: Preaggregates, builder: PreaggregateBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregation.stored.scan.MAX_VALUES_A_DAY", 1)
    given = {"id": world.widget("Duration")}
    query = EXACT.replace("(precision: EXACT)", "")
    await world.ask(query, given, preaggregates=preaggregates)
    await builder.work()
    sketched = (await world.ask(query, given, preaggregates=preaggregates))["widget"]["data"]
    assert sketched["precision"] == "SKETCH"
    exact = (await world.ask(EXACT, given, preaggregates=preaggregates))["widget"]["data"]
    assert exact == {"source": "RAW", "precision": "EXACT"}


async def test_previews_are_stored_when_they_are_requested_again(
    world: World, preaggregates: Preaggregates, builder: PreaggregateBuilder
) -> None:
    sources: list[str] = []
    for _ in range(3):
        data = await world.ask(PREVIEW, {"precision": "SKETCH"}, preaggregates=preaggregates)
        sources.append(data["previewWidget"]["source"])
        await builder.work()
    assert sources[:2] == ["RAW", "RAW"]
    assert sources[2] in ("STORED", "MIXED")
