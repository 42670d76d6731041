"""Every field of the roots, tried with every role; and no way around the table."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from graphql import GraphQLObjectType, is_leaf_type
from strawberry.types import ExecutionResult

from graph.context import Context
from graph.event_stream import answer_event, events_of
from graph.node_ids import encode
from graph.rights import FIELDS, ROUTES, Roles, Route, guard
from graph.schema import Asked, build_schema, schema
from models import Role
from resolvers.rights import Rights
from resolvers.scope import Scope, SignedInKey
from server.keys import make_key
from tests.graph.conftest import World
from tests.imports import ROOT

EXPECTED: Mapping[Role, Mapping[str, set[str]]] = {
    Role.VIEWER: {
        "Query": {
            "viewer", "node", "nodes", "dashboards", "dashboard", "widget", "previewWidget", "callLogs", "callLog",
            "agents", "metrics", "predefinedWidgets", "widgetFields", "filterFields", "validateFilters",
            "metadataKeys", "fieldValues", "filterWaterfall", "whyNot",
        },
        "Mutation": set(),
        "Subscription": {"chartUpdated", "previewUpdated", "callLogArrived", "dashboardChanged"},
    },
    Role.ANALYST: {
        "Mutation": {
            "createDashboard", "updateDashboard", "deleteDashboard", "restoreDashboard", "undoDashboard",
            "importDashboard", "duplicateDashboard", "createWidget", "updateWidget", "deleteWidget",
            "duplicateWidget", "arrangeWidgets", "applyWidgetChanges", "updateCallLog", "updateMetric",
        }
    },
    Role.INGESTER: {"Query": {"viewer"}, "Mutation": {"ingestCallLogs", "ingestCalls"}},
}  # fmt: skip
"""Who may what, written down a second time: an analyst reads what a viewer reads, an admin may everything."""


def may(role: Role, root: str, field: str) -> bool:
    if role is Role.ADMIN:
        return True
    readers = EXPECTED[Role.VIEWER if role is Role.ANALYST and root != "Mutation" else role]
    return field in readers.get(root, set())


ROOTS: dict[str, GraphQLObjectType] = {
    root.name: root
    for root in (schema._schema.query_type, schema._schema.mutation_type, schema._schema.subscription_type)
    if root is not None
}
TRIED = [(root, field, role) for root in ROOTS for field in ROOTS[root].fields for role in Role]

CALL = '{callId: "new", agent: "Ada", timestamp: "2026-03-20T10:00:00Z"}'
NEW_WIDGET = 'name: "W", chartType: STAT'

# What each field is asked with; {widget} and the like are ids of the test's project.
ARGUMENTS: Mapping[str, str] = {
    "node": 'id: "{dashboard}"',
    "nodes": 'ids: ["{dashboard}", "{call}"]',
    "dashboard": 'id: "{dashboard}"',
    "widget": 'id: "{widget}"',
    "previewWidget": "input: {{chartType: STAT}}",
    "callLog": 'id: "{call}"',
    "fieldValues": 'field: "topic"',
    "whyNot": 'callLogId: "{call}", widgetId: "{widget}"',
    "chartUpdated": 'id: "{widget}"',
    "previewUpdated": "input: {{chartType: STAT}}",
    "dashboardChanged": 'id: "{dashboard}"',
    "createDashboard": 'input: {{name: "N"}}',
    "updateDashboard": 'input: {{id: "{dashboard}", name: "N"}}',
    "deleteDashboard": 'input: {{id: "{dashboard}"}}',
    "restoreDashboard": 'input: {{id: "{dashboard}"}}',
    "undoDashboard": 'input: {{id: "{dashboard}"}}',
    "importDashboard": "input: {{document: {document}}}",
    "duplicateDashboard": 'input: {{id: "{dashboard}"}}',
    "createWidget": f'input: {{{{dashboardId: "{{dashboard}}", {NEW_WIDGET}}}}}',
    "updateWidget": 'input: {{id: "{widget}", name: "N"}}',
    "deleteWidget": 'input: {{id: "{widget}"}}',
    "duplicateWidget": 'input: {{id: "{widget}"}}',
    "arrangeWidgets": 'input: {{dashboardId: "{dashboard}", widgets: []}}',
    "applyWidgetChanges": 'input: {{dashboardId: "{dashboard}"}}',
    "ingestCallLogs": f"input: {{{{calls: [{{{CALL}}}]}}}}",
    "ingestCalls": "input: {{calls: []}}",
    "updateCallLog": 'input: {{id: "{call}", topic: "t"}}',
    "createApiKey": 'input: {{name: "N", role: VIEWER}}',
    "updateApiKey": 'input: {{id: "{key}", name: "N"}}',
    "revokeApiKey": 'input: {{id: "{key}"}}',
    "rotateApiKey": 'input: {{id: "{key}"}}',
    "updateMetric": 'input: {{id: "{metric}", displayName: "N"}}',
    "updateProject": "input: {{}}",
}


async def first_event(world: World, query: str, **context: Any) -> ExecutionResult:
    """The answer to the first event of a subscription, or what it is refused with."""
    scope = Scope(world.project_id, world.sessions, datetime.now(UTC), None, **context)
    asked = Asked(await schema.documents.prepare(query), None, Context(scope), None, None, None)
    events = await events_of(schema, asked)
    if isinstance(events, ExecutionResult):
        return events
    async with aclosing(cast("AsyncGenerator[Any]", events)) as told:
        return (await answer_event(schema, asked, await anext(told)))[0]


async def ask(world: World, role: Role, root: str, field: str) -> ExecutionResult:
    made = await make_key(world.sessions, world.project_id, "target")
    ids = {
        "dashboard": encode("Dashboard", world.dashboard),
        "widget": world.widget("Overview"),
        "call": encode("CallLog", world.calls[0]),
        "key": encode("ApiKey", made.row.id),
        "metric": encode("Metric", world.metrics["latency"]),
        "document": "{}",
    }
    given = ARGUMENTS.get(field)
    arguments = f"({given.format(**ids)})" if given else ""
    kind: Any = ROOTS[root].fields[field].type
    while hasattr(kind, "of_type"):
        kind = kind.of_type
    selection = "" if is_leaf_type(kind) else "{ __typename }"
    run = first_event if root == "Subscription" else World.run
    return await run(world, f"{root.lower()} {{ {field}{arguments} {selection} }}", rights=Rights(role))


@pytest.mark.parametrize(("root", "field", "role"), TRIED, ids=lambda value: str(value))
async def test_each_role_may_exactly_what_the_table_says(world: World, root: str, field: str, role: Role) -> None:
    result = await ask(world, role, root, field)
    if may(role, root, field):
        assert result.errors is None
        return
    (error,) = result.errors or []
    assert error.extensions is not None
    assert error.extensions["code"] == "FORBIDDEN"
    assert error.extensions["role"] == role.value
    assert error.message.startswith(f"This key has the role {role.value}; {field} needs the role ")
    assert error.extensions["allowed"] == [other.value for other in Role if may(other, root, field)]


async def test_a_refused_mutation_writes_nothing(world: World, statements: list[str]) -> None:
    statements.clear()
    refusal = await world.refused('mutation { createDashboard(input: {name: "N"}) { dashboard { id } } }',
                                  rights=Rights(Role.VIEWER))  # fmt: skip
    assert refusal["extensions"]["code"] == "FORBIDDEN"
    assert len(statements) == 0


async def test_neighbours_of_a_refused_field_are_answered(world: World) -> None:
    result = await world.run("{ viewer { role } callLogs { totalCount } }", rights=Rights(Role.INGESTER))
    assert result.data == {"viewer": {"role": "INGESTER"}, "callLogs": None}
    assert [error.path for error in result.errors or []] == [["callLogs"]]


async def test_the_graph_behind_a_payload_is_checked_again(world: World) -> None:
    """An ingester gets numbers of what it sent, and no call by the payload's way back to the roots."""
    result = await world.run(
        f"mutation {{ ingestCallLogs(input: {{calls: [{CALL}]}}) "
        "{ created errors { message } query { viewer { role } callLogs { totalCount } dashboards { totalCount } } } }",
        rights=Rights(Role.INGESTER),
    )
    assert result.data == {
        "ingestCallLogs": {
            "created": 1,
            "errors": [],
            "query": {"viewer": {"role": "INGESTER"}, "callLogs": None, "dashboards": None},
        }
    }
    assert [(error.extensions or {})["code"] for error in result.errors or []] == ["FORBIDDEN"] * 2


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST])
async def test_keys_are_no_nodes_for_others_than_admins(world: World, role: Role) -> None:
    made = await make_key(world.sessions, world.project_id, "target")
    query = f'{{ node(id: "{encode("ApiKey", made.row.id)}") {{ ... on ApiKey {{ name }} }} }}'
    assert (await world.refused(query, rights=Rights(role)))["extensions"]["code"] == "FORBIDDEN"
    assert await world.ask(query) == {"node": {"name": "target"}}


