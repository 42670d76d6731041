"""A viewer of a project that masks customers' numbers finds no number out, whatever it asks.

One recognisable number is in calls, in saved filters and in their history. Every root field is asked for all that it
can say, as an admin to see that the number is there to be found, and as a viewer.
"""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType, get_named_type, is_non_null_type

import models
from filters.masked_fields import HIDDEN
from graph.node_ids import encode
from graph.schema import schema
from models import CallLog, Role
from resolvers.author import Author
from resolvers.loaders.meter import Meter
from resolvers.rights import Rights, rights_of
from tests.filters.test_masked_fields import COMPARING, NUMBER
from tests.graph.conftest import World

LEVELS = 3
"""How far below a root field everything is asked for."""

DIGITS = "1761234564"
"""Of the number, those that must not be told, however the rest is written."""

ADMIN = Rights(Role.ADMIN)
VIEWER = rights_of(Role.VIEWER, mask_customer_numbers=True)
OF_CUSTOMER = {"field": "customer_number", "op": "eq", "value": NUMBER}
LAST_WEEK = {"field": "timestamp", "op": "gte", "value": "now-7d"}


@pytest.mark.parametrize("role", Role)
def test_which_roles_numbers_are_masked_for(role: Role) -> None:
    assert not rights_of(role, mask_customer_numbers=False).masked
    assert bool(rights_of(role, mask_customer_numbers=True).masked) is (role in (Role.VIEWER, Role.INGESTER))


CREATE = """
    mutation ($dashboard: ID!, $filters: JSON, $group: JSON) {
      a: createWidget(input: {dashboardId: $dashboard, name: "Of one", chartType: BAR, field: "timestamp",
        aggregation: COUNT, timePeriod: DAY, filters: $filters}) { widget { id } errors { message } }
      b: createWidget(input: {dashboardId: $dashboard, name: "By number", chartType: BAR, field: "timestamp",
        aggregation: COUNT, timePeriod: DAY, groupBy: $group}) { widget { id } errors { message } }
      c: createWidget(input: {dashboardId: $dashboard, name: "Numbers", chartType: PIE, field: "customer_number"})
        { widget { id } errors { message } }
      d: createWidget(input: {dashboardId: $dashboard, name: "Listed", chartType: LIST, field: "customer_number"})
        { widget { id } errors { message } }
      e: createWidget(input: {dashboardId: $dashboard, name: "Distinct", chartType: STAT, field: "customer_number",
        aggregation: COUNT_DISTINCT}) { widget { id } errors { message } }
      f: updateDashboard(input: {id: $dashboard, filters: $filters}) { errors { message } }
      g: updateDashboard(input: {id: $dashboard, filters: {field: "timestamp", op: "gte", value: "now-7d"}})
        { errors { message } }
      h: undoDashboard(input: {id: $dashboard}) { errors { message } }
      i: undoDashboard(input: {id: $dashboard}) { errors { message } }
    }
"""


@pytest.fixture
async def ids(world: World) -> Mapping[str, str]:
    """The world with the number in it: of every second call, in the filters of a widget, in the history."""
    async with world.sessions.write(world.project_id) as session:
        mine = CallLog.id.in_(world.calls[::2])
        await session.execute(
            sa.update(CallLog).where(CallLog.project_id == world.project_id, mine).values(customer_number=NUMBER)
        )
    dashboard = encode("Dashboard", world.dashboard)
    group = {"type": "field", "field": "customer_number"}
    made = await world.ask(
        CREATE, {"dashboard": dashboard, "filters": OF_CUSTOMER, "group": group}, author=Author(None, "Ann")
    )
    assert all(payload["errors"] == [] for payload in made.values()), made
    widgets = {name: made[name]["widget"]["id"] for name in "abcde"}
    return {"dashboard": dashboard, "call": encode("CallLog", world.calls[0]),
            "other": encode("CallLog", world.calls[1]), **widgets}  # fmt: skip


def selections(kind: Any, depth: int) -> list[str]:
    """All fields of a type, and what is below them, without the way back to the root; one for each type of a node."""
    kind = get_named_type(kind)
    if isinstance(kind, GraphQLInterfaceType):
        kinds = schema._schema.get_possible_types(kind)
        return [f"... on {one.name} {{ {selection(one, depth)} }}" for one in kinds]
    return [selection(kind, depth)]


