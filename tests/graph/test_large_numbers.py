"""Rows whose numbers need more than 32 bits, and calls whose numbers no double holds: everything answers as ever.

Every query and every mutation is asked for all that it can say, over HTTP, in a database of its own whose sequences
stand at 3,000,000,000; those of calls above 2^53.
"""

import json
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType, get_named_type, is_non_null_type
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import create_async_engine

from aggregation.stored.preaggregates import Preaggregates
from graph.node_ids import decode, encode
from graph.schema import schema
from models import Project
from models.sessions import Sessions
from server.app import create_app
from server.keys import create_key
from server.postgres.binary_results import BinaryCursor
from server.postgres.migrate import head
from server.runtime import MEGABYTE, Runtime
from server.settings import Settings

ROWS = 3_000_000_000
CALLS = 2**53 + 1
COUNT = 40
KINDS = schema._schema.type_map
NOW = datetime.now(UTC)


def selection(kind: Any, depth: int) -> str:
    """All fields of a type that need no argument, and what is below them."""
    kind = get_named_type(kind)
    match kind:
        case GraphQLUnionType():
            return " ".join(f"... on {one.name} {{ {selection(one, depth)} }}" for one in kind.types)
        case GraphQLObjectType() | GraphQLInterfaceType():
            fields = [_field(name, field, depth) for name, field in kind.fields.items()]
            return " ".join(["__typename", *filter(None, fields)])
        case _:
            return ""


# The root again, and a history that is asked for by itself.
LEFT_OUT = {"query", "revisions"}


def _field(name: str, field: Any, depth: int) -> str:
    needed = [key for key, one in field.args.items() if is_non_null_type(one.type) and one.default_value is None]
    given = {"format": "CSV"}
    if name in LEFT_OUT or any(key not in given for key in field.args if key in needed):
        return ""
    arguments = ", ".join(f"{key}: {given[key]}" for key in field.args if key in given)
    below = ""
    if isinstance(get_named_type(field.type), GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType):
        if depth == 0:
            return ""
        below = f" {{ {selection(field.type, depth - 1)} }}"
    return f"{name}{f'({arguments})' if arguments else ''}{below}"


@dataclass
class Client:
    """Asks over HTTP. ``asked`` are the root fields that were."""

    http: httpx.AsyncClient
    asked: set[str]

    async def run(self, kind: str, name: str, depth: int = 2, /, **variables: Any) -> Any:
        """The answer to one root field, with all that it can say; errors fail the test."""
        self.asked.add(name)
        root = schema._schema.query_type if kind == "query" else schema._schema.mutation_type
        assert root is not None
        field = root.fields[name]
        names = {key: str(one.type) for key, one in field.args.items() if key in variables}
        given = ", ".join(f"${key}: {type_}" for key, type_ in names.items())
        passed = ", ".join(f"{key}: ${key}" for key in names)
        head = f"{kind} ({given})" if given else kind
        body = f"{name}({passed})" if passed else name
        document = f"{head} {{ {body} {{ {selection(field.type, depth)} }} }}"
        return (await self.send(document, **variables))[name]

    async def send(self, document: str, **variables: Any) -> Any:
        """The data of a document."""
        answer = (await self.http.post("/graphql", json={"query": document, "variables": variables})).json()
        assert "errors" not in answer, (document[:300], answer["errors"])
        return answer["data"]

    async def change(self, name: str, /, **fields: Any) -> Any:
        """The payload of a mutation that finds nothing wrong."""
        payload = await self.run("mutation", name, input=fields)
        assert payload["errors"] == []
        return payload


@pytest.fixture
async def client(own_database_url: URL) -> AsyncGenerator[Client]:
    engine = create_async_engine(own_database_url, connect_args={"cursor_factory": BinaryCursor})
    async with engine.begin() as connection:
        sequences = (await connection.execute(sa.text("select sequencename from pg_sequences"))).scalars().all()
        assert {"projects_id_seq", "dashboards_id_seq", "widgets_id_seq", "call_logs_id_seq"} <= {*sequences}
        for name in sequences:
            at = CALLS if name == "call_logs_id_seq" else ROWS
            await connection.execute(
                sa.text("select setval(cast(:name as regclass), :at, false)"), {"name": name, "at": at}
            )
        insert = sa.insert(Project).values(name="Large").returning(Project.id)
        project_id = (await connection.execute(insert)).scalar_one()
    assert project_id == ROWS
    sessions = Sessions(engine)
    app = create_app(
        Settings(max_cost=1_000_000, budget_key=0, budget_project=0),
        Runtime(engine, sessions, head(), Preaggregates(64 * MEGABYTE)),
    )
    transport = httpx.ASGITransport(app)
    key = {"X-API-Key": await create_key(sessions, project_id, "test")}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=key) as http:
        yield Client(http, set())
    await engine.dispose()


