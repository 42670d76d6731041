"""Charts as CSV and as JSON lines over HTTP: the same numbers as in GraphQL, and what is refused."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregation.answer.item_bounds import EXPORTED_BOUNDS, EXPORTED_ROWS, ItemBound
from aggregation.question.chart_types import FORMS, ChartForm
from graph.node_ids import encode
from models import Aggregation, ChartType, Dashboard, EvaluationType, Metric, TimePeriod, Widget
from models.call_record import parse_call
from models.ingest import upsert_calls
from models.sessions import Sessions
from server.exporting.encoding import CsvWriter, table_as_csv
from server.formulas import escaped, unescaped
from server.keys import create_key
from server.terminal.questions import chart_question
from server.terminal.rows import table_of

CALLS = 60
TOPICS = ("billing", "=sum(A1)", None)
WIDGETS: dict[str, dict[str, Any]] = {
    "bar": {
        "chart_type": ChartType.BAR,
        "field": "duration",
        "aggregation": Aggregation.AVG,
        "time_period": TimePeriod.DAY,
    },
    "grouped": {
        "chart_type": ChartType.BAR,
        "field": "duration",
        "aggregation": Aggregation.MAX,
        "time_period": TimePeriod.DAY,
        "group_by": {"type": "field", "field": "topic"},
    },
    "line": {"chart_type": ChartType.LINE, "field": "duration"},
    "pie": {"chart_type": ChartType.PIE, "field": "topic"},
    "list": {"chart_type": ChartType.LIST, "field": "topic"},
    "pairs": {
        "chart_type": ChartType.LIST,
        "field": "duration",
        "aggregation": Aggregation.AVG,
        "group_by": {"type": "field", "field": "topic", "then": {"type": "field", "field": "success"}},
    },
    "histogram": {"chart_type": ChartType.HISTOGRAM, "field": "duration"},
    "histogram by topic": {
        "chart_type": ChartType.HISTOGRAM,
        "field": "duration",
        "group_by": {"type": "field", "field": "topic"},
    },
    "last": {"chart_type": ChartType.STAT, "field": "timestamp", "aggregation": Aggregation.MAX},
    "lines": {"chart_type": ChartType.LINE, "field": "duration", "group_by": {"type": "field", "field": "topic"}},
    "stat": {"chart_type": ChartType.STAT, "field": "duration", "aggregation": Aggregation.MAX},
    "overview": {"chart_type": ChartType.STAT},
}
CHART = """
... on BarChart { buckets { timeInterval value sampleCount group } }
... on LineChart { points(maxPoints: 20000) { timestamp value } }
... on PieChart { slices { label value percentage isOther } }
... on ListChart { rows(first: 100) { label value sampleCount percentage } }
... on HistogramChart { bins { from to value sampleCount percentage group isOther } }
... on StatChart { value previousValue sampleCount overview { totalCalls successRate averageDuration p95Latency } }
... on Error { message }
"""


@pytest.fixture
async def widgets(sessions: Sessions, project_id: int) -> dict[str, str]:
    """Global ids of widgets, by name, on a dashboard of one agent."""
    now = datetime.now(UTC)
    calls = [
        parse_call(
            {
                "call_id": str(at),
                "agent": ("Ada", "Bob")[at % 2],
                "timestamp": (now - timedelta(hours=at, minutes=1)).isoformat(),
                "duration": 10 + at,
                "success": at % 3 == 0,
                "topic": TOPICS[at % 3],
            }
        )
        for at in range(CALLS)
    ]
    async with sessions.write(project_id) as session:
        await upsert_calls(session, project_id, calls)
        filters = {"field": "agent.agent_name", "op": "eq", "value": "Ada"}
        dashboard = Dashboard(project_id=project_id, name="Calls", filters=filters)
        metric = Metric(project_id=project_id, name="latency", evaluation_type=EvaluationType.NUMERIC)
        session.add_all([dashboard, metric])
        await session.flush()
        rows = [
            Widget(project_id=project_id, dashboard_id=dashboard.id, name=f"Wid·get {name}", position=at, **columns)
            for at, (name, columns) in enumerate(WIDGETS.items())
        ]
        session.add_all(rows)
        await session.flush()
        return {name: encode("Widget", row.id) for name, row in zip(WIDGETS, rows, strict=True)}


def records(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.split("\n")[:-1]]


async def _graph(client: httpx.AsyncClient, query: str, **variables: Any) -> Any:
    response = await client.post("/graphql", json={"query": query, "variables": variables})
    answer = response.json()
    assert "errors" not in answer, answer
    return answer["data"]


def _shown(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The items of a chart in GraphQL, keys as in the export."""
    (items,) = (value for value in data.values() if isinstance(value, list))
    snake: dict[str, str] = {"timeInterval": "time_interval", "sampleCount": "sample_count", "isOther": "is_other"}
    return [{snake.get(str(key), str(key)): value for key, value in item.items()} for item in items]