async def test_a_key_sees_itself(world: World) -> None:
    made = await make_key(world.sessions, world.project_id, "mine", Role.VIEWER)
    query = "{ viewer { role key { databaseId name role expiresAt } } }"
    told = await world.ask(query, rights=Rights(Role.VIEWER), key=SignedInKey(made.row.id, "mine"))
    key = {"databaseId": made.row.id, "name": "mine", "role": "VIEWER", "expiresAt": None}
    assert told == {"viewer": {"role": "VIEWER", "key": key}}
    assert await world.ask("{ viewer { key { name } } }") == {"viewer": {"key": None}}


def test_every_route_has_a_row() -> None:
    assert ROUTES.keys() == set(Route)


@pytest.mark.parametrize("root", ["Query", "Mutation", "Subscription"])
def test_a_field_without_a_row_stops_the_program(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = dict(FIELDS)
    rows[root] = {name: roles for name, roles in rows[root].items() if name != list(rows[root])[-1]}
    monkeypatch.setattr("graph.rights.FIELDS", rows)
    with pytest.raises(LookupError, match=f"{root} differ"):
        build_schema()


def test_a_row_without_a_field_stops_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: dict[str, Mapping[str, Roles]] = {**FIELDS, "Query": {**FIELDS["Query"], "gone": frozenset(Role)}}
    monkeypatch.setattr("graph.rights.FIELDS", rows)
    with pytest.raises(LookupError, match="gone"):
        guard(schema._schema)


def test_the_server_makes_scopes_in_one_place() -> None:
    """Elsewhere it could forget the rights, and a scope without them may everything."""
    makers = {
        str(file.relative_to(ROOT))
        for folder in ("server/http", "server/exporting")
        for file in (ROOT / folder).glob("*.py")
        if " Scope(" in file.read_text()
    }
    assert makers == {"server/http/request_scope.py"}
