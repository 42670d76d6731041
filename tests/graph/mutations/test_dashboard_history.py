"""The history of dashboards: what is recorded, undoing, restoring, and who may see it."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from graph.context import Context
from graph.pagination import encode_cursor
from graph.schema import schema
from models import Dashboard, DashboardRevision, EvaluationType, Metric, Widget
from models.sessions import Sessions
from resolvers.author import Author
from resolvers.dashboard_settings import DASHBOARD_SETTINGS, WIDGET_SETTINGS
from resolvers.history import FOUND, MAX_REVISIONS, OUTSIDE
from resolvers.scope import Scope
from server.owner import owner_of

HISTORY = """
query ($id: ID!, $first: Int!, $after: String, $deleted: Boolean!) {
  dashboards(deleted: $deleted) { nodes: edges { node { id deletedAt revisions(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { node { number createdAt author authorKeyId summary restoredRevision document
      changes { action text key widgetId widgetName } } }
  } } } }
  dashboard(id: $id) { document }
}
"""
SEVEN_DAYS = {"field": "timestamp", "op": "gte", "value": "now-7d"}
TIMES = ("createdAt", "updatedAt", "version", "dashboard")


async def history(api, dashboard, *, first=100, after=None, deleted=False):
    data = await api.send(HISTORY, id=dashboard["id"], first=first, after=after, deleted=deleted)
    nodes = {edge["node"]["id"]: edge["node"] for edge in data["dashboards"]["nodes"]}
    return nodes[dashboard["id"]]["revisions"]


async def summaries(api, dashboard, **arguments):
    found = await history(api, dashboard, **arguments)
    return [edge["node"]["summary"] for edge in reversed(found["edges"])]


async def undo(api, dashboard, **fields):
    return (await api.done("undoDashboard", id=dashboard["id"], **fields))["dashboard"]


def plain(dashboard):
    """A dashboard with its widgets, without what every change renews."""
    rest = {key: value for key, value in dashboard.items() if key not in TIMES}
    widgets = [{key: value for key, value in widget.items() if key not in TIMES} for widget in dashboard["widgets"]]
    return {**rest, "widgets": widgets}


def test_states_have_every_column_that_clients_set():
    own = {"project_id", "id", "version", "created_at", "updated_at"}
    of_dashboards, of_widgets = ({row.column for row in rows} for rows in (DASHBOARD_SETTINGS, WIDGET_SETTINGS))
    assert {*Dashboard.__mapper__.column_attrs.keys()} - own == {*of_dashboards, "deleted_at"}
    assert {*Widget.__mapper__.column_attrs.keys()} - own == {*of_widgets, "dashboard_id", "position"}


async def test_every_kind_of_change_is_told(api):
    metric = await api.metric("quality", EvaluationType.NUMERIC)
    other = await api.metric("speed", EvaluationType.NUMERIC)
    dashboard = await api.dashboard()
    id = dashboard["id"]
    widget = await api.widget(dashboard, field="metric_evaluations.value", metricId=metric, aggregation="AVG")
    await api.done("updateWidget", id=widget["id"], metricId=other, aggregation="MAX", filters=SEVEN_DAYS)
    await api.done("updateWidget", id=widget["id"], metricId=other)
    await api.done("duplicateWidget", id=widget["id"])
    layout = {"x": 6, "y": 2, "width": 4, "height": 3}
    await api.done("arrangeWidgets", dashboardId=id, widgets=[{"id": widget["id"], "layout": layout}])
    await api.done("updateDashboard", id=id, name="Sales", timeZone="Asia/Kathmandu", isDefault=True)
    await api.done(
        "applyWidgetChanges",
        dashboardId=id,
        create=[{"name": "New", "chartType": "STAT"}],
        update=[{"id": widget["id"], "name": "Speed", "filters": None}],
    )
    await api.done("deleteWidget", id=widget["id"])
    await api.dashboard(name="Second", isDefault=True)
    await api.done("deleteDashboard", id=id)
    await api.done("restoreDashboard", id=id)
    assert await summaries(api, dashboard) == [
        "Created.",
        "Added the STAT widget “Total”.",
        "Widget “Total”: changed the metric from “quality” to “speed”. Widget “Total”: changed the aggregation from "
        "AVG to MAX. Widget “Total”: changed the filters from nothing to "
        '{"field":"timestamp","op":"gte","value":"now-7d"}.',
        "Added the STAT widget “Copy of Total”.",
        "Widget “Total”: changed the place from column 0, row 0, 3 × 2 to column 6, row 2, 4 × 3.",
        "Changed the name from “Calls” to “Sales”. Changed the time zone from UTC to Asia/Kathmandu. Made the default "
        "dashboard.",
        "Added the STAT widget “New”. Widget “Total”: changed the name from “Total” to “Speed”. Widget “Total”: "
        'changed the filters from {"field":"timestamp","op":"gte","value":"now-7d"} to nothing.',
        "Removed the STAT widget “Speed”.",
        "No longer the default dashboard.",
        "Deleted.",
        "Restored.",
    ]
    found = await history(api, dashboard)
    assert [edge["node"]["number"] for edge in found["edges"]] == list(range(11, 0, -1))
    assert found["totalCount"] == 11
    removed = found["edges"][3]["node"]["changes"]
    assert [(one["action"], one["key"], one["widgetId"], one["widgetName"]) for one in removed] == [
        ("REMOVED", None, widget["id"], "Speed")
    ]
    copy = (await api.done("duplicateDashboard", id=id))["dashboard"]
    assert await summaries(api, copy) == ["Created as a copy of “Sales”."]


async def test_a_page_of_revisions(api):
    dashboard = await api.dashboard()
    for number in range(4):
        await api.done("updateDashboard", id=dashboard["id"], name=f"{number}")
    first = await history(api, dashboard, first=2)
    assert [edge["node"]["number"] for edge in first["edges"]] == [5, 4]
    assert first["pageInfo"]["hasNextPage"]
    rest = await history(api, dashboard, after=first["pageInfo"]["endCursor"])
    assert [edge["node"]["number"] for edge in rest["edges"]] == [3, 2, 1]
    assert not rest["pageInfo"]["hasNextPage"]


async def test_revisions_from_the_oldest_on(api):
    dashboard = await api.dashboard()
    for number in range(4):
        await api.done("updateDashboard", id=dashboard["id"], name=f"{number}")
    document = """query ($id: ID!, $last: Int, $before: String, $after: String) { dashboard(id: $id) {
        revisions(last: $last, before: $before, after: $after) {
            nodes { number } pageInfo { hasNextPage hasPreviousPage startCursor } } } }"""

    async def page(**variables):
        found = (await api.send(document, id=dashboard["id"], **variables))["dashboard"]["revisions"]
        return [node["number"] for node in found["nodes"]], found["pageInfo"]

    numbers, info = await page(last=2)
    assert numbers == [2, 1]
    assert (info["hasPreviousPage"], info["hasNextPage"]) == (True, False)
    numbers, info = await page(last=3, before=info["startCursor"])
    assert numbers == [5, 4, 3]
    assert (info["hasPreviousPage"], info["hasNextPage"]) == (False, True)
    # Places that no revision has.
    for huge in (2**40, -(2**40)):
        cursor = encode_cursor("DashboardRevision", huge)
        assert (await page(after=cursor))[0] == ([5, 4, 3, 2, 1] if huge > 0 else [])
        assert (await page(before=cursor))[0] == ([] if huge > 0 else [5, 4, 3, 2, 1])


async def test_histories_of_many_dashboards_are_read_together(api, statements):
    counts = []
    document = "{ dashboards { edges { node { revisions { totalCount edges { node { number document } } } } } } }"
    for _ in range(2):
        for _ in range(3):
            await api.widget(await api.dashboard())
        statements.clear()
        await api.send(document)
        counts.append(len(statements))
    assert counts[0] == counts[1]


async def test_a_revision_names_its_author_and_its_time(api, sessions, project_id):
    now = datetime.now(UTC)
    author = Author(7, "Ann's key")
    context = Context(
        Scope(project_id=project_id, sessions=sessions, now=now, max_window=timedelta(days=30), author=author)
    )
    document = 'mutation { createDashboard(input: {name: "x"}) { dashboard { id } } }'
    result = await schema.execute(document, context_value=context)
    assert result.errors is None
    assert result.data is not None
    (edge,) = (await history(api, result.data["createDashboard"]["dashboard"]))["edges"]
    assert (edge["node"]["author"], edge["node"]["authorKeyId"]) == ("Ann's key", 7)
    assert abs(datetime.fromisoformat(edge["node"]["createdAt"]) - now) < timedelta(minutes=1)


async def test_undoing_goes_back_step_by_step(api):
    dashboard = await api.dashboard()
    one = await api.widget(dashboard, name="One", chartType="PIE", field="topic", filters=SEVEN_DAYS, metadata={"a": 1})
    await api.widget(dashboard, name="Two")
    await api.done("updateDashboard", id=dashboard["id"], filters=SEVEN_DAYS, weekStart="SUNDAY")
    before = plain(await api.read(dashboard))
    await api.done("deleteWidget", id=one["id"])
    await api.done("updateDashboard", id=dashboard["id"], filters=None, name="Else")
    await undo(api, dashboard)
    await undo(api, dashboard)
    assert plain(await api.read(dashboard)) == before
    await undo(api, dashboard)
    await undo(api, dashboard)
    await undo(api, dashboard)
    bare = await api.read(dashboard)
    assert (bare["widgets"], bare["filters"], bare["weekStart"]) == ([], None, "MONDAY")
    (error,) = await api.refused("undoDashboard", id=dashboard["id"])
    assert (error["path"], error["code"]) == ("/id", "INVALID_INPUT")
    assert "nothing to undo" in error["message"]
    await api.done("restoreDashboard", id=dashboard["id"], revision=4)
    assert plain(await api.read(dashboard)) == before
    await undo(api, dashboard)
    assert (await api.read(dashboard))["widgets"] == []
    assert (await summaries(api, dashboard))[-2:] == [
        "Restored to revision 4.",
        "Undid revision 12: Restored to revision 4.",
    ]


async def test_a_change_after_an_undo_is_undone_to_where_the_undo_went(api):
    dashboard = await api.dashboard(name="A")
    for name in "BC":
        await api.done("updateDashboard", id=dashboard["id"], name=name)
    assert (await undo(api, dashboard))["name"] == "B"
    await api.done("updateDashboard", id=dashboard["id"], name="D")
    assert [(await undo(api, dashboard))["name"] for _ in range(2)] == ["B", "A"]


async def test_a_widget_that_comes_back_has_its_id_and_a_version_it_never_had(api):
    dashboard = await api.dashboard()
    widget = await api.widget(dashboard)
    for name in "abc":
        await api.done("updateWidget", id=widget["id"], name=name)
    await api.done("deleteWidget", id=widget["id"])
    await api.done("restoreDashboard", id=dashboard["id"], revision=2)
    (back,) = (await api.read(dashboard))["widgets"]
    assert (back["id"], back["name"]) == (widget["id"], "Total")
    assert back["version"] > 4
    (error,) = await api.refused("updateWidget", id=widget["id"], name="x", expectedVersion=4)
    assert error["code"] == "VERSION_CONFLICT"


async def test_widgets_that_stay_keep_their_version_when_nothing_of_them_changes(api):
    dashboard = await api.dashboard()
    widget = await api.widget(dashboard)
    await api.widget(dashboard, name="Later")
    await undo(api, dashboard)
    (kept,) = (await api.read(dashboard))["widgets"]
    assert (kept["version"], kept["updatedAt"]) == (1, widget["updatedAt"])


async def test_a_deletion_is_undone_and_the_deleted_are_listed(api):
    dashboard = await api.dashboard(isDefault=True)
    widget = await api.widget(dashboard)
    await api.done("deleteDashboard", id=dashboard["id"])
    listed = "{ dashboards(deleted: true) { totalCount edges { node { id deletedAt widgets { dashboard { id } } } } } }"
    found = (await api.send(listed))["dashboards"]
    assert found["totalCount"] == 1
    assert found["edges"][0]["node"]["deletedAt"] is not None
    assert found["edges"][0]["node"]["widgets"] == [{"dashboard": {"id": dashboard["id"]}}]
    assert (await api.send("{ dashboards { totalCount } }"))["dashboards"]["totalCount"] == 0
    assert await summaries(api, dashboard, deleted=True) == ["Created.", "Added the STAT widget “Total”.", "Deleted."]
    back = await undo(api, dashboard)
    assert back["isDefault"] is True
    assert [one["id"] for one in (await api.read(dashboard))["widgets"]] == [widget["id"]]
    assert (await api.send(listed))["dashboards"]["totalCount"] == 0


async def test_a_deleted_dashboard_is_restored_as_of_a_revision(api):
    dashboard = await api.dashboard(name="A")
    await api.done("updateDashboard", id=dashboard["id"], name="B")
    await api.done("deleteDashboard", id=dashboard["id"])
    assert (await api.done("restoreDashboard", id=dashboard["id"], revision=1))["dashboard"]["name"] == "A"
    await api.done("restoreDashboard", id=dashboard["id"], revision=3)
    assert (await api.read(dashboard))["name"] == "B"


async def test_going_back_does_not_take_the_default_from_another(api):
    first = await api.dashboard(isDefault=True)
    second = await api.dashboard(name="Second", isDefault=True)
    assert (await undo(api, first))["isDefault"] is False
    assert (await api.read(second))["isDefault"] is True
    await api.done("updateDashboard", id=second["id"], isDefault=False)
    assert (await api.done("restoreDashboard", id=first["id"], revision=1))["dashboard"]["isDefault"] is True


@pytest.mark.parametrize("name", ["undoDashboard", "restoreDashboard"])
async def test_going_back_is_guarded_by_the_version(api, name):
    dashboard = await api.dashboard()
    await api.done("updateDashboard", id=dashboard["id"], name="B")
    revision = {"revision": 1} if name == "restoreDashboard" else {}
    (error,) = await api.refused(name, id=dashboard["id"], expectedVersion=1, **revision)
    assert (error["code"], error["path"], error["currentVersion"]) == ("VERSION_CONFLICT", "/expectedVersion", 2)
    assert (await api.done(name, id=dashboard["id"], expectedVersion=2, **revision))["dashboard"]["version"] == 3


@pytest.mark.parametrize("revision", [0, -1, 2, 2**31 - 1])
async def test_revisions_that_are_not_there(api, revision):
    dashboard = await api.dashboard()
    (error,) = await api.refused("restoreDashboard", id=dashboard["id"], revision=revision)
    assert (error["code"], error["path"]) == ("INVALID_INPUT", "/revision")
    assert "it has revisions 1 to 1" in error["message"]


async def test_a_widget_whose_metric_is_gone_does_not_come_back(api, sessions):
    dashboard = await api.dashboard()
    metric = await api.metric("quality", EvaluationType.NUMERIC)
    widget = await api.widget(dashboard, field="metric_evaluations.value", metricId=metric)
    await api.done("deleteWidget", id=widget["id"])
    async with Sessions(owner_of(sessions.engine)).write(api.project_id) as session:
        await session.execute(sa.delete(Metric).where(Metric.project_id == api.project_id))
    (error,) = await api.refused("undoDashboard", id=dashboard["id"])
    assert "“Total”" in error["message"]
    (error,) = await api.refused("restoreDashboard", id=dashboard["id"], revision=2)
    assert error["path"] == "/revision"


async def test_changes_outside_of_the_api_are_recorded_before_the_next(api, sessions):
    async with sessions.write(api.project_id) as session:
        row = Dashboard(project_id=api.project_id, name="Old")
        session.add(row)
        await session.flush()
        row_id = row.id
    listed = "{ dashboards { edges { node { id revisions { totalCount } } } } }"
    (edge,) = (await api.send(listed))["dashboards"]["edges"]
    dashboard = edge["node"]
    assert dashboard["revisions"]["totalCount"] == 0
    await api.done("updateDashboard", id=dashboard["id"], name="New")
    async with sessions.write(api.project_id) as session:
        await session.execute(
            sa.update(Dashboard)
            .where(Dashboard.project_id == api.project_id, Dashboard.id == row_id)
            .values(name="By hand")
        )
    await api.widget(dashboard)
    assert await summaries(api, dashboard) == [
        FOUND,
        "Changed the name from “Old” to “New”.",
        OUTSIDE,
        "Added the STAT widget “Total”.",
    ]
    assert [(await undo(api, dashboard))["name"] for _ in range(3)] == ["By hand", "New", "Old"]


async def test_undo_after_plain_sql_undoes_that(api, sessions):
    dashboard = await api.dashboard()
    async with sessions.write(api.project_id) as session:
        statement = sa.update(Dashboard).where(Dashboard.project_id == api.project_id).values(name="By hand")
        await session.execute(statement)
    assert (await undo(api, dashboard))["name"] == "Calls"


async def test_only_the_newest_revisions_are_kept(api, sessions):
    dashboard = await api.dashboard(name="0")
    async with sessions.write(api.project_id) as session:
        first = (await session.scalars(sa.select(DashboardRevision))).one()
        columns = {column.key: getattr(first, column.key) for column in sa.inspect(DashboardRevision).columns}
        rows = [{**columns, "number": number} for number in range(2, MAX_REVISIONS + 1)]
        await session.execute(sa.insert(DashboardRevision), rows)
    for name in "ab":
        await api.done("updateDashboard", id=dashboard["id"], name=name)
    found = await history(api, dashboard, first=1)
    assert (found["totalCount"], found["edges"][0]["node"]["number"]) == (MAX_REVISIONS, MAX_REVISIONS + 2)
    (error,) = await api.refused("restoreDashboard", id=dashboard["id"], revision=2)
    assert f"has revisions 3 to {MAX_REVISIONS + 2}." in error["message"]
    assert (await undo(api, dashboard))["name"] == "a"


async def test_nothing_is_recorded_when_nothing_changes(api):
    dashboard = await api.dashboard()
    widget = await api.widget(dashboard)
    await api.done("updateDashboard", id=dashboard["id"], name="Calls")
    await api.done("updateWidget", id=widget["id"], name="Total")
    await api.done("arrangeWidgets", dashboardId=dashboard["id"], widgets=[])
    await api.done("restoreDashboard", id=dashboard["id"])
    await api.refused("updateWidget", id=widget["id"], name="")
    assert len(await summaries(api, dashboard)) == 2


async def test_writers_at_once_number_their_revisions_without_gaps(api):
    dashboard = await api.dashboard()
    widget = await api.widget(dashboard)
    await asyncio.gather(
        *(api.widget(dashboard, name=f"W{number}") for number in range(4)),
        *(api.done("updateWidget", id=widget["id"], name=f"N{number}") for number in range(4)),
        *(api.done("updateDashboard", id=dashboard["id"], name=f"D{number}") for number in range(4)),
        api.change("undoDashboard", id=dashboard["id"]),
    )
    found = await history(api, dashboard)
    assert [edge["node"]["number"] for edge in found["edges"]] == list(range(15, 0, -1))
    assert not [edge for edge in found["edges"] if edge["node"]["summary"] == OUTSIDE]
    document = (await api.send("query ($id: ID!) { dashboard(id: $id) { document } }", id=dashboard["id"]))["dashboard"]
    assert found["edges"][0]["node"]["document"] == document["document"]


async def test_of_two_undos_at_once_one_is_told_of_the_other(api):
    dashboard = await api.dashboard(name="A")
    for name in "BC":
        await api.done("updateDashboard", id=dashboard["id"], name=name)
    both = await asyncio.gather(*(api.change("undoDashboard", id=dashboard["id"], expectedVersion=3) for _ in range(2)))
    assert sorted(len(payload["errors"]) for payload in both) == [0, 1]
    assert (await api.read(dashboard))["name"] == "B"


async def test_an_undo_may_name_the_change_that_it_means(api):
    dashboard = await api.dashboard()
    await api.widget(dashboard)
    await api.widget(dashboard, name="Of another")
    (error,) = await api.refused("undoDashboard", id=dashboard["id"], expectedVersion=1, expectedRevision=2)
    assert (error["code"], error["path"]) == ("VERSION_CONFLICT", "/expectedRevision")
    assert (error["expectedVersion"], error["currentVersion"]) == (2, 3)
    await undo(api, dashboard, expectedRevision=3)
    assert [widget["name"] for widget in (await api.read(dashboard))["widgets"]] == ["Total"]


async def test_documents_of_revisions_are_bounded(api, sessions, project_id):
    for _ in range(2):
        dashboard = await api.dashboard()
        for number in range(60):
            await api.done("updateDashboard", id=dashboard["id"], name=f"{number}")
    query = "{ dashboards { edges { node { revisions(first: 60) { edges { node { number document } } } } } } }"
    context = Context(Scope(project_id=project_id, sessions=sessions, now=datetime.now(UTC), max_window=None))
    result = await schema.execute(query, context_value=context)
    assert {(error.extensions or {})["code"] for error in result.errors or ()} == {"LIMIT_EXCEEDED"}


async def test_another_project_sees_and_changes_nothing(api, other, sessions):
    dashboard = await api.dashboard()
    await api.done("deleteDashboard", id=dashboard["id"])
    listed = (await other.send("{ dashboards(deleted: true) { totalCount } }"))["dashboards"]
    assert listed["totalCount"] == 0
    for name, fields in (("undoDashboard", {}), ("restoreDashboard", {"revision": 1})):
        (error,) = await other.refused(name, id=dashboard["id"], **fields)
        assert (error["code"], error["path"]) == ("NOT_FOUND", "/id")
    async with sessions.read(other.project_id) as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(DashboardRevision)) == 0
    async with sessions.read(api.project_id) as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(DashboardRevision)) == 2


@pytest.mark.parametrize("layout", [{}, {"x": 1}, {"x": "1", "y": 0, "width": 1, "height": 1}, {"x": 99}])
async def test_a_layout_that_is_none_is_null(api, sessions, layout):
    dashboard = await api.dashboard()
    await api.widget(dashboard)
    async with sessions.write(api.project_id) as session:
        await session.execute(sa.update(Widget).where(Widget.project_id == api.project_id).values(layout=layout))
    (widget,) = (await api.read(dashboard))["widgets"]
    assert widget["layout"] is None


@pytest.mark.parametrize("seed", range(4))
async def test_random_changes_and_undos_follow_a_plain_list_of_states(api, seed):
    """The model: every revision has a state and a place; an undo takes the state before the newest one's place."""
    chance = random.Random(seed)
    dashboard = await api.dashboard(name="0")
    states, places = [plain(await api.read(dashboard))], [0]
    for step in range(25):
        now = await api.read(dashboard)
        match chance.choice(["name", "add", "edit", "remove", "move", "undo", "undo", "restore"]):
            case "name":
                await api.done("updateDashboard", id=dashboard["id"], name=f"{step}")
            case "add":
                await api.widget(dashboard, name=f"W{step}")
            case "edit" if now["widgets"]:
                id = chance.choice(now["widgets"])["id"]
                await api.done("updateWidget", id=id, name=f"E{step}", filters=SEVEN_DAYS, metadata={"n": step})
            case "remove" if now["widgets"]:
                await api.done("deleteWidget", id=chance.choice(now["widgets"])["id"])
            case "move" if now["widgets"]:
                layout = {"x": step % 6, "y": step, "width": 2 + step % 4, "height": 2}
                placed = [{"id": chance.choice(now["widgets"])["id"], "layout": layout}]
                await api.done("arrangeWidgets", dashboardId=dashboard["id"], widgets=placed)
            case "undo" if places[-1] > 0:
                await undo(api, dashboard)
                before = places[-1] - 1
                states.append(states[before])
                places.append(places[before])
            case "restore":
                number = chance.randrange(len(states))
                await api.done("restoreDashboard", id=dashboard["id"], revision=number + 1)
        after = plain(await api.read(dashboard))
        newest = await history(api, dashboard, first=1)
        if newest["totalCount"] > len(states):
            states.append(after)
            places.append(len(states) - 1)
        assert newest["totalCount"] == len(states), f"seed {seed}, step {step}"
        assert after == states[-1], f"seed {seed}, step {step}"