@pytest.mark.parametrize("name", ["bar", "grouped", "line", "pie", "list", "histogram"])
async def test_the_numbers_are_those_of_graphql(client: httpx.AsyncClient, widgets: dict[str, str], name: str) -> None:
    query = (
        f'query ($id: ID!) {{ widget(id: $id) {{ data(timeRange: {{from: "today-1d", to: "today"}}) {{ {CHART} }} }} }}'
    )
    shown = _shown((await _graph(client, query, id=widgets[name]))["widget"]["data"])
    response = await client.get(f"/export/widgets/{widgets[name]}.jsonl?from=today-1d&to=today")
    exported = records(response)
    assert [{key: row[key] for key in shown[0]} for row in exported] == shown
    assert shown
    assert response.headers["Dialboard-Rows"] == response.headers["Dialboard-Total-Rows"] == str(len(shown))


@pytest.mark.parametrize("name", WIDGETS)
async def test_the_command_prints_the_same_table(client: httpx.AsyncClient, widgets: dict[str, str], name: str) -> None:
    document, limits = chart_question(WIDGETS[name]["chart_type"], None)
    time_range = {"from": "today-1d", "to": "today"}
    widget = (await _graph(client, document, id=widgets[name], timeRange=time_range, **limits))["widget"]
    printed = b"".join(table_as_csv(table_of(widget), CsvWriter(escape_formulas=True)))
    exported = await client.get(f"/export/widgets/{widgets[name]}.csv?from=today-1d&to=today")
    assert printed == exported.content
    assert len(table_of(widget).rows) == int(exported.headers["Dialboard-Rows"]) > 0


async def test_a_stat_is_one_row(client: httpx.AsyncClient, widgets: dict[str, str]) -> None:
    (stat,) = records(await client.get(f"/export/widgets/{widgets['stat']}.jsonl"))
    assert (stat["value"], stat["sample_count"], stat["previous_value"]) == (10 + CALLS - 2, CALLS / 2, None)
    (overview,) = records(await client.get(f"/export/widgets/{widgets['overview']}.jsonl"))
    assert (overview["total_calls"], overview["previous_total_calls"]) == (CALLS / 2, 0)


@pytest.mark.parametrize("name", WIDGETS)
async def test_csv_says_the_same_as_json_lines(client: httpx.AsyncClient, widgets: dict[str, str], name: str) -> None:
    span = "from=today-2d&to=today"
    lines = records(await client.get(f"/export/widgets/{widgets[name]}.jsonl?{span}"))
    response = await client.get(f"/export/widgets/{widgets[name]}.csv?{span}&escapeFormulas=false")
    assert response.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(response.text, newline="")))
    written = {True: "true", False: "false", None: ""}
    assert rows == [
        {
            key: written[value] if value is None or value is True or value is False else str(value)
            for key, value in line.items()
        }
        for line in lines
    ]


