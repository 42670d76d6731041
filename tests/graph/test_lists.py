"""Lists of dashboards, agents and metrics."""

from typing import Any

import pytest

from models import Dashboard
from tests.graph.conftest import World

NAMES = ("100% calls", "100x calls", "Sales_EU", "SalesXEU", "Über", "back\\slash")


async def _save_dashboards(world: World) -> None:
    async with world.sessions.write(world.project_id) as session:
        for name in NAMES:
            session.add(Dashboard(project_id=world.project_id, name=name))
            await session.flush()


async def test_pages_join_to_all_in_the_order_they_were_made(world: World) -> None:
    await _save_dashboards(world)
    query = """query ($after: String) { dashboards(first: 3, after: $after) {
        totalCount edges { node { name widgetCount } } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
    found: list[Any] = []
    after = None
    while after is not None or not found:
        page = (await world.ask(query, {"after": after}))["dashboards"]
        assert page["totalCount"] == 7
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        found += [edge["node"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    assert found == [{"name": "Support", "widgetCount": 12}] + [{"name": name, "widgetCount": 0} for name in NAMES]


LISTS = {
    "dashboards": "dashboards(first: 2)",
    "agents": "agents(first: 2)",
    "metrics": "metrics(first: 2)",
    "calls": "callLogs(first: 2)",
}


@pytest.mark.parametrize("name", LISTS)
async def test_the_nodes_of_a_page_are_those_of_its_edges(world: World, name: str) -> None:
    await _save_dashboards(world)
    page = (await world.ask(f"{{ page: {LISTS[name]} {{ nodes {{ id }} edges {{ node {{ id }} }} }} }}"))["page"]
    assert page["nodes"] == [edge["node"] for edge in page["edges"]]
    assert page["nodes"]


SEARCHES = [
    ("100%", ["100% calls"]),
    ("_", ["Sales_EU"]),
    ("SALES", ["Sales_EU", "SalesXEU"]),
    ("über", ["Über"]),
    ("\\", ["back\\slash"]),
    ("calls", ["100% calls", "100x calls"]),
    ("' or 1=1 --", []),
    ("", ["Support", *NAMES]),
]


@pytest.mark.parametrize(("search", "expected"), SEARCHES)
async def test_search_is_literal_text_in_any_case(world: World, search: str, expected: list[str]) -> None:
    await _save_dashboards(world)
    data = await world.ask(
        "query ($s: String) { dashboards(search: $s) { totalCount edges { node { name } } } }", {"s": search}
    )
    assert [edge["node"]["name"] for edge in data["dashboards"]["edges"]] == expected
    assert data["dashboards"]["totalCount"] == len(expected)


@pytest.mark.parametrize(
    ("search", "code"), [("a\0b", "INVALID_INPUT"), ("\ud800", "INVALID_INPUT"), ("x" * 201, "LIMIT_EXCEEDED")]
)
async def test_a_search_that_is_no_text_is_refused(world: World, search: str, code: str) -> None:
    error = await world.refused("query ($s: String) { dashboards(search: $s) { totalCount } }", {"s": search})
    assert error["extensions"]["code"] == code


async def test_agents_and_metrics_are_listed(world: World) -> None:
    data = await world.ask(
        """{ agents { totalCount edges { node { databaseId agentName assistantId } } }
             metrics(first: 2) { totalCount pageInfo { hasNextPage }
               edges { node { name evaluationType enumValues } } } }"""
    )
    assert [edge["node"]["agentName"] for edge in data["agents"]["edges"]] == ["Ada", "Bo"]
    assert data["agents"]["totalCount"] == 2
    assert data["metrics"] == {
        "totalCount": 4,
        "edges": [
            {"node": {"name": "accuracy", "evaluationType": "RATING", "enumValues": []}},
            {"node": {"name": "polite", "evaluationType": "BINARY", "enumValues": []}},
        ],
        "pageInfo": {"hasNextPage": True},
    }


@pytest.mark.parametrize("field", ["dashboards", "agents", "metrics"])
@pytest.mark.parametrize("first", [0, -5, 101])
async def test_a_page_size_out_of_bounds_is_refused(world: World, field: str, first: int) -> None:
    error = await world.refused(f"{{ {field}(first: {first}) {{ totalCount }} }}")
    assert error["extensions"] == {"code": "PAGE_SIZE", "limit": 100}
    assert "100" in error["message"]


async def test_an_empty_page_has_no_cursors(world: World, other_project_id: int) -> None:
    data = await world.ask(
        "{ agents { edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }",
        project_id=other_project_id,
    )
    info = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    assert data["agents"] == {"edges": [], "pageInfo": info}
