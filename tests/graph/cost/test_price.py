"""Prices: of every field, of repeated and alternative selections, of arguments and variables, and in linear time."""

from typing import Any

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    OperationDefinitionNode,
    get_introspection_query,
    get_named_type,
    parse,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

from aggregation.answer.chart_answer import Lengths
from aggregation.answer.charts import ANSWERS
from graph.chart_names import CHART_NAMES
from graph.cost.walk import Walk, is_list, weight_of
from graph.cost.weight import ONE, Usually, own_weights
from graph.cost.weights import EVALUATION_CONDITION, OBJECT, VALUE, WEIGHTS
from graph.price import Price
from graph.schema import schema
from models import ChartType
from resolvers.loaders.meter import DEFAULT_MAX_COST
from tests.graph.test_dashboard_query import DASHBOARD

CORE = schema._schema


def price(query: str, **variables: Any) -> Price:
    document = parse(query)
    (operation,) = (node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    return Walk(CORE, fragments, variables).operation(operation)


def _fields() -> list[tuple[str, str, Any]]:
    kinds = [
        kind
        for name, kind in CORE.type_map.items()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__")
    ]
    return [(kind.name, name, field) for kind in kinds for name, field in kind.fields.items()]


def _runs_something(field: Any) -> bool:
    resolver = getattr(field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF), "base_resolver", None)
    return resolver is not None and resolver.is_async


FAULTS = {"errors", "faults", "allowed", "suggestions", "seen", "operators", "chartTypes", "aggregations", "canGroupBy"}
SHORT = {f"{kind}.{name}" for kind, name, _ in _fields() if name in FAULTS} | {
    "Metric.enumValues",
    "FieldValues.values",
}
SHORT |= {f"{kind}.{name}" for kind, name, _ in _fields() if kind.endswith("Connection")} | {"MetadataKeys.keys"}
CHANGED = {"widgets", "created", "updated", "deletedIds"}
SHORT |= {f"{kind}.{name}" for kind, name, _ in _fields() if name in CHANGED and kind.endswith("Payload")}
"""Lists that are short, or that the field above them bounds."""


def test_every_field_that_runs_sql_or_returns_a_list_has_a_row() -> None:
    found = [(kind, name) for kind, name, field in _fields() if _runs_something(field) or is_list(field.type)]
    assert len(found) > 100
    missing = {f"{kind}.{name}" for kind, name in found if weight_of(CORE, kind, name) is None} - SHORT
    assert missing == set()


def test_every_row_is_of_a_field() -> None:
    every = {f"{kind}.{name}" for kind, name, _ in _fields()} | {f"*.{name}" for _, name, _ in _fields()}
    assert set(WEIGHTS) - every - {"Mutation.*"} == set()
    for place, weight in WEIGHTS.items():
        if weight.through:
            kind, _, name = place.partition(".")
            held = [field for one, other, field in _fields() if kind in ("*", one) and name == other]
            assert held, place
            assert all(set(weight.through) <= get_named_type(field.type).fields.keys() for field in held), place


def test_no_field_has_two_weights() -> None:
    assert own_weights(CORE)
    assert own_weights(CORE).keys() & WEIGHTS.keys() == set()


@pytest.mark.parametrize("chart_type", ChartType)
def test_the_lists_of_a_chart_that_no_argument_bounds_are_priced_by_its_lengths(chart_type: ChartType) -> None:
    name = CHART_NAMES[chart_type]
    items = {get_named_type(field.type).name for kind, _, field in _fields() if kind == name}
    weights = {
        place: weight for place, weight in own_weights(CORE).items() if place.partition(".")[0] in {name, *items}
    }
    usual = [weight for weight in weights.values() if isinstance(weight.length, Usually) and weight.length != ONE]
    assert all(weight.counted for weight in usual)
    assert any(weight.counted for weight in weights.values()) == (ANSWERS[chart_type].lengths is not None)