async def test_the_file_is_named_for_the_widget(client: httpx.AsyncClient, widgets: dict[str, str]) -> None:
    response = await client.get(f"/export/widgets/{widgets['pie']}.csv")
    expected = "attachment; filename=\"Wid-get-pie.csv\"; filename*=UTF-8''Wid%C2%B7get%20pie.csv"
    assert response.headers["Content-Disposition"] == expected
    assert response.headers["Cache-Control"] == "no-store"


async def test_overrides_are_those_of_data(client: httpx.AsyncClient, widgets: dict[str, str]) -> None:
    pie = f"/export/widgets/{widgets['pie']}.jsonl"
    filters = json.dumps({"field": "topic", "op": "eq", "value": "billing"})
    (only,) = records(await client.get(pie, params={"filters": filters}))
    assert (only["label"], only["value"]) == ("billing", CALLS / 6)
    assert records(await client.get(pie, params={"scope": filters})) == [only]
    assert (
        records(
            await client.get(
                pie, params={"scope": filters, "filters": '{"field": "topic", "op": "isnull", "value": true}'}
            )
        )
        == []
    )
    one, other = records(await client.get(pie, params={"top": "1"}))
    assert (one["is_other"], other["is_other"], one["value"] + other["value"]) == (False, True, CALLS / 2)
    day = f"/export/widgets/{widgets['bar']}.jsonl"
    (*_, utc) = records(await client.get(day, params={"from": "now-1d"}))
    (*_, kathmandu) = records(await client.get(day, params={"from": "now-1d", "timeZone": "Asia/Kathmandu"}))
    assert utc["time_interval"].endswith("T00:00:00Z")
    assert kathmandu["time_interval"].endswith("T18:15:00Z")
    compared = records(await client.get(day, params={"from": "now-1d", "compareTo": "1d"}))
    assert compared[-1]["compared_value"] is not None
    assert compared[-1]["compared_outside"] == 0
    ranged = records(await client.get(day, params={"from": "now-1d/d", "compareTo": "now-1d/d..now/d+1d"}))
    assert [(row["value"], row["compared_value"], row["compared_outside"]) for row in ranged] == [
        (row["value"], row["value"], 0) for row in ranged
    ]
    longer = records(await client.get(day, params={"from": "today/d", "compareTo": "now-1d/d..now/d+1d"}))
    assert [row["compared_outside"] for row in longer] == [ranged[-1]["sample_count"]]
    shorter = records(await client.get(day, params={"from": "now-1d/d", "compareTo": "today/d..now/d+1d"}))
    assert [row["compared_value"] for row in shorter] == [ranged[-1]["value"], None]
    past = records(
        await client.get(f"/export/widgets/{widgets['line']}.jsonl", params={"from": "now-6h", "compareTo": "6h"})
    )
    assert {row["is_earlier"] for row in past} == {True, False}


