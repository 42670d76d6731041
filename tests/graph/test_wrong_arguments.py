"""Every argument of every field, given wrongly, leaves what stands beside the field.

The fields are those of the schema, so a new one is tested without being named here. Each is asked twice in one place,
rightly as `good` and wrongly as `bad`; without `bad` the same request must answer the same.
"""

from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_required_input_field,
)

from graph.schema import schema
from tests.graph.conftest import World

TYPES = build_schema(schema.as_str()).type_map


def _asked() -> list[tuple[str, str]]:
    return [
        (name, field_name)
        for name, kind in TYPES.items()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__")
        for field_name, field in kind.fields.items()
        if field.args
    ]


READ = [(kind, name) for kind, name in _asked() if kind not in ("Mutation", "Subscription")]
"""A subscription has one field, and nothing beside it."""
WRITTEN = [name for kind, name in _asked() if kind == "Mutation"]

NEVER_WRONG = {("Query", "validateFilters")}
"""What is wrong with its arguments is its answer."""


def _chart(widget: str, kind: str) -> str:
    return f"widget(id: ${widget}) {{ data(compareTo: {{preceding: true}}) {{ ... on {kind} {{ %s }} }} }}"


_HISTOGRAM = (
    'previewWidget(input: {chartType: HISTOGRAM, field: "duration", timeRange: {from: "now-7d"}}) '
    "{ ... on HistogramChart { %s } }"
)
BAR, LINE, PIE, LIST = (
    _chart(*one) for one in (("bar", "BarChart"), ("line", "LineChart"), ("pie", "PieChart"), ("list", "ListChart"))
)
PLACES = {
    "Query": "%s",
    "Dashboard": "dashboard(id: $dashboard) { %s }",
    "Widget": "widget(id: $bar) { %s }",
    "BarChart": BAR,
    "BarSeries": BAR % "series { %s }",
    "DrillDown": BAR % "buckets { ... on DrillDown { %s } }",
    "BarBucket": BAR % "series { buckets { %s } }",
    "Comparison": BAR % "buckets { comparison { %s } }",
    "LineChart": LINE,
    "LineSeries": LINE % "series { %s }",
    "LinePoint": LINE % "points(maxPoints: 4) { %s }",
    "PieChart": PIE,
    "PieSlice": PIE % "slices { %s }",
    "ListChart": LIST,
    "ListRow": LIST % "rows { %s }",
    "StatChart": _chart("stat", "StatChart"),
    "HistogramChart": _HISTOGRAM,
    "HistogramSeries": _HISTOGRAM % "series { %s }",
    "HistogramBin": _HISTOGRAM % "bins { %s }",
}
"""Where an object of each type is found."""

RIGHT = {
    "id": "$%(field)s",
    "ids": "[$bar, $dashboard]",
    "input": '{chartType: PIE, field: "topic"}',
    "field": '"topic"',
    "callLogId": "$callLog",
    "widgetId": "$bar",
    "format": "CSV",
}
"""Right values of arguments that must be given."""

_NO_FIELD = '{field: "nope", op: "eq", value: 1}'
_NO_CONDITION = "{topic: {}}"
WRONG = {
    "id": '"x"',
    "ids": '["x"]',
    "first": "0",
    "after": '"stale"',
    "last": "0",
    "before": '"stale"',
    "search": f'"{"x" * 2000}"',
    "prefix": f'"{"x" * 2000}"',
    "field": '"nope"',
    "filters": _NO_FIELD,
    "where": _NO_CONDITION,
    "scope": _NO_FIELD,
    "scopeWhere": _NO_CONDITION,
    "groupBy": '{field: "nope"}',
    "callLogId": '"x"',
    "widgetId": '"x"',
    "dashboardId": '"x"',
    "timeRange": '{from: "soon"}',
    "expiresIn": "1",
    "compareTo": '{shift: "soon"}',
    "maxPoints": "3",
    "maxBins": "1",
    "top": "0",
    "input": '{chartType: PIE, field: "nope"}',
    "actor": f'"{"x" * 2000}"',
    "subject": '"x"',
}
"""Wrong values that only the field itself can refuse. All others are refused before anything is answered."""

REFUSED_BEFORE = {
    "action",
    "deleted",
    "format",
    "keyId",
    "order",
    "orderBy",
    "precision",
    "since",
    "timeZone",
    "until",
    "weekStart",
}
"""Arguments whose wrong values the whole request is refused for, as GraphQL has it."""


