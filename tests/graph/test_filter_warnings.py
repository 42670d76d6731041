"""Warnings about valid filters: with names that were probably meant, and counts of calls both ways."""

from datetime import timedelta
from typing import Any

import pytest

from models import Agent, CallLog, Metric, MetricEvaluation
from tests.conftest import Statements
from tests.graph.conftest import CALLS, NOW, World

VALIDATE = """query ($f: JSON, $g: JSON) { validateFilters(filters: $f, groupBy: $g) {
  isValid errors { code path } warnings {
    code message path suggestions suggestedFilters counts { asWritten asSuggested since } } } }"""
NAME, VALUE = "metric_evaluations.metric.name", "metric_evaluations.value"


async def _warnings(world: World, filters: Any, group_by: Any = None) -> list[dict[str, Any]]:
    report = (await world.ask(VALIDATE, {"f": filters, "g": group_by}))["validateFilters"]
    assert report["isValid"], report["errors"]
    return report["warnings"]


def _and(*conditions: Any) -> dict[str, Any]:
    return {"operator": "and", "conditions": list(conditions)}


def _condition(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


async def _count(world: World, filters: Any) -> int:
    query = "query ($f: JSON) { callLogs(filters: $f) { totalCount } }"
    return (await world.ask(query, {"f": filters}))["callLogs"]["totalCount"]


async def test_same_row_is_counted_both_ways(world: World, statements: Statements) -> None:
    evaluations = [_condition(NAME, "eq", "accuracy"), _condition(VALUE, "gte", 5)]
    topic = _condition("topic", "eq", "billing")
    [warning] = await _warnings(world, _and(topic, *evaluations))
    assert len([sql for sql in statements.executed if "count(" in sql]) == 1
    assert (warning["code"], warning["path"]) == ("SAME_ROW", "")
    suggested = _and(topic, {"operator": "same_row", "conditions": evaluations})
    assert warning["suggestedFilters"] == suggested
    counts = warning["counts"]
    assert counts["since"] == "2026-02-18T15:30:00Z"
    assert counts["asWritten"] == await _count(world, _and(topic, *evaluations)) > 0
    assert counts["asSuggested"] == await _count(world, suggested)
    assert counts["asSuggested"] < counts["asWritten"]


async def test_calls_are_counted_of_the_last_30_days_unless_the_filter_says_since_when(world: World) -> None:
    async with world.sessions.write(world.project_id) as session:
        call = CallLog(
            project_id=world.project_id, agent_id=world.agents[0], call_id="old", timestamp=NOW - timedelta(days=40)
        )
        session.add(call)
        await session.flush()
        common = {"project_id": world.project_id, "call_log_id": call.id}
        session.add(MetricEvaluation(**common, metric_id=world.metrics["accuracy"], number_value=5.0))
    conditions = (_condition(NAME, "eq", "accuracy"), _condition(VALUE, "eq", 5))
    [recent] = await _warnings(world, _and(*conditions))
    [too_old, bounded] = await _warnings(world, _and(*conditions, _condition("timestamp", "gte", "now-60d")))
    assert (too_old["code"], too_old["path"]) == ("WINDOW_TOO_OLD", "/conditions/2")
    assert bounded["counts"]["since"] is None
    assert bounded["counts"]["asSuggested"] == recent["counts"]["asSuggested"] + 1


@pytest.mark.parametrize(
    ("conditions", "is_warned"),
    [
        pytest.param([_condition(VALUE, "gte", 1), _condition(VALUE, "lte", 2)], True, id="range"),
        pytest.param([_condition(NAME, "eq", "a"), _condition(NAME, "eq", "b")], False, id="two-names"),
        pytest.param([_condition(VALUE, "eq", 1), _condition(VALUE, "eq", True)], False, id="two-types"),
        pytest.param([_condition(VALUE, "eq", 1)], False, id="one"),
    ],
)
async def test_same_row_is_suggested_where_it_can_hold(world: World, conditions: Any, is_warned: bool) -> None:
    warnings = await _warnings(world, _and(*conditions))
    assert [warning["code"] for warning in warnings] == (["SAME_ROW"] if is_warned else [])


async def test_the_suggestion_keeps_the_rest_of_the_filter(world: World) -> None:
    inner = _and(_condition(NAME, "eq", "a"), _condition(VALUE, "eq", 1))
    [warning] = await _warnings(world, {"operator": "not", "conditions": [inner]})
    row = {"operator": "same_row", "conditions": inner["conditions"]}
    assert warning["path"] == "/conditions/0"
    assert warning["suggestedFilters"] == {"operator": "not", "conditions": [row]}


async def test_an_unknown_metadata_key_has_near_names(world: World, other_project_id: int) -> None:
    async with world.sessions.write(other_project_id) as session:
        agent = Agent(project_id=other_project_id, agent_name="Zoe")
        session.add(agent)
        await session.flush()
        common = {"project_id": other_project_id, "agent_id": agent.id, "timestamp": NOW}
        session.add(CallLog(**common, call_id="theirs", call_metadata={"regions": "theirs"}))
    filters = _and(_condition("metadata.regions", "eq", "EU"), _condition("metadata.region", "eq", "EU"))
    [warning] = await _warnings(world, filters)
    assert (warning["code"], warning["path"]) == ("UNKNOWN_METADATA_KEY", "/conditions/0/field")
    assert warning["suggestions"] == ["metadata.region"]
    assert warning["message"] == (
        f'None of the newest {CALLS} calls has the metadata key "regions". Did you mean "region"?'
    )
    assert warning["counts"] is warning["suggestedFilters"] is None


async def test_a_suggested_key_keeps_the_type(world: World) -> None:
    [warning] = await _warnings(world, _condition("metadata.regions::number", "gt", 1))
    assert (warning["code"], warning["path"]) == ("UNKNOWN_METADATA_KEY", "/field")
    assert warning["suggestions"] == ["metadata.region::number"]


async def test_without_calls_no_key_is_unknown(world: World, other_project_id: int) -> None:
    result = await world.ask(VALIDATE, {"f": _condition("metadata.x", "eq", "a")}, project_id=other_project_id)
    assert result["validateFilters"]["warnings"] == []


async def test_a_key_without_a_value_is_known(world: World) -> None:
    async with world.sessions.write(world.project_id) as session:
        common = {"project_id": world.project_id, "agent_id": world.agents[0], "timestamp": NOW}
        session.add(CallLog(**common, call_id="null", call_metadata={"tier": None}))
    assert await _warnings(world, _condition("metadata.tier", "isnull", True)) == []


def _ranges(*conditions: Any) -> dict[str, Any]:
    return {"type": "bucket", "buckets": [{"label": f"{at}", "condition": one} for at, one in enumerate(conditions)]}


async def test_ranges_that_never_get_a_record(world: World) -> None:
    short, middle = {"op": "lt", "value": 60}, _and({"op": "gte", "value": 30}, {"op": "lt", "value": 50})
    empty = _and({"op": "gt", "value": 100}, {"op": "lt", "value": 90})
    warnings = await _warnings(world, None, _ranges(short, middle, {"op": "gte", "value": 30}, empty))
    assert [(warning["code"], warning["path"]) for warning in warnings] == [
        ("NEVER_MATCHES", "/groupBy/buckets/1"),
        ("NEVER_MATCHES", "/groupBy/buckets/3"),
    ]
    assert warnings[0]["message"].startswith("No record can fall into this range")
    assert (
        await _warnings(world, None, _ranges(short, {"op": "gte", "value": 60}, {"op": "isnull", "value": True})) == []
    )
    assert await _warnings(world, None, {"type": "field", "field": "topic"}) == []
    of_metric = _ranges({"field": VALUE, "op": "lt", "value": 3}, {"field": VALUE, "op": "lt", "value": 2})
    assert [one["path"] for one in await _warnings(world, None, of_metric)] == ["/groupBy/buckets/1"]


async def test_a_wrong_grouping_is_an_error(world: World) -> None:
    report = (await world.ask(VALIDATE, {"g": _ranges({"op": "near", "value": 3})}))["validateFilters"]
    assert report["isValid"] is False
    assert report["errors"] == [{"code": "INVALID_GROUP", "path": "/groupBy/buckets/0/condition/op"}]


async def test_metrics_of_a_grouping_are_the_projects(world: World, other_project_id: int) -> None:
    async with world.sessions.write(other_project_id) as session:
        metric = Metric(project_id=other_project_id, name="theirs", evaluation_type="binary")
        session.add(metric)
        await session.flush()
        number = metric.id
    grouping = {"type": "field", "field": f"metric:{number}"}
    report = (await world.ask(VALIDATE, {"g": grouping}))["validateFilters"]
    assert [error["path"] for error in report["errors"]] == ["/groupBy/field"]