async def test_a_thinned_line_says_so(client: httpx.AsyncClient, widgets: dict[str, str]) -> None:
    response = await client.get(f"/export/widgets/{widgets['line']}.jsonl", params={"maxPoints": "8"})
    rows = records(response)
    assert len(rows) <= 8
    assert response.headers["Dialboard-Rows"] == str(len(rows))
    assert response.headers["Dialboard-Total-Rows"] == str(CALLS // 2)


async def test_a_histogram_has_as_many_bins_as_are_asked_for(
    client: httpx.AsyncClient, widgets: dict[str, str], sessions: Sessions, project_id: int
) -> None:
    address = f"/export/widgets/{widgets['histogram']}.jsonl"
    without = {"call_id": "none", "agent": "Ada", "timestamp": datetime.now(UTC).isoformat()}
    async with sessions.write(project_id) as session:
        await upsert_calls(session, project_id, [parse_call(without)])
    response = await client.get(address, params={"maxBins": "2", "compareTo": "7d"})
    assert response.headers["Dialboard-Null-Count"] == "1"
    rows = records(response)
    assert [(row["from"], row["to"]) for row in rows] == [(0, 50), (50, 100)]
    assert sum(row["value"] for row in rows) == CALLS // 2
    assert [(row["compared_value"], row["compared_outside"]) for row in rows] == [(0, 0), (0, 0)]
    body = {"chartType": "HISTOGRAM", "field": "duration"}
    preview = records(await client.post("/export/preview.jsonl", params={"maxBins": "3"}, json=body))
    assert 2 <= len(preview) <= 3


async def test_a_list_is_exported_in_an_order(client: httpx.AsyncClient, widgets: dict[str, str]) -> None:
    address = f"/export/widgets/{widgets['list']}.jsonl"
    usual = records(await client.get(address))
    assert [row["value"] for row in usual] == sorted((row["value"] for row in usual), reverse=True)
    rising = await client.get(address, params={"orderBy": "LABEL", "direction": "ASC", "first": "2"})
    labels = sorted(row["label"] for row in usual if row["label"] is not None)
    assert [row["label"] for row in records(rising)] == labels[:2]
    assert rising.headers["Dialboard-Rows"] == "2"
    assert rising.headers["Dialboard-Total-Rows"] == str(len(usual))
    falling = records(await client.get(address, params={"orderBy": "LABEL"}))
    assert [row["label"] for row in falling] == [*labels[::-1], None]


async def test_formulas_are_escaped_unless_asked(client: httpx.AsyncClient, widgets: dict[str, str]) -> None:
    url = f"/export/widgets/{widgets['pie']}.csv"
    assert "\r\n'=sum(A1)," in (await client.get(url)).text
    assert "\r\n'=sum(A1)," in (await client.get(f"{url}?escapeFormulas=true")).text
    assert "\r\n=sum(A1)," in (await client.get(f"{url}?escapeFormulas=false")).text


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx", "'=1", "''+1"])
def test_every_start_of_a_formula_is_escaped(text: str) -> None:
    for escapes, expected in ((True, f"'{text}"), (False, text)):
        written = CsvWriter(escape_formulas=escapes).lines([[text, -1, -1.5, "a=1"]]).decode()
        assert next(csv.reader(io.StringIO(written, newline=""))) == [expected, "-1", "-1.5", "a=1"]


@given(st.text("'=+-@\t\r x1", max_size=6))
def test_escaped_texts_are_read_back(text: str) -> None:
    assert unescaped(escaped(text)) == text
    assert not escaped(text).startswith(("=", "+", "-", "@", "\t", "\r"))


PREVIEW = {"chartType": "PIE", "field": "topic"}


async def test_a_preview_is_exported(client: httpx.AsyncClient, widgets: dict[str, str]) -> None:
    body = {**PREVIEW, "dashboardFilters": {"field": "agent.agent_name", "op": "eq", "value": "Ada"}}
    preview = await client.post("/export/preview.jsonl", json=body)
    assert preview.headers["Content-Disposition"] == 'attachment; filename="preview.jsonl"'
    assert records(preview) == records(await client.get(f"/export/widgets/{widgets['pie']}.jsonl"))
    typed = {**PREVIEW, "where": {"topic": {"eq": "billing"}}, "timeRange": {"from": "now-7d"}}
    (only,) = records(await client.post("/export/preview.jsonl", json=typed))
    assert (only["label"], only["value"]) == ("billing", CALLS // 3)


BAD_PREVIEWS = [
    pytest.param({}, "INVALID_INPUT", "", id="nothing"),
    pytest.param({**PREVIEW, "chartType": "BARR"}, "INVALID_INPUT", "/chartType", id="chart type"),
    pytest.param({**PREVIEW, "timeRange": {"from": 1}}, "INVALID_INPUT", "/timeRange/from", id="time"),
    pytest.param(
        {**PREVIEW, "where": {"and": [{"topic": {"eq": 1}}]}}, "INVALID_INPUT", "/where/and/0/topic/eq", id="typed"
    ),
    pytest.param({**PREVIEW, "color": 1}, "INVALID_INPUT", "", id="unknown member"),
    pytest.param({**PREVIEW, "field": "topik"}, "INVALID_WIDGET", "/field", id="field"),
    pytest.param({**PREVIEW, "chartType": "LINE"}, "INVALID_WIDGET", "/chartType", id="combination"),
    pytest.param({**PREVIEW, "metricId": "x"}, "INVALID_WIDGET", "/metricId", id="metric"),
    pytest.param({**PREVIEW, "filters": {"field": "x"}}, "INVALID_FILTER", None, id="filter"),
]


@pytest.mark.parametrize(("body", "code", "path"), BAD_PREVIEWS)
async def test_a_wrong_preview_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any], code: str, path: str | None
) -> None:
    response = await client.post("/export/preview.csv", json=body)
    assert response.status_code == 400, response.text
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == code
    assert path is None or error["extensions"]["path"] == path
    assert error["message"]


