"""The rows of a LIST by pages and in every order, as a client reads them."""

from typing import Any

import pytest

from models import Aggregation, ChartType
from tests.graph.conftest import Saver, World

PAGE = """
query ($id: ID!, $first: Int!, $after: String, $by: ListRowOrder) { widget(id: $id) { data { ... on ListChart {
  totalRows
  rows(orderBy: $by) { label }
  allRows(first: $first, after: $after, orderBy: $by) {
    totalCount
    edges { cursor node { label value sampleCount calls { totalCount } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
} } } }
"""
ORDERS: list[dict[str, str] | None] = [
    None,
    {},
    {"direction": "ASC"},
    *({"field": field, "direction": way} for field in ("LABEL", "SAMPLE_COUNT") for way in ("ASC", "DESC")),
]


@pytest.fixture
async def widget(save_widget: Saver) -> str:
    return await save_widget("By agent", ChartType.LIST, field="topic")


async def page(world: World, widget: str, **variables: Any) -> dict[str, Any]:
    return (await world.ask(PAGE, {"id": widget, "first": 2, **variables}))["widget"]["data"]


@pytest.mark.parametrize("by", ORDERS)
async def test_pages_have_every_row_once(world: World, widget: str, by: Any) -> None:
    seen: list[Any] = []
    after = None
    while True:
        found = await page(world, widget, after=after, by=by)
        rows = found["allRows"]
        assert rows["totalCount"] == found["totalRows"] > 2
        assert rows["pageInfo"]["hasPreviousPage"] is (after is not None)
        seen += [edge["node"] for edge in rows["edges"]]
        assert rows["pageInfo"]["endCursor"] == rows["edges"][-1]["cursor"]
        after = rows["pageInfo"]["endCursor"]
        if not rows["pageInfo"]["hasNextPage"]:
            break
    assert [row["label"] for row in seen] == [row["label"] for row in found["rows"]]
    assert len(seen) == found["totalRows"]
    assert all(row["calls"]["totalCount"] == row["sampleCount"] for row in seen)
    way = {"ASC": 1, "DESC": -1}[(by or {}).get("direction", "DESC")]
    match (by or {}).get("field", "VALUE"):
        case "LABEL":
            labels = [row["label"] for row in seen if row["label"] is not None]
            assert labels == sorted(labels, reverse=way < 0)
            assert seen[-1]["label"] is None
        case _:
            keys = [(way * row["value"], row["label"] is None, row["label"] or "") for row in seen]
            assert keys == sorted(keys)


async def test_a_page_beyond_the_end_is_empty(world: World, widget: str) -> None:
    whole = (await page(world, widget, first=100))["allRows"]
    after = whole["pageInfo"]["endCursor"]
    beyond = (await page(world, widget, after=after))["allRows"]
    assert beyond["edges"] == []
    assert beyond["totalCount"] == whole["totalCount"]
    assert beyond["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": True,
        "startCursor": None,
        "endCursor": None,
    }


async def test_several_pages_and_orders_in_one_document(world: World, widget: str) -> None:
    query = """query ($id: ID!, $by: ListRowOrder) { widget(id: $id) { data { ... on ListChart {
        ...rows
        least: rows(first: 1, orderBy: $by) { label value }
        pages: allRows(first: 3) { edges { node { label } } }
        most: rows(first: 1) { label value }
    } } } }
    fragment rows on ListChart { named: rows(first: 2, orderBy: {field: LABEL, direction: ASC}) { label } }"""
    data = (await world.ask(query, {"id": widget, "by": {"field": "VALUE", "direction": "ASC"}}))["widget"]["data"]
    assert data["least"][0]["value"] <= data["most"][0]["value"]
    assert data["pages"]["edges"][0]["node"]["label"] == data["most"][0]["label"]
    assert [row["label"] for row in data["named"]] == sorted(row["label"] for row in data["named"])


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"first": 0}, "PAGE_SIZE"),
        ({"first": 101}, "PAGE_SIZE"),
        ({"after": "x"}, "INVALID_CURSOR"),
        ({"after": "Y3Vyc29yOnJvd3M6LTE="}, "INVALID_CURSOR"),
        ({"after": "Y3Vyc29yOnJvd3M6OTIyMzM3MjAzNjg1NDc3NTgwNw=="}, "INVALID_CURSOR"),
    ],
    ids=["no rows", "too many", "no cursor", "before the beginning", "a place that no row has"],
)
async def test_wrong_pages_are_refused(world: World, widget: str, variables: dict[str, Any], code: str) -> None:
    result = await world.run(PAGE, {"id": widget, "first": 2, **variables})
    assert [(error.extensions or {})["code"] for error in result.errors or ()] == [code]
    assert result.data is not None
    assert result.data["widget"]["data"]["allRows"] is None
    assert result.data["widget"]["data"]["rows"]


async def test_a_cursor_is_of_one_order(world: World, widget: str) -> None:
    after = (await page(world, widget, by={"field": "LABEL"}))["allRows"]["pageInfo"]["endCursor"]
    for by in (None, {"field": "VALUE"}, {"field": "LABEL", "direction": "ASC"}):
        result = await world.run(PAGE, {"id": widget, "first": 2, "after": after, "by": by})
        assert [(error.extensions or {})["code"] for error in result.errors or ()] == ["INVALID_CURSOR"]


async def test_lists_of_averages_can_begin_with_the_lowest(world: World, save_widget: Saver) -> None:
    widget = await save_widget(
        "Shortest",
        ChartType.LIST,
        field="duration",
        aggregation=Aggregation.AVG,
        group_by={"type": "field", "field": "topic"},
    )
    found = await page(world, widget, first=100, by={"direction": "ASC"})
    values = [edge["node"]["value"] for edge in found["allRows"]["edges"]]
    assert values == sorted(values)
    assert values