@pytest.mark.parametrize(
    ("chart", "series", "items"),
    [
        ("BarChart", "series { buckets { filters } }", "buckets { filters }"),
        ("HistogramChart", "series { bins { filters } }", "bins { filters }"),
        ("LineChart", "series(maxPoints: 9000) { points { filters } }", ""),
    ],
)
def test_known_lengths_take_the_place_of_usual_ones(chart: str, series: str, items: str) -> None:
    def points(selection: str, lengths: Lengths | None) -> float:
        (operation,) = parse(f"{{ chart {{ {selection} }} }}").definitions
        assert isinstance(operation, OperationDefinitionNode)
        (node,) = operation.selection_set.selections
        assert isinstance(node, FieldNode)
        return Walk(CORE, {}, {}, lengths).below([node], chart)

    for selection in filter(None, (series, items)):
        assert points(selection, Lengths(2, 8000)) == pytest.approx(2 * points(selection, Lengths(2, 4000)), rel=0.01)
        assert points(selection, Lengths(2, 8000)) == pytest.approx(8000 * (0.02 + VALUE + OBJECT), rel=0.01)
        assert points(selection, None) < points(selection, Lengths(2, 8000)) / 4


def test_a_small_request_costs_one_point_and_introspection_little() -> None:
    assert price("{ viewer { maxWindowDays } }").cost == 1
    assert price(get_introspection_query(descriptions=True)).cost == 1


def test_a_dashboard_costs_a_tenth_of_what_a_request_may() -> None:
    assert price(DASHBOARD, id="x").points < DEFAULT_MAX_COST / 10


def test_a_dozen_charts_with_the_calls_behind_their_items_pass() -> None:
    calls = "calls(first: 10) { edges { node { id callId timestamp duration topic agent { agentName } } } }"
    query = """query ($id: ID!) { dashboard(id: $id) { widgets { name data {
        ... on BarChart { buckets { value %s } } ... on PieChart { slices { label %s } }
        ... on ListChart { rows { label %s } } ... on StatChart { value %s } } } } }"""
    assert price(query.replace("%s", calls), id="x").points < DEFAULT_MAX_COST * 0.6


def test_lists_multiply_by_their_arguments_defaults_and_variables() -> None:
    hundred = price("{ callLogs(first: 100) { edges { node { id } } } }").points
    assert price("{ callLogs { edges { node { id } } } }").points < hundred
    assert price("query ($n: Int!) { callLogs(first: $n) { edges { node { id } } } }", n=100).points == hundred
    assert price("query ($n: Int! = 100) { callLogs(first: $n) { edges { node { id } } } }").points == hundred
    assert price("{ callLogs(last: 100) { edges { node { id } } } }").points == hundred
    assert price("query ($n: Int) { callLogs(first: $n) { edges { node { id } } } }").points < hundred
    assert price("{ callLogs(first: 500) { edges { node { id } } } }").points > 4 * hundred


def test_the_nodes_of_a_page_cost_what_they_cost_below_its_edges() -> None:
    def points(items: str, first: int) -> float:
        return price(f"{{ callLogs(first: {first}) {{ {items} }} }}").points

    assert points("nodes { id }", 500) - points("nodes { id }", 100) > 400 * VALUE
    assert points("edges { node { id } }", 500) - points("nodes { id }", 500) == pytest.approx(500 * OBJECT)
    both = points("edges { node { id } } nodes { id }", 500)
    assert both > points("edges { node { id } }", 500) + 500 * VALUE


def test_lists_in_lists_multiply() -> None:
    one = price('{ widget(id: "") { data { ... on PieChart { slices(top: 1) { calls { totalCount } } } } } }').points
    many = price('{ widget(id: "") { data { ... on PieChart { slices(top: 100) { calls { totalCount } } } } } }').points
    base = price('{ widget(id: "") { data { __typename } } }').points
    assert many - base == pytest.approx(100 * (one - base), rel=0.01)


def test_ids_count() -> None:
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Widget { data { __typename } } } }"
    assert price(query, ids=["x"] * 50).points > 40 * price(query, ids=["x"]).points


