"""Filters as types say what they say as JSON."""

from typing import Any

import pytest

from filters.operators import OPERATORS, Arity
from models import ChartType
from tests.graph.conftest import World

PARTS = """
fragment level1 on FilterPart { ...condition ... on FilterGroup { operator conditions { ...level2 } } }
fragment level2 on FilterPart { ...condition ... on FilterGroup { operator conditions { ...level3 } } }
fragment level3 on FilterPart { ...condition ... on FilterGroup { operator conditions { ...condition } } }
fragment condition on FilterCondition { field op value }
"""
SAVE = f"""mutation ($i: UpdateDashboardInput!) {{
  updateDashboard(input: $i) {{ dashboard {{ filters where {{ ...level1 }} }} errors {{ message }} }}
}} {PARTS}"""
ITEMS = f"""query ($id: ID!) {{ widget(id: $id) {{ data {{ ... on PieChart {{
  slices {{ filters where {{ ...level1 }} }}
}} }} }} }} {PARTS}"""


def as_json(part: Any) -> Any:
    """A part of a filter as JSON has it."""
    if part is None:
        return None
    if "conditions" in part:
        return {"operator": part["operator"].lower(), "conditions": [*map(as_json, part["conditions"])]}
    return {**part, "op": part["op"].replace("_", "").lower()}


def one_of_each() -> list[dict[str, Any]]:
    """A condition with each operator."""
    values: dict[Arity, Any] = {Arity.ONE: "a", Arity.LIST: ["a", "b"], Arity.PAIR: ["a", "b"], Arity.FLAG: True}
    texts = [row for row in OPERATORS.values() if "string" in {kind.value for kind in row.types}]
    others = [row for row in OPERATORS.values() if row not in texts]
    found = [{"field": "topic", "op": row.name.value, "value": values[row.arity]} for row in texts]
    numbers: dict[Arity, Any] = {Arity.ONE: 5, Arity.LIST: [5, 6.5], Arity.PAIR: [5, 6.5], Arity.FLAG: False}
    return [*found, *({"field": "duration", "op": row.name.value, "value": numbers[row.arity]} for row in others)]


BILLING = {"field": "topic", "op": "eq", "value": "billing"}
LATELY = {"field": "timestamp", "op": "gte", "value": "now-7d"}
EVALUATED = {
    "operator": "same_row",
    "conditions": [
        {"field": "metric_evaluations.metric.name", "op": "eq", "value": "accuracy"},
        {"field": "metric_evaluations.value", "op": "gt", "value": 0.5},
    ],
}


@pytest.mark.parametrize(
    "filters",
    [
        None,
        BILLING,
        {"operator": "and", "conditions": [LATELY, {"operator": "not", "conditions": [BILLING]}]},
        {"operator": "or", "conditions": [EVALUATED, {"operator": "and", "conditions": [BILLING, LATELY]}]},
        {"operator": "and", "conditions": one_of_each()},
    ],
)
async def test_what_is_saved_is_told_as_types(world: World, filters: Any) -> None:
    saved = {"id": world.id("Dashboard", world.dashboard), "filters": filters}
    told = (await world.ask(SAVE, {"i": saved}))["updateDashboard"]
    assert told["errors"] == []
    assert as_json(told["dashboard"]["where"]) == told["dashboard"]["filters"] == filters


async def test_items_of_charts_tell_their_filters_as_types(world: World) -> None:
    chart = (await world.ask(ITEMS, {"id": world.widget("Topics")}))["widget"]["data"]
    assert len(chart["slices"]) > 1
    for one in chart["slices"]:
        assert as_json(one["where"]) == one["filters"]


async def test_a_widget_without_filters_tells_none(world: World) -> None:
    query = "query ($id: ID!) { widget(id: $id) { chartType filters where { __typename } } }"
    widget = (await world.ask(query, {"id": world.widget("Topics")}))["widget"]
    assert widget == {"chartType": ChartType.PIE.name, "filters": None, "where": None}