def numbers_of(value: Any) -> Iterator[tuple[str, int, str | None]]:
    """The type, ``databaseId`` and ``id`` of everything in an answer that has one."""
    match value:
        case dict():
            if "databaseId" in value:
                yield value["__typename"], value["databaseId"], value.get("id") or value.get("callLogId")
            for below in value.values():
                yield from numbers_of(below)
        case list():
            for below in value:
                yield from numbers_of(below)
        case _:
            pass


WIDGETS: list[dict[str, Any]] = [
    {"chartType": "LINE", "field": "duration"},
    {"chartType": "BAR", "field": "agent_id", "aggregation": "MAX", "timePeriod": "DAY"},
    {"chartType": "BAR", "field": "duration", "aggregation": "AVG", "timePeriod": "DAY",
     "groupBy": {"type": "field", "field": "agent_id"}},
    {"chartType": "PIE", "field": "topic"},
    {"chartType": "LIST", "field": "topic"},
    {"chartType": "HISTOGRAM", "field": "duration"},
    {"chartType": "STAT"},
    {"chartType": "STAT", "field": "duration", "aggregation": "P95"},
]  # fmt: skip
METRIC_ID = encode("Metric", ROWS)


def call(number: int) -> dict[str, Any]:
    at = NOW - timedelta(hours=2 * number, minutes=1)
    score = {"metric": "score", "type": "NUMERIC", "value": number / 4}
    return {
        "callId": f"c{number}",
        "agent": ("Ada", "Bo")[number % 2],
        # Several at each moment: their order is that of their numbers.
        "timestamp": at.replace(hour=at.hour - at.hour % 8).isoformat(),
        "duration": float(10 + number % 7),
        "topic": ("billing", "refund", None)[number % 3],
        "metadata": {"region": "EU"},
        "metrics": [score],
    }


