import asyncio

import pytest
import sqlalchemy as sa

from graph.node_ids import encode
from models import EvaluationType, Widget
from resolvers.board import MAX_WIDGETS

INJECTION = "'; drop table widgets; -- \" \\ %s %(x)s $1 {} \U0001f4de"
BAR = {"chartType": "BAR", "field": "duration", "aggregation": "AVG", "timePeriod": "DAY"}


def layout(x, y, width, height):
    return {"x": x, "y": y, "width": width, "height": height}


def places(errors):
    return [(error["__typename"], error["code"], error["path"]) for error in errors]


async def test_a_new_widget_has_what_was_given(api):
    dashboard = await api.dashboard()
    metric = await api.metric("quality", EvaluationType.RATING)
    given = {
        "name": INJECTION,
        "chartType": "BAR",
        "field": "metric_evaluations.value",
        "aggregation": "P95",
        "timePeriod": "WEEK",
        "groupBy": {"type": "field", "field": "topic", "top": 5},
        "filters": {"field": "topic", "op": "eq", "value": INJECTION},
        "layout": layout(3, 2, 5, 7),
        "metadata": {INJECTION: [INJECTION, None, 1.5, {"": True}]},
    }
    payload = await api.done("createWidget", dashboardId=dashboard["id"], metricId=metric, **given)
    assert payload["dashboard"]["version"] == 1
    assert payload["dashboard"]["updatedAt"] > dashboard["updatedAt"]
    (widget,) = (await api.read(dashboard))["widgets"]
    assert widget == payload["widget"]
    assert {key: widget[key] for key in given} == given
    assert widget["metric"] == {"id": metric}
    assert widget["dashboard"] == {"id": dashboard["id"], "version": 1}
    assert widget["version"] == 1


async def test_widgets_without_a_layout_get_the_next_free_place(api):
    dashboard = await api.dashboard()
    metric = await api.metric("quality", EvaluationType.NUMERIC)
    kinds = (
        {},
        {"chartType": "LINE", "field": "metric_evaluations.value", "metricId": metric},
        BAR,
        {"chartType": "PIE", "field": "topic"},
        {"chartType": "LIST", "field": "topic"},
        {},
    )
    found = [(await api.widget(dashboard, **kind))["layout"] for kind in kinds]
    assert found == [
        layout(0, 0, 3, 2),
        layout(3, 0, 6, 4),
        layout(0, 4, 6, 4),
        layout(6, 4, 4, 4),
        layout(0, 8, 6, 5),
        layout(9, 0, 3, 2),
    ]
    in_order = [widget["layout"] for widget in (await api.read(dashboard))["widgets"]]
    assert in_order == sorted(found, key=lambda place: (place["y"], place["x"]))


async def test_a_widget_pushes_down_what_it_is_put_upon(api):
    dashboard = await api.dashboard()
    left = await api.widget(dashboard, name="Left", layout=layout(0, 0, 6, 4))
    right = await api.widget(dashboard, name="Right", layout=layout(6, 0, 6, 4))
    new = await api.widget(dashboard, name="New", layout=layout(0, 1, 4, 2))
    found = {widget["name"]: widget for widget in (await api.read(dashboard))["widgets"]}
    assert list(found) == ["Right", "New", "Left"]
    assert found["New"] == new
    assert found["Right"] == right
    assert found["Left"] == {
        **left,
        "layout": layout(0, 3, 6, 4),
        "version": 2,
        "updatedAt": found["Left"]["updatedAt"],
    }


async def test_everything_wrong_is_said_at_once(api):
    dashboard = await api.dashboard()
    errors = await api.refused(
        "createWidget",
        dashboardId=dashboard["id"],
        name="",
        chartType="PIE",
        field="timestamp",
        aggregation="SUM",
        filters={"field": "topic", "op": "regex", "value": "a{2,1}"},
        layout=layout(10, -1, 4, 25),
        metadata=["no object"],
    )
    assert sorted(places(errors), key=lambda place: place[2]) == [
        ("InvalidWidget", "INVALID_WIDGET", "/aggregation"),
        ("InvalidWidget", "INVALID_WIDGET", "/chartType"),
        ("InvalidFilter", "INVALID_FILTER", "/filters/value"),
        ("InvalidInput", "INVALID_INPUT", "/layout/height"),
        ("InvalidInput", "INVALID_INPUT", "/layout/y"),
        ("InvalidInput", "INVALID_INPUT", "/metadata"),
        ("InvalidInput", "INVALID_INPUT", "/name"),
    ]
    chart = next(error for error in errors if error["path"] == "/chartType")
    assert chart["faults"] == [
        {"code": "INVALID_COMBINATION", "path": "/chartType", "allowed": ["LINE", "BAR", "STAT"]}
    ]
    assert "LINE, BAR, STAT" in chart["message"]
    regex = next(error for error in errors if error["path"] == "/filters/value")
    assert (regex["origin"], regex["faults"][0]["code"]) == ("widget", "INVALID_REGEX")