def _literal(kind: Any) -> str:
    """Some value of an input type."""
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    match inner:
        case GraphQLList():
            return "[]"
        case GraphQLEnumType():
            return next(iter(inner.values))
        case GraphQLInputObjectType():
            needed = [(name, one.type) for name, one in inner.fields.items() if is_required_input_field(one)]
            return "{" + ", ".join(f"{name}: {_literal(one)}" for name, one in needed) + "}"
        case _:
            return {"Int": "1", "Boolean": "true", "JSON": "{}"}.get(inner.name, '"x"')


def _missing(argument: GraphQLArgument) -> tuple[str, str]:
    """A variable that GraphQL accepts for an argument that must not be null, and is null when it comes to it."""
    named = argument.type.of_type if isinstance(argument.type, GraphQLNonNull) else argument.type
    return f"$null: {named} = {_literal(named)}", "$null"


def _call(alias: str, name: str, arguments: dict[str, str], field: GraphQLField) -> str:
    given = ", ".join(f"{key}: {value}" for key, value in arguments.items())
    chosen = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    return f"{alias}: {name}{f'({given})' if given else ''}{chosen}"


def _without_bad(answer: Any) -> Any:
    """An answer without what was asked wrongly, which must be null."""
    if isinstance(answer, dict):
        assert answer.get("bad") is None
        return {key: _without_bad(value) for key, value in answer.items() if key != "bad"}
    return [_without_bad(one) for one in answer] if isinstance(answer, list) else answer


def _ids(world: World) -> dict[str, str]:
    shown = {"bar": "Calls", "line": "Durations", "pie": "Topics", "list": "Reasons", "stat": "Longest"}
    widgets = {variable: world.widget(name) for variable, name in shown.items()}
    dashboard, call = world.id("Dashboard", world.dashboard), world.id("CallLog", world.calls[0])
    return {**widgets, "dashboard": dashboard, "node": dashboard, "widget": widgets["bar"], "callLog": call}


async def _answer(world: World, place: str, calls: list[str], null: str = "") -> tuple[Any, list[Any]]:
    ids = _ids(world)
    asked = place % " ".join(calls)
    declared = [f"${name}: ID!" for name in ids if f"${name})" in asked or f"${name}," in asked or f"${name}]" in asked]
    head = ", ".join([*declared, null] if null else declared)
    sent = {name: value for name, value in ids.items() if f"${name}: ID!" in declared}
    result = await world.run(f"query{f'({head})' if head else ''} {{ {asked} }}", {**sent, "null": None})
    return result.data, [error.path for error in result.errors or ()]


@pytest.mark.parametrize(("kind", "name"), READ, ids=[".".join(one) for one in READ])
async def test_a_wrong_argument_leaves_what_stands_beside_it(world: World, kind: str, name: str) -> None:
    found: Any = TYPES[kind]
    field: GraphQLField = found.fields[name]
    right = {
        key: RIGHT[key] % {"field": name}
        for key, argument in field.args.items()
        if isinstance(argument.type, GraphQLNonNull) and key in RIGHT
    }
    good = _call("good", name, right, field)
    alone, errors = await _answer(world, PLACES[kind], [good])
    assert not errors
    assert '"good": ' in str(alone).replace("'", '"')

    failed = 0
    for key, argument in field.args.items():
        wrong: list[tuple[str, str]] = []
        if key not in REFUSED_BEFORE:
            wrong.append(("", WRONG[key]))
        if isinstance(argument.type, GraphQLNonNull):
            wrong.append(_missing(argument))
        for null, value in wrong:
            bad = _call("bad", name, {**right, key: value}, field)
            answered, errors = await _answer(world, PLACES[kind], [bad, good], null)
            assert all(path and path[-1] == "bad" for path in errors), (key, errors)
            if errors:
                failed += 1
                assert _without_bad(answered) == alone, key
    assert failed or (kind, name) in NEVER_WRONG


@pytest.mark.parametrize("name", WRITTEN)
async def test_what_a_mutation_did_is_told_though_the_next_one_fails(world: World, name: str) -> None:
    mutation: Any = TYPES["Mutation"]
    null, value = _missing(mutation.fields[name].args["input"])
    made = 'good: createDashboard(input: {name: "Made"}) { dashboard { name } }'
    result = await world.run(
        f"mutation({null}) {{ {made} bad: {name}(input: {value}) {{ __typename }} }}", {"null": None}
    )
    assert [error.path for error in result.errors or ()] == [["bad"]]
    assert result.data == {"good": {"dashboard": {"name": "Made"}}, "bad": None}