def selection(kind: Any, depth: int) -> str:
    kind = get_named_type(kind)
    match kind:
        case GraphQLUnionType():
            return " ".join(f"... on {one.name} {{ {selection(one, depth)} }}" for one in kind.types)
        case GraphQLObjectType() | GraphQLInterfaceType():
            fields = [_field(name, field, depth) for name, field in kind.fields.items()]
            return " ".join(["__typename", *filter(None, fields)])
        case _:
            return ""


def _field(name: str, field: Any, depth: int) -> str:
    needed = {key for key, one in field.args.items() if is_non_null_type(one.type) and one.default_value is None}
    assert needed <= {"format"}, name
    below = ""
    if isinstance(get_named_type(field.type), GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType):
        if depth == 0:
            return ""
        below = f" {{ {selection(field.type, depth - 1)} }}"
    return f"{name}{'(format: CSV)' if 'format' in field.args else ''}{below}"


ASKED: Mapping[str, tuple[str, ...]] = {
    "node": tuple(f'id: "{{{name}}}"' for name in ("dashboard", "call", "a", "b", "c", "d", "e")),
    "nodes": ('ids: ["{dashboard}", "{call}", "{a}"]',),
    "dashboard": ('id: "{dashboard}"',),
    "widget": tuple(f'id: "{{{name}}}"' for name in "abcde"),
    "previewWidget": tuple(
        f"input: {{{{{text}}}}}"
        for text in (
            "chartType: STAT",
            'chartType: PIE, field: "customer_number"',
            'chartType: LIST, field: "customer_number"',
            'chartType: STAT, field: "customer_number", aggregation: COUNT_DISTINCT',
            'chartType: LINE, field: "duration", groupBy: {{type: "field", field: "customer_number"}}',
        )
    ),
    "callLog": ('id: "{call}"',),
    "fieldValues": ('field: "customer_number"', 'field: "customer_number", prefix: "+49176"', 'field: "topic"'),
    "whyNot": ('callLogId: "{call}", widgetId: "{a}"', 'callLogId: "{other}", widgetId: "{a}"'),
    "filterWaterfall": ("", 'dashboardId: "{dashboard}"', 'widgetId: "{a}"', 'widgetId: "{c}"'),
    "validateFilters": ("", 'groupBy: {{type: "field", field: "customer_number"}}'),
}
"""What root fields are asked with; all others with nothing."""

TELLING = {"node", "nodes", "dashboard", "dashboards", "widget", "previewWidget", "callLog", "callLogs", "fieldValues",
           "whyNot", "filterWaterfall"}  # fmt: skip
"""The root fields that tell the number to whoever may see it."""

ROOT = schema._schema.query_type
assert ROOT is not None


async def everything(world: World, ids: Mapping[str, str], name: str, rights: Rights) -> str:
    assert ROOT is not None
    kind = ROOT.fields[name].type
    texts: list[str] = []
    for arguments in ASKED.get(name, ("",)):
        given = f"({arguments.format(**ids)})" if arguments else ""
        for one in selections(kind, LEVELS):
            result = await world.run(f"{{ {name}{given} {{ {one} }} }}", rights=rights, meter=Meter(10**9, 10**9))
            errors = [error.formatted for error in result.errors or ()]
            unanswered = ("LIMIT_EXCEEDED", "COST_EXCEEDED", "INTERNAL_ERROR", "conflict", "Cannot query")
            assert not any(word in str(error) for error in errors for word in unanswered), errors
            texts.append(json.dumps([result.data, errors], ensure_ascii=False))
    return " ".join(texts)


@pytest.mark.parametrize("name", ROOT.fields)
async def test_no_answer_holds_the_number(world: World, ids: Mapping[str, str], name: str) -> None:
    seen = await everything(world, ids, name, ADMIN)
    assert (DIGITS in seen) is (name in TELLING)
    assert DIGITS not in await everything(world, ids, name, VIEWER)


