"""What costs too much is refused before a statement of it runs; the rest is answered within its bounds."""

from functools import partial
from typing import Any

import pytest

from models import Aggregation, CallTranscript, ChartType, TimePeriod
from resolvers.loaders.meter import MAX_CALL_LISTS, Meter
from tests.graph.conftest import Saver, World

CALLS = "calls(first: 500) { edges { node { id callId timestamp } } }"
UNDER_EVERY_ITEM = f"""{{ ... on BarChart {{ buckets {{ value {CALLS} }} }} ... on PieChart {{ slices {{ {CALLS} }} }}
  ... on ListChart {{ rows {{ {CALLS} }} }} ... on StatChart {{ {CALLS} }} }}"""


def _evaluations(count: int) -> dict[str, Any]:
    condition = {"field": "metric_evaluations.value", "op": "gte", "value": 1}
    return {"operator": "and", "conditions": [{**condition, "value": n % 7} for n in range(count)]}


async def test_calls_under_every_item_of_a_dozen_charts_are_refused(world: World, statements: Any) -> None:
    query = f"query ($id: ID!) {{ dashboard(id: $id) {{ widgets {{ data {UNDER_EVERY_ITEM} }} }} }}"
    error = await world.refused(query, {"id": world.id("Dashboard", world.dashboard)})
    assert error["extensions"]["code"] == "COST_EXCEEDED"
    cost = error["extensions"]["cost"]
    assert cost["requested"] > cost["ceiling"] == 5_000
    assert "buckets.calls" in cost["mostExpensive"][0]["path"]
    assert "buckets.calls" in error["message"]
    assert "`first`" in error["message"]
    assert statements.everything == []


async def test_190_conditions_on_evaluations_are_not_counted(world: World, statements: Any) -> None:
    query = "query ($f: JSON) { validateFilters(filters: $f) { warnings { counts { asWritten asSuggested } } } }"
    error = await world.refused(query, {"f": _evaluations(190)})
    assert error["extensions"]["code"] == "COST_EXCEEDED"
    assert statements.everything == []
    told = await world.ask("query ($f: JSON) { validateFilters(filters: $f) { isValid } }", {"f": _evaluations(190)})
    assert told["validateFilters"]["isValid"]


async def test_20_hourly_bars_with_calls_under_each_are_refused_before_they_are_read(
    world: World, save_widget: Saver, statements: Any
) -> None:
    month = {"field": "timestamp", "op": "gte", "value": "now-29d"}
    widget = await save_widget(
        "Hours",
        ChartType.BAR,
        field="timestamp",
        aggregation=Aggregation.COUNT,
        time_period=TimePeriod.HOUR,
        filters=month,
    )
    fields = " ".join(
        f'w{n}: widget(id: $id) {{ data(timeRange: {{from: "now-29d"}}, scope: $s{n}) {{ ... on BarChart '
        "{ buckets { calls(first: 1) { edges { node { id } } } } } } }"
        for n in range(20)
    )
    variables = {"id": widget} | {f"s{n}": {"field": "duration", "op": "gt", "value": n} for n in range(20)}
    declared = " ".join(f"$s{n}: JSON" for n in range(20))
    statements.clear()
    result = await world.run(f"query ($id: ID!, {declared}) {{ {fields} }}", variables)
    codes = {error.extensions["code"] for error in result.errors or () if error.extensions}
    assert codes == {"COST_EXCEEDED"}
    assert len(result.errors or ()) == 20
    assert not any("call_logs" in sql for sql in statements.executed)


async def test_an_hourly_bar_without_calls_is_answered(world: World, save_widget: Saver) -> None:
    widget = await save_widget(
        "Hours", ChartType.BAR, field="timestamp", aggregation=Aggregation.COUNT, time_period=TimePeriod.HOUR
    )
    data = 'data(timeRange: {from: "now-29d"}) { ... on BarChart { buckets { value } } }'
    query = f"query ($id: ID!) {{ widget(id: $id) {{ {data} }} }}"
    assert len((await world.ask(query, {"id": widget}))["widget"]["data"]["buckets"]) >= 29 * 24


