"""Lists read from their end, and between two cursors: the same items as from the start."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from models import Agent, Dashboard, EvaluationType, Metric
from tests.graph.conftest import World

PAGE = """
query ($first: Int, $after: String, $last: Int, $before: String) {
  page: %s(first: $first, after: $after, last: $last, before: $before) {
    nodes { id } edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
LISTS = ["agents", "metrics", "dashboards", "apiKeys", "auditEvents", "callLogs"]
ITEMS = 7


@pytest.fixture
async def world(world: World) -> World:
    """At least seven of everything."""
    async with world.sessions.write(world.project_id) as session:
        for at in range(ITEMS):
            session.add(Agent(project_id=world.project_id, agent_name=f"Agent {at}"))
            name = f"metric {at}"
            session.add(Metric(project_id=world.project_id, name=name, evaluation_type=EvaluationType.NUMERIC))
            session.add(Dashboard(project_id=world.project_id, name=f"Dashboard {at}"))
    create = "mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id } } }"
    for at in range(ITEMS):
        await world.ask(create, {"input": {"name": f"Key {at}", "role": "VIEWER"}})
    return world


Ask = Callable[..., Awaitable[tuple[list[str], dict[str, Any]]]]


def asking(world: World, name: str) -> Ask:
    async def ask(**variables: Any) -> tuple[list[str], dict[str, Any]]:
        page = (await world.ask(PAGE % name, variables))["page"]
        assert page["nodes"] == [edge["node"] for edge in page["edges"]]
        cursors = [edge["cursor"] for edge in page["edges"]]
        info = page["pageInfo"]
        assert (info["startCursor"], info["endCursor"]) == ((cursors[0], cursors[-1]) if cursors else (None, None))
        return [node["id"] for node in page["nodes"]], info

    return ask


@pytest.mark.parametrize("name", LISTS)
async def test_pages_lead_back_from_the_end(world: World, name: str) -> None:
    ask = asking(world, name)
    whole, _ = await ask(first=100)
    assert len(whole) >= ITEMS
    found: list[str] = []
    before = None
    while True:
        ids, info = await ask(last=3, before=before)
        found = ids + found
        assert info["hasNextPage"] is (before is not None)
        before = info["startCursor"]
        if not info["hasPreviousPage"]:
            break
        assert len(ids) == 3
    assert found == whole


@pytest.mark.parametrize("name", LISTS)
async def test_pages_lie_between_two_cursors(world: World, name: str) -> None:
    ask = asking(world, name)
    whole, _ = await ask(first=100)
    start = (await ask(first=2))[1]["endCursor"]
    end = (await ask(last=1))[1]["startCursor"]
    between = whole[2:-1]
    assert (await ask(after=start, before=end))[0] == between
    ids, info = await ask(first=2, after=start, before=end)
    assert (ids, info["hasPreviousPage"], info["hasNextPage"]) == (between[:2], True, True)
    ids, info = await ask(last=2, after=start, before=end)
    assert (ids, info["hasPreviousPage"], info["hasNextPage"]) == (between[-2:], True, True)
    assert (await ask(last=5, after=end, before=start))[0] == []


async def test_calls_behind_an_item_from_the_end(world: World) -> None:
    query = """query ($id: ID!) { widget(id: $id) { data { ... on StatChart { all: calls(first: 100) { nodes { id } }
        page: calls(last: 4, orderBy: {field: DURATION, direction: ASC}) { nodes { id duration } }
        ordered: calls(first: 100, orderBy: {field: DURATION, direction: ASC}) { nodes { id duration } } } } } }"""
    data = (await world.ask(query, {"id": world.widget("Overview")}))["widget"]["data"]
    assert len(data["all"]["nodes"]) > 4
    assert data["page"]["nodes"] == data["ordered"]["nodes"][-4:]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    ("variables", "code", "told"),
    [
        ({"first": 1, "last": 1}, "PAGE_SIZE", "first and last cannot be combined"),
        ({"last": 0}, "PAGE_SIZE", "last is 0"),
        ({"last": 501}, "PAGE_SIZE", "last is 501"),
        ({"before": "stale"}, "INVALID_CURSOR", "before is not a cursor"),
        ({"last": 1, "after": "stale"}, "INVALID_CURSOR", "after is not a cursor"),
    ],
    ids=["both", "none", "too many", "no cursor", "no cursor to begin after"],
)
async def test_wrong_pages_are_refused(
    world: World, name: str, variables: dict[str, Any], code: str, told: str
) -> None:
    error = await world.refused(PAGE % name, variables)
    assert error["extensions"]["code"] == code
    assert error["message"].startswith(told)