PLACES: Mapping[str, str] = {
    "callLogs": "callLogs(filters: $f) { totalCount }",
    "validateFilters": "validateFilters(filters: $f) { isValid errors { code path } warnings { message } }",
    "filterWaterfall": "filterWaterfall(filters: $f) { remaining }",
    "scope of filterWaterfall": "filterWaterfall(scope: $f) { remaining }",
    "filterWaterfall of a dashboard": 'filterWaterfall(dashboardId: "{dashboard}", filters: $f) { remaining }',
    "filterWaterfall of a widget": 'filterWaterfall(widgetId: "{e}", scope: $f) { remaining }',
    "widget": 'widget(id: "{e}") { data(filters: $f) { CHART } }',
    "scope of a widget": 'widget(id: "{e}") { data(scope: $f) { CHART } }',
    "effectiveFilters": 'widget(id: "{e}") { effectiveFilters(filters: $f) }',
    "scope of effectiveFilters": 'widget(id: "{e}") { effectiveFilters(scope: $f) }',
    "previewWidget": "previewWidget(input: {chartType: STAT, filters: $f}) { CHART }",
    "dashboardFilters": "previewWidget(input: {chartType: STAT, dashboardFilters: $f}) { CHART }",
    "scope of previewWidget": "previewWidget(input: {chartType: STAT, scope: $f}) { CHART }",
}
CHART = "__typename ... on InvalidFilter { faults { code path } } ... on StatChart { value sampleCount }"


def of_place(place: str, ids: Mapping[str, str]) -> str:
    text = PLACES[place]
    for name, id in ids.items():
        text = text.replace(f"{{{name}}}", id)
    return f"query ($f: JSON) {{ {text.replace('CHART', CHART)} }}"


@pytest.mark.parametrize("place", PLACES)
async def test_filters_of_a_reader_cannot_compare_numbers(world: World, ids: Mapping[str, str], place: str) -> None:
    """By any operator, alone and inside of groups, wherever filters are taken."""
    document = of_place(place, ids)
    for op, value in ((case.values[0], case.values[1]) for case in COMPARING):
        condition = {"field": "customer_number", "op": op, "value": value}
        either = {"operator": "or", "conditions": [LAST_WEEK, {"operator": "not", "conditions": [condition]}]}
        for filters, path in ((condition, "/field"), (either, "/conditions/1/conditions/0/field")):
            allowed = await world.run(document, {"f": filters}, rights=ADMIN)
            assert "MASKED_FIELD" not in str(allowed)
            refused = str(await world.run(document, {"f": filters}, rights=VIEWER))
            assert "MASKED_FIELD" in refused
            assert path in refused
            assert "remaining" not in refused
            assert "totalCount': " not in refused
            assert "sampleCount" not in refused
            assert "'isValid': True" not in refused


WHERES = {
    "callLogs": "callLogs(where: W) { totalCount }",
    "filterWaterfall": "filterWaterfall(where: W) { remaining }",
    "scopeWhere of filterWaterfall": "filterWaterfall(scopeWhere: W) { remaining }",
    "validateFilters": "validateFilters(where: W) { errors { code path } }",
    "widget": 'widget(id: "{e}") { data(where: W) { CHART } }',
    "scopeWhere of a widget": 'widget(id: "{e}") { data(scopeWhere: W) { CHART } }',
    "previewWidget": "previewWidget(input: {chartType: STAT, where: W}) { CHART }",
    "dashboardWhere": "previewWidget(input: {chartType: STAT, dashboardWhere: W}) { CHART }",
    "scopeWhere of previewWidget": "previewWidget(input: {chartType: STAT, scopeWhere: W}) { CHART }",
}


@pytest.mark.parametrize("text", WHERES.values(), ids=WHERES)
async def test_typed_filters_cannot_either(world: World, ids: Mapping[str, str], text: str) -> None:
    where = f'{{or: [{{topic: {{eq: "x"}}}}, {{not: {{customerNumber: {{eq: "{NUMBER}"}}}}}}]}}'
    document = f"{{ {text.replace('W)', f'{where})').replace('W}', f'{where}}}').replace('CHART', CHART)} }}"
    document = document.replace("{e}", ids["e"])
    assert "MASKED_FIELD" not in str(await world.run(document, rights=ADMIN))
    refused = str(await world.run(document, rights=VIEWER))
    assert "MASKED_FIELD" in refused
    assert "/or/1/not/customerNumber" in refused


@pytest.mark.parametrize(
    ("widget", "path"), [("b", "/groupBy/field"), ("c", "/field"), ("d", "/field")], ids=["grouped", "pie", "list"]
)
async def test_charts_do_not_show_numbers(world: World, ids: Mapping[str, str], widget: str, path: str) -> None:
    chart = "__typename ... on InvalidWidget { faults { code path } }"
    document = f'{{ widget(id: "{ids[widget]}") {{ data {{ {chart} }} }} }}'
    seen = await world.ask(document, rights=ADMIN)
    assert seen["widget"]["data"]["__typename"] != "InvalidWidget"
    refused = await world.ask(document, rights=VIEWER)
    assert refused["widget"]["data"]["faults"] == [{"code": "MASKED_FIELD", "path": path}]


