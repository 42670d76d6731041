"""The scope of a request: a filter over all charts of a page, in every place that asks for charts."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from models import ChartType
from tests.graph.conftest import LAST_WEEK, NOW, Saver, World

SHOWN = """
... on BarChart { window { start end } buckets { start value sampleCount filters } }
... on PieChart { window { start end } total slices { label value filters calls { totalCount } } }
... on ListChart { window { start end } rows { label value } }
... on LineChart { window { start end } points { databaseId value } }
... on StatChart { window { start end } value sampleCount overview { totalCalls } }
... on Error { message }
"""
ALL = f"query ($d: ID!, $s: JSON) {{ dashboard(id: $d) {{ widgets {{ name data(scope: $s) {{ {SHOWN} }} }} }} }}"


def condition(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def all_of(*conditions: Any) -> dict[str, Any]:
    return {"operator": "and", "conditions": list(conditions)}


BILLING = condition("topic", "eq", "billing")
TYPED = {"topic": {"eq": "billing"}}


async def test_a_scope_is_what_a_filter_of_the_dashboard_would_be(world: World) -> None:
    dashboard = world.id("Dashboard", world.dashboard)
    everything = (await world.ask(ALL, {"d": dashboard}))["dashboard"]["widgets"]
    scoped = (await world.ask(ALL, {"d": dashboard, "s": BILLING}))["dashboard"]["widgets"]
    save = "mutation ($i: UpdateDashboardInput!) { updateDashboard(input: $i) { errors { message } } }"
    saved = {"id": dashboard, "filters": all_of(LAST_WEEK, BILLING)}
    assert (await world.ask(save, {"i": saved}))["updateDashboard"]["errors"] == []
    filtered = (await world.ask(ALL, {"d": dashboard}))["dashboard"]["widgets"]
    assert scoped == filtered
    assert all(one != other for one, other in zip(scoped, everything, strict=True))


async def test_a_scope_narrows_the_filters_of_the_request_too(world: World) -> None:
    query = """query ($id: ID!, $f: JSON, $s: JSON, $w: CallLogFilter) { widget(id: $id) {
        wide: data(filters: $f) { ... on PieChart { total } }
        narrow: data(filters: $f, scope: $s) { ... on PieChart { total slices { label value calls { totalCount } } } }
        typed: data(filters: $f, scopeWhere: $w) { ... on PieChart { total } } } }"""
    long = condition("duration", "gte", 40)
    data = (await world.ask(query, {"id": world.widget("Topics"), "f": long, "s": BILLING, "w": TYPED}))["widget"]
    assert 0 < data["narrow"]["total"] < data["wide"]["total"]
    assert data["narrow"]["total"] == data["typed"]["total"]
    (only,) = data["narrow"]["slices"]
    assert (only["label"], only["value"]) == ("billing", only["calls"]["totalCount"])


async def test_times_of_a_scope_hold_beside_a_time_range(world: World) -> None:
    query = """query ($id: ID!, $s: JSON) { widget(id: $id) {
        data(scope: $s, timeRange: {from: "now-3d", to: "now-1d"}) { ... on PieChart { window { start end } } }
        effectiveFilters(scope: $s, timeRange: {from: "now-3d", to: "now-1d"}) } }"""
    scope = condition("timestamp", "gte", "now-2d")
    widget = (await world.ask(query, {"id": world.widget("Topics"), "s": scope}))["widget"]
    assert widget["data"]["window"] == {"start": "2026-03-18T15:30:00Z", "end": "2026-03-19T15:30:00Z"}
    assert widget["effectiveFilters"] == all_of(
        scope,
        condition("timestamp", "gte", "2026-03-17T15:30:00Z"),
        condition("timestamp", "lt", "2026-03-19T15:30:00Z"),
    )


DECLARED = {"s": "$s: JSON", "w": "$w: CallLogFilter", "f": "$f: JSON", "t": "$t: TimeRangeInput"}
TAKEN = {"s": "scope: $s", "w": "scopeWhere: $w", "f": "filters: $f", "t": "timeRange: $t"}
FAULTY = [
    pytest.param({"s": condition("topik", "eq", 1)}, "scope", "/field", id="field"),
    pytest.param({"s": "topic"}, "scope", "", id="no filter"),
    pytest.param({"w": {"duration": {}}}, "scope", "/duration", id="typed"),
    pytest.param({"s": BILLING, "w": TYPED}, "scope", "", id="both forms"),
    pytest.param({"f": condition("topik", "eq", 1)}, "request", "/field", id="filters"),
    pytest.param({"t": {"from": "soon"}}, "timeRange", "/from", id="range"),
]


@pytest.mark.parametrize(("variables", "origin", "path"), FAULTY)
async def test_faults_say_that_they_are_the_scopes(
    world: World, variables: dict[str, Any], origin: str, path: str
) -> None:
    given = ", ".join(["$id: ID!", *(DECLARED[name] for name in variables)])
    taken = ", ".join(TAKEN[name] for name in variables)
    ids = {"id": world.widget("Topics"), **variables}
    chart = f"query ({given}) {{ widget(id: $id) {{ data({taken}) {{ ... on InvalidFilter {{ origin path }} }} }} }}"
    assert (await world.ask(chart, ids))["widget"]["data"] == {"origin": origin, "path": path}
    held = f"query ({given}) {{ widget(id: $id) {{ name effectiveFilters({taken}) }} }}"
    result = await world.run(held, ids)
    assert result.errors is not None
    (error,) = result.errors
    assert error.extensions is not None
    assert (error.extensions["code"], error.extensions["origin"]) == ("INVALID_FILTER", origin)
    assert path in [fault["path"] for fault in error.extensions["faults"]]
    assert result.data == {"widget": {"name": "Topics", "effectiveFilters": None}}


HELD = [
    pytest.param("", lambda own: all_of(LAST_WEEK, own), id="saved"),
    pytest.param("scope: $s", lambda own: all_of(LAST_WEEK, own, BILLING), id="scope"),
    pytest.param("scopeWhere: $w", lambda own: all_of(LAST_WEEK, own, BILLING), id="typed scope"),
    pytest.param("scope: {}", lambda own: all_of(LAST_WEEK, own), id="empty scope"),
    pytest.param("filters: null, scope: $s", lambda _: all_of(LAST_WEEK, BILLING), id="no filters"),
    pytest.param("filters: $s", lambda _: all_of(LAST_WEEK, BILLING), id="filters"),
    pytest.param("where: $w", lambda _: all_of(LAST_WEEK, BILLING), id="typed filters"),
    pytest.param(
        'timeRange: {from: "today"}, timeZone: "Asia/Tokyo", weekStart: SUNDAY, compareTo: {preceding: true}',
        lambda own: all_of(own, condition("timestamp", "gte", "2026-03-20T15:00:00Z")),
        id="range",
    ),
]


@pytest.mark.parametrize(("taken", "expected"), HELD)
async def test_effective_filters_are_those_of_the_data(
    world: World, save_widget: Saver, taken: str, expected: Any
) -> None:
    own = condition("duration", "lt", 60)
    widget = await save_widget("Short", ChartType.PIE, field="topic", filters=own)
    arguments = f"({taken})" if taken else ""
    given = ", ".join(["$id: ID!", *(DECLARED[name] for name in "sw" if f"${name}" in taken)])
    query = f"""query ({given}) {{ widget(id: $id) {{
        data{arguments} {{ ... on PieChart {{ total window {{ start end }} }} }} effectiveFilters{arguments} }} }}"""
    found = (await world.ask(query, {"id": widget, "s": BILLING, "w": TYPED}))["widget"]
    assert found["effectiveFilters"] == expected(own)
    until = condition("timestamp", "lt", NOW.isoformat())
    calls = "query ($f: JSON) { callLogs(filters: $f) { totalCount } }"
    count = (await world.ask(calls, {"f": all_of(found["effectiveFilters"], until)}))["callLogs"]["totalCount"]
    assert found["data"]["total"] == count > 0


@pytest.mark.parametrize(
    ("compare", "path"),
    [('{shift: "1q"}', "/compareTo/shift"), ('{range: {from: "today", to: "x"}}', "/compareTo/range/to")],
)
async def test_a_wrong_comparison_is_refused_with_the_effective_filters(world: World, compare: str, path: str) -> None:
    query = f"query ($id: ID!) {{ widget(id: $id) {{ effectiveFilters(compareTo: {compare}) }} }}"
    error = await world.refused(query, {"id": world.widget("Topics")})
    assert error["extensions"]["code"] == "INVALID_WIDGET"
    assert [fault["path"] for fault in error["extensions"]["faults"]] == [path]


async def test_charts_are_compared_with_a_range(world: World, save_widget: Saver) -> None:
    bars = await save_widget("Daily", ChartType.BAR, field="timestamp", aggregation="count", time_period="day")
    query = """query ($id: ID!, $c: CompareInput) { widget(id: $id) {
        data(timeRange: {from: "now-1d/d", to: "now/d"}, compareTo: $c) { ... on InvalidWidget { faults { path } }
            ... on BarChart { series { comparedOutside buckets { comparison {
                start end sampleCount filters calls { totalCount } } } } } }
        exportUrl(format: CSV, compareTo: $c) } }"""
    compare = {"range": {"from": "2026-03-18", "to": "today/d"}}
    found = (await world.ask(query, {"id": bars, "c": compare}))["widget"]
    [series] = found["data"]["series"]
    [bucket] = series["buckets"]
    one = bucket["comparison"]
    assert (one["start"], one["end"]) == ("2026-03-18T00:00:00Z", "2026-03-19T00:00:00Z")
    assert one["sampleCount"] == one["calls"]["totalCount"] > 0
    calls = "query ($f: JSON) { callLogs(filters: $f) { totalCount } }"
    day = all_of(condition("timestamp", "gte", "2026-03-19"), condition("timestamp", "lt", "2026-03-20"))
    assert series["comparedOutside"] == (await world.ask(calls, {"f": day}))["callLogs"]["totalCount"] > 0
    assert parse_qs(urlsplit(found["exportUrl"]).query)["compareTo"] == ["2026-03-18..today/d"]
    wrong = (await world.ask(query, {"id": bars, "c": {"range": {"from": "x", "to": "y"}}}))["widget"]["data"]
    assert [fault["path"] for fault in wrong["faults"]] == ["/compareTo/range/from", "/compareTo/range/to"]


async def test_previews_and_addresses_of_exports_take_the_scope(world: World) -> None:
    query = """query ($id: ID!, $i: PreviewWidgetInput!, $t: PreviewWidgetInput!, $s: JSON, $w: CallLogFilter) {
        widget(id: $id) { data(scope: $s) { ... on PieChart { total } }
            json: exportUrl(format: CSV, scope: $s) typed: exportUrl(format: CSV, scopeWhere: $w)
            none: exportUrl(format: CSV, scope: null) }
        json: previewWidget(input: $i) { ... on PieChart { total } }
        typed: previewWidget(input: $t) { ... on PieChart { total } } }"""
    shape = {"chartType": "PIE", "field": "topic", "dashboardFilters": LAST_WEEK}
    inputs = {"i": {**shape, "scope": BILLING}, "t": {**shape, "scopeWhere": TYPED}}
    data = await world.ask(query, {"id": world.widget("Topics"), "s": BILLING, "w": TYPED, **inputs})
    assert data["json"] == data["typed"] == data["widget"]["data"]
    assert data["widget"]["json"] == data["widget"]["typed"]
    (scope,) = parse_qs(urlsplit(data["widget"]["json"]).query)["scope"]
    assert orjson.loads(scope) == BILLING
    assert urlsplit(data["widget"]["none"]).query == ""


PLACES = {
    "Widget.data": {"precision"},
    "Widget.effectiveFilters": set[str](),
    "Widget.exportUrl": {"format", "expiresIn"},
    "PreviewWidgetInput": {
        *("chartType", "field", "metricId", "aggregation", "timePeriod", "groupBy"),
        *("dashboardFilters", "dashboardWhere", "precision"),
    },
}
"""By place that takes what says where and when a chart is asked, what it takes beside that."""


@pytest.mark.parametrize("place", PLACES)
async def test_where_and_when_are_said_alike(world: World, place: str) -> None:
    kind, _, field = place.partition(".")
    query = "query ($n: String!) { __type(name: $n) { fields { name args { name } } inputFields { name } } }"
    found = (await world.ask(query, {"n": kind}))["__type"]
    if field:
        (named,) = (one["args"] for one in found["fields"] if one["name"] == field)
    else:
        named = found["inputFields"]
    same = {"timeRange", "scope", "scopeWhere", "filters", "where", "timeZone", "weekStart", "compareTo"}
    assert {one["name"] for one in named} == same | PLACES[place]
