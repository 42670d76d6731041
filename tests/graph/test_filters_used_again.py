"""The filter of an item of a chart is accepted by whatever takes filters, however much it was put together from."""

from datetime import timedelta
from typing import Any

import pytest

from models import CallLog
from tests.graph.conftest import LAST_WEEK, NOW, World

MANY = {
    "operator": "and",
    "conditions": [
        LAST_WEEK,
        *({"field": "duration", "op": "neq", "value": -number - 1} for number in range(198)),
    ],
}
LONG = "v" * 30_000
EVERYWHERE = """query ($f: JSON!, $preview: PreviewWidgetInput!, $widget: ID!) {
    callLogs(filters: $f) { totalCount }
    waterfall: filterWaterfall(filters: $f) { remaining }
    widgetWaterfall: filterWaterfall(widgetId: $widget, scope: $f) { total }
    validateFilters(filters: $f) { isValid errors { message } }
    previewWidget(input: $preview) { ... on StatChart { sampleCount } ... on Error { message } }
    widget(id: $widget) {
        effectiveFilters(scope: $f)
        filtered: data(filters: $f) { ... on StatChart { calls { totalCount } } ... on Error { message } }
        scoped: data(scope: $f) { ... on StatChart { calls { totalCount } } ... on Error { message } }
    }
}"""


async def use(world: World, filters: Any, count: int) -> None:
    """Passes a filter to everything that takes one, which must select so many calls."""
    preview = {"chartType": "STAT", "field": "duration", "aggregation": "COUNT", "filters": filters}
    variables = {"f": filters, "preview": preview, "widget": world.widget("Overview")}
    data = await world.ask(EVERYWHERE, variables)
    assert data["callLogs"]["totalCount"] == count
    assert data["waterfall"]["remaining"] == count
    assert data["validateFilters"] == {"isValid": True, "errors": []}
    assert data["previewWidget"] == {"sampleCount": count}
    assert data["widget"]["filtered"] == data["widget"]["scoped"] == {"calls": {"totalCount": count}}


async def items(world: World, chart: str, selection: str, **preview: Any) -> list[dict[str, Any]]:
    """The items of a chart of a preview."""
    shown = f"... on {chart} {{ {selection} }} ... on Error {{ message }}"
    query = f"query ($i: PreviewWidgetInput!) {{ previewWidget(input: $i) {{ {shown} }} }}"
    data = await world.ask(query, {"i": preview})
    (found,) = data["previewWidget"].values()
    assert isinstance(found, list), found
    return found


async def test_the_filter_of_a_group_of_a_chart_with_as_many_conditions_as_can_be_saved(world: World) -> None:
    found = await items(
        world,
        "BarChart",
        "buckets { filters value group }",
        chartType="BAR",
        field="duration",
        aggregation="COUNT",
        timePeriod="DAY",
        groupBy={"type": "field", "field": "topic"},
        filters=MANY,
        dashboardFilters=MANY,
    )
    first = next(item for item in found if item["group"] == "billing" and item["value"])
    await use(world, first["filters"], first["value"])


async def test_the_filter_of_a_label_as_long_as_metadata_can_be(world: World) -> None:
    async with world.sessions.write(world.project_id) as session:
        fields = {"call_id": "long", "agent_id": world.agents[0], "timestamp": NOW - timedelta(hours=1), "duration": 5}
        session.add(CallLog(project_id=world.project_id, call_metadata={"big": LONG}, **fields))
    found = await items(world, "PieChart", "slices { label filters }", chartType="PIE", field="metadata.big")
    (slice,) = [item for item in found if item["label"] == LONG]
    await use(world, slice["filters"], 1)


async def test_filters_that_are_too_large_together_are_refused(world: World) -> None:
    large = {"operator": "and", "conditions": [{"field": "duration", "op": "neq", "value": -n} for n in range(300)]}
    query = """query ($f: JSON, $w: ID!) { widget(id: $w) { data(filters: $f, scope: $f) {
        ... on InvalidFilter { message faults { code } } } } }"""
    data = await world.ask(query, {"f": large, "w": world.widget("Overview")})
    assert "at most 420 are allowed" in str(data["widget"]["data"])


NUMBERS = {"field": "duration", "op": "in", "value": [*range(1_000)]}


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ([{"field": "duration", "op": "neq", "value": -n} for n in range(201)], "at most 200 conditions"),
        ([NUMBERS, NUMBERS, {**NUMBERS, "value": [1]}], "at most 2,000 values together"),
    ],
    ids=["conditions", "values"],
)
@pytest.mark.parametrize("mutation", ["createDashboard", "createWidget"])
async def test_what_is_saved_is_smaller(world: World, mutation: str, conditions: Any, message: str) -> None:
    large = {"operator": "and", "conditions": conditions}
    given: dict[str, Any] = {"name": "Large", "filters": large}
    if mutation == "createWidget":
        given |= {"dashboardId": world.id("Dashboard", world.dashboard), "chartType": "STAT"}
    kind = f"{mutation[0].upper()}{mutation[1:]}Input"
    data = await world.ask(
        f"mutation ($i: {kind}!) {{ {mutation}(input: $i) {{ errors {{ message }} }} }}", {"i": given}
    )
    assert message in str(data[mutation]["errors"])
