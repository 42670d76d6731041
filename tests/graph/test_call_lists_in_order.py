"""The order of lists of calls, and cursors that belong to one order."""

from itertools import product
from typing import Any

import pytest

from graph.pagination import encode_cursor
from tests.graph.conftest import CALLS, World

LIST = """
query ($orderBy: CallLogOrder, $after: String, $filters: JSON) {
  callLogs(orderBy: $orderBy, after: $after, filters: $filters, first: 7) {
    edges { cursor node { databaseId duration timestamp } } pageInfo { hasNextPage endCursor }
  }
}
"""
ORDERS = [{"field": field, "direction": way} for field, way in product(("TIMESTAMP", "DURATION"), ("ASC", "DESC"))]


def _name(order: dict[str, str]) -> str:
    return " ".join(order.values())


async def _all(world: World, **variables: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        page = (await world.ask(LIST, {**variables, "after": after}))["callLogs"]
        found += [edge["node"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize("order", ORDERS, ids=_name)
async def test_pages_are_in_order(world: World, order: dict[str, str]) -> None:
    calls = await _all(world, orderBy=order)
    assert len(calls) == CALLS
    key = order["field"].lower()
    known = [(call[key], call["databaseId"]) for call in calls if call[key] is not None]
    unknown = [call["databaseId"] for call in calls if call[key] is None]
    assert len(unknown) == (4 if key == "duration" else 0)
    assert known == sorted(known, reverse=order["direction"] == "DESC")
    assert unknown == sorted(unknown, reverse=order["direction"] == "DESC")
    assert all(call[key] is None for call in calls[len(known) :])


async def test_an_order_of_nothing_is_newest_first(world: World) -> None:
    default = await _all(world)
    assert await _all(world, orderBy={}) == default
    assert await _all(world, orderBy={"field": "TIMESTAMP", "direction": "DESC"}) == default


@pytest.mark.parametrize("given", ORDERS, ids=_name)
@pytest.mark.parametrize("asked", ORDERS, ids=_name)
async def test_a_cursor_goes_with_its_order(world: World, given: dict[str, str], asked: dict[str, str]) -> None:
    page = (await world.ask(LIST, {"orderBy": given}))["callLogs"]
    variables = {"orderBy": asked, "after": page["pageInfo"]["endCursor"]}
    if given == asked:
        await world.ask(LIST, variables)
        return
    error = await world.refused(LIST, variables)
    assert error["extensions"]["code"] == "INVALID_CURSOR"
    assert f"ordered by {_name(given)}, but this list is ordered by {_name(asked)}" in error["message"]


@pytest.mark.parametrize("numbers", [(2, 0, 1), (-1, 0, 1)])
async def test_an_invented_cursor_is_refused(world: World, numbers: tuple[int, ...]) -> None:
    after = encode_cursor("CallLog.DURATION.ASC", *numbers)
    error = await world.refused(LIST, {"orderBy": {"field": "DURATION", "direction": "ASC"}, "after": after})
    assert error["extensions"]["code"] == "INVALID_CURSOR"


async def test_drill_down_takes_an_order(world: World) -> None:
    query = """
    query ($id: ID!) { widget(id: $id) { data { ... on BarChart { buckets { sampleCount
      calls(first: 500, orderBy: {field: DURATION, direction: ASC}) { totalCount edges { node { duration } } }
    } } } } }
    """
    data = await world.ask(query, {"id": world.widget("Calls")})
    buckets = [bucket for bucket in data["widget"]["data"]["buckets"] if bucket["sampleCount"] > 1]
    assert buckets
    for bucket in buckets:
        durations = [edge["node"]["duration"] for edge in bucket["calls"]["edges"]]
        assert len(durations) == bucket["calls"]["totalCount"] == bucket["sampleCount"]
        assert durations == sorted(durations, key=lambda value: (value is None, value or 0))