BAD = [
    pytest.param({"from": "now-31d"}, 400, "TIME_RANGE_TOO_OLD", id="too old"),
    pytest.param({"from": "soon"}, 400, "INVALID_FILTER", id="no time"),
    pytest.param({"to": "now"}, 400, "INVALID_INPUT", id="to without from"),
    pytest.param({"timeZone": "Europe/Berln"}, 400, "INVALID_INPUT", id="zone"),
    pytest.param({"weekStart": "FRIDAY"}, 400, "INVALID_INPUT", id="week start"),
    pytest.param({"compareTo": "1q"}, 400, "INVALID_WIDGET", id="comparison"),
    pytest.param({"compareTo": "now..now-1d"}, 400, "INVALID_WIDGET", id="empty range to compare with"),
    pytest.param({"compareTo": "2026-03-01.."}, 400, "INVALID_WIDGET", id="range without an end"),
    pytest.param({"top": "0"}, 400, "LIMIT_EXCEEDED", id="top"),
    pytest.param({"maxPoints": "-5"}, 400, "INVALID_INPUT", id="points"),
    pytest.param({"maxBins": "1"}, 400, "LIMIT_EXCEEDED", id="bins"),
    pytest.param({"maxBins": "5"}, 400, "INVALID_INPUT", id="bins of a pie"),
    pytest.param({"maxPoints": "50"}, 400, "INVALID_INPUT", id="points of a pie"),
    pytest.param({"first": "50"}, 400, "INVALID_INPUT", id="rows of a pie"),
    pytest.param({"first": "1001"}, 400, "LIMIT_EXCEEDED", id="rows"),
    pytest.param({"orderBy": "VALUE"}, 400, "INVALID_INPUT", id="order of a pie"),
    pytest.param({"direction": "UP"}, 400, "INVALID_INPUT", id="direction"),
    pytest.param({"filters": "topic=billing"}, 400, "INVALID_INPUT", id="no JSON"),
    pytest.param({"filters": '{"field": "topic", "op": "regex", "value": "("}'}, 400, "INVALID_FILTER", id="regex"),
    pytest.param({"scope": "topic=billing"}, 400, "INVALID_INPUT", id="scope no JSON"),
    pytest.param({"scope": '{"field": "topik"}'}, 400, "INVALID_FILTER", id="scope"),
    pytest.param({"timezone": "UTC"}, 400, "INVALID_INPUT", id="unknown parameter"),
]


@pytest.mark.parametrize(("params", "status", "code"), BAD)
async def test_a_wrong_request_is_refused(
    client: httpx.AsyncClient, widgets: dict[str, str], params: dict[str, str], status: int, code: str
) -> None:
    response = await client.get(f"/export/widgets/{widgets['pie']}.csv", params=params)
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (status, code)
    assert error["message"]


