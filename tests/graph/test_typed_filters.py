"""Filters in typed form mean what the same filters in JSON do, wherever they are given."""

import re
from typing import Any

import pytest
from graphql import GraphQLInputObjectType

from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from filters import OPERATORS, FieldType
from filters.operators import DYNAMIC_TYPES, operators_of
from graph.inputs.operators import OPERATOR_INPUTS
from graph.schema import schema
from tests.graph.conftest import World

VALUE = "metric_evaluations.value"
VALIDATE = """query ($w: CallLogFilter) { validateFilters(where: $w) {
  isValid normalized description errors { code path message } } }"""


def _condition(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def _group(operator: str, *conditions: Any) -> dict[str, Any]:
    return {"operator": operator, "conditions": list(conditions)}


SAME = [
    pytest.param({"duration": {"gte": 60}}, _condition("duration", "gte", 60), id="one-operator"),
    pytest.param(
        {"duration": {"gte": 60, "lt": 90.5}},
        _group("and", _condition("duration", "gte", 60), _condition("duration", "lt", 90.5)),
        id="two-operators",
    ),
    pytest.param({"topic": {"in": ["a", "b"]}}, _condition("topic", "in", ["a", "b"]), id="list"),
    pytest.param({"agentId": {"eq": 5}}, _condition("agent.id", "eq", 5), id="number-of-a-row"),
    pytest.param(
        {"agentId": {"in": ["5", "QWdlbnQ6Nw=="]}}, _condition("agent.id", "in", [5, "QWdlbnQ6Nw=="]), id="ids"
    ),
    pytest.param({"timestamp": {"gte": "now-7d"}}, _condition("timestamp", "gte", "now-7d"), id="relative-time"),
    pytest.param(
        {"metadata": {"key": "region", "value": {"neq": "EU"}}},
        _condition("metadata.region", "neq", "EU"),
        id="metadata",
    ),
    pytest.param(
        {"metadata": {"key": "turns", "number": {"gt": 8}}},
        _condition("metadata.turns::number", "gt", 8),
        id="metadata-number",
    ),
    pytest.param(
        {"metadata": {"key": "a.b", "boolean": {"eq": True}}},
        _condition('metadata."a.b"::boolean', "eq", True),
        id="metadata-boolean",
    ),
    pytest.param(
        {"metadata": {"key": "turns", "value": {"neq": "x"}, "number": {"gte": 1, "lt": 3}, "boolean": None}},
        _group(
            "and",
            _condition("metadata.turns", "neq", "x"),
            _condition("metadata.turns::number", "gte", 1),
            _condition("metadata.turns::number", "lt", 3),
        ),
        id="metadata-of-several-types",
    ),
    pytest.param({"metricEvaluationsValue": {"isnull": True}}, _condition(VALUE, "isnull", True), id="no-value"),
    pytest.param({"topic": {"isNull": True}}, _condition("topic", "isnull", True), id="is-null"),
    pytest.param({"topic": {"startsWith": "bill"}}, _condition("topic", "startswith", "bill"), id="starts-with"),
    pytest.param({"topic": {"endsWith": "ing"}}, _condition("topic", "endswith", "ing"), id="ends-with"),
    pytest.param(
        {"metricEvaluationsValue": {"number": {"gte": 1, "lte": 2}}},
        _group("same_row", _condition(VALUE, "gte", 1), _condition(VALUE, "lte", 2)),
        id="one-evaluation",
    ),
    pytest.param(
        {
            "and": [
                {"or": [{"success": {"eq": True}}, {"not": {"topic": {"contains": "x"}}}]},
                {
                    "sameRow": [
                        {"metricEvaluationsMetricName": {"eq": "accuracy"}},
                        {"metricEvaluationsValue": {"number": {"gte": 1, "lte": 2}}},
                    ]
                },
            ]
        },
        _group(
            "and",
            _group("or", _condition("success", "eq", True), _group("not", _condition("topic", "contains", "x"))),
            _group(
                "same_row",
                _condition("metric_evaluations.metric.name", "eq", "accuracy"),
                _group("and", _condition(VALUE, "gte", 1), _condition(VALUE, "lte", 2)),
            ),
        ),
        id="tree",
    ),
]


@pytest.mark.parametrize(("where", "filters"), SAME)
async def test_typed_filters_become_json(world: World, where: Any, filters: Any) -> None:
    report = (await world.ask(VALIDATE, {"w": where}))["validateFilters"]
    assert (report["isValid"], report["normalized"]) == (True, filters)


@pytest.mark.parametrize(("where", "filters"), SAME)
async def test_both_forms_select_the_same_calls(world: World, where: Any, filters: Any) -> None:
    query = """query ($w: CallLogFilter, $f: JSON) {
        typed: callLogs(where: $w) { totalCount } json: callLogs(filters: $f) { totalCount } }"""
    counts = await world.ask(query, {"w": where, "f": filters})
    assert counts["typed"] == counts["json"]


async def test_a_filter_is_written_in_the_document_too(world: World) -> None:
    query = '{ callLogs(where: {and: [{topic: {eq: "billing"}}, {duration: {gte: 20}}]}) { totalCount } }'
    typed = (await world.ask(query))["callLogs"]["totalCount"]
    assert 0 < typed < 48


def test_every_field_and_operator_has_a_member() -> None:
    inputs: dict[str, Any] = vars(schema)["_schema"].type_map
    members = {**inputs["CallLogFilter"].fields, **inputs["MetadataFilter"].fields}
    begun = [re.match(r"`(\S+)`: ", field.description) for field in members.values()]
    named = {match[1] for match in begun if match is not None}
    assert named == set(CALL_LOG_FIELDS.names())
    for field in CALL_LOG_FIELDS.listed():
        if field.data_type is FieldType.DYNAMIC:
            continue
        [member] = [one for one in members.values() if one.description.startswith(f"`{field.name}`")]
        kind = member.type
        assert isinstance(kind, GraphQLInputObjectType)
        assert set(kind.fields) == {name for op in field.operators for name in (op, OPERATORS[op].typed_name)}
        assert all(kind.fields[op].description == OPERATORS[op].description for op in field.operators)
    dynamic = inputs["DynamicFilterOperators"].fields
    assert set(dynamic) == {*DYNAMIC_TYPES, "isNull", "isnull"}
    assert all(set(dynamic[kind].type.fields) >= set(operators_of(kind)) for kind in DYNAMIC_TYPES)


def test_old_names_of_operators_are_deprecated_and_name_the_new_ones() -> None:
    inputs: dict[str, Any] = vars(schema)["_schema"].type_map
    deprecated = {
        name: field.deprecation_reason
        for kind in OPERATOR_INPUTS.values()
        for name, field in inputs[kind.__name__].fields.items()
        if field.deprecation_reason is not None
    }
    assert deprecated == {
        "isnull": "Use isNull, which is the same.",
        "startswith": "Use startsWith, which is the same.",
        "endswith": "Use endsWith, which is the same.",
    }


WRONG = [
    pytest.param({"duration": {}}, "INVALID_SHAPE", "/duration", id="no-operator"),
    pytest.param({"or": []}, "INVALID_SHAPE", "/or", id="empty-or"),
    pytest.param({"timestamp": {"gte": "yesterday"}}, "INVALID_VALUE", "/timestamp/gte", id="time"),
    pytest.param({"topic": {"in": []}}, "INVALID_VALUE", "/topic/in", id="empty-list"),
    pytest.param({"topic": {"in": ["a", "b\0"]}}, "INVALID_VALUE", "/topic/in/1", id="in-a-list"),
    pytest.param({"and": [{"topic": {"regex": "a("}}]}, "INVALID_REGEX", "/and/0/topic/regex", id="regex"),
    pytest.param({"topic": {"eq": None}}, "WRONG_TYPE", "/topic/eq", id="null"),
    pytest.param(
        {"sameRow": [{"topic": {"eq": "a"}}]}, "INVALID_SHAPE", "/sameRow/0/topic/eq", id="not-of-an-evaluation"
    ),
    pytest.param(
        {"metadata": {"key": "", "value": {"eq": "x"}}},
        "UNKNOWN_FIELD",
        "/metadata/value/eq",
        id="metadata-without-key",
    ),
    pytest.param({"metadata": {"key": "turns"}}, "INVALID_SHAPE", "/metadata", id="metadata-without-conditions"),
    pytest.param(
        {"metadata": {"key": "turns", "number": {}}},
        "INVALID_SHAPE",
        "/metadata/number",
        id="metadata-without-operator",
    ),
    pytest.param(
        {"metadata": {"key": "turns", "number": {"between": [2, 1]}}},
        "INVALID_VALUE",
        "/metadata/number/between",
        id="metadata-range",
    ),
    pytest.param({"agentId": {"eq": "TWV0cmljOjE="}}, "INVALID_VALUE", "/agentId/eq", id="id-of-another-type"),
    pytest.param(
        {"metricEvaluationsValue": {"number": {}}}, "INVALID_SHAPE", "/metricEvaluationsValue/number", id="type"
    ),
]


@pytest.mark.parametrize(("where", "code", "path"), WRONG)
async def test_faults_point_into_the_typed_filter(world: World, where: Any, code: str, path: str) -> None:
    report = (await world.ask(VALIDATE, {"w": where}))["validateFilters"]
    assert [(error["code"], error["path"]) for error in report["errors"]] == [(code, path)]


async def test_warnings_point_into_it_too(world: World) -> None:
    query = "query ($w: CallLogFilter) { validateFilters(where: $w) { warnings { code path } } }"
    where = {"or": [{"success": {"eq": True}}, {"and": [{"duration": {"gt": 9}}, {"duration": {"lt": 5}}]}]}
    warnings = (await world.ask(query, {"w": where}))["validateFilters"]["warnings"]
    assert warnings == [{"code": "NEVER_MATCHES", "path": "/or/1"}]
    one = (await world.ask(query, {"w": {"duration": {"gt": 9, "lt": 5}}}))["validateFilters"]["warnings"]
    assert one == [{"code": "NEVER_MATCHES", "path": "/duration"}]


@pytest.mark.parametrize(
    "literal", ["{}", "{topic: {eq: 1}}", '{topic: {eq: "a"}, duration: {eq: 1}}', "{topic: null}", "{topik: {eq: 1}}"]
)
async def test_the_schema_refuses_other_shapes(world: World, literal: str) -> None:
    result = await world.run(f"{{ callLogs(where: {literal}) {{ totalCount }} }}")
    assert result.errors is not None
    assert "Internal" not in result.errors[0].message


async def test_deep_nesting_is_an_error_of_the_client(world: World) -> None:
    where: dict[str, Any] = {"topic": {"eq": "a"}}
    for depth in range(5_000):
        where = {"not": where}
        if depth in (16, 100):
            report = (await world.ask(VALIDATE, {"w": where}))["validateFilters"]
            assert [error["code"] for error in report["errors"]] == ["LIMIT_EXCEEDED"]
    error = await world.refused(VALIDATE, {"w": where})
    assert "nested too deeply" in error["message"]


async def test_charts_take_typed_filters(world: World) -> None:
    query = """query ($id: ID!, $w: CallLogFilter, $f: JSON) { widget(id: $id) {
        typed: data(where: $w) { ... on PieChart { total } }
        json: data(filters: $f) { ... on PieChart { total } }
        both: data(where: $w, filters: $f) { ... on InvalidFilter { origin message } } } }"""
    where, filters = {"duration": {"gte": 40}}, _condition("duration", "gte", 40)
    data = (await world.ask(query, {"id": world.widget("Topics"), "w": where, "f": filters}))["widget"]
    assert data["typed"] == data["json"]
    assert data["both"]["origin"] == "request"
    assert "not both" in data["both"]["message"]


async def test_previews_take_typed_filters(world: World) -> None:
    query = """query ($i: PreviewWidgetInput!) { previewWidget(input: $i) {
        ... on PieChart { total } ... on InvalidFilter { origin path } } }"""
    shape = {"chartType": "PIE", "field": "topic"}
    typed = {**shape, "where": {"duration": {"gte": 40}}, "dashboardWhere": {"success": {"eq": True}}}
    json = {
        **shape,
        "filters": _condition("duration", "gte", 40),
        "dashboardFilters": _condition("success", "eq", True),
    }
    assert (await world.ask(query, {"i": typed})) == (await world.ask(query, {"i": json}))
    both = {**json, "dashboardWhere": {"success": {"eq": True}}}
    assert (await world.ask(query, {"i": both}))["previewWidget"] == {"origin": "dashboard", "path": ""}
    wrong = {**shape, "where": {"timestamp": {"eq": "x"}}}
    preview = (await world.ask(query, {"i": wrong}))["previewWidget"]
    assert preview == {"origin": "widget", "path": "/timestamp/eq"}


async def test_what_is_saved_is_json(world: World) -> None:
    create = """mutation ($d: CreateDashboardInput!) { createDashboard(input: $d) {
        dashboard { id filters } errors { path message } } }"""
    where = {"and": [{"topic": {"eq": "a"}}, {"duration": {"gte": 60, "lt": 120}}]}
    made = (await world.ask(create, {"d": {"name": "Typed", "where": where}}))["createDashboard"]
    assert made["errors"] == []
    stored = _group(
        "and",
        _condition("topic", "eq", "a"),
        _group("and", _condition("duration", "gte", 60), _condition("duration", "lt", 120)),
    )
    assert made["dashboard"]["filters"] == stored
    widget = {"dashboardId": made["dashboard"]["id"], "name": "W", "chartType": "PIE", "field": "topic"}
    add = """mutation ($w: CreateWidgetInput!) { createWidget(input: $w) {
        widget { id filters } errors { path message } } }"""
    added = (await world.ask(add, {"w": {**widget, "where": {"success": {"eq": True}}}}))["createWidget"]
    assert added["widget"]["filters"] == _condition("success", "eq", True)
    change = """mutation ($w: UpdateWidgetInput!) { updateWidget(input: $w) {
        widget { filters } errors { path message ... on InvalidFilter { origin } } } }"""
    id = added["widget"]["id"]
    changed = (await world.ask(change, {"w": {"id": id, "where": {"topic": {"isnull": True}}}}))["updateWidget"]
    assert changed["widget"]["filters"] == _condition("topic", "isnull", True)
    read = "query ($id: ID!) { widget(id: $id) { filters effectiveFilters } }"
    assert (await world.ask(read, {"id": id}))["widget"] == {
        "filters": _condition("topic", "isnull", True),
        "effectiveFilters": _group("and", stored, _condition("topic", "isnull", True)),
    }
    wrong = {"id": id, "where": {"not": {"timestamp": {"lt": "x"}}}}
    refused = (await world.ask(change, {"w": wrong}))["updateWidget"]
    assert [(error["path"], error["origin"]) for error in refused["errors"]] == [("/where/not/timestamp/lt", "widget")]
    both = {"id": id, "filters": {}, "where": {"topic": {"eq": "a"}}}
    refused = (await world.ask(change, {"w": both}))["updateWidget"]
    assert [error["path"] for error in refused["errors"]] == ["/where"]