async def test_every_query_mutation_and_export(client: Client) -> None:
    answers: list[Any] = []

    async def change(name: str, /, **fields: Any) -> Any:
        answers.append(await client.change(name, **fields))
        return answers[-1]

    async def ask(name: str, depth: int = 2, /, **variables: Any) -> Any:
        answers.append(await client.run("query", name, depth, **variables))
        return answers[-1]

    await change("ingestCallLogs", calls=[call(number) for number in range(COUNT)])
    by_json = await change("ingestCalls", calls=[{"call_id": "c0", "agent": "Ada", "timestamp": call(0)["timestamp"]}])
    assert by_json["updated"] == 1
    filters = {"field": "timestamp", "op": "gte", "value": "today-6d"}
    dashboard = (await change("createDashboard", name="Large", filters=filters))["dashboard"]
    made = [
        (await change("createWidget", dashboardId=dashboard["id"], name=f"W{at}", **one))["widget"]
        for at, one in enumerate(
            [*WIDGETS, {"chartType": "PIE", "field": "metric_evaluations.value", "metricId": METRIC_ID}]
        )
    ]
    assert [decode(one["id"]).row_id for one in made] == list(range(ROWS, ROWS + len(made)))
    await change("updateDashboard", id=dashboard["id"], name="Larger")
    await change("updateWidget", id=made[0]["id"], name="Line")
    copy = (await change("duplicateWidget", id=made[0]["id"]))["widget"]
    await change("deleteWidget", id=copy["id"])
    place = {"x": 0, "y": 40, "width": 6, "height": 4}
    await change("arrangeWidgets", dashboardId=dashboard["id"], widgets=[{"id": made[0]["id"], "layout": place}])
    new = {"name": "New", "chartType": "STAT"}
    await change("applyWidgetChanges", dashboardId=dashboard["id"], create=[new], delete=[made[6]["id"]])
    twin = (await change("duplicateDashboard", id=dashboard["id"]))["dashboard"]
    await change("deleteDashboard", id=twin["id"])
    await change("restoreDashboard", id=twin["id"])
    await change("undoDashboard", id=dashboard["id"])
    document = {"format": "dialboard-dashboard/1", "name": "In", "widgets": [{"name": "S", "chartType": "STAT"}]}
    await change("importDashboard", document=document)
    a_call = encode("CallLog", CALLS)
    await change("updateCallLog", id=a_call, isReviewed=True, feedback={"rating": 5, "reviewer": "Me"})

    key = (await change("createApiKey", name="New", role="VIEWER"))["apiKey"]
    await change("updateApiKey", id=key["id"], name="Newer")
    newer = (await change("rotateApiKey", id=key["id"]))["apiKey"]
    assert (key["createdBy"], newer["rotatedFrom"]) == (ROWS, ROWS + 1)
    await change("revokeApiKey", id=newer["id"])
    await ask("apiKeys")
    await change("updateMetric", id=METRIC_ID, displayName="Large")
    await change("updateProject", maskCustomerNumbers=True)
    await ask("auditEvents", 3)

    everything = [(await ask("widget", 3, id=one["id"]))["data"] for one in made[:6]]
    line, bar, grouped, *_ = everything
    assert {one["__typename"] for one in everything} == {
        "LineChart",
        "BarChart",
        "PieChart",
        "ListChart",
        "HistogramChart",
    }
    assert max(one["value"] for one in bar["buckets"] if one["value"]) == ROWS + 1
    assert {one["label"] for one in grouped["series"]} == {str(ROWS), str(ROWS + 1)}
    await ask("viewer")
    await ask("node", id=a_call)
    await ask("nodes", ids=[a_call, dashboard["id"], METRIC_ID, encode("Agent", ROWS)])
    await ask("dashboards")
    await ask("dashboard", id=dashboard["id"])
    await ask("callLog", id=a_call)
    listed = await ask("callLogs")
    assert listed["totalCount"] == COUNT
    await ask("agents")
    await ask("metrics")
    preview = {"chartType": "LINE", "field": "metric_evaluations.value", "metricId": METRIC_ID, "filters": filters}
    await ask("previewWidget", input=preview)
    for name in ("predefinedWidgets", "widgetFields", "filterFields", "metadataKeys"):
        await ask(name)
    conditions = [
        {"field": "metric_evaluations.metric.id", "op": "eq", "value": ROWS},
        {"field": "metric_evaluations.value", "op": "gte", "value": 1},
    ]
    same = {"operator": "and", "conditions": conditions}
    validated = await ask("validateFilters", filters=same)
    assert validated["errors"] == []
    await ask("fieldValues", field="topic")
    waterfall = await ask("filterWaterfall", filters={"field": "agent.id", "op": "eq", "value": ROWS + 1})
    assert waterfall["total"] == COUNT
    await ask("whyNot", callLogId=a_call, widgetId=made[1]["id"])
    roots = [schema._schema.query_type, schema._schema.mutation_type]
    assert client.asked == {name for root in roots if root for name in root.fields}

    found = [one for answer in answers for one in numbers_of(answer)]
    assert {kind for kind, *_ in found} == {
        *("Project", "Dashboard", "Widget", "CallLog", "LinePoint", "Agent", "Metric"),
        *("ApiKey", "ViewerKey", "AuditEvent"),
    }
    for kind, number, global_id in found:
        assert (CALLS if kind in ("CallLog", "LinePoint") else ROWS) <= number < CALLS + COUNT
        if global_id is not None:
            assert decode(global_id).row_id == number
    history = await client.send(
        "query ($id: ID!) { dashboard(id: $id) { revisions { edges { node { authorKeyId number } } } } }",
        id=dashboard["id"],
    )
    assert {edge["node"]["authorKeyId"] for edge in history["dashboard"]["revisions"]["edges"]} == {ROWS}

    exported = (await client.http.get(f"/export/widgets/{made[0]['id']}.jsonl")).text.splitlines()
    points = line["points"]
    assert [json.loads(row)["id"] for row in exported] == [one["databaseId"] for one in points]
    calls = (await client.http.get("/export/calls.jsonl")).text
    assert {json.loads(row)["call_id"] for row in calls.splitlines()} == {f"c{number}" for number in range(COUNT)}


@pytest.mark.parametrize("group", [None, {"type": "field", "field": "topic"}])
async def test_thinned_points_are_calls_that_there_are(client: Client, group: Any) -> None:
    """Neighbouring numbers above 2^53 are one and the same double."""
    calls = [{**call(number), "duration": float(number)} for number in range(COUNT)]
    await client.change("ingestCallLogs", calls=calls)
    filters = {"field": "timestamp", "op": "gte", "value": "today-6d"}
    dashboard = (await client.change("createDashboard", name="Large", filters=filters))["dashboard"]
    fields = {"chartType": "LINE", "field": "duration", "groupBy": group}
    widget = (await client.change("createWidget", dashboardId=dashboard["id"], name="L", **fields))["widget"]
    document = (
        "query ($id: ID!) { widget(id: $id) { data { ... on LineChart { source "
        "all: points { databaseId callLogId timestamp value } "
        "few: points(maxPoints: 24) { databaseId callLogId timestamp value } isThinned(maxPoints: 24) } } } }"
    )
    for _ in range(2):
        data = (await client.send(document, id=widget["id"]))["widget"]["data"]
        assert data["isThinned"]
        assert len(data["few"]) > 4
        assert all(point in data["all"] for point in data["few"])
