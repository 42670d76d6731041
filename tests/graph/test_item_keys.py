"""Items of charts: one interface, keys that tell them apart and stay, and the agents that groups are of."""

from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from graph import columns
from models import Aggregation, CallLog, ChartType, TimePeriod
from resolvers.loaders.meter import Meter
from tests.conftest import Statements
from tests.graph.conftest import Saver, World

KEYS = """
query ($id: ID!) { widget(id: $id) { data {
  ... on BarChart { series { ...item } buckets { ...item } }
  ... on LineChart { series { ...item } points { ...item } }
  ... on HistogramChart { series { ...item } bins { ...item } }
  ... on PieChart { slices(top: 3) { ...item isOther label } }
  ... on ListChart { rows { ...item label } }
  ... on StatChart { ...item }
} } }
fragment item on DrillDown { key filters exportUrl(format: CSV) calls(first: 1) { totalCount } }
"""
AGENTS = """
query ($id: ID!) { widget(id: $id) { data {
  ... on BarChart { groups: series { label agent { id agentName } } }
  ... on LineChart { groups: series { label agent { id agentName } } }
  ... on HistogramChart { groups: series { label agent { id agentName } } }
  ... on PieChart { groups: slices { label agent { id agentName } } }
  ... on ListChart { groups: rows { label agent { id agentName } } }
} } }
"""
DAILY = {"field": "duration", "aggregation": Aggregation.COUNT, "time_period": TimePeriod.DAY}
PAIRS = {
    "type": "field",
    "field": "topic",
    "then": {"type": "field", "field": "agent_id"},
}


async def _rename(world: World, topic: str, to: str) -> None:
    async with world.sessions.write(world.project_id) as session:
        await session.execute(
            sa.update(CallLog).where(CallLog.project_id == world.project_id, CallLog.topic == topic).values(topic=to)
        )


async def _asked(world: World, query: str, widget: str) -> Any:
    return (await world.ask(query, {"id": widget}, meter=Meter(max_cost=100_000)))["widget"]["data"]


@pytest.mark.parametrize("name", ["Calls", "Accuracy", "Durations", "Topics", "Mood", "Reasons", "Overview", "Longest"])
async def test_every_item_answers_through_the_interface(world: World, name: str) -> None:
    chart = await _asked(world, KEYS, world.widget(name))
    lists = [value for name, value in chart.items() if isinstance(value, list)] or [[chart]]
    for items in lists:
        assert len({item["key"] for item in items}) == len(items) > 0
    items = [item for items in lists for item in items]
    for item in items:
        assert item["key"]
        assert item["exportUrl"].startswith("/export/calls.csv?")
        assert item["filters"]
        assert item["calls"]["totalCount"] >= 0


@pytest.mark.parametrize("topic", ["*", "/*", "/", "=", "null"])
async def test_no_label_has_the_key_of_null_or_of_other(world: World, topic: str) -> None:
    await _rename(world, "billing", topic)
    slices = (await _asked(world, KEYS, world.widget("Topics")))["slices"]
    assert {(one["label"], one["isOther"]) for one in slices} >= {(topic, False), (None, True)}
    assert len({one["key"] for one in slices}) == 4


async def test_keys_stay_when_numbers_and_ranks_change(world: World) -> None:
    before = {one["label"]: one["key"] for one in (await _asked(world, KEYS, world.widget("Topics")))["slices"][:3]}
    await _rename(world, "billing", "refund")
    after = {one["label"]: one["key"] for one in (await _asked(world, KEYS, world.widget("Topics")))["slices"][:3]}
    shared = (before.keys() & after.keys()) - {None}
    assert "delivery" in shared
    assert [before[label] for label in sorted(shared)] == [after[label] for label in sorted(shared)]


@pytest.mark.parametrize(
    ("chart_type", "settings"),
    [
        pytest.param(ChartType.BAR, {**DAILY, "group_by": {"type": "field", "field": "agent_id"}}, id="bar"),
        pytest.param(
            ChartType.BAR, {**DAILY, "group_by": {"type": "field", "field": "agent.agent_name"}}, id="bar-by-name"
        ),
        pytest.param(
            ChartType.LINE, {"field": "duration", "group_by": {"type": "field", "field": "agent_id"}}, id="line"
        ),
        pytest.param(
            ChartType.HISTOGRAM, {"field": "duration", "group_by": {"type": "field", "field": "agent_id"}}, id="bins"
        ),
        pytest.param(ChartType.PIE, {"field": "agent.agent_name"}, id="pie"),
        pytest.param(ChartType.LIST, {"field": "agent.agent_name"}, id="list"),
        pytest.param(
            ChartType.LIST,
            {"field": "duration", "aggregation": Aggregation.AVG, "group_by": {"type": "field", "field": "agent_id"}},
            id="list-by-number",
        ),
        pytest.param(
            ChartType.LIST, {"field": "duration", "aggregation": Aggregation.AVG, "group_by": PAIRS}, id="list-by-pairs"
        ),
    ],
)
async def test_groups_by_agents_have_their_agents(
    world: World, save_widget: Saver, statements: Statements, chart_type: ChartType, settings: dict[str, Any]
) -> None:
    widget = await save_widget("By agent", chart_type, **settings)
    statements.clear()
    groups = (await _asked(world, AGENTS, widget))["groups"]
    known = {world.id("Agent", number): name for number, name in zip(world.agents, ("Ada", "Bo"), strict=True)}
    assert {(one["agent"]["id"], one["agent"]["agentName"]) for one in groups} == set(known.items())
    if settings.get("field") == "agent.agent_name" or "agent.agent_name" in str(settings.get("group_by")):
        assert all(one["label"] == one["agent"]["agentName"] for one in groups)
    assert sum("FROM agents" in sql for sql in statements.everything if "call_logs" not in sql) == 1


async def test_other_groups_have_no_agent(world: World, save_widget: Saver) -> None:
    by_topic = {"type": "field", "field": "topic"}
    top_one = {"type": "field", "field": "agent_id", "top": 1}
    for group in (by_topic, None, top_one):
        widget = await save_widget("Others", ChartType.BAR, **DAILY, group_by=group)
        groups = (await _asked(world, AGENTS, widget))["groups"]
        without = groups[1:] if group is top_one else groups
        assert without
        assert [one["agent"] for one in without] == [None] * len(without)


@pytest.mark.parametrize(
    ("name", "selected"),
    [
        ("Durations", "... on LineChart { points { key value } }"),
        ("Calls", "... on BarChart { buckets { key value } series { key buckets { key } } }"),
    ],
)
async def test_items_kept_as_columns_are_not_made_into_objects(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, selected: str
) -> None:
    """That they implement an interface does not send them the long way."""
    monkeypatch.setattr(columns.Columns, "_all", _never)
    chart = await _asked(
        world, f"query ($id: ID!) {{ widget(id: $id) {{ data {{ {selected} }} }} }}", world.widget(name)
    )
    assert chart


def _never(columns: Sequence[Any]) -> Sequence[Any]:
    raise AssertionError("The items were made.")
