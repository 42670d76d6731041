"""Dashboards as documents: what they hold, importing them, and what is said of wrong ones."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from aggregation.question.chart_types import FORMS, Plots
from graph.node_ids import decode, encode
from models import Agent, DataType, EvaluationType, Metric
from resolvers.documents.write import FORMAT

DOCUMENT = "query ($id: ID!) { dashboard(id: $id) { document } }"
PAGE = Path(__file__).parents[3] / "docs" / "dashboard-documents.md"
SEVEN_DAYS = {"field": "timestamp", "op": "gte", "value": "now-7d"}
VALUE = "metric_evaluations.value"


async def agent(api, name):
    async with api.sessions.write(api.project_id) as session:
        row = Agent(project_id=api.project_id, agent_name=name)
        session.add(row)
        await session.flush()
        return row.id


def number(global_id):
    return decode(global_id).row_id


async def document_of(api, dashboard):
    return (await api.send(DOCUMENT, id=dashboard["id"]))["dashboard"]["document"]


def condition(field, op, value):
    return {"field": field, "op": op, "value": value}


async def rich(api):
    """A dashboard that has one of everything."""
    quality = await api.metric("quality", EvaluationType.NUMERIC)
    mood = await api.metric("mood", EvaluationType.ENUM)
    ada = await agent(api, "Ada")
    dashboard = await api.dashboard(
        name="Ünï: support/1",
        filters={"operator": "and", "conditions": [SEVEN_DAYS, condition("agent.id", "in", [ada])]},
        timeZone="America/New_York",
        weekStart="SUNDAY",
        isDefault=True,
        includeInDailyReport=True,
    )
    await api.widget(
        dashboard,
        name="Quality",
        chartType="BAR",
        field=VALUE,
        metricId=quality,
        aggregation="AVG",
        timePeriod="WEEK",
        groupBy={"type": "field", "field": f"metric:{number(mood)}", "top": 3},
        filters={
            "operator": "same_row",
            "conditions": [
                condition("metric_evaluations.metric.id", "eq", mood),
                condition("metric_evaluations.value", "eq", "good"),
            ],
        },
        layout={"x": 2, "y": 5, "width": 7, "height": 4},
        metadata={"b": 1, "a": [None, True]},
    )
    await api.widget(dashboard, name="Same", chartType="PIE", field="topic")
    await api.widget(dashboard, name="Same", chartType="STAT", field="duration", aggregation="P95")
    return dashboard


async def test_a_document_has_names_and_one_order(api):
    dashboard = await rich(api)
    document = await document_of(api, dashboard)
    assert document == {
        "format": FORMAT,
        "name": "Ünï: support/1",
        "filters": {"operator": "and", "conditions": [SEVEN_DAYS, condition("agent.agent_name", "in", ["Ada"])]},
        "timeZone": "America/New_York",
        "weekStart": "SUNDAY",
        "isDefault": True,
        "includeInDailyReport": True,
        "widgets": [
            {
                "name": "Same",
                "chartType": "PIE",
                "field": "topic",
                "layout": {"x": 0, "y": 0, "width": 4, "height": 4},
            },
            {
                "name": "Same",
                "chartType": "STAT",
                "field": "duration",
                "aggregation": "P95",
                "layout": {"x": 4, "y": 0, "width": 3, "height": 2},
            },
            {
                "name": "Quality",
                "chartType": "BAR",
                "field": VALUE,
                "metric": "quality",
                "aggregation": "AVG",
                "timePeriod": "WEEK",
                "groupBy": {"type": "field", "field": "metric:mood", "top": 3},
                "filters": {
                    "operator": "same_row",
                    "conditions": [
                        condition("metric_evaluations.metric.name", "eq", "mood"),
                        condition("metric_evaluations.value", "eq", "good"),
                    ],
                },
                "layout": {"x": 2, "y": 5, "width": 7, "height": 4},
                "metadata": {"b": 1, "a": [None, True]},
            },
        ],
    }
    assert list(document) == [
        "format", "name", "filters", "timeZone", "weekStart", "isDefault", "includeInDailyReport", "widgets"
    ]  # fmt: skip
    assert json.dumps(document["widgets"][2]["metadata"]) == '{"a": [null, true], "b": 1}'


async def test_a_document_makes_the_same_dashboard_in_another_project(api, other):
    document = await document_of(api, await rich(api))
    for name in ("mood", "quality"):
        await other.metric(name, EvaluationType.ENUM if name == "mood" else EvaluationType.NUMERIC)
    made = (await other.done("importDashboard", document=document))["dashboard"]
    assert (made["version"], made["isDefault"]) == (1, True)
    assert await document_of(other, made) == document
    revisions = "query ($id: ID!) { dashboard(id: $id) { revisions { edges { node { summary document } } } } }"
    (edge,) = (await other.send(revisions, id=made["id"]))["dashboard"]["revisions"]["edges"]
    assert edge["node"] == {"summary": "Imported from a document.", "document": document}
    again = (await other.done("importDashboard", document=document, name=" Mine "))["dashboard"]
    assert (again["name"], again["isDefault"]) == ("Mine", False)


async def test_the_documented_example_is_one(api):
    text = PAGE.read_text(encoding="utf-8").split("```json\n")[1].split("```")[0]
    await api.metric("satisfaction", EvaluationType.RATING)
    await api.metric("sentiment", EvaluationType.ENUM)
    example = json.loads(text)
    made = (await api.done("importDashboard", document=example))["dashboard"]
    assert json.dumps(await document_of(api, made), indent=2) == json.dumps(example, indent=2)


async def test_a_document_may_leave_out_all_but_the_names(api):
    widgets = [{"name": "A", "chartType": "STAT"}, {"name": "B", "chartType": "STAT", "field": None}]
    made = (await api.done("importDashboard", document={"format": FORMAT, "name": "Bare", "widgets": widgets}))[
        "dashboard"
    ]
    assert (made["timeZone"], made["weekStart"], made["filters"], made["isDefault"]) == ("UTC", "MONDAY", None, False)
    assert [widget["layout"]["x"] for widget in made["widgets"]] == [0, 3]
    empty = (await api.done("importDashboard", document={"format": FORMAT, "name": "Empty"}))["dashboard"]
    assert (empty["widgets"], empty["version"]) == ([], 1)


async def test_places_that_overlap_are_settled(api):
    place = {"x": 0, "y": 0, "width": 6, "height": 4}
    widgets = [{"name": name, "chartType": "STAT", "layout": place} for name in "AB"]
    document = {"format": FORMAT, "name": "x", "widgets": widgets}
    made = (await api.done("importDashboard", document=document))["dashboard"]
    assert [widget["layout"]["y"] for widget in made["widgets"]] == [0, 4]


async def test_numbers_that_no_name_stands_for_stay(api):
    filters = {
        "operator": "or",
        "conditions": [
            condition("agent.id", "gt", 3),
            condition("agent_id", "eq", 2**40),
            condition("metric_evaluations.metric.id", "in", [2**40]),
        ],
    }
    dashboard = await api.dashboard(filters=filters)
    assert (await document_of(api, dashboard))["filters"] == filters


@pytest.mark.parametrize(
    ("document", "path", "words"),
    [
        ("x", "/document", "JSON object"),
        ([], "/document", "JSON object"),
        ({}, "/document/format", FORMAT),
        ({"format": "dialboard-dashboard/2", "name": "x"}, "/document/format", FORMAT),
        ({"format": FORMAT}, "/document/name", "missing"),
        ({"format": FORMAT, "name": " "}, "/document/name", "empty"),
        ({"format": FORMAT, "name": 5}, "/document/name", "must be a string, not 5"),
        ({"format": FORMAT, "name": "x", "filter": {}}, "/document/filter", 'mean "filters"'),
        ({"format": FORMAT, "name": "x", "timeZone": "Mars/Base"}, "/document/timeZone", "Mars/Base"),
        ({"format": FORMAT, "name": "x", "weekStart": "monday"}, "/document/weekStart", "MONDAY"),
        ({"format": FORMAT, "name": "x", "isDefault": 1}, "/document/isDefault", "true or false"),
        ({"format": FORMAT, "name": "x", "filters": {"field": "topik"}}, "/document/filters", ""),
        ({"format": FORMAT, "name": "x", "widgets": {}}, "/document/widgets", "list"),
        ({"format": FORMAT, "name": "x", "widgets": [{}] * 101}, "/document/widgets", "at most 100"),
        ({"format": FORMAT, "name": "x", "widgets": [1]}, "/document/widgets/0", "JSON object"),
        ({"format": FORMAT, "name": "a\0b"}, "/document/name", "NUL"),
    ],
)
async def test_wrong_documents(api, document, path, words):
    errors = await api.refused("importDashboard", document=document)
    assert errors[0]["path"].startswith(path)
    assert words in errors[0]["message"]


async def test_second_groupings_name_metrics_too(api):
    mood = await api.metric("mood", EvaluationType.ENUM)
    dashboard = await api.dashboard(name="Pairs")
    group_by = {"type": "field", "field": "topic", "then": {"type": "field", "field": f"metric:{number(mood)}"}}
    await api.widget(dashboard, name="Pairs", chartType="LIST", field="duration", groupBy=group_by)
    document = await document_of(api, dashboard)
    (widget,) = document["widgets"]
    assert widget["groupBy"] == {**group_by, "then": {"type": "field", "field": "metric:mood"}}
    copy = (await api.done("importDashboard", document=document))["dashboard"]
    found = await api.send("query ($id: ID!) { dashboard(id: $id) { widgets { groupBy } } }", id=copy["id"])
    assert found["dashboard"]["widgets"] == [{"groupBy": group_by}]


@pytest.mark.parametrize(
    ("widget", "path", "words"),
    [
        ({"chartType": None}, "/chartType", "missing"),
        ({"chartType": "DONUT"}, "/chartType", "LINE, BAR, PIE"),
        ({"chartType": []}, "/chartType", "LINE, BAR, PIE"),
        ({"metricId": "x"}, "/metricId", 'mean "metric"'),
        ({"field": VALUE}, "/metric", "requires a metric: set metric."),
        ({"field": VALUE, "metric": "quality", "aggregation": "COUNT"}, "/metric", "Existing metrics: mood"),
        ({"field": "duration", "metric": "mood"}, "/metric", "can only be given with the field"),
        ({"field": "timestamp", "chartType": "PIE"}, "/chartType", "cannot be plotted as a PIE chart"),
        ({"field": "duration", "chartType": "PIE"}, "/groupBy", "so it requires some"),
        ({"field": "topic", "chartType": "BAR"}, "/aggregation", "requires an aggregation"),
        ({"filters": {"field": "topic", "op": "gt", "value": 1}}, "/filters/op", "eq"),
        ({"layout": {"x": 11, "y": 0, "width": 2, "height": 1}}, "/layout/width", "12 columns"),
        ({"layout": {"x": 1, "y": 0, "w": 2}}, "/layout/w", "is not a valid key"),
        ({"layout": {"x": 1.5, "y": 0, "width": 2, "height": 1}}, "/layout/x", "whole number"),
        ({"metadata": 5}, "/metadata", "JSON object"),
        (
            {"chartType": "LIST", "field": "topic", "groupBy": {"type": "field", "field": "metric:none"}},
            "/groupBy/field",
            "No metric of this project has that name",
        ),
        (
            {
                "chartType": "LIST",
                "field": "topic",
                "groupBy": {
                    "type": "field",
                    "field": "metric:mood",
                    "then": {"type": "field", "field": "metric:none"},
                },
            },
            "/groupBy/then/field",
            "No metric of this project has that name",
        ),
    ],
)
async def test_wrong_widgets_of_documents(api, widget, path, words):
    await api.metric("mood", EvaluationType.ENUM)
    good = {"name": "Good", "chartType": "STAT"}
    document = {"format": FORMAT, "name": "x", "widgets": [good, {**good, **widget}]}
    errors = {error["path"]: error for error in await api.refused("importDashboard", document=document)}
    assert words in errors[f"/document/widgets/1{path}"]["message"]


async def test_everything_wrong_with_a_document_is_said_at_once(api):
    document = {
        "format": FORMAT,
        "name": "x" * 300,
        "timeZone": "Nowhere",
        "isDefault": "yes",
        "filters": {"field": "topik", "op": "eq", "value": "x"},
        "nmae": "X",
        "widgets": [
            {"name": "", "chartType": "STAT", "field": VALUE, "metric": "gone"},
            {"name": "B", "chartType": "BAR"},
            {"name": 5, "chartType": "BAR"},
            {"name": "D", "chartType": "PIE", "field": "topic", "layout": {"x": "0"}},
        ],
    }
    errors = await api.refused("importDashboard", document=document, name=" ")
    assert sorted(error["path"] for error in errors) == [
        "/document/filters/field",
        "/document/isDefault",
        "/document/name",
        "/document/nmae",
        "/document/timeZone",
        "/document/widgets/0/metric",
        "/document/widgets/0/name",
        "/document/widgets/1/field",
        "/document/widgets/1/timePeriod",
        "/document/widgets/2/name",
        "/document/widgets/3/layout/x",
        "/name",
    ]


async def test_a_document_of_another_project_brings_no_numbers_along(api, other):
    """Its metric and agent have the same names and other numbers here; charts are of ours."""
    document = await document_of(api, await rich(api))
    quality = await other.metric("quality", EvaluationType.NUMERIC)
    await other.metric("mood", EvaluationType.ENUM)
    made = (await other.done("importDashboard", document=document))["dashboard"]
    plotted = [widget["metric"] for widget in made["widgets"] if widget["metric"]]
    assert plotted == [{"id": quality}]
    assert encode("Metric", number(quality)) == quality


async def test_a_renamed_metric_is_renamed_in_old_revisions(api):
    dashboard = await rich(api)
    async with api.sessions.write(api.project_id) as session:
        statement = sa.update(Metric).where(Metric.project_id == api.project_id, Metric.name == "quality")
        await session.execute(statement.values(name="grade"))
    document = await document_of(api, dashboard)
    assert document["widgets"][2]["metric"] == "grade"


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.chart_type.name)
async def test_every_chart_type_goes_through_a_document(api, other, form):
    """It is saved, written by name with its usual size, and made again of that in another project."""
    is_grouped = Plots.GROUPED in form.plots.values()
    chosen = {
        "chartType": form.chart_type.name,
        "field": "success" if DataType.BOOLEAN in form.plots else "duration",
        **({"aggregation": "COUNT"} if form.needs_aggregation else {}),
        **({"timePeriod": "DAY"} if form.needs_period else {}),
        **({"groupBy": {"type": "field", "field": "topic"}} if is_grouped else {}),
    }
    dashboard = await api.dashboard()
    await api.widget(dashboard, name="One", **chosen)
    document = await document_of(api, dashboard)
    width, height = form.size
    layout = {"x": 0, "y": 0, "width": width, "height": height}
    assert document["widgets"] == [{"name": "One", **chosen, "layout": layout}]
    made = (await other.done("importDashboard", document=document))["dashboard"]
    assert await document_of(other, made) == document
