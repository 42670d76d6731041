"""What helps a client to ask: the catalogue, checked filters, previews, templates, the viewer."""

from datetime import timedelta
from typing import Any

import pytest

from aggregation.question.chart_types import FORMS, Plots
from models import Aggregation, ChartType, DataType
from resolvers.widget_templates import TEMPLATES
from tests.graph.conftest import World

VALIDATE = """query ($f: JSON!) { validateFilters(filters: $f) {
  isValid errors { code message path allowed suggestion } warnings { code path } normalized description
  window { start end } } }"""


async def _validated(world: World, filters: Any) -> dict[str, Any]:
    return (await world.ask(VALIDATE, {"f": filters}))["validateFilters"]


async def test_a_valid_filter_is_explained(world: World) -> None:
    filters = {
        "operator": "and",
        "conditions": [
            {"field": "timestamp", "op": "gte", "value": "now-1d"},
            {"field": "agent_id", "op": "eq", "value": world.agents[0]},
        ],
    }
    report = await _validated(world, filters)
    assert report["isValid"] is True
    assert report["errors"] == report["warnings"] == []
    assert report["normalized"]["operator"] == "and"
    assert report["window"] == {"start": "2026-03-19T15:30:00Z", "end": None}
    assert "agent number" in report["description"]


async def test_an_empty_filter_lets_every_call_through(world: World) -> None:
    report = await _validated(world, {})
    assert report == {
        "isValid": True,
        "errors": [],
        "warnings": [],
        "normalized": None,
        "description": "every call",
        "window": {"start": None, "end": None},
    }


async def test_an_invalid_filter_has_all_its_faults(world: World) -> None:
    conditions = [{"field": "duratoin", "op": "gt", "value": 1}, {"field": "topic", "op": "in", "value": []}]
    report = await _validated(world, {"operator": "and", "conditions": conditions})
    assert report["isValid"] is False
    assert [(fault["code"], fault["path"]) for fault in report["errors"]] == [
        ("UNKNOWN_FIELD", "/conditions/0/field"),
        ("INVALID_VALUE", "/conditions/1/value"),
    ]
    assert report["errors"][0]["suggestion"] == "duration"
    assert report["normalized"] is report["window"] is report["description"] is None


async def test_a_regex_that_does_not_compile_is_found(world: World) -> None:
    report = await _validated(world, {"field": "topic", "op": "regex", "value": "a("})
    assert [(fault["code"], fault["path"]) for fault in report["errors"]] == [("INVALID_REGEX", "/value")]


WARNED = [
    pytest.param(
        {
            "operator": "and",
            "conditions": [
                {"field": "timestamp", "op": "gt", "value": "now"},
                {"field": "timestamp", "op": "lt", "value": "now-1d"},
            ],
        },
        [{"code": "EMPTY_WINDOW", "path": ""}],
        id="bounds-exclude-each-other",
    ),
    pytest.param(
        {
            "operator": "or",
            "conditions": [
                {"field": "success", "op": "eq", "value": True},
                {
                    "operator": "and",
                    "conditions": [
                        {"field": "metric_evaluations.metric.name", "op": "eq", "value": "accuracy"},
                        {"field": "metric_evaluations.value", "op": "gte", "value": 3},
                    ],
                },
            ],
        },
        [{"code": "SAME_ROW", "path": "/conditions/1"}],
        id="and-that-was-meant-as-same-row",
    ),
    pytest.param(
        {
            "operator": "same_row",
            "conditions": [
                {"field": "metric_evaluations.metric.name", "op": "eq", "value": "accuracy"},
                {"field": "metric_evaluations.value", "op": "gte", "value": 3},
            ],
        },
        [],
        id="same-row",
    ),
]


@pytest.mark.parametrize(("filters", "warnings"), WARNED)
async def test_what_was_probably_not_meant_is_warned_of(world: World, filters: Any, warnings: Any) -> None:
    report = await _validated(world, filters)
    assert report["isValid"] is True
    assert report["warnings"] == warnings


async def test_filter_fields_have_types_and_operators(world: World) -> None:
    data = await world.ask("{ filterFields { name dataType operators description } }")
    fields = {field["name"]: field for field in data["filterFields"]}
    assert fields["topic"]["dataType"] == "STRING"
    assert "regex" in fields["topic"]["operators"]
    assert fields["id"]["dataType"] == "NUMBER"
    assert fields["metric_evaluations.value"]["dataType"] is None
    assert fields["metadata.KEY"]["dataType"] == "STRING"
    assert fields["metadata.KEY::number"]["dataType"] == "NUMBER"
    assert "between" in fields["metadata.KEY::number"]["operators"]
    assert fields["metadata.KEY::boolean"]["dataType"] == "BOOLEAN"
    assert all(field["operators"] and field["description"] for field in fields.values())


PLOT = "__typename ... on Error { message path } ... on InvalidWidget { faults { code path allowed } }"


async def test_widget_fields_promise_only_what_previews_keep(world: World) -> None:
    data = await world.ask("{ widgetFields { name dataType chartTypes aggregations groupable canGroupBy } }")
    fields = data["widgetFields"]
    assert {field["name"] for field in fields} >= {"duration", "success", "metadata.KEY", "metric_evaluations.value"}
    for field in fields:
        if field["dataType"] is None:
            assert (field["chartTypes"], field["aggregations"]) == (
                [chart.name for chart in ChartType],
                [aggregation.name for aggregation in Aggregation],
            )
            continue
        name = field["name"].replace("KEY", "region")
        for chart, form in FORMS.items():
            shape = {"chartType": chart.name, "field": name, "timePeriod": "DAY" if form.needs_period else None}
            if form.needs_aggregation or form.default_aggregations:
                shape["aggregation"] = "COUNT"
            if form.plots.get(DataType[field["dataType"]]) is Plots.GROUPED:
                shape["groupBy"] = {"type": "field", "field": "topic"}
            if form.plots.get(DataType[field["dataType"]]) is Plots.RANGES and chart.name in field["chartTypes"]:
                shape["groupBy"] = {"type": "bins"}
            preview = (
                await world.ask(
                    f"query ($i: PreviewWidgetInput!) {{ previewWidget(input: $i) {{ {PLOT} }} }}", {"i": shape}
                )
            )["previewWidget"]
            promised = chart.name in field["chartTypes"]
            assert (preview["__typename"] == f"{chart.value.capitalize()}Chart") is promised, (name, chart, preview)


