"""A whole dashboard in one query: every chart answers, in few statements, and one that fails fails alone."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from models import Aggregation, CallLog, ChartType, TimePeriod
from models.sessions import Sessions
from tests.graph.conftest import CALLS, NOW, WIDGETS, Saver, World

CHART = """
fragment chart on ChartData {
  __typename
  ... on Chart { window { start end timeZone } sampleCount asOf fieldName dataType }
  ... on LineChart { totalPoints isThinned points { databaseId timestamp value group } series { label totalPoints } }
  ... on BarChart {
    timePeriod aggregation
    buckets { timeInterval start end value dateTimeValue sampleCount group isOther isPartial filters }
  }
  ... on PieChart { total slices { label value percentage isOther } }
  ... on ListChart { totalRows rows { label value sampleCount percentage } }
  ... on StatChart {
    value previousValue previousSampleCount
    overview { totalCalls successRate averageDuration p95Latency } previousOverview { totalCalls }
  }
  ... on Error { code message path }
}
"""

DASHBOARD = (
    """
query ($id: ID!) {
  dashboard(id: $id) {
    id databaseId name filters timeZone weekStart isDefault includeInDailyReport version createdAt updatedAt
    widgetCount
    widgets {
      id databaseId name field dataType chartType aggregation timePeriod groupBy filters effectiveFilters
      metric { name evaluationType }
      layout { x y width height } metadata version
      dashboard { name }
      data { ...chart }
    }
  }
}
"""
    + CHART
)


async def _charts(world: World, **context: Any) -> dict[str, dict[str, Any]]:
    data = await world.ask(DASHBOARD, {"id": world.id("Dashboard", world.dashboard)}, **context)
    return {widget["name"]: widget["data"] for widget in data["dashboard"]["widgets"]}


async def test_a_dozen_widgets_take_at_most_eleven_statements(world: World, statements: Any) -> None:
    """Two of them for each transaction bind it to the project."""
    charts = await _charts(world)
    assert len(charts) == 12
    assert len(statements.everything) <= 11, f"{len(statements.everything)} statements"


async def test_every_kind_of_chart_answers(world: World) -> None:
    charts = await _charts(world)
    expected = {name: f"{chart.value.capitalize()}Chart" for name, chart, *_ in WIDGETS}
    assert {name: chart["__typename"] for name, chart in charts.items()} == expected


async def test_the_numbers_are_those_of_the_calls(world: World) -> None:
    charts = await _charts(world)
    assert charts["Overview"]["overview"]["totalCalls"] == CALLS
    assert sum(bucket["value"] for bucket in charts["Calls"]["buckets"]) == CALLS
    assert charts["Durations"]["totalPoints"] == sum(number % 11 != 10 for number in range(CALLS))
    assert charts["Longest"]["value"] == 10 + 7 * 12
    slices = {slice["label"]: slice["value"] for slice in charts["Success"]["slices"]}
    values = [None if number % 7 == 6 else number % 3 != 0 for number in range(CALLS)]
    assert slices == {"true": values.count(True), "false": values.count(False), None: values.count(None)}
    assert charts["Topics"]["total"] == CALLS
    assert charts["Calls"]["window"] == {
        "start": "2026-03-13T15:30:00Z",
        "end": "2026-03-20T15:30:00Z",
        "timeZone": "UTC",
    }
    assert {chart["asOf"] for chart in charts.values()} == {"2026-03-20T15:30:00Z"}


async def test_widgets_that_fail_leave_their_neighbours_alone(world: World, save_widget: Saver) -> None:
    healthy = await _charts(world)
    await save_widget(
        "Bad filter", ChartType.PIE, field="topic", filters={"field": "topik", "op": "eq", "value": "x"}, position=2
    )
    await save_widget("Bad combination", ChartType.LINE, field="topic", position=2)
    await save_widget(
        "Too old",
        ChartType.PIE,
        field="topic",
        filters={"field": "timestamp", "op": "gte", "value": "now-90d"},
        position=2,
    )
    await save_widget(
        "Bad regex", ChartType.PIE, field="topic", filters={"field": "topic", "op": "regex", "value": "("}, position=2
    )
    charts = await _charts(world)
    assert charts["Bad filter"]["__typename"] == "InvalidFilter"
    assert charts["Bad filter"]["code"] == "INVALID_FILTER"
    assert charts["Bad filter"]["path"] == "/field"
    assert charts["Bad combination"]["__typename"] == "InvalidWidget"
    assert charts["Bad regex"]["__typename"] == "InvalidFilter"
    assert {name: charts[name] for name in healthy} == healthy


async def test_a_window_that_begins_too_long_ago_has_its_exact_message(world: World) -> None:
    query = """query ($id: ID!, $filters: JSON) { widget(id: $id) { data(filters: $filters) {
        __typename ... on TimeRangeTooOld { code message maxDays } } } }"""
    variables = {"id": world.widget("Topics"), "filters": {"field": "timestamp", "op": "gte", "value": "now-90d"}}
    dashboard_free = {**variables, "filters": {"operator": "or", "conditions": [variables["filters"]]}}
    data = await world.ask(
        """query ($input: PreviewWidgetInput!) { previewWidget(input: $input) {
        __typename ... on TimeRangeTooOld { code message maxDays } } }""",
        {"input": {"chartType": "PIE", "field": "topic", "filters": variables["filters"]}},
    )
    assert data["previewWidget"] == {
        "__typename": "TimeRangeTooOld",
        "code": "TIME_RANGE_TOO_OLD",
        "message": "Timestamp filter value is too far in the past. Maximum allowed range is 30 days.",
        "maxDays": 30,
    }
    narrowed = await world.ask(query, dashboard_free)
    assert narrowed["widget"]["data"]["__typename"] == "PieChart", "the dashboard's own bound is tighter"


async def test_a_chart_that_takes_too_long_says_so_and_the_others_answer(world: World) -> None:
    patient = await _charts(world)
    hurried = Sessions(world.sessions.engine, statement_timeout=timedelta(milliseconds=300))
    async with world.sessions.engine.begin() as connection:
        await connection.execute(text("lock table metric_evaluations in access exclusive mode"))
        charts = await _charts(world, sessions=hurried)
    needing_evaluations = {"Overview", "Accuracy", "Mood"}
    for name, chart in charts.items():
        if name in needing_evaluations:
            assert chart["__typename"] == "QueryTimeout"
            assert chart["code"] == "QUERY_TIMEOUT"
            assert "select" not in chart["message"].lower()
            assert "0.3 seconds" in chart["message"]
        else:
            assert chart == patient[name]


async def test_request_filters_replace_the_widgets_own(world: World, save_widget: Saver) -> None:
    widget = await save_widget(
        "Billing", ChartType.PIE, field="topic", filters={"field": "topic", "op": "eq", "value": "billing"}
    )
    query = """query ($id: ID!, $other: JSON) { widget(id: $id) {
        own: data { ...total } other: data(filters: $other) { ...total } none: data(filters: null) { ...total }
        effectiveFilters } }
        fragment total on PieChart { total }"""
    data = await world.ask(query, {"id": widget, "other": {"field": "topic", "op": "eq", "value": "refund"}})
    totals = {name: chart["total"] for name, chart in data["widget"].items() if name != "effectiveFilters"}
    assert totals == {"own": CALLS * 3 // 8, "other": CALLS // 8, "none": CALLS}
    assert data["widget"]["effectiveFilters"] == {
        "operator": "and",
        "conditions": [
            {"field": "timestamp", "op": "gte", "value": "now-7d"},
            {"field": "topic", "op": "eq", "value": "billing"},
        ],
    }


async def test_a_time_range_and_zone_of_the_request_win(world: World) -> None:
    query = """query ($id: ID!) { widget(id: $id) {
        data(timeRange: {from: "now-1d", to: "now"}, timeZone: "Asia/Kathmandu") {
          ... on BarChart { window { start end timeZone } buckets { start isPartial } } } } }"""
    chart = (await world.ask(query, {"id": world.widget("Calls")}))["widget"]["data"]
    assert chart["window"] == {
        "start": "2026-03-19T15:30:00Z",
        "end": "2026-03-20T15:30:00Z",
        "timeZone": "Asia/Kathmandu",
    }
    assert [bucket["start"] for bucket in chart["buckets"]] == ["2026-03-18T18:15:00Z", "2026-03-19T18:15:00Z"]


async def test_grouped_bars_are_flat_and_in_series_alike(world: World, save_widget: Saver) -> None:
    widget = await save_widget(
        "By agent",
        ChartType.BAR,
        field="duration",
        aggregation=Aggregation.COUNT,
        time_period=TimePeriod.DAY,
        group_by={"type": "field", "field": "agent.agent_name"},
    )
    query = """query ($id: ID!) { widget(id: $id) { data { ... on BarChart {
        buckets { ...b } series { label sampleCount buckets { ...b } } } } } }
        fragment b on BarBucket { start value group }"""
    chart = (await world.ask(query, {"id": widget}))["widget"]["data"]
    assert sorted(series["label"] for series in chart["series"]) == ["Ada", "Bo"]
    assert chart["buckets"] == [bucket for series in chart["series"] for bucket in series["buckets"]]


async def test_twelve_widgets_half_grouped_and_compared_take_at_most_sixteen_statements(
    world: World, statements: Any
) -> None:
    compared = 'compareTo: {shift: "7d"}, timeRange: {from: "now-7d"}'
    bars = [
        f'b{number}: previewWidget(input: {{chartType: BAR, field: "{field}", aggregation: {aggregation}, '
        f'timePeriod: DAY, groupBy: {{type: "field", field: "{group}"}}, {compared}}}) {{ ...Bar }}'
        for number, (field, aggregation, group) in enumerate(
            (field, aggregation, group)
            for field, aggregation in (("duration", "AVG"), ("duration", "P95"), ("success", "AVG"))
            for group in ("topic", "agent_id")
        )
    ]
    others = [
        f"o{number}: previewWidget(input: {{{definition}, {compared}}}) {{ __typename }}"
        for number, definition in enumerate(
            (
                "chartType: STAT",
                'chartType: STAT, field: "duration", aggregation: MAX',
                'chartType: PIE, field: "topic"',
                'chartType: LIST, field: "call_ended_reason"',
                'chartType: BAR, field: "timestamp", aggregation: COUNT, timePeriod: HOUR',
                'chartType: LINE, field: "duration"',
            )
        )
    ]
    fragment = (
        "fragment Bar on BarChart { series { label buckets { value interval { low } comparison { value change } } } }"
    )
    answers = await world.ask("{ " + "\n".join([*bars, *others]) + " }\n" + fragment)
    assert len(answers) == 12
    assert all(chart["series"] for name, chart in answers.items() if name.startswith("b"))
    assert not any(chart["__typename"].startswith("Invalid") for name, chart in answers.items() if name.startswith("o"))
    assert len(statements.everything) <= 16, f"{len(statements.everything)} statements"


async def test_a_metadata_key_with_a_dot_is_a_field_everywhere(world: World) -> None:
    """Listed, charted, grouped by, filtered and typed; what a chart hands out finds its calls again."""
    async with world.sessions.write(world.project_id) as session:
        session.add(
            CallLog(
                project_id=world.project_id,
                agent_id=world.agents[0],
                call_id="dotted",
                timestamp=NOW - timedelta(hours=1),
                call_metadata={"a.b": "x"},
            )
        )
    field = 'metadata."a.b"'
    keys = (await world.ask('{ metadataKeys(prefix: "a") { keys { key field } } }'))["metadataKeys"]["keys"]
    assert keys == [{"key": "a.b", "field": field}]
    values = await world.ask("query ($f: String!) { fieldValues(field: $f) { values { value } } }", {"f": field})
    assert values["fieldValues"]["values"] == [{"value": "x"}]
    query = """query ($i: PreviewWidgetInput!) { previewWidget(input: $i) { ... on Error { message }
        ... on ListChart { fieldName rows { label value filters calls { totalCount } } }
        ... on BarChart { series { label filters } } } }"""
    pie = {"chartType": "LIST", "field": field, "filters": {"field": field, "op": "isnull", "value": False}}
    chart = (await world.ask(query, {"i": pie}))["previewWidget"]
    assert chart["fieldName"] == field
    (row,) = chart["rows"]
    assert (row["label"], row["value"], row["calls"]["totalCount"]) == ("x", 1.0, 1)
    found = await world.ask("query ($f: JSON) { callLogs(filters: $f) { totalCount } }", {"f": row["filters"]})
    assert found["callLogs"]["totalCount"] == 1
    typed = '{ callLogs(where: {metadata: {key: "a.b", value: {eq: "x"}}}) { totalCount } }'
    assert (await world.ask(typed))["callLogs"]["totalCount"] == 1
    grouped = {**pie, "field": "success", "chartType": "BAR", "aggregation": "COUNT", "timePeriod": "DAY",
               "groupBy": {"type": "field", "field": field}}  # fmt: skip
    assert [one["label"] for one in (await world.ask(query, {"i": grouped}))["previewWidget"]["series"]] == ["x"]


@pytest.mark.parametrize("name", ["metadata.*", "metadata.KEY"])
async def test_the_pattern_of_metadata_keys_is_not_a_field(world: World, name: str) -> None:
    query = "query ($i: PreviewWidgetInput!) { previewWidget(input: $i) { ... on Error { message } } }"
    refused = (await world.ask(query, {"i": {"chartType": "PIE", "field": name}}))["previewWidget"]
    assert "replace it with a key, such as metadata.org_name" in refused["message"]