async def test_how_many_numbers_there_are_is_told(world: World, ids: Mapping[str, str]) -> None:
    document = f'{{ widget(id: "{ids["e"]}") {{ data {{ ... on StatChart {{ value filters }} }} }} }}'
    chart = (await world.ask(document, rights=VIEWER))["widget"]["data"]
    assert chart["value"] == 1
    behind = await world.ask("query ($f: JSON) { callLogs(filters: $f) { totalCount } }", {"f": chart["filters"]},
                             rights=VIEWER)  # fmt: skip
    assert behind["callLogs"]["totalCount"] == len(world.calls[::2])


async def test_a_saved_filter_keeps_working(world: World, ids: Mapping[str, str]) -> None:
    """The viewer sees the chart of one customer's calls, and these calls, but neither the number nor a way to it."""
    document = (
        f'{{ widget(id: "{ids["a"]}") {{ filters effectiveFilters data {{ ... on BarChart {{ sampleCount '
        "series { filters exportUrl(format: CSV) calls { totalCount edges { node { customerNumber } } } } } } } }"
    )
    result = await world.run(document, rights=VIEWER)
    assert result.data is not None
    widget = result.data["widget"]
    hidden = {**OF_CUSTOMER, "value": HIDDEN}
    assert widget["filters"] == hidden
    assert hidden in widget["effectiveFilters"]["conditions"]
    (series,) = widget["data"]["series"]
    assert widget["data"]["sampleCount"] == series["calls"]["totalCount"] == len(world.calls[::2])
    assert {edge["node"]["customerNumber"] for edge in series["calls"]["edges"]} == {f"+49{HIDDEN}42"}
    assert hidden in series["filters"]["conditions"]
    assert result.errors is not None
    (error,) = result.errors
    assert error.path is not None
    assert error.path[-1] == "exportUrl"
    assert (error.extensions or {})["code"] == "FORBIDDEN"
    refusal = await world.refused("query ($f: JSON) { callLogs(filters: $f) { totalCount } }",
                                  {"f": series["filters"]}, rights=VIEWER)  # fmt: skip
    assert refusal["extensions"]["faults"][0]["code"] == "MASKED_FIELD"


async def test_a_saved_filter_that_is_wrong_does_not_tell_its_value(world: World, ids: Mapping[str, str]) -> None:
    """Rows can be older than rules, and an error of theirs would quote them."""
    wrong = {"field": "customer_number", "op": "eq", "value": int(DIGITS)}
    async with world.sessions.write(world.project_id) as session:
        await session.execute(
            sa.update(models.Widget).where(models.Widget.project_id == world.project_id).values(filters=wrong)
        )
    document = (
        f'{{ widget(id: "{ids["e"]}") {{ data {{ ... on InvalidFilter {{ message faults {{ message path }} }} }} }} }}'
    )
    assert DIGITS in str(await world.ask(document, rights=ADMIN))
    told = await world.ask(document, rights=VIEWER)
    assert DIGITS not in str(told)
    assert told["widget"]["data"]["faults"][0]["path"] == "/value"


async def test_what_is_offered_leaves_numbers_out(world: World) -> None:
    document = "{ viewer { maskedFields } filterFields { name operators } }"
    told = await world.ask(document, rights=VIEWER)
    assert told["viewer"] == {"maskedFields": ["customer_number"]}
    assert {field["name"]: field["operators"] for field in told["filterFields"]}["customer_number"] == ["isnull"]
    assert (await world.ask(document, rights=ADMIN))["viewer"] == {"maskedFields": []}


async def test_the_setting_is_the_project_s(world: World) -> None:
    change = (
        "mutation ($on: Boolean) { updateProject(input: {maskCustomerNumbers: $on}) { project { maskCustomerNumbers }"
    )
    change += " errors { message } query { viewer { project { maskCustomerNumbers } } } } }"
    for on in (True, False):
        done = (await world.ask(change, {"on": on}))["updateProject"]
        assert done == {
            "project": {"maskCustomerNumbers": on},
            "errors": [],
            "query": {"viewer": {"project": {"maskCustomerNumbers": on}}},
        }
    left = await world.ask("mutation { updateProject(input: {}) { project { maskCustomerNumbers } } }")
    assert left["updateProject"]["project"] == {"maskCustomerNumbers": False}
    await world.refused("mutation { updateProject(input: {maskCustomerNumbers: null}) { errors { message } } }")
