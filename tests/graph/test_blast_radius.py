"""A bad argument costs its own field, and nothing beside it.

The fields are drawn from the schema: each that takes arguments is asked wrongly beside a good field of its parent. A
field that is non-null and fails takes its parent with it, and with its parents the page.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, is_non_null_type

from graph.schema import schema
from tests.graph.conftest import World

SCHEMA: GraphQLSchema = schema._schema
OBJECTS = {name: kind for name, kind in SCHEMA.type_map.items() if isinstance(kind, GraphQLObjectType)}


def with_arguments() -> Iterator[tuple[str, str, GraphQLField]]:
    for parent, kind in OBJECTS.items():
        if not parent.startswith("__"):
            for name, field in kind.fields.items():
                if field.args:
                    yield parent, name, field


@pytest.mark.parametrize(("parent", "name", "field"), with_arguments(), ids=lambda value: str(value)[:40])
def test_a_field_that_can_fail_by_its_arguments_is_nullable(parent: str, name: str, field: GraphQLField) -> None:
    assert not is_non_null_type(field.type), f"{parent}.{name}"


@pytest.mark.parametrize("name", OBJECTS["Query"].fields)
def test_root_fields_are_nullable(name: str) -> None:
    assert is_non_null_type(OBJECTS["Query"].fields[name].type) is (name == "viewer")


@pytest.mark.parametrize("name", OBJECTS["Mutation"].fields)
def test_mutations_are_nullable(name: str) -> None:
    assert not is_non_null_type(OBJECTS["Mutation"].fields[name].type)


@pytest.mark.parametrize("name", OBJECTS["Subscription"].fields)
def test_subscriptions_are_nullable(name: str) -> None:
    assert not is_non_null_type(OBJECTS["Subscription"].fields[name].type)


async def beside(world: World, query: str, *bad: str) -> dict[str, Any]:
    """The data of a query in which exactly the fields named by ``bad`` fail."""
    result = await world.run(query)
    assert result.data is not None, (query, result.errors)
    failed = {str(error.path[-1]) for error in result.errors or () if error.path}
    assert failed == set(bad), (query, result.errors)
    for error in result.errors or ():
        assert (error.extensions or {}).get("code") != "INTERNAL_ERROR", error
    return result.data


BAD_ROOTS = {
    "node": 'node(id: "x") { id }',
    "nodes": 'nodes(ids: ["x"]) { id }',
    "dashboards": "dashboards(first: 0) { totalCount }",
    "dashboard": 'dashboard(id: "x") { id }',
    "widget": 'widget(id: "x") { id }',
    "callLogs": 'callLogs(after: "stale") { totalCount }',
    "callLog": 'callLog(id: "x") { id }',
    "apiKeys": "apiKeys(first: 0) { totalCount }",
    "auditEvents": 'auditEvents(subject: "x") { totalCount }',
    "agents": "agents(first: 1000) { totalCount }",
    "metrics": 'metrics(after: "stale") { totalCount }',
    "metadataKeys": "metadataKeys(first: 0) { hasMore }",
    "fieldValues": 'fieldValues(field: "nope") { hasMore }',
    "filterWaterfall": 'filterWaterfall(filters: {field: "nope", op: "eq", value: 1}) { total }',
    "whyNot": 'whyNot(callLogId: "x", widgetId: "y") { isIncluded }',
}
TELLS_FAULTS = {"validateFilters", "previewWidget"}
"""Root fields with arguments whose answer is what is wrong with them."""


def test_every_root_field_with_arguments_is_tried() -> None:
    taking = {name for name, field in OBJECTS["Query"].fields.items() if field.args}
    assert taking == BAD_ROOTS.keys() | TELLS_FAULTS


@pytest.mark.parametrize("bad", BAD_ROOTS.values(), ids=BAD_ROOTS.keys())
async def test_a_bad_root_field_leaves_the_others(world: World, bad: str) -> None:
    data = await beside(world, f"{{ good: dashboards {{ totalCount }} bad: {bad} viewer {{ __typename }} }}", "bad")
    assert data["good"] == {"totalCount": 1}
    assert data["bad"] is None
    assert data["viewer"] is not None


BAD_IN_CHARTS = {
    "slices": ("Topics", "PieChart", "slices(top: 0) { label }", "total"),
    "rows": ("Reasons", "ListChart", "rows(first: 0) { label }", "totalRows"),
    "points": ("Durations", "LineChart", "points(maxPoints: 3) { value }", "totalPoints"),
    "series": ("Durations", "LineChart", "series(maxPoints: 30000) { label }", "totalPoints"),
    "isThinned": ("Durations", "LineChart", "isThinned(maxPoints: 0)", "totalPoints"),
    "calls": ("Longest", "StatChart", 'calls(after: "stale") { totalCount }', "value"),
    "calls of an item": ("Calls", "BarChart", 'buckets { value calls(after: "stale") { totalCount } }', "sampleCount"),
}


@pytest.mark.parametrize(("widget", "chart", "bad", "good"), BAD_IN_CHARTS.values(), ids=BAD_IN_CHARTS.keys())
async def test_a_bad_field_of_a_chart_leaves_the_chart(
    world: World, widget: str, chart: str, bad: str, good: str
) -> None:
    query = (
        f'{{ one: widget(id: "{world.widget(widget)}") {{ name data {{ ... on {chart} {{ {good} {bad} }} }} }} '
        f'two: widget(id: "{world.widget("Overview")}") {{ data {{ ... on StatChart {{ sampleCount }} }} }} }}'
    )
    data = await beside(world, query, bad.split("(")[0] if "buckets" not in bad else "calls")
    assert data["one"]["name"] == widget
    assert data["one"]["data"][good] is not None
    assert data["two"]["data"]["sampleCount"] > 0


TOO_MANY = {
    "slices": ("Topics", "... on PieChart { total bad: slices(top: 500) { label calls { totalCount } } }"),
    "rows": ("Reasons", "... on ListChart { totalRows bad: rows(first: 100000) { calls(first: 500) { totalCount } } }"),
    "points": (
        "Durations",
        "... on LineChart { totalPoints bad: points(maxPoints: 2147483647) { call { agent { id } } } }",
    ),
    "calls": (
        "Longest",
        "... on StatChart { value bad: calls(first: 5000) { edges { node { transcript { text } } } } }",
    ),
}


@pytest.mark.parametrize(("widget", "selection"), TOO_MANY.values(), ids=TOO_MANY.keys())
async def test_what_is_refused_for_its_size_has_no_price(world: World, widget: str, selection: str) -> None:
    one = f'widget(id: "{world.widget(widget)}") {{ data {{ {selection} }} }}'
    data = await beside(world, f"{{ good: dashboards {{ totalCount }} one: {one} }}", "bad")
    assert data["good"] == {"totalCount": 1}
    assert data["one"]["data"]["bad"] is None


@pytest.mark.parametrize(
    "bad",
    [
        "dashboards(first: 500) { edges { node { widgets { data { __typename } } } } }",
        "callLogs(first: 2147483647) { edges { node { metricEvaluations { metric { name } } } } }",
        "agents(first: -1) { totalCount }",
        f"nodes(ids: {['x'] * 101}) {{ ... on Dashboard {{ widgets {{ data {{ __typename }} }} }} }}".replace("'", '"'),
    ],
)
async def test_pages_that_are_too_large_have_no_price(world: World, bad: str) -> None:
    data = await beside(world, f"{{ good: dashboards {{ totalCount }} bad: {bad} }}", "bad")
    assert data == {"good": {"totalCount": 1}, "bad": None}


async def test_what_one_mutation_made_is_told_though_the_next_one_fails(world: World) -> None:
    bad = "query { x: dashboards(first: 0) { totalCount } }"
    query = (
        'mutation { first: createDashboard(input: {name: "One"}) { dashboard { name } errors { message } } '
        'second: createDashboard(input: {name: "Two"}) { dashboard { name } '
        f"{bad} }} }}"
    )
    result = await world.run(query)
    assert result.data is not None
    assert result.data["first"] == {"dashboard": {"name": "One"}, "errors": []}
    assert result.data["second"]["dashboard"] == {"name": "Two"}
    assert [error.path for error in result.errors or ()] == [["second", "query", "x"]]
