import asyncio

import pytest
import sqlalchemy as sa

from graph.node_ids import encode
from models import Dashboard
from models.quotas import Quotas

INJECTION = "'; drop table dashboards; -- \" \\ %s %(x)s $1 {} \U0001f4de \u202e"
RECENT = {"field": "timestamp", "op": "gte", "value": "now-7d"}
SETTINGS = ("name", "filters", "timeZone", "weekStart", "isDefault", "includeInDailyReport", "version")


def settings(dashboard):
    return tuple(dashboard[key] for key in SETTINGS)


OWN = ("id", "databaseId", "updatedAt", "dashboard", "version")


def strip(widgets):
    return [{key: value for key, value in widget.items() if key not in OWN} for widget in widgets]


def places(errors):
    return [(error["__typename"], error["code"], error["path"]) for error in errors]


async def test_a_new_dashboard_has_its_defaults(api):
    dashboard = await api.dashboard(name="  Calls  ")
    assert settings(dashboard) == ("Calls", None, "UTC", "MONDAY", False, False, 1)
    assert settings(await api.read(dashboard)) == settings(dashboard)


async def test_a_new_dashboard_has_what_was_given(api):
    given = {
        "name": INJECTION,
        "filters": {
            "operator": "and",
            "conditions": [
                RECENT,
                {"field": f"metadata.{INJECTION.replace('.', '')}"[:80], "op": "eq", "value": INJECTION},
            ],
        },
        "timeZone": "Asia/Kathmandu",
        "weekStart": "SUNDAY",
        "isDefault": True,
        "includeInDailyReport": True,
    }
    dashboard = await api.read(await api.dashboard(**given))
    assert {key: dashboard[key] for key in given} == given


async def test_null_settings_of_a_new_dashboard_mean_the_defaults(api):
    nulls = dict.fromkeys(("filters", "timeZone", "weekStart", "isDefault", "includeInDailyReport"))
    assert settings(await api.dashboard(**nulls)) == ("Calls", None, "UTC", "MONDAY", False, False, 1)


async def test_everything_wrong_is_said_at_once(api):
    filters = {
        "operator": "and",
        "conditions": [
            {"field": "sucess", "op": "eq", "value": True},
            {"field": "duration", "op": "gte", "value": "long"},
        ],
    }
    errors = await api.refused("createDashboard", name=" ", filters=filters)
    assert places(errors) == [
        ("InvalidInput", "INVALID_INPUT", "/name"),
        ("InvalidFilter", "INVALID_FILTER", "/filters/conditions/0/field"),
        ("InvalidFilter", "INVALID_FILTER", "/filters/conditions/1/value"),
    ]
    assert errors[1]["origin"] == "dashboard"
    assert errors[1]["faults"][0]["suggestion"] == "success"


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"name": ""}, "INVALID_INPUT", "/name"),
        ({"name": "x" * 201}, "LIMIT_EXCEEDED", "/name"),
        ({"name": "a\0b"}, "INVALID_INPUT", "/name"),
        ({"filters": []}, "INVALID_FILTER", "/filters"),
        ({"filters": {"field": "topic", "op": "regex", "value": "("}}, "INVALID_FILTER", "/filters/value"),
        ({"filters": {"field": "topic", "op": "eq", "value": "\0"}}, "INVALID_FILTER", "/filters/value"),
        ({"filters": {"field": "topic", "op": "in", "value": ["x" * 900] * 400}}, "LIMIT_EXCEEDED", "/filters"),
    ],
)
async def test_what_a_dashboard_cannot_be(api, fields, code, path):
    dashboard = await api.dashboard()
    for name, given in (
        ("createDashboard", {"name": "x", **fields}),
        ("updateDashboard", {"id": dashboard["id"], **fields}),
    ):
        errors = await api.refused(name, **given)
        assert [(error["code"], error["path"]) for error in errors] == [(code, path)]


async def test_an_update_changes_what_is_given_and_nothing_else(api):
    dashboard = await api.dashboard(filters=RECENT, timeZone="Europe/Berlin", weekStart="SATURDAY")
    updated = (await api.done("updateDashboard", id=dashboard["id"], name=" New "))["dashboard"]
    assert settings(updated) == ("New", RECENT, "Europe/Berlin", "SATURDAY", False, False, 2)
    assert updated["updatedAt"] > dashboard["updatedAt"]
    cleared = (await api.done("updateDashboard", id=dashboard["id"], filters=None, timeZone="UTC"))["dashboard"]
    assert settings(cleared) == ("New", None, "UTC", "SATURDAY", False, False, 3)
    assert settings(await api.read(dashboard)) == settings(cleared)