def test_repeated_fields_cost_once_and_aliased_ones_each() -> None:
    one = price("{ callLogs { totalCount } }").points
    again = "{ callLogs { totalCount } callLogs { totalCount } ...f }"
    assert price(again + " fragment f on Query { callLogs { totalCount } }").points == one
    assert price("{ a: callLogs { totalCount } b: callLogs { totalCount } }").points == pytest.approx(2 * one)


def test_of_alternative_types_the_most_expensive_one_counts() -> None:
    bar = "... on BarChart { buckets { calls { totalCount } } }"
    stat = "... on StatChart { calls { totalCount } }"
    query = '{ widget(id: "") { data { %s } } }'
    assert price(query % (bar + stat)).points == price(query % bar).points > price(query % stat).points


def test_skipped_fields_cost_nothing() -> None:
    query = "query ($not: Boolean!) { viewer { now } callLogs(first: 500) @skip(if: $not) { edges { node { id } } } }"
    assert price(query, **{"not": True}).cost == 1
    assert price(query, **{"not": False}).cost > 50
    assert price("{ viewer { now } ... @include(if: false) { callLogs { totalCount } } }").cost == 1


CONDITION = {"field": "metric_evaluations.value", "op": "eq", "value": 1}


@pytest.mark.parametrize(
    "arguments",
    [
        {"filters": {"operator": "and", "conditions": [CONDITION] * 9}},
        {"where": {"and": [{"metricEvaluationsValue": {"eq": 1}}] * 9}},
        {"where": {"sameRow": [{"metricEvaluationsValue": {"gte": 1, "lt": 2, "neq": 1}}] * 3}},
    ],
    ids=["json", "typed", "several-operators"],
)
def test_conditions_on_evaluations_are_dear_in_either_form(arguments: dict[str, Any]) -> None:
    query = "query ($filters: JSON, $where: CallLogFilter) { callLogs(filters: $filters, where: $where) { %s } }"
    page, counted = "edges { node { id } }", "totalCount"
    plain = price(query % page).points
    assert price(query % page, **arguments).points == pytest.approx(plain + 9 * EVALUATION_CONDITION)
    assert price(query % counted, **arguments).points > price(query % counted).points + 17 * EVALUATION_CONDITION


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("agent.agent_name", {"where": {"agentAgentName": {"startswith": "a", "neq": "ab"}}}),
        ("agent.assistant_id", {"where": {"and": [{"agentAssistantId": {"eq": "a"}}] * 2}}),
    ],
)
def test_conditions_on_agents_cost_more_than_those_on_calls(name: str, arguments: dict[str, Any]) -> None:
    query = "query ($filters: JSON, $where: CallLogFilter) {"
    query += " callLogs(filters: $filters, where: $where) { edges { node { id } } } }"
    twice = [{"field": name, "op": "eq", "value": "a"}] * 2
    plain = price(query).points
    assert price(query, filters={"operator": "and", "conditions": twice}).points == pytest.approx(plain + 2)
    assert price(query, **arguments).points == pytest.approx(plain + 2)
    own = price(query, filters={"operator": "and", "conditions": [{**twice[0], "field": "agent.id"}] * 2}).points
    assert own == pytest.approx(plain + 0.4)


def test_the_most_expensive_fields_are_named_by_their_place_in_the_answer() -> None:
    found = price("{ cheap: viewer { now } much: callLogs(first: 500) { edges { node { transcript { text } } } } }")
    assert found.most_expensive[0].path.startswith("much.edges.node.transcript")


def test_deep_and_wide_documents_are_priced_in_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 0
    walked = Walk._field

    def counted(self: Walk, *arguments: Any) -> float:
        nonlocal steps
        steps += 1
        return walked(self, *arguments)

    monkeypatch.setattr(Walk, "_field", counted)
    fields = " ".join(f'a{n}: widget(id: "") {{ data {{ ...c }} }}' for n in range(100))
    fragment = "fragment c on ChartData { __typename ... on Chart { sampleCount asOf } ... on Error { code message } }"
    price(f"{{ {fields} }} {fragment}")
    # widget, data, and for each of the dozen types of charts at most its five fields
    assert steps <= 100 * (2 + 12 * 5)