async def test_a_preview_is_the_chart_that_saving_would_give(world: World) -> None:
    shape = {
        "chartType": "BAR",
        "field": "metric_evaluations.value",
        "metricId": world.id("Metric", world.metrics["accuracy"]),
        "aggregation": "AVG",
        "timePeriod": "DAY",
        "dashboardFilters": {"field": "timestamp", "op": "gte", "value": "now-7d"},
    }
    bars = "... on BarChart { window { start end timeZone } buckets { start value sampleCount filters } }"
    data = await world.ask(
        f"""query ($i: PreviewWidgetInput!, $id: ID!) {{
            previewWidget(input: $i) {{ {bars} }} widget(id: $id) {{ data {{ {bars} }} }} }}""",
        {"i": shape, "id": world.widget("Accuracy")},
    )
    assert data["previewWidget"]["buckets"]
    assert data["previewWidget"] == data["widget"]["data"]


REFUSED = [
    pytest.param({"chartType": "PIE", "field": "topik"}, "/field", id="field"),
    pytest.param({"chartType": "LINE", "field": "topic"}, "/chartType", id="combination"),
    pytest.param({"chartType": "BAR", "field": "topic", "timePeriod": "DAY"}, "/aggregation", id="aggregation"),
    pytest.param({"chartType": "BAR", "field": "topic", "aggregation": "COUNT"}, "/timePeriod", id="period"),
    pytest.param({"chartType": "PIE", "field": "metric_evaluations.value"}, "/metricId", id="metric"),
    pytest.param({"chartType": "PIE", "field": "topic", "metricId": "nonsense"}, "/metricId", id="metric-id"),
    pytest.param({"chartType": "PIE", "field": "metadata.a.b"}, "/field", id="nested-metadata"),
    pytest.param({"chartType": "LINE", "field": "metadata.a::int"}, "/field", id="type-of-metadata"),
    pytest.param(
        {"chartType": "LINE", "field": "duration", "groupBy": {"type": "nothing"}}, "/groupBy/type", id="group"
    ),
]


@pytest.mark.parametrize(("shape", "path"), REFUSED)
async def test_a_definition_that_cannot_be_plotted_says_why(world: World, shape: Any, path: str) -> None:
    query = f"query ($i: PreviewWidgetInput!) {{ previewWidget(input: $i) {{ {PLOT} }} }}"
    preview = (await world.ask(query, {"i": shape}))["previewWidget"]
    assert preview["__typename"] == "InvalidWidget"
    assert preview["path"] == path
    assert preview["faults"][0]["path"] == path
    assert preview["message"]


@pytest.mark.parametrize(
    ("changes", "origin"),
    [
        ({"filters": {"field": "x"}}, "widget"),
        ({"dashboardFilters": {"field": "x"}}, "dashboard"),
        ({"scope": {"field": "x"}}, "scope"),
        ({"scopeWhere": {"timestamp": {"eq": "x"}}}, "scope"),
        ({"timeRange": {"from": "yesterday"}}, "timeRange"),
    ],
)
async def test_a_bad_filter_says_whose_it_is(world: World, changes: Any, origin: str) -> None:
    query = """query ($i: PreviewWidgetInput!) { previewWidget(input: $i) {
        __typename ... on InvalidFilter { code origin faults { path message } } } }"""
    preview = (await world.ask(query, {"i": {"chartType": "PIE", "field": "topic", **changes}}))["previewWidget"]
    assert (preview["__typename"], preview["code"], preview["origin"]) == ("InvalidFilter", "INVALID_FILTER", origin)
    assert preview["faults"]


async def test_every_template_can_be_previewed(world: World) -> None:
    query = "{ predefinedWidgets { name description chartType field metricName aggregation timePeriod } }"
    templates = (await world.ask(query))["predefinedWidgets"]
    assert [template["name"] for template in templates] == [template.name for template in TEMPLATES]
    for template in templates:
        assert template.pop("name")
        assert template.pop("description")
        if metric := template.pop("metricName"):
            template["metricId"] = world.id("Metric", world.metrics[metric])
        preview = (
            await world.ask(
                "query ($i: PreviewWidgetInput!) { previewWidget(input: $i) { __typename ... on Error { message } } }",
                {"i": template},
            )
        )["previewWidget"]
        assert preview == {"__typename": f"{template['chartType'].capitalize()}Chart"}


async def test_the_viewer_knows_its_project(world: World) -> None:
    query = "{ viewer { now maxWindowDays project { databaseId name createdAt } } }"
    viewer = (await world.ask(query))["viewer"]
    assert viewer["now"] == "2026-03-20T15:30:00Z"
    assert viewer["maxWindowDays"] == 30
    assert viewer["project"]["databaseId"] == world.project_id
    assert (await world.ask(query, max_window=None))["viewer"]["maxWindowDays"] is None
    assert (await world.ask(query, max_window=timedelta(hours=36)))["viewer"]["maxWindowDays"] == 1.5
