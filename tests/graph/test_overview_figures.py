"""The numbers of the overview one by one, each with what it was before."""

from typing import Any

import pytest

from tests.graph.conftest import World

QUERY = """
query ($id: ID!, $compareTo: CompareInput) { widget(id: $id) { data(compareTo: $compareTo) { ... on StatChart {
  overview { totalCalls successRate averageDuration p95Latency }
  previousOverview { totalCalls successRate averageDuration p95Latency }
  comparedOverview { totalCalls successRate averageDuration p95Latency }
  figures { number displayName unit format value previous change changePercent }
} } } }
"""


@pytest.mark.parametrize("compare_to", [None, {"shift": "2d"}])
async def test_each_number_has_the_earlier_one_and_the_change(world: World, compare_to: Any) -> None:
    asked = {"id": world.widget("Overview"), "compareTo": compare_to}
    chart = (await world.ask(QUERY, asked))["widget"]["data"]
    before = chart["comparedOverview"] if compare_to else chart["previousOverview"]
    assert [one["number"] for one in chart["figures"]] == [
        "TOTAL_CALLS", "SUCCESS_RATE", "AVERAGE_DURATION", "P95_LATENCY",
    ]  # fmt: skip
    assert [one["value"] for one in chart["figures"]] == [*chart["overview"].values()]
    assert [one["previous"] for one in chart["figures"]] == [*before.values()]
    for one in chart["figures"]:
        if one["previous"] is None:
            assert (one["change"], one["changePercent"]) == (None, None)
        else:
            assert one["change"] == one["value"] - one["previous"]
    if compare_to:
        assert any(one["change"] for one in chart["figures"])


async def test_they_say_how_they_are_shown(world: World) -> None:
    latency = world.id("Metric", world.metrics["latency"])
    rename = """mutation ($id: ID!) {
        updateMetric(input: {id: $id, unit: "ms", displayName: "answer"}) { errors { code } } }"""
    assert (await world.ask(rename, {"id": latency}))["updateMetric"]["errors"] == []
    figures = (await world.ask(QUERY, {"id": world.widget("Overview")}))["widget"]["data"]["figures"]
    assert [(one["displayName"], one["unit"], one["format"]) for one in figures] == [
        ("Calls", None, "INTEGER"),
        ("Success rate", None, "PERCENT"),
        ("Average duration", "seconds", "DURATION"),
        ("P95 answer", "ms", "NUMBER"),
    ]


async def test_other_stats_have_none(world: World) -> None:
    chart = (await world.ask(QUERY, {"id": world.widget("Longest")}))["widget"]["data"]
    assert chart["figures"] is None