async def test_a_missing_dashboard_does_not_hide_other_errors(api):
    errors = await api.refused("createWidget", dashboardId=encode("Dashboard", 1), name=" ", chartType="BAR", field="x")
    assert [error["path"] for error in errors] == ["/dashboardId", "/field", "/timePeriod", "/name"]


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"field": "durations"}, "INVALID_WIDGET", "/field"),
        ({"field": "metadata.a.b"}, "INVALID_WIDGET", "/field"),
        ({"field": "metadata." + "k" * 1000}, "LIMIT_EXCEEDED", "/field"),
        ({"aggregation": None}, "INVALID_WIDGET", "/aggregation"),
        ({"timePeriod": None}, "INVALID_WIDGET", "/timePeriod"),
        ({"field": "topic", "aggregation": "AVG"}, "INVALID_WIDGET", "/aggregation"),
        ({"field": "metric_evaluations.value"}, "INVALID_WIDGET", "/metricId"),
        ({"groupBy": {"type": "field", "field": "duration"}}, "INVALID_WIDGET", "/groupBy/field"),
        ({"groupBy": {"type": "field", "field": "metric:1"}}, "INVALID_WIDGET", "/groupBy/field"),
        ({"groupBy": {"type": "field", "field": "metric:" + "9" * 30}}, "INVALID_WIDGET", "/groupBy/field"),
        ({"groupBy": "topic"}, "INVALID_INPUT", "/groupBy"),
        ({"groupBy": {"type": "field", "field": "\0"}}, "INVALID_INPUT", "/groupBy/field"),
        ({"filters": {"field": "topic", "op": "equals", "value": "x"}}, "INVALID_FILTER", "/filters/op"),
        ({"metadata": {"k": "x" * 17_000}}, "LIMIT_EXCEEDED", "/metadata"),
        ({"metadata": {"k": "\0"}}, "INVALID_INPUT", "/metadata/k"),
        ({"layout": layout(6, 0, 7, 1)}, "INVALID_INPUT", "/layout/width"),
        ({"layout": layout(0, 10_000, 1, 1)}, "INVALID_INPUT", "/layout/y"),
        ({"name": "n" * 201}, "LIMIT_EXCEEDED", "/name"),
    ],
)
async def test_what_a_widget_cannot_be(api, fields, code, path):
    dashboard = await api.dashboard()
    widget = await api.widget(dashboard, **BAR)
    new = {"dashboardId": dashboard["id"], "name": "New", **BAR, **fields}
    for name, given in (("createWidget", new), ("updateWidget", {"id": widget["id"], **fields})):
        errors = await api.refused(name, **given)
        assert [(error["code"], error["path"]) for error in errors] == [(code, path)]


async def test_metrics_are_those_of_the_project(api, other):
    dashboard = await api.dashboard()
    foreign = await other.metric("quality", EvaluationType.BINARY)
    group = {"type": "field", "field": f"metric:{foreign}"}
    given = {"dashboardId": dashboard["id"], "name": "x", "chartType": "STAT", "field": "metric_evaluations.value"}
    errors = await api.refused("createWidget", metricId=foreign, **given)
    assert places(errors) == [("InvalidWidget", "INVALID_WIDGET", "/metricId")]
    errors = await api.refused("createWidget", **{**given, **BAR}, groupBy=group)
    assert places(errors) == [("InvalidWidget", "INVALID_WIDGET", "/groupBy/field")]
    errors = await api.refused("createWidget", metricId=encode("Agent", 1), **given)
    assert places(errors) == [("InvalidInput", "INVALID_ID", "/metricId")]
    own = await api.metric("quality", EvaluationType.BINARY)
    assert (await api.widget(dashboard, **BAR, groupBy={"type": "field", "field": f"metric:{own}"}))["version"] == 1