async def test_an_update_that_changes_nothing_keeps_the_version(api):
    dashboard = await api.dashboard(filters=RECENT)
    same = (await api.done("updateDashboard", id=dashboard["id"], name="Calls", filters=RECENT))["dashboard"]
    assert same == dashboard


async def test_true_and_one_are_different_filters(api):
    dashboard = await api.dashboard(filters={"field": "metadata.paid", "op": "in", "value": ["1", True]})
    changed = {"field": "metadata.paid", "op": "in", "value": ["1", 1]}
    updated = (await api.done("updateDashboard", id=dashboard["id"], filters=changed))["dashboard"]
    assert updated["version"] == 2
    assert (await api.read(dashboard))["filters"]["value"][1] is not True


@pytest.mark.parametrize("key", ["name", "timeZone", "weekStart", "isDefault", "includeInDailyReport"])
async def test_only_filters_can_be_null(api, key):
    dashboard = await api.dashboard()
    errors = await api.refused("updateDashboard", id=dashboard["id"], **{key: None})
    assert places(errors) == [("InvalidInput", "INVALID_INPUT", f"/{key}")]


async def test_another_version_is_a_conflict(api):
    dashboard = await api.dashboard()
    await api.done("updateDashboard", id=dashboard["id"], expectedVersion=1, name="First")
    for name, fields in (("updateDashboard", {"name": "Second"}), ("deleteDashboard", {})):
        (error,) = await api.refused(name, id=dashboard["id"], expectedVersion=1, **fields)
        assert (error["__typename"], error["path"]) == ("VersionConflict", "/expectedVersion")
        assert (error["expectedVersion"], error["currentVersion"]) == (1, 2)


async def test_of_two_writers_at_once_one_is_told(api):
    dashboard = await api.dashboard()
    names = [f"Writer {number}" for number in range(6)]
    payloads = await asyncio.gather(
        *(api.change("updateDashboard", id=dashboard["id"], expectedVersion=1, name=name) for name in names)
    )
    won = [payload["dashboard"]["name"] for payload in payloads if payload["dashboard"]]
    lost = [payload["errors"][0] for payload in payloads if payload["errors"]]
    assert len(won) == 1
    assert [error["currentVersion"] for error in lost] == [2] * 5
    assert (await api.read(dashboard))["name"] == won[0]


async def test_writers_without_an_expectation_all_count(api):
    dashboard = await api.dashboard()
    await asyncio.gather(
        *(api.done("updateDashboard", id=dashboard["id"], name=f"Writer {number}") for number in range(6))
    )
    assert (await api.read(dashboard))["version"] == 7


async def test_the_default_moves(api):
    first, second = await api.dashboard(isDefault=True), await api.dashboard(isDefault=True)
    assert settings(await api.read(first))[4:] == (False, False, 2)
    updated = (await api.done("updateDashboard", id=first["id"], isDefault=True))["dashboard"]
    assert (updated["isDefault"], updated["version"]) == (True, 3)
    assert (await api.read(second))["isDefault"] is False
    await api.done("updateDashboard", id=first["id"], isDefault=False)
    assert (await api.read(first))["isDefault"] is False


async def test_the_default_moves_among_many_at_once(api):
    dashboards = [await api.dashboard() for _ in range(5)]
    await asyncio.gather(
        *(api.done("updateDashboard", id=dashboard["id"], isDefault=True) for dashboard in dashboards),
        *(api.dashboard(isDefault=True) for _ in range(3)),
    )
    found = (await api.send("{ dashboards { edges { node { isDefault } } } }"))["dashboards"]["edges"]
    assert sum(edge["node"]["isDefault"] for edge in found) == 1


async def test_a_deleted_dashboard_is_gone_and_can_be_restored(api):
    dashboard = await api.dashboard(isDefault=True)
    widget = await api.widget(dashboard)
    deleted = await api.done("deleteDashboard", id=dashboard["id"], expectedVersion=1)
    assert deleted["deletedId"] == dashboard["id"]
    assert deleted["dashboard"]["name"] == "Calls"
    assert await api.read(dashboard) is None
    assert (await api.send("query ($id: ID!) { widget(id: $id) { id } }", id=widget["id"]))["widget"] is None
    for name in ("updateDashboard", "deleteDashboard", "duplicateDashboard"):
        assert places(await api.refused(name, id=dashboard["id"])) == [("NotFound", "NOT_FOUND", "/id")]
    assert places(await api.refused("updateWidget", id=widget["id"])) == [("NotFound", "NOT_FOUND", "/id")]
    restored = (await api.done("restoreDashboard", id=dashboard["id"]))["dashboard"]
    assert settings(restored) == ("Calls", None, "UTC", "MONDAY", True, False, 3)
    assert [found["id"] for found in restored["widgets"]] == [widget["id"]]
    assert (await api.done("restoreDashboard", id=dashboard["id"]))["dashboard"] == restored


