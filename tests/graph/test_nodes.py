"""Global ids: they find their things, and nothing else."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from graph.node_ids import InvalidIdError, NodeId, decode, encode, row_id
from models import Role
from resolvers.author import ViaOrganisation
from resolvers.rights import Rights
from resolvers.scope import SignedInKey
from tests.graph.conftest import Saver, World


def _plain(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_an_id_is_the_base64_of_type_and_number() -> None:
    assert encode("Dashboard", 12) == base64.b64encode(b"Dashboard:12").decode()
    assert decode(encode("Dashboard", 12)) == NodeId("Dashboard", 12)
    assert row_id(encode("Metric", 2**63 - 1), "Metric") == 2**63 - 1
    assert encode("DashboardRevision", 12, 3) == base64.b64encode(b"DashboardRevision:12:3").decode()
    assert decode(encode("DashboardRevision", 12, 3)) == NodeId("DashboardRevision", 3, (12,))


BAD_IDS = [
    "",
    "1",
    "Dashboard:1",
    "ünicode",
    "===",
    _plain("Dashboard"),
    _plain("Dashboard:"),
    _plain("Dashboard:-1"),
    _plain("Dashboard:1 or 1=1"),
    _plain("Dashboard:1\n"),
    _plain("Dashboard:٣"),
    _plain("Quota:1"),
    _plain("Dashboard:1:2"),
    _plain("DashboardRevision:1"),
    _plain("DashboardRevision:1:2:3"),
    _plain(f"DashboardRevision:{2**63}:1"),
    _plain("Viewer:1:2:3:4"),
    _plain("dashboard:1"),
    _plain(f"Dashboard:{2**63}"),
    _plain(f"Dashboard:{'9' * 10_000}"),
]


@pytest.mark.parametrize("bad", BAD_IDS)
def test_what_is_no_id_is_refused(bad: str) -> None:
    with pytest.raises(InvalidIdError) as caught:
        decode(bad)
    assert len(caught.value.message) < 200
    assert "Dashboard" in caught.value.message


@pytest.mark.parametrize("field", ["dashboard", "widget", "callLog"])
async def test_an_id_of_another_type_is_refused(world: World, field: str) -> None:
    other = world.id("Agent", world.agents[0])
    error = await world.refused(f"query ($id: ID!) {{ {field}(id: $id) {{ id }} }}", {"id": other})
    expected = field[0].upper() + field[1:]
    assert error["extensions"] == {"code": "INVALID_ID", "allowed": [expected]}
    assert f"is an ID of type Agent. Expected an ID of type {expected}." in error["message"]


async def test_every_type_is_found_by_its_id(world: World) -> None:
    ids = {
        "Dashboard": world.id("Dashboard", world.dashboard),
        "Widget": world.widget("Topics"),
        "Agent": world.id("Agent", world.agents[0]),
        "Metric": world.id("Metric", world.metrics["mood"]),
        "CallLog": world.id("CallLog", world.calls[0]),
    }
    nodes = (await world.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", {"ids": [*ids.values()]}))[
        "nodes"
    ]
    assert nodes == [{"__typename": name, "id": id} for name, id in ids.items()]
    for id in ids.values():
        assert (await world.ask("query ($id: ID!) { node(id: $id) { id } }", {"id": id}))["node"] == {"id": id}


ENTITIES = """
query {
  viewer { id key { id } organisation { id } project { id } }
  dashboards { nodes { id revisions { nodes { id number } } } }
  callLogs(first: 1) { nodes { id metricEvaluations { id metric { id } } agent { id } } }
  auditEvents(first: 1) { nodes { id action } }
}
"""
ORGANISATION_KEY = SignedInKey(7, "Reports", organisation=ViaOrganisation(9, "Acme"))


async def test_whatever_has_an_id_in_an_answer_is_found_by_it(world: World) -> None:
    rename = "mutation ($input: UpdateDashboardInput!) { updateDashboard(input: $input) { dashboard { id } } }"
    await world.ask(rename, {"input": {"id": world.id("Dashboard", world.dashboard), "name": "Renamed"}})
    data = await world.ask(ENTITIES, key=ORGANISATION_KEY)
    told = [*_with_ids(data)]
    kinds = {decode(one["id"]).type_name for one in told}
    assert kinds >= {"Viewer", "ViewerKey", "Organisation", "Project", "DashboardRevision", "MetricEvaluation"}
    assert "AuditEvent" in kinds
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on DashboardRevision { number } } }"
    found = (await world.ask(query, {"ids": [one["id"] for one in told]}, key=ORGANISATION_KEY))["nodes"]
    assert found == [
        {"__typename": decode(one["id"]).type_name, "id": one["id"]}
        | ({"number": one["number"]} if "number" in one else {})
        for one in told
    ]


def _with_ids(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _with_ids(item)
    if isinstance(value, dict):
        if "id" in value:
            yield value
        for member in value.values():
            yield from _with_ids(member)


NOT_OWN = {
    "a viewer in another project": ("Viewer", (0, 9, 7)),
    "another key": ("ViewerKey", (9, 8)),
    "the key of a project with the number of one of an organisation": ("ViewerKey", (0, 7)),
    "another organisation": ("Organisation", (8,)),
    "another project": ("Project", (2**62,)),
    "a revision that is not there": ("DashboardRevision", (1, 2**31 - 1)),
    "a revision with too large a number": ("DashboardRevision", (1, 2**62)),
    "an evaluation that is not there": ("MetricEvaluation", (2**62,)),
    "an event that is not there": ("AuditEvent", (2**62,)),
}


@pytest.mark.parametrize(("kind", "numbers"), NOT_OWN.values(), ids=NOT_OWN.keys())
async def test_others_are_not_found(world: World, kind: str, numbers: tuple[int, ...]) -> None:
    query = "query ($id: ID!) { node(id: $id) { id } }"
    assert await world.ask(query, {"id": encode(kind, *numbers)}, key=ORGANISATION_KEY) == {"node": None}


@pytest.mark.parametrize("kind", ["MetricEvaluation", "AuditEvent", "DashboardRevision", "Project"])
async def test_another_project_does_not_find_them(world: World, other_project_id: int, kind: str) -> None:
    rename = "mutation ($input: UpdateDashboardInput!) { updateDashboard(input: $input) { dashboard { id } } }"
    await world.ask(rename, {"input": {"id": world.id("Dashboard", world.dashboard), "name": "Renamed"}})
    told = [one["id"] for one in _with_ids(await world.ask(ENTITIES)) if decode(one["id"]).type_name == kind]
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert told
    foreign = await world.ask(query, {"ids": told}, project_id=other_project_id)
    assert foreign == {"nodes": [None] * len(told)}


async def test_audit_events_are_for_admins(world: World) -> None:
    event = (await world.ask(ENTITIES))["auditEvents"]["nodes"]
    query = "query ($id: ID!) { node(id: $id) { id } }"
    id = event[0]["id"] if event else encode("AuditEvent", 1)
    error = await world.refused(query, {"id": id}, rights=Rights(Role.ANALYST))
    assert error["extensions"]["code"] == "FORBIDDEN"


async def test_what_is_not_there_is_null(world: World, other_project_id: int) -> None:
    missing = world.id("Widget", 2**62)
    data = await world.ask(
        "query ($id: ID!, $ids: [ID!]!) { node(id: $id) { id } nodes(ids: $ids) { id } widget(id: $id) { id } }",
        {"id": missing, "ids": [missing, world.widget("Topics"), missing]},
    )
    assert data == {"node": None, "nodes": [None, {"id": world.widget("Topics")}, None], "widget": None}
    foreign = await world.ask(
        "query ($id: ID!) { node(id: $id) { id } }", {"id": world.widget("Topics")}, project_id=other_project_id
    )
    assert foreign == {"node": None}


async def test_many_nodes_of_a_type_take_one_statement(world: World, statements: Any) -> None:
    ids = [world.id("CallLog", row_id) for row_id in world.calls]
    data = await world.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})
    assert [node["id"] for node in data["nodes"]] == ids
    assert len(statements) == 1


async def test_the_number_of_ids_is_bounded(world: World) -> None:
    error = await world.refused(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [world.widget("Topics")] * 101}
    )
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"


async def test_a_deleted_dashboard_takes_its_widgets_along(world: World) -> None:
    from sqlalchemy import func, update

    from models import Dashboard

    async with world.sessions.write(world.project_id) as session:
        await session.execute(
            update(Dashboard).where(Dashboard.project_id == world.project_id).values(deleted_at=func.now())
        )
    data = await world.ask(
        "query ($d: ID!, $w: ID!) { dashboard(id: $d) { id } widget(id: $w) { id } dashboards { totalCount } }",
        {"d": world.id("Dashboard", world.dashboard), "w": world.widget("Topics")},
    )
    assert data == {"dashboard": None, "widget": None, "dashboards": {"totalCount": 0}}


async def test_a_widget_on_its_own_answers_as_on_its_dashboard(world: World, save_widget: Saver) -> None:
    widget = await save_widget(
        "Nothing to lay out", "pie", field="topic", layout={"x": 1, "y": 2, "width": 3, "height": 4}
    )
    data = await world.ask(
        "query ($id: ID!) { widget(id: $id) { layout { x y width height } dataType dashboard { databaseId } } }",
        {"id": widget},
    )
    assert data["widget"] == {
        "layout": {"x": 1, "y": 2, "width": 3, "height": 4},
        "dataType": "STRING",
        "dashboard": {"databaseId": world.dashboard},
    }