async def test_an_update_changes_what_is_given_and_nothing_else(api):
    dashboard = await api.dashboard()
    metadata, filters = {"color": "red"}, {"field": "success", "op": "eq", "value": True}
    widget = await api.widget(dashboard, **BAR, metadata=metadata, filters=filters)
    payload = await api.done("updateWidget", id=widget["id"], expectedVersion=1, aggregation="MAX")
    changed = payload["widget"]
    assert changed == {**widget, "aggregation": "MAX", "version": 2, "updatedAt": changed["updatedAt"]}
    assert changed["updatedAt"] > widget["updatedAt"]
    assert payload["dashboard"]["version"] == 1
    assert payload["dashboard"]["updatedAt"] > dashboard["updatedAt"]
    cleared = await api.done("updateWidget", id=widget["id"], metadata=None, filters=None, name=" W ")
    assert cleared["widget"] == {
        **changed,
        "metadata": {},
        "filters": None,
        "name": "W",
        "version": 3,
        "updatedAt": cleared["widget"]["updatedAt"],
    }
    assert (await api.read(dashboard))["widgets"] == [cleared["widget"]]


async def test_an_update_that_changes_nothing_keeps_the_versions(api):
    dashboard = await api.dashboard()
    widget = await api.widget(dashboard, **BAR, metadata={"a": 1})
    before = await api.read(dashboard)
    payload = await api.done(
        "updateWidget", id=widget["id"], name="Total", **BAR, metadata={"a": 1}, layout=widget["layout"]
    )
    assert payload["widget"] == widget
    assert await api.read(dashboard) == before
    assert (await api.done("updateWidget", id=widget["id"], metadata={"a": True}))["widget"]["version"] == 2


async def test_the_definition_is_checked_as_a_whole(api):
    widget = await api.widget(await api.dashboard(), **BAR)
    errors = await api.refused("updateWidget", id=widget["id"], chartType="LINE", field="topic")
    assert {error["path"] for error in errors} == {"/chartType", "/aggregation"}
    changed = await api.done(
        "updateWidget", id=widget["id"], chartType="PIE", field="topic", aggregation=None, timePeriod=None
    )
    assert changed["widget"]["chartType"] == "PIE"


@pytest.mark.parametrize("key", ["name", "chartType"])
async def test_name_and_chart_type_cannot_be_null(api, key):
    widget = await api.widget(await api.dashboard())
    assert places(await api.refused("updateWidget", id=widget["id"], **{key: None})) == [
        ("InvalidInput", "INVALID_INPUT", f"/{key}")
    ]


async def test_a_widget_whose_metric_is_gone_can_be_renamed(api):
    metric = await api.metric("quality", EvaluationType.NUMERIC)
    dashboard = await api.dashboard()
    widget = await api.widget(dashboard, field="metric_evaluations.value", metricId=metric)
    async with api.sessions.write(api.project_id) as session:
        of_project = Widget.project_id == api.project_id
        await session.execute(sa.update(Widget).where(of_project).values(metric_id=None))
    assert (await api.done("updateWidget", id=widget["id"], name="New"))["widget"]["name"] == "New"
    errors = await api.refused("updateWidget", id=widget["id"], aggregation="AVG")
    assert [error["path"] for error in errors] == ["/metricId"]


async def test_a_layout_of_null_asks_for_the_first_free_place(api):
    dashboard = await api.dashboard()
    await api.widget(dashboard, layout=layout(0, 0, 12, 3))
    widget = await api.widget(dashboard, layout=layout(2, 40, 5, 2))
    changed = (await api.done("updateWidget", id=widget["id"], layout=None))["widget"]
    assert changed["layout"] == layout(0, 3, 5, 2)


async def test_another_version_is_a_conflict(api):
    widget = await api.widget(await api.dashboard())
    await api.done("updateWidget", id=widget["id"], expectedVersion=1, name="First")
    for name in ("updateWidget", "deleteWidget"):
        (error,) = await api.refused(name, id=widget["id"], expectedVersion=1)
        assert (error["__typename"], error["path"]) == ("VersionConflict", "/expectedVersion")
        assert (error["expectedVersion"], error["currentVersion"]) == (1, 2)


async def test_of_two_writers_at_once_one_is_told(api):
    widget = await api.widget(await api.dashboard())
    payloads = await asyncio.gather(
        *(api.change("updateWidget", id=widget["id"], expectedVersion=1, name=f"Writer {n}") for n in range(6))
    )
    assert sum(payload["widget"] is not None for payload in payloads) == 1
    assert [error["currentVersion"] for payload in payloads for error in payload["errors"]] == [2] * 5