async def test_the_series_of_a_chart_count_too(world: World, save_widget: Saver) -> None:
    widget = await save_widget(
        "Grouped",
        ChartType.BAR,
        field="timestamp",
        aggregation=Aggregation.COUNT,
        time_period=TimePeriod.DAY,
        group_by={"type": "field", "field": "topic"},
    )
    buckets = "... on BarChart { buckets { calls(first: 1) { totalCount } } }"
    query = f"query ($id: ID!) {{ widget(id: $id) {{ data {{ {buckets} }} }} }}"
    assert len((await world.ask(query, {"id": widget}))["widget"]["data"]["buckets"]) == 40  # five series of eight days
    # Eight buckets pass, and so do the 31 that the price of the document takes for granted.
    error = await world.refused(query, {"id": widget}, meter=Meter(max_cost=330))
    assert error["path"] == ["widget", "data"]
    assert error["extensions"] == {
        "code": "COST_EXCEEDED",
        "limit": "cost",
        "cost": {"requested": 367, "ceiling": 330},
    }


async def test_the_series_of_a_line_count_too(world: World, save_widget: Saver) -> None:
    ranges = [{"label": f"{n}", "condition": {"op": "lt", "value": 14 + 7 * n}} for n in range(9)]
    group = {"type": "bucket", "buckets": ranges, "other_label": "long"}
    line = partial(save_widget, "Grouped", ChartType.LINE, field="duration")
    few, many = await line(group_by={**group, "buckets": ranges[:1]}), await line(group_by=group)
    query = "query ($id: ID!) { widget(id: $id) { data { ... on LineChart { series { calls { totalCount } } } } } }"
    used: list[float] = []
    for widget, series in ((few, 2), (many, 10)):
        meter = Meter()
        chart = (await world.ask(query, {"id": widget}, meter=meter))["widget"]["data"]
        assert len(chart["series"]) == series
        used.append(meter.points)
    assert used[1] == pytest.approx(2 * used[0], rel=0.01), "five are taken for granted"
    error = await world.refused(query, {"id": many}, meter=Meter(max_cost=used[0]))
    assert error["extensions"]["code"] == "COST_EXCEEDED"


async def _with_transcripts(world: World, size: int) -> None:
    async with world.sessions.write(world.project_id) as session:
        for number in world.calls:
            turns = [{"role": "agent", "text": "x" * size}]
            session.add(CallTranscript(project_id=world.project_id, call_log_id=number, turns=turns))


TRANSCRIPTS = "callLogs(first: 100, filters: $f) { edges { node { transcript { text } } } }"


async def test_transcripts_beyond_the_bytes_of_an_answer_are_not_read(world: World) -> None:
    await _with_transcripts(world, 1_000)
    query = f"query ($f: JSON) {{ a: {TRANSCRIPTS} }}"
    assert len((await world.ask(query, meter=Meter(max_bytes=60_000)))["a"]["edges"]) == 48
    result = await world.run(query, meter=Meter(max_bytes=40_000))
    assert {error.extensions["limit"] for error in result.errors or () if error.extensions} == {"bytes"}
    assert "at a time" in (result.errors or [])[0].message


async def test_transcripts_that_are_asked_for_several_times_count_each_time(world: World) -> None:
    await _with_transcripts(world, 1_000)
    query = f"query ($f: JSON) {{ {' '.join(f'a{n}: {TRANSCRIPTS}' for n in range(4))} }}"
    assert (await world.run(query, meter=Meter(max_bytes=220_000))).errors is None
    result = await world.run(query, meter=Meter(max_bytes=150_000))
    assert {error.extensions["limit"] for error in result.errors or () if error.extensions} == {"bytes"}


async def test_metadata_counts_as_well(world: World) -> None:
    query = "{ callLogs { edges { node { metadata } } } }"
    result = await world.run(query, meter=Meter(max_bytes=100))
    assert {error.extensions["limit"] for error in result.errors or () if error.extensions} == {"bytes"}


async def test_lists_of_calls_are_bounded(world: World) -> None:
    meter = Meter()
    meter.call_lists = MAX_CALL_LISTS - 1
    query = "{ a: callLogs { edges { node { id } } } b: callLogs(first: 1) { edges { node { id } } } }"
    result = await world.run(query, meter=meter)
    assert {error.extensions["limit"] for error in result.errors or () if error.extensions} == {"callLists"}


def test_a_request_that_passed_a_limit_gets_nothing_more() -> None:
    meter = Meter(max_bytes=10)
    with pytest.raises(Exception, match="too large"):
        meter.add_bytes(11, "the transcripts")
    with pytest.raises(Exception, match="too large"):
        meter.charge(0, "x", "")
