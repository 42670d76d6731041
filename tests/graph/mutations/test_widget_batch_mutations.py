import asyncio

import pytest

from graph.node_ids import encode

BAR = {"chartType": "BAR", "field": "duration", "aggregation": "AVG", "timePeriod": "DAY"}


def layout(x, y, width, height):
    return {"x": x, "y": y, "width": width, "height": height}


def places(errors):
    return [(error["__typename"], error["code"], error["path"]) for error in errors]


@pytest.fixture
async def dashboard(api):
    return await api.dashboard()


@pytest.fixture
async def widgets(api, dashboard):
    """Four of a half width each, in two rows."""
    return [await api.widget(dashboard, name=f"{n}", layout=layout(n % 2 * 6, n // 2 * 4, 6, 4)) for n in range(4)]


async def test_widgets_are_arranged_and_the_others_stay(api, dashboard, widgets):
    swapped = [
        {"id": widgets[0]["id"], "layout": layout(6, 0, 6, 4)},
        {"id": widgets[1]["id"], "layout": layout(0, 0, 6, 4)},
    ]
    payload = await api.done("arrangeWidgets", dashboardId=dashboard["id"], expectedVersion=1, widgets=swapped)
    assert payload["dashboard"]["version"] == 2
    assert [widget["name"] for widget in payload["widgets"]] == ["1", "0", "2", "3"]
    assert [widget["version"] for widget in payload["widgets"]] == [2, 2, 1, 1]
    assert (await api.read(dashboard))["widgets"] == payload["widgets"]


async def test_arranging_upon_others_pushes_them_down(api, dashboard, widgets):
    moved = [{"id": widgets[3]["id"], "layout": layout(0, 0, 6, 4)}]
    payload = await api.done("arrangeWidgets", dashboardId=dashboard["id"], widgets=moved)
    found = {widget["name"]: widget["layout"] for widget in payload["widgets"]}
    assert found == {
        "3": layout(0, 0, 6, 4),
        "1": layout(6, 0, 6, 4),
        "2": layout(0, 4, 6, 4),
        "0": layout(0, 8, 6, 4),
    }


async def test_arranging_nothing_new_keeps_the_versions(api, dashboard, widgets):
    before = await api.read(dashboard)
    same = [{"id": widget["id"], "layout": widget["layout"]} for widget in widgets]
    for placed in (same, []):
        payload = await api.done("arrangeWidgets", dashboardId=dashboard["id"], widgets=placed)
        assert payload["widgets"] == before["widgets"]
    assert await api.read(dashboard) == before


async def test_arranging_is_all_or_nothing(api, other, dashboard, widgets):
    foreign = await other.widget(await other.dashboard())
    elsewhere = await api.widget(await api.dashboard())
    good = {"id": widgets[0]["id"], "layout": layout(0, 90, 6, 4)}
    placed = [
        good,
        {"id": foreign["id"], "layout": layout(0, 0, 1, 1)},
        {"id": elsewhere["id"], "layout": layout(0, 0, 1, 1)},
        {"id": "nonsense", "layout": layout(0, 0, 1, 1)},
        {"id": widgets[1]["id"], "layout": layout(12, 0, 1, 1)},
        good,
    ]
    errors = await api.refused("arrangeWidgets", dashboardId=dashboard["id"], widgets=placed)
    assert sorted(places(errors), key=lambda place: place[2]) == [
        ("NotFound", "NOT_FOUND", "/widgets/1/id"),
        ("NotFound", "NOT_FOUND", "/widgets/2/id"),
        ("InvalidInput", "INVALID_ID", "/widgets/3/id"),
        ("InvalidInput", "INVALID_INPUT", "/widgets/4/layout/x"),
        ("InvalidInput", "INVALID_INPUT", "/widgets/5/id"),
    ]


@pytest.mark.parametrize("name", ["arrangeWidgets", "applyWidgetChanges"])
async def test_the_dashboard_must_be_there_and_unchanged(api, other, dashboard, name):
    fields = {"widgets": []} if name == "arrangeWidgets" else {}
    await api.done("updateDashboard", id=dashboard["id"], name="New")
    (error,) = await api.refused(name, dashboardId=dashboard["id"], expectedVersion=1, **fields)
    assert (error["__typename"], error["path"], error["currentVersion"]) == ("VersionConflict", "/expectedVersion", 2)
    foreign = (await other.dashboard())["id"]
    for id in (foreign, encode("Dashboard", 2**62)):
        assert places(await api.refused(name, dashboardId=id, **fields)) == [("NotFound", "NOT_FOUND", "/dashboardId")]
    assert places(await api.refused(name, dashboardId="x", **fields)) == [
        ("InvalidInput", "INVALID_ID", "/dashboardId")
    ]


async def test_a_batch_deletes_updates_and_creates(api, dashboard, widgets):
    payload = await api.done(
        "applyWidgetChanges",
        dashboardId=dashboard["id"],
        expectedVersion=1,
        create=[
            {"name": "Free", "chartType": "STAT"},
            {"name": "Bars", **BAR, "layout": layout(0, 0, 6, 4), "metadata": {"a": 1}},
        ],
        update=[{"id": widgets[1]["id"], "expectedVersion": 1, "name": "One", "layout": layout(3, 0, 6, 2)}],
        delete=[widgets[0]["id"]],
    )
    assert payload["dashboard"]["version"] == 2
    assert payload["deletedIds"] == [widgets[0]["id"]]
    assert [widget["name"] for widget in payload["created"]] == ["Free", "Bars"]
    assert [(widget["name"], widget["version"]) for widget in payload["updated"]] == [("One", 2)]
    found = {widget["name"]: widget["layout"] for widget in payload["widgets"]}
    assert found == {
        "One": layout(3, 0, 6, 2),
        "Bars": layout(0, 2, 6, 4),
        "2": layout(0, 6, 6, 4),
        "3": layout(6, 4, 6, 4),
        "Free": layout(0, 0, 3, 2),
    }
    assert (await api.read(dashboard))["widgets"] == payload["widgets"]


async def test_a_batch_is_all_or_nothing(api, other, dashboard, widgets):
    foreign = await other.widget(await other.dashboard())
    errors = await api.refused(
        "applyWidgetChanges",
        dashboardId=dashboard["id"],
        create=[
            {"name": "Good", "chartType": "STAT"},
            {"name": "Bad", "chartType": "PIE", "field": "duration", "metricId": "x"},
        ],
        update=[
            {"id": widgets[0]["id"], "name": "Good"},
            {"id": foreign["id"], "name": "Bad"},
            {"id": widgets[1]["id"], "chartType": "PIE", "name": " ", "metadata": []},
            {"id": widgets[2]["id"], "expectedVersion": 7, "layout": layout(0, 0, 13, 1)},
            {"id": widgets[0]["id"], "name": "Again"},
            {
                "id": widgets[3]["id"],
                "filters": {"operator": "and", "conditions": [{"field": "x", "op": "eq", "value": 1}]},
            },
        ],
        delete=["", widgets[0]["id"], foreign["id"]],
    )
    assert {(error["code"], error["path"]) for error in errors} == {
        ("INVALID_WIDGET", "/create/1/groupBy"),
        ("INVALID_ID", "/create/1/metricId"),
        ("INVALID_INPUT", "/update/0/id"),
        ("NOT_FOUND", "/update/1/id"),
        ("INVALID_WIDGET", "/update/2/field"),
        ("INVALID_INPUT", "/update/2/name"),
        ("INVALID_INPUT", "/update/2/metadata"),
        ("VERSION_CONFLICT", "/update/3/expectedVersion"),
        ("INVALID_INPUT", "/update/3/layout/width"),
        ("INVALID_INPUT", "/update/4/id"),
        ("INVALID_FILTER", "/update/5/filters/conditions/0/field"),
        ("INVALID_ID", "/delete/0"),
        ("NOT_FOUND", "/delete/2"),
    }


async def test_a_batch_of_nothing_keeps_the_version(api, dashboard, widgets):
    before = await api.read(dashboard)
    payload = await api.done("applyWidgetChanges", dashboardId=dashboard["id"])
    assert payload["widgets"] == before["widgets"]
    payload = await api.done(
        "applyWidgetChanges", dashboardId=dashboard["id"], update=[{"id": widgets[0]["id"], "name": "0"}]
    )
    assert payload["updated"] == [before["widgets"][0]]
    assert await api.read(dashboard) == before


async def test_of_two_batches_at_once_one_is_told(api, dashboard):
    batches = [[{"name": f"{n}", "chartType": "STAT"}] * 3 for n in range(5)]
    payloads = await asyncio.gather(
        *(
            api.change("applyWidgetChanges", dashboardId=dashboard["id"], expectedVersion=1, create=batch)
            for batch in batches
        )
    )
    won = [payload for payload in payloads if payload["dashboard"]]
    assert len(won) == 1
    found = await api.read(dashboard)
    assert found["version"] == 2
    assert found["widgets"] == won[0]["widgets"]


@pytest.mark.parametrize("key", ["create", "update", "delete"])
async def test_a_batch_is_bounded(api, dashboard, key):
    item = {
        "create": {"name": "x", "chartType": "STAT"},
        "update": {"id": encode("Widget", 1)},
        "delete": encode("Widget", 1),
    }
    errors = await api.refused("applyWidgetChanges", dashboardId=dashboard["id"], **{key: [item[key]] * 101})
    assert places(errors) == [("InvalidInput", "LIMIT_EXCEEDED", f"/{key}")]