async def test_widgets_put_upon_each_other_at_once_do_not_overlap(api):
    dashboard = await api.dashboard()
    await asyncio.gather(*(api.widget(dashboard, name=f"{n}", layout=layout(0, 0, 12, 2)) for n in range(8)))
    rows = sorted(widget["layout"]["y"] for widget in (await api.read(dashboard))["widgets"])
    assert rows == [0, 2, 4, 6, 8, 10, 12, 14]


async def test_a_deleted_widget_is_gone_and_others_stay(api):
    dashboard = await api.dashboard()
    first, second = await api.widget(dashboard), await api.widget(dashboard)
    payload = await api.done("deleteWidget", id=first["id"], expectedVersion=1)
    assert (payload["deletedId"], payload["widget"]["id"]) == (first["id"], first["id"])
    assert payload["dashboard"]["widgetCount"] == 1
    assert payload["dashboard"]["version"] == 1
    assert (await api.read(dashboard))["widgets"] == [second]
    assert places(await api.refused("deleteWidget", id=first["id"])) == [("NotFound", "NOT_FOUND", "/id")]


async def test_a_copy_lies_on_a_free_place(api):
    dashboard = await api.dashboard()
    widget = await api.widget(dashboard, **BAR, layout=layout(4, 0, 8, 3), metadata={"a": [1]})
    copy = (await api.done("duplicateWidget", id=widget["id"]))["widget"]
    own = ("id", "databaseId", "updatedAt")
    expected = {**widget, "name": "Copy of Total", "layout": layout(0, 3, 8, 3)}
    assert {k: v for k, v in copy.items() if k not in own} == {k: v for k, v in expected.items() if k not in own}
    assert (await api.done("duplicateWidget", id=widget["id"]))["widget"]["name"] == "Copy of Total (2)"
    assert (await api.done("duplicateWidget", id=widget["id"], name=" Mine "))["widget"]["name"] == "Mine"
    assert places(await api.refused("duplicateWidget", id=widget["id"], name="")) == [
        ("InvalidInput", "INVALID_INPUT", "/name")
    ]


@pytest.mark.parametrize("name", ["updateWidget", "deleteWidget", "duplicateWidget"])
async def test_ids_that_name_no_widget(api, other, name):
    foreign = await other.widget(await other.dashboard())
    for id in (foreign["id"], encode("Widget", 2**62)):
        (error,) = await api.refused(name, id=id)
        assert (error["__typename"], error["path"], error["missingId"]) == ("NotFound", "/id", id)
    for id in ("", "x", encode("Dashboard", 1)):
        assert places(await api.refused(name, id=id)) == [("InvalidInput", "INVALID_ID", "/id")]


async def test_a_dashboard_of_another_project_gets_no_widget(api, other):
    foreign = (await other.dashboard())["id"]
    before = await other.everything()
    errors = await api.refused("createWidget", dashboardId=foreign, name="x", chartType="STAT")
    assert places(errors) == [("NotFound", "NOT_FOUND", "/dashboardId")]
    assert await other.everything() == before


async def test_a_dashboard_has_a_hundred_widgets(api):
    dashboard = await api.dashboard()
    new = [{"name": f"{n}", "chartType": "STAT"} for n in range(MAX_WIDGETS)]
    created = (await api.done("applyWidgetChanges", dashboardId=dashboard["id"], create=new))["created"]
    full = {"dashboardId": dashboard["id"], "name": "x", "chartType": "STAT"}
    assert places(await api.refused("createWidget", **full)) == [("InvalidInput", "LIMIT_EXCEEDED", "/dashboardId")]
    assert places(await api.refused("duplicateWidget", id=created[0]["id"])) == [
        ("InvalidInput", "LIMIT_EXCEEDED", "/id")
    ]
    one_more = {"dashboardId": dashboard["id"], "create": [{"name": "x", "chartType": "STAT"}]}
    assert places(await api.refused("applyWidgetChanges", **one_more)) == [
        ("InvalidInput", "LIMIT_EXCEEDED", "/create")
    ]
    swapped = await api.done("applyWidgetChanges", **one_more, delete=[created[0]["id"]])
    assert len(swapped["widgets"]) == MAX_WIDGETS
