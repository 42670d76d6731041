"""The calls behind an item of a chart are as many as the number it shows, and the filter it carries finds them too."""

from typing import Any

import pytest

from models import Aggregation, ChartType, TimePeriod
from tests.graph.conftest import CALLS, TOPICS, Saver, World

ITEMS = """
query ($id: ID!, $top: Int) { widget(id: $id) { data {
  ... on BarChart { buckets { value sampleCount isPartial filters calls(first: 500) { ...calls } } }
  ... on PieChart { slices(top: $top) { label isOther value filters calls(first: 500) { ...calls } } }
  ... on ListChart { rows { label value sampleCount filters calls(first: 500) { ...calls } } }
  ... on StatChart { value sampleCount filters calls(first: 500) { ...calls } }
} } }
fragment calls on CallLogConnection { totalCount edges { node { id } } }
"""

COUNTED = [
    pytest.param("Calls", "value", id="calls-per-day"),
    pytest.param("Success rate", "sampleCount", id="success-per-day"),
    pytest.param("Duration", "sampleCount", id="duration-per-week"),
    pytest.param("Success", "value", id="boolean-pie"),
    pytest.param("Topics", "value", id="string-pie-with-null-and-empty"),
    pytest.param("Regions", "value", id="metadata-pie"),
    pytest.param("Mood", "value", id="enum-metric-pie"),
    pytest.param("Accuracy", "sampleCount", id="rating-metric-bar"),
    pytest.param("Reasons", "sampleCount", id="list"),
]


async def _items(world: World, widget: str, top: int | None = None) -> list[dict[str, Any]]:
    data = await world.ask(ITEMS, {"id": widget, "top": top})
    [items] = data["widget"]["data"].values()
    return items


@pytest.mark.parametrize(("name", "number"), COUNTED)
async def test_the_calls_behind_an_item_are_as_many_as_it_shows(world: World, name: str, number: str) -> None:
    items = await _items(world, world.widget(name))
    assert any(item[number] for item in items)
    for item in items:
        assert item["calls"]["totalCount"] == item[number], item
        assert len(item["calls"]["edges"]) == item[number]


async def test_other_and_null_slices_have_their_calls(world: World) -> None:
    items = await _items(world, world.widget("Topics"), top=1)
    assert [(item["isOther"], item["value"]) for item in items] == [
        (False, CALLS * TOPICS.count("billing") // 8),
        (True, CALLS * (8 - TOPICS.count("billing")) // 8),
    ]
    assert [item["calls"]["totalCount"] for item in items] == [item["value"] for item in items]
    seen = [edge["node"]["id"] for item in items for edge in item["calls"]["edges"]]
    assert sorted(seen) == sorted(world.id("CallLog", row_id) for row_id in world.calls)


async def test_an_empty_string_is_a_label_of_its_own(world: World) -> None:
    items = await _items(world, world.widget("Topics"))
    counts = {item["label"]: item["calls"]["totalCount"] for item in items}
    assert counts == {label: CALLS * TOPICS.count(label) // 8 for label in set(TOPICS)}


async def test_partial_buckets_have_only_the_calls_within_the_window(world: World) -> None:
    items = await _items(world, world.widget("Calls"))
    partial = [item for item in items if item["isPartial"]]
    assert len(partial) == 2
    assert partial[-1]["calls"]["totalCount"] == partial[-1]["value"]


async def test_the_filter_of_an_item_finds_the_same_calls_elsewhere(world: World) -> None:
    for item in await _items(world, world.widget("Topics")):
        data = await world.ask(
            "query ($f: JSON) { callLogs(filters: $f, first: 500) { totalCount edges { node { id } } } }",
            {"f": item["filters"]},
        )
        assert data["callLogs"] == item["calls"]


async def test_a_stat_has_its_calls(world: World) -> None:
    for name, expected in (("Longest", sum(number % 11 != 10 for number in range(CALLS))), ("Overview", CALLS)):
        chart = (await world.ask(ITEMS, {"id": world.widget(name)}))["widget"]["data"]
        assert chart["calls"]["totalCount"] == chart["sampleCount"] == expected


async def test_grouped_series_have_their_calls(world: World, save_widget: Saver) -> None:
    widget = await save_widget(
        "By topic",
        ChartType.BAR,
        field="duration",
        aggregation=Aggregation.AVG,
        time_period=TimePeriod.DAY,
        group_by={"type": "field", "field": "topic", "top": 1},
    )
    query = """query ($id: ID!) { widget(id: $id) { data { ... on BarChart { series {
        label isOther sampleCount calls { totalCount } buckets { sampleCount calls { totalCount } } } } } } }"""
    series = (await world.ask(query, {"id": widget}))["widget"]["data"]["series"]
    assert [one["isOther"] for one in series] == [False, True]
    for one in series:
        assert one["calls"]["totalCount"] == one["sampleCount"]
        assert sum(bucket["sampleCount"] for bucket in one["buckets"]) == one["sampleCount"]
        for bucket in one["buckets"]:
            assert bucket["calls"]["totalCount"] == bucket["sampleCount"]


async def test_the_calls_behind_all_items_share_their_statements(world: World, statements: Any) -> None:
    items = await _items(world, world.widget("Calls"))
    assert len(items) == 8
    assert len(statements) <= 9, f"{len(statements)} statements"
