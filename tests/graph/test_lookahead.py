"""Every ``maxPoints`` that a request asks of a line is known before the line is read."""

from typing import Any

import pytest

from aggregation.question.query import MAX_POINTS
from tests.graph.conftest import CALLS, World

POINTS = sum(number % 11 != 10 for number in range(CALLS))


async def test_without_a_bound_all_points_within_the_default_come(world: World) -> None:
    query = """query ($id: ID!) { widget(id: $id) { data { ... on LineChart { totalPoints isThinned points { key value }
        series { isThinned totalPoints points { key value } } } } } }"""
    chart = (await world.ask(query, {"id": world.widget("Durations")}))["widget"]["data"]
    assert chart["totalPoints"] == len(chart["points"]) == POINTS
    assert chart["isThinned"] is False
    assert chart["series"] == [{"isThinned": False, "totalPoints": POINTS, "points": chart["points"]}]


async def test_points_are_calls_in_the_order_of_time(world: World) -> None:
    query = "query ($id: ID!) { widget(id: $id) { data { ... on LineChart { points { id: callLogId timestamp } } } } }"
    points = (await world.ask(query, {"id": world.widget("Durations")}))["widget"]["data"]["points"]
    assert points == sorted(points, key=lambda point: point["timestamp"])
    found = await world.ask(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on CallLog { id timestamp } } }",
        {"ids": [point["id"] for point in points]},
    )
    assert found["nodes"] == points


async def test_fragments_aliases_and_variables_are_seen(world: World) -> None:
    query = """
      query ($id: ID!, $n: Int, $absent: Int, $yes: Boolean!, $no: Boolean!) { widget(id: $id) { data {
        ...five ...five ...asChart
        ... on LineChart {
          byVariable: points(maxPoints: $n) { value }
          byDefault: points(maxPoints: $absent) { value }
          byNull: points(maxPoints: null) { value }
          thinned: isThinned(maxPoints: 4)
          inSeries: series(maxPoints: 9) @include(if: $yes) { points { value } }
          left: points(maxPoints: 11) @skip(if: $yes) { value }
          ... @include(if: $no) { out: points(maxPoints: 12) { value } }
        }
      } } }
      fragment five on LineChart { five: points(maxPoints: 5) { value } ...six }
      fragment six on ChartData { ... on LineChart { six: points(maxPoints: 6) { value } } }
      fragment asChart on Chart { ... on LineChart { seven: points(maxPoints: 7) { value } } }
    """
    data = await world.ask(query, {"id": world.widget("Durations"), "n": 8, "yes": True, "no": False})
    chart = data["widget"]["data"]
    assert set(chart) == {"five", "six", "seven", "byVariable", "byDefault", "byNull", "thinned", "inSeries"}
    for name, most in (("five", 5), ("six", 6), ("seven", 7), ("byVariable", 8)):
        assert 0 < len(chart[name]) <= most
    assert len(chart["byDefault"]) == len(chart["byNull"]) == POINTS
    assert chart["thinned"] is True
    assert 0 < len(chart["inSeries"][0]["points"]) <= 9


async def test_two_widgets_and_two_answers_of_one_keep_their_bounds_apart(world: World) -> None:
    query = """query ($id: ID!) { widget(id: $id) {
        few: data { ... on LineChart { points(maxPoints: 4) { value } } }
        many: data { ... on LineChart { points { value } } } } }"""
    widget = (await world.ask(query, {"id": world.widget("Durations")}))["widget"]
    assert len(widget["few"]["points"]) <= 4
    assert len(widget["many"]["points"]) == POINTS


async def test_previews_look_ahead_too(world: World) -> None:
    query = """query ($input: PreviewWidgetInput!) { previewWidget(input: $input) {
        ... on LineChart { totalPoints points(maxPoints: 4) { value } } } }"""
    chart = (await world.ask(query, {"input": {"chartType": "LINE", "field": "duration"}}))["previewWidget"]
    assert chart["totalPoints"] == POINTS
    assert len(chart["points"]) <= 4


async def test_a_line_without_points_reads_none(world: World, statements: Any) -> None:
    query = "query ($id: ID!) { widget(id: $id) { data { ... on LineChart { totalPoints } } } }"
    data = await world.ask(query, {"id": world.widget("Durations")})
    assert data["widget"]["data"] == {"totalPoints": POINTS}


BOUNDS = [
    pytest.param("Durations", "LineChart { points(maxPoints: %s) { value } }", MAX_POINTS, id="points"),
    pytest.param("Durations", "LineChart { series(maxPoints: %s) { label } }", MAX_POINTS, id="series"),
    pytest.param("Topics", "PieChart { slices(top: %s) { label } }", 100, id="slices"),
    pytest.param("Reasons", "ListChart { rows(first: %s) { label } }", 100, id="rows"),
]


@pytest.mark.parametrize(("name", "selection", "most"), BOUNDS)
@pytest.mark.parametrize("beyond", [-1, 0, 1])
async def test_bounds_are_named_when_they_are_passed(
    world: World, name: str, selection: str, most: int, beyond: int
) -> None:
    value = most + beyond if beyond > 0 else beyond
    query = "query ($id: ID!) { widget(id: $id) { data { ... on %s } } }" % (selection % value)
    error = await world.refused(query, {"id": world.widget(name)})
    assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": most}
    assert f"{most}" in error["message"]