@pytest.mark.parametrize("bound", EXPORTED_BOUNDS.values(), ids=EXPORTED_BOUNDS)
async def test_bounds_go_as_far_as_their_rows(
    client: httpx.AsyncClient, widgets: dict[str, str], bound: ItemBound
) -> None:
    for chart_type in bound.chart_types:
        url = f"/export/widgets/{widgets[chart_type.value]}.csv"
        for within in (bound.least, bound.most):
            assert (await client.get(url, params={bound.name: within})).status_code == 200
        for beyond in (bound.least - 1, bound.most + 1):
            (error,) = (await client.get(url, params={bound.name: beyond})).json()["errors"]
            assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": bound.most}
            assert error["message"] == f"{bound.name} is {beyond}, but must be {bound.least} to {bound.most}."


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.chart_type.name)
async def test_a_chart_takes_the_bounds_of_its_row_and_no_others(
    client: httpx.AsyncClient, widgets: dict[str, str], form: ChartForm
) -> None:
    own = [name for name, bound in EXPORTED_BOUNDS.items() if bound.takes in form.takes]
    allowed = [*own, "orderBy", "direction"] if EXPORTED_ROWS.name in own else own
    for name, bound in EXPORTED_BOUNDS.items():
        response = await client.get(f"/export/widgets/{widgets[form.chart_type.value]}.csv", params={name: bound.most})
        assert (response.status_code == 200) == (name in own)
        if name not in own:
            (error,) = response.json()["errors"]
            others = " or ".join(chart_type.name for chart_type in bound.chart_types)
            assert error["message"] == (
                f"{name} applies to charts of type {others}, but this one is a {form.chart_type.name}."
            )
            assert error["extensions"] == {"code": "INVALID_INPUT", "path": f"/{name}", "allowed": allowed}


async def test_the_message_of_an_old_range_is_the_products(client: httpx.AsyncClient, widgets: dict[str, str]) -> None:
    response = await client.get(f"/export/widgets/{widgets['pie']}.csv?from=now-31d")
    expected = "Timestamp filter value is too far in the past. Maximum allowed range is 30 days."
    assert response.json()["errors"][0]["message"] == expected


@pytest.mark.parametrize("given", ["1", encode("Widget", 1), encode("Dashboard", 1), "nonsense", "9" * 30])
async def test_a_widget_that_is_not_there(client: httpx.AsyncClient, given: str) -> None:
    response = await client.get(f"/export/widgets/{given}.csv")
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) in ((404, "NOT_FOUND"), (400, "INVALID_ID"))


async def test_widgets_of_another_project_are_not_there(
    anonymous: httpx.AsyncClient, sessions: Sessions, widgets: dict[str, str], other_project_id: int
) -> None:
    anonymous.headers["X-API-Key"] = await create_key(sessions, other_project_id, "test")
    response = await anonymous.get(f"/export/widgets/{widgets['pie']}.csv")
    assert response.status_code == 404


async def test_graphql_names_the_addresses(client: httpx.AsyncClient, widgets: dict[str, str]) -> None:
    query = """query ($id: ID!, $f: JSON) { widget(id: $id) {
      exportUrl(format: JSONL, filters: $f, timeRange: {from: "now-7d"}, timeZone: "Asia/Tokyo")
      data { ... on PieChart { slices { value exportUrl(format: CSV) } } }
    } }"""
    filters = {"field": "topic", "op": "in", "value": ["billing", "a&b=ü"]}
    widget = (await _graph(client, query, id=widgets["pie"], f=filters))["widget"]
    (only,) = records(await client.get(widget["exportUrl"]))
    assert only["label"] == "billing"
    for slice in widget["data"]["slices"]:
        assert urlsplit(slice["exportUrl"]).path == "/export/calls.csv"
        rows = list(csv.DictReader(io.StringIO((await client.get(slice["exportUrl"])).text, newline="")))
        assert len(rows) == slice["value"]
