"""What filters do to the calls there are: words in use, the waterfall, and why a call is not in a chart."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from models import Agent, CallLog, ChartType
from models.sessions import Sessions
from tests.conftest import Statements
from tests.graph.conftest import CALLS, LAST_WEEK, NOW, REGIONS, TOPICS, Saver, World

KEYS = """query ($p: String, $n: Int! = 50) {
  metadataKeys(prefix: $p, first: $n) { callsLookedAt hasMore keys { key field count } } }"""
VALUES = """query ($f: String!, $p: String, $n: Int! = 50) {
  fieldValues(field: $f, prefix: $p, first: $n) { callsLookedAt hasMore values { value count } } }"""
WATERFALL = """query ($f: JSON, $w: CallLogFilter, $s: JSON, $d: ID, $i: ID, $t: TimeRangeInput) {
  filterWaterfall(filters: $f, where: $w, scope: $s, dashboardId: $d, widgetId: $i, timeRange: $t) {
    total remaining steps { remaining removed condition { origin path filters description } } } }"""
WHY_NOT = """query ($c: ID!, $w: ID!) { whyNot(callLogId: $c, widgetId: $w) {
  isIncluded exclusions { condition { origin path description filters } seen { field value } } } }"""


async def _add_calls(sessions: Sessions, project_id: int, *metadata: dict[str, Any]) -> None:
    async with sessions.write(project_id) as session:
        agent = Agent(project_id=project_id, agent_name="Zoe")
        session.add(agent)
        await session.flush()
        session.add_all(
            CallLog(
                project_id=project_id, agent_id=agent.id, call_id=f"new-{number}", timestamp=NOW, call_metadata=given
            )
            for number, given in enumerate(metadata)
        )


async def _waterfall(world: World, **variables: Any) -> dict[str, Any]:
    return (await world.ask(WATERFALL, variables))["filterWaterfall"]


def _steps(waterfall: dict[str, Any]) -> list[tuple[str, str | None, int]]:
    return [(step["condition"]["origin"], step["condition"]["path"], step["remaining"]) for step in waterfall["steps"]]


async def test_metadata_keys_are_counted(world: World, other_project_id: int) -> None:
    await _add_calls(world.sessions, other_project_id, {"theirs": "1"})
    await _add_calls(world.sessions, world.project_id, {"Plan": "pro", "plan_b": 1, "a.b": 1, "none": None, "": 1}, {})
    found = (await world.ask(KEYS))["metadataKeys"]
    regions = sum(1 for number in range(CALLS) if REGIONS[number % 3])
    assert (found["callsLookedAt"], found["hasMore"]) == (CALLS + 2, False)
    assert found["keys"][0] == {"key": "region", "field": "metadata.region", "count": regions}
    assert {key["field"]: key["count"] for key in found["keys"][1:]} == {
        "metadata.Plan": 1,
        "metadata.plan_b": 1,
        'metadata."a.b"': 1,
    }
    begun = (await world.ask(KEYS, {"p": "PLAN_"}))["metadataKeys"]
    assert [key["key"] for key in begun["keys"]] == ["plan_b"]
    first = (await world.ask(KEYS, {"n": 1}))["metadataKeys"]
    assert (len(first["keys"]), first["hasMore"]) == (1, True)


async def test_values_are_counted(world: World, other_project_id: int) -> None:
    await _add_calls(world.sessions, other_project_id, {"region": "theirs"})
    topics = Counter(topic for topic in (TOPICS[number % len(TOPICS)] for number in range(CALLS)) if topic is not None)
    found = (await world.ask(VALUES, {"f": "topic"}))["fieldValues"]
    assert {value["value"]: value["count"] for value in found["values"]} == topics
    counts = [value["count"] for value in found["values"]]
    assert counts == sorted(counts, reverse=True)
    assert (found["callsLookedAt"], found["hasMore"]) == (CALLS, False)
    begun = (await world.ask(VALUES, {"f": "topic", "p": "DE"}))["fieldValues"]
    assert [value["value"] for value in begun["values"]] == ["delivery"]
    regions = (await world.ask(VALUES, {"f": "metadata.region"}))["fieldValues"]
    assert regions["values"] == [{"value": "EU", "count": 16}, {"value": "US", "count": 16}]
    agents = (await world.ask(VALUES, {"f": "agent.agent_name", "p": "a"}))["fieldValues"]
    assert agents["values"] == [{"value": "Ada", "count": CALLS // 2}]
    moods = (await world.ask(VALUES, {"f": "metric_evaluations.value"}))["fieldValues"]
    assert {value["value"]: value["count"] for value in moods["values"]} == {"good": 24, "bad": 24}
    names = (await world.ask(VALUES, {"f": "metric_evaluations.metric.name", "n": 2}))["fieldValues"]
    assert names["values"] == [{"value": "accuracy", "count": CALLS}, {"value": "latency", "count": CALLS}]


@pytest.mark.parametrize("prefix", ["%", "_", "\\", "'; drop table call_logs; --"])
async def test_a_prefix_is_literal(world: World, prefix: str) -> None:
    assert (await world.ask(VALUES, {"f": "topic", "p": prefix}))["fieldValues"]["values"] == []
    assert (await world.ask(KEYS, {"p": prefix}))["metadataKeys"]["keys"] == []


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"f": "topik"}, "INVALID_FILTER"),
        ({"f": "duration"}, "INVALID_FILTER"),
        ({"f": "metadata.a.b"}, "INVALID_FILTER"),
        ({"f": "metadata.region::boolean"}, "INVALID_FILTER"),
        ({"f": "topic", "n": 0}, "LIMIT_EXCEEDED"),
        ({"f": "topic", "n": 101}, "LIMIT_EXCEEDED"),
        ({"f": "topic", "p": "\0"}, "INVALID_INPUT"),
    ],
)
async def test_wrong_fields_and_bounds_are_refused(world: World, variables: dict[str, Any], code: str) -> None:
    assert (await world.refused(VALUES, variables))["extensions"]["code"] == code


async def test_a_waterfall_of_a_filter_alone_counts_calls_of_any_time(world: World, statements: Statements) -> None:
    conditions = [
        {"field": "success", "op": "eq", "value": True},
        {"operator": "and", "conditions": [{"field": "duration", "op": "gte", "value": 45}]},
        {"operator": "or", "conditions": [{"field": "topic", "op": "isnull", "value": True}]},
    ]
    found = await _waterfall(world, f={"operator": "and", "conditions": conditions})
    assert len(statements) == 1
    left = [CALLS]
    for number in range(1, 4):
        query = "query ($f: JSON) { callLogs(filters: $f) { totalCount } }"
        filters = {"operator": "and", "conditions": conditions[:number]}
        left.append((await world.ask(query, {"f": filters}))["callLogs"]["totalCount"])
    assert found["total"] == CALLS
    assert _steps(found) == [
        ("REQUEST", "/conditions/0", left[1]),
        ("REQUEST", "/conditions/1/conditions/0", left[2]),
        ("REQUEST", "/conditions/2", left[3]),
    ]
    assert [step["removed"] for step in found["steps"]] == [a - b for a, b in pairwise(left)]
    assert found["remaining"] == left[-1]
    assert found["steps"][0]["condition"]["description"] == "success is true"


async def test_a_waterfall_of_filters_and_a_scope_alone(world: World) -> None:
    billing, yes = (
        {"field": name, "op": "eq", "value": value} for name, value in (("topic", "billing"), ("success", True))
    )
    found = await _waterfall(world, f=billing, s=yes)
    assert [step[:2] for step in _steps(found)] == [("REQUEST", ""), ("SCOPE", "")]
    query = "query ($f: JSON) { callLogs(filters: $f) { totalCount } }"
    both = {"operator": "and", "conditions": [billing, yes]}
    assert found["remaining"] == (await world.ask(query, {"f": both}))["callLogs"]["totalCount"]


async def test_a_waterfall_without_conditions(world: World) -> None:
    assert await _waterfall(world) == {"total": CALLS, "remaining": CALLS, "steps": []}


async def test_a_waterfall_of_a_widget_ends_with_the_calls_of_its_chart(world: World, save_widget: Saver) -> None:
    widget = await save_widget(
        "Short",
        ChartType.PIE,
        field="metric_evaluations.value",
        metric_id=world.metrics["accuracy"],
        filters={"field": "duration", "op": "lt", "value": 60},
    )
    found = await _waterfall(world, i=widget)
    assert [step[:2] for step in _steps(found)] == [
        ("DASHBOARD", ""),
        ("WIDGET", ""),
        ("WINDOW", None),
        ("WIDGET", None),
    ]
    pie = "query ($i: ID!) { widget(id: $i) { data { ... on PieChart { total } } } }"
    assert found["remaining"] == (await world.ask(pie, {"i": widget}))["widget"]["data"]["total"]
    replaced = await _waterfall(world, i=widget, w={"success": {"eq": True}}, t={"from": "now-1d"})
    assert [step[:2] for step in _steps(replaced)] == [
        ("REQUEST", "/success/eq"),
        ("REQUEST", None),
        ("REQUEST", None),
        ("WIDGET", None),
    ]
    scoped = await _waterfall(
        world, i=widget, s={"field": "timestamp", "op": "gte", "value": "now-2d"}, t={"from": "now-3d"}
    )
    assert [step[:2] for step in _steps(scoped)] == [
        ("WIDGET", ""),
        ("SCOPE", ""),
        ("REQUEST", None),
        ("WIDGET", None),
    ]
    unfiltered = await _waterfall(world, i=widget, f=None)
    assert [step[0] for step in _steps(unfiltered)] == ["DASHBOARD", "WINDOW", "WIDGET"]


async def test_a_waterfall_of_a_dashboard_joins_its_filters_with_the_request(world: World) -> None:
    found = await _waterfall(
        world, d=world.id("Dashboard", world.dashboard), f={"field": "topic", "op": "eq", "value": "billing"}
    )
    assert [step[:2] for step in _steps(found)] == [("DASHBOARD", ""), ("REQUEST", ""), ("WINDOW", None)]
    assert found["steps"][0]["condition"]["filters"] == {
        "field": "timestamp",
        "op": "gte",
        "value": (NOW - timedelta(days=7)).isoformat().replace("+00:00", "Z"),
    }
    assert found["remaining"] == 18


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"f": {"field": "topik", "op": "eq", "value": 1}}, "INVALID_FILTER"),
        ({"f": {"field": "topic", "op": "regex", "value": "a("}}, "INVALID_FILTER"),
        ({"s": {"field": "topik", "op": "eq", "value": 1}}, "INVALID_FILTER"),
        ({"w": {"duration": {}}}, "INVALID_FILTER"),
        ({"f": {}, "w": {"topic": {"eq": "a"}}}, "INVALID_FILTER"),
        ({"t": {"from": "now-99d"}}, "TIME_RANGE_TOO_OLD"),
        ({"d": "nonsense"}, "INVALID_ID"),
        ({"d": "RGFzaGJvYXJkOjk5OTk5OTk5", "i": "V2lkZ2V0OjE="}, "INVALID_INPUT"),
        ({"d": "RGFzaGJvYXJkOjk5OTk5OTk5"}, "NOT_FOUND"),
        ({"i": "V2lkZ2V0Ojk5OTk5OTk5"}, "NOT_FOUND"),
    ],
)
async def test_a_wrong_waterfall_says_why(world: World, variables: dict[str, Any], code: str) -> None:
    assert (await world.refused(WATERFALL, variables))["extensions"]["code"] == code


async def _why_not(world: World, call: int, widget: str) -> dict[str, Any]:
    return (await world.ask(WHY_NOT, {"c": world.id("CallLog", call), "w": widget}))["whyNot"]


async def test_every_call_is_in_the_chart_exactly_when_nothing_excludes_it(world: World, save_widget: Saver) -> None:
    widget = await save_widget(
        "Few",
        ChartType.PIE,
        field="topic",
        filters={
            "operator": "or",
            "conditions": [
                {"field": "duration", "op": "lt", "value": 40},
                {"operator": "not", "conditions": [{"field": "success", "op": "neq", "value": False}]},
            ],
        },
    )
    calls = "calls(first: 500) { edges { node { databaseId } } }"
    drill = f"query ($i: ID!) {{ widget(id: $i) {{ data {{ ... on PieChart {{ slices {{ {calls} }} }} }} }} }}"
    slices = (await world.ask(drill, {"i": widget}))["widget"]["data"]["slices"]
    inside = {edge["node"]["databaseId"] for piece in slices for edge in piece["calls"]["edges"]}
    assert 0 < len(inside) < CALLS
    for call in world.calls:
        found = await _why_not(world, call, widget)
        assert found["isIncluded"] is (call in inside) is (found["exclusions"] == [])


async def test_the_calls_behind_every_widget_are_those_that_nothing_excludes(world: World) -> None:
    widgets = {"Durations": 44, "Longest": 44, "Duration": 44, "Topics": 48, "Reasons": 48, "Accuracy": 39, "Mood": 48}
    for name, expected in widgets.items():
        assert (await _waterfall(world, i=world.widget(name)))["remaining"] == expected, name
    stat = "query ($i: ID!) { widget(id: $i) { data { ... on StatChart { sampleCount } } } }"
    assert (await world.ask(stat, {"i": world.widget("Longest")}))["widget"]["data"]["sampleCount"] == 44
    [exclusion] = (await _why_not(world, world.calls[10], world.widget("Longest")))["exclusions"]
    assert (exclusion["condition"]["description"], exclusion["seen"]) == (
        "duration has a value",
        [{"field": "duration", "value": None}],
    )


async def test_an_excluded_call_shows_what_it_has(world: World, save_widget: Saver, statements: Statements) -> None:
    accuracy = {
        "operator": "same_row",
        "conditions": [
            {"field": "metric_evaluations.metric.name", "op": "eq", "value": "accuracy"},
            {"field": "metric_evaluations.value", "op": "gte", "value": 4},
        ],
    }
    widget = await save_widget(
        "Narrow",
        ChartType.STAT,
        field="duration",
        aggregation="avg",
        filters={
            "operator": "and",
            "conditions": [
                {"field": "duration", "op": "gt", "value": 1_000},
                {"field": "agent.agent_name", "op": "eq", "value": "Cy"},
                {"field": "metadata.region", "op": "isnull", "value": False},
                {"field": "metadata.region::number", "op": "gt", "value": 8},
                {"field": "timestamp", "op": "gte", "value": "now-1h"},
                accuracy,
            ],
        },
    )
    statements.clear()
    found = await _why_not(world, world.calls[2], widget)
    assert len([sql for sql in statements.executed if "call_logs" in sql]) == 1
    assert [(one["condition"]["origin"], one["condition"]["path"], one["seen"]) for one in found["exclusions"]] == [
        ("WIDGET", "/conditions/0", [{"field": "duration", "value": 24}]),
        ("WIDGET", "/conditions/1", [{"field": "agent.agent_name", "value": "Ada"}]),
        ("WIDGET", "/conditions/2", [{"field": "metadata.region", "value": None}]),
        ("WIDGET", "/conditions/3", [{"field": "metadata.region::number", "value": None}]),
        ("WIDGET", "/conditions/4", [{"field": "timestamp", "value": "2026-03-20T09:27:00.000000Z"}]),
        (
            "WIDGET",
            "/conditions/5",
            [
                {"field": "metric_evaluations.metric.name", "value": ["accuracy", "polite", "latency", "mood"]},
                {
                    "field": "metric_evaluations.value",
                    "value": [
                        {"metric": "accuracy", "value": 2},
                        {"metric": "polite", "value": True},
                        {"metric": "latency", "value": 0.5},
                        {"metric": "mood", "value": "good"},
                    ],
                },
            ],
        ),
    ]


async def test_the_window_and_a_metric_without_a_value_exclude_too(world: World) -> None:
    found = await _why_not(world, world.calls[4], world.widget("Accuracy"))
    [exclusion] = found["exclusions"]
    assert (found["isIncluded"], exclusion["condition"]["origin"], exclusion["condition"]["path"]) == (
        False,
        "WIDGET",
        None,
    )
    assert exclusion["condition"]["filters"]["operator"] == "same_row"
    await _add_calls(world.sessions, world.project_id, {})
    query = "query ($f: JSON) { callLogs(filters: $f) { edges { node { id } } } }"
    new = (await world.ask(query, {"f": {"field": "call_id", "op": "eq", "value": "new-0"}}))["callLogs"]["edges"]
    result = await world.ask(WHY_NOT, {"c": new[0]["node"]["id"], "w": world.widget("Calls")})
    [exclusion] = result["whyNot"]["exclusions"]
    assert exclusion["condition"]["origin"] == "WINDOW"
    assert exclusion["seen"] == [{"field": "timestamp", "value": "2026-03-20T15:30:00.000000Z"}]


async def test_calls_and_widgets_of_others_are_not_there(world: World, other_project_id: int) -> None:
    variables = {"c": world.id("CallLog", world.calls[0]), "w": world.widget("Calls")}
    error = await world.refused(WHY_NOT, variables, project_id=other_project_id)
    assert (error["extensions"]["code"], error["message"]) == (
        "NOT_FOUND",
        "The Widget does not exist in this project.",
    )
    await _add_calls(world.sessions, other_project_id, {})
    assert (await _waterfall(world, f=LAST_WEEK))["total"] == CALLS
    missing = await world.refused(WHY_NOT, {**variables, "c": world.id("CallLog", 2**62)})
    assert missing["message"] == "The CallLog does not exist in this project."