async def test_a_restored_dashboard_does_not_take_the_default_back(api):
    first = await api.dashboard(isDefault=True)
    await api.done("deleteDashboard", id=first["id"])
    second = await api.dashboard(isDefault=True)
    assert (await api.done("restoreDashboard", id=first["id"]))["dashboard"]["isDefault"] is False
    assert (await api.read(second))["isDefault"] is True


async def test_a_copy_has_the_widgets_and_a_name_of_its_own(api):
    dashboard = await api.dashboard(filters=RECENT, timeZone="Europe/Berlin", isDefault=True, includeInDailyReport=True)
    layout = {"x": 3, "y": 7, "width": 5, "height": 6}
    await api.widget(
        dashboard,
        name="Bars",
        chartType="BAR",
        field="duration",
        aggregation="P95",
        timePeriod="DAY",
        groupBy={"type": "field", "field": "topic"},
        filters=RECENT,
        layout=layout,
        metadata={"k": [1]},
    )
    await api.widget(dashboard)
    original = await api.read(dashboard)
    copy = (await api.done("duplicateDashboard", id=dashboard["id"]))["dashboard"]
    assert settings(copy) == ("Copy of Calls", RECENT, "Europe/Berlin", "MONDAY", False, False, 1)
    assert strip(copy["widgets"]) == strip(original["widgets"])
    assert not {widget["id"] for widget in copy["widgets"]} & {widget["id"] for widget in original["widgets"]}
    assert await api.read(dashboard) == original
    again = await api.done("duplicateDashboard", id=dashboard["id"])
    assert again["dashboard"]["name"] == "Copy of Calls (2)"
    named = await api.done("duplicateDashboard", id=dashboard["id"], name=" Mine ")
    assert named["dashboard"]["name"] == "Mine"
    assert places(await api.refused("duplicateDashboard", id=dashboard["id"], name=" ")) == [
        ("InvalidInput", "INVALID_INPUT", "/name")
    ]


@pytest.mark.parametrize("name", ["updateDashboard", "deleteDashboard", "restoreDashboard", "duplicateDashboard"])
async def test_ids_that_name_no_dashboard(api, other, name):
    foreign = (await other.dashboard())["id"]
    missing = encode("Dashboard", 2**62)
    for id in (foreign, missing):
        (error,) = await api.refused(name, id=id)
        assert (error["__typename"], error["path"], error["missingId"]) == ("NotFound", "/id", id)
    for id in ("", "1", "' or 1=1", encode("Widget", 1)):
        assert places(await api.refused(name, id=id)) == [("InvalidInput", "INVALID_ID", "/id")]
    assert (await other.read({"id": foreign}))["version"] == 1


async def test_a_project_has_a_thousand_dashboards(api):
    deleted = await api.dashboard()
    await api.done("deleteDashboard", id=deleted["id"])
    async with api.sessions.write(api.project_id) as session:
        rows = [{"project_id": api.project_id, "name": f"{number}"} for number in range(Quotas().dashboards - 1)]
        await session.execute(sa.insert(Dashboard), rows)
    last = await api.dashboard()
    for name, fields in (
        ("createDashboard", {"name": "x"}),
        ("duplicateDashboard", {"id": last["id"]}),
        ("restoreDashboard", {"id": deleted["id"]}),
    ):
        assert places(await api.refused(name, **fields)) == [("InvalidInput", "LIMIT_EXCEEDED", "")]


async def test_what_follows_in_the_same_request_sees_the_change(api):
    dashboard = await api.dashboard()
    document = """
    mutation ($id: ID!) {
      first: updateDashboard(input: {id: $id, name: "First"}) { query { dashboard(id: $id) { name version } } }
      widget: createWidget(input: {dashboardId: $id, name: "W", chartType: STAT}) {
        query { dashboard(id: $id) { widgetCount widgets { name } } }
      }
      second: updateDashboard(input: {id: $id, name: "Second"}) { query { dashboard(id: $id) { name version } } }
      gone: deleteDashboard(input: {id: $id}) { query { dashboard(id: $id) { name } dashboards { totalCount } } }
    }
    """
    data = await api.send(document, id=dashboard["id"])
    assert data["first"]["query"]["dashboard"] == {"name": "First", "version": 2}
    assert data["widget"]["query"]["dashboard"] == {"widgetCount": 1, "widgets": [{"name": "W"}]}
    assert data["second"]["query"]["dashboard"] == {"name": "Second", "version": 3}
    assert data["gone"]["query"] == {"dashboard": None, "dashboards": {"totalCount": 0}}
