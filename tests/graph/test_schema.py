"""The schema as a document: every part is described, and the committed copy is the one that is served."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
)

from graph.errors import ERROR_TYPES
from graph.schema import print_sdl

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def sdl() -> GraphQLSchema:
    return build_schema(print_sdl())


def _parts(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    for name, kind in schema.type_map.items():
        if name.startswith("__") or name in ("String", "Int", "Float", "Boolean", "ID"):
            continue
        yield name, kind.description
        if isinstance(kind, GraphQLEnumType):
            yield from ((f"{name}.{value}", found.description) for value, found in kind.values.items())
        if isinstance(kind, GraphQLInputObjectType):
            yield from ((f"{name}.{field}", found.description) for field, found in kind.fields.items())
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field, found in kind.fields.items():
                yield f"{name}.{field}", found.description
                yield from ((f"{name}.{field}({arg}:)", one.description) for arg, one in found.args.items())


def test_every_part_has_a_description(sdl: GraphQLSchema) -> None:
    parts = dict(_parts(sdl))
    assert "BarBucket.calls(first:)" in parts, "the walk reaches arguments"
    assert "ChartType.LINE" in parts, "the walk reaches enum values"
    assert [name for name, description in parts.items() if not (description or "").strip()] == []


def test_descriptions_are_sentences(sdl: GraphQLSchema) -> None:
    assert [name for name, text in _parts(sdl) if text and not text.rstrip().endswith((".", "`", ":"))] == []


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    committed = (ROOT / "schema.graphql").read_text(encoding="utf-8")
    assert committed == print_sdl(), "run `dialboard schema > schema.graphql` and commit it"


def test_what_may_be_absent_has_no_null_for_a_default() -> None:
    assert "= null" not in print_sdl()


def test_every_error_type_implements_error(sdl: GraphQLSchema) -> None:
    error = sdl.type_map["Error"]
    assert isinstance(error, GraphQLInterfaceType)
    names = {kind.name for kind in sdl.get_implementations(error).objects}
    assert {kind.__name__ for kind in ERROR_TYPES} <= names


def test_only_nodes_have_an_id(sdl: GraphQLSchema) -> None:
    """Caches of clients take two objects of one type and id for one, whatever else is in them."""
    node = sdl.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    nodes = {"Node", *(kind.name for kind in sdl.get_implementations(node).objects)}
    kinds = (GraphQLObjectType, GraphQLInterfaceType)
    assert {name for name, kind in sdl.type_map.items() if isinstance(kind, kinds) and "id" in kind.fields} == nodes


NO_ENTITIES = {"LinePoint"}
"""What has the number of another thing: a point is a part of its chart, and its number that of its call."""


def test_what_has_a_number_of_its_own_is_a_node(sdl: GraphQLSchema) -> None:
    numbered = {
        name
        for name, kind in sdl.type_map.items()
        if isinstance(kind, GraphQLObjectType) and "databaseId" in kind.fields
    }
    assert {name for name in numbered if "id" not in sdl.type_map[name].fields} == NO_ENTITIES  # type: ignore[attr-defined]


SIGNATURES = """
dashboards(first: Int, after: String, search: String, deleted: Boolean! = false, last: Int, before: String): \
DashboardConnection
callLogs(filters: JSON, where: CallLogFilter, \
first: Int, after: String, orderBy: CallLogOrder, last: Int, before: String): CallLogConnection
agents(first: Int, after: String, last: Int, before: String): AgentConnection
metrics(first: Int, after: String, last: Int, before: String): MetricConnection
nodes(ids: [ID!]!): [Node]
previewWidget(input: PreviewWidgetInput!): ChartData
validateFilters(filters: JSON, where: CallLogFilter, groupBy: JSON): FilterValidation
"""


@pytest.mark.parametrize("signature", SIGNATURES.strip().splitlines())
def test_fields_keep_their_signatures(sdl: GraphQLSchema, signature: str) -> None:
    query = sdl.query_type
    assert query is not None
    expected = build_schema(
        "scalar JSON type DashboardConnection {a: Int} type CallLogConnection {a: Int} type AgentConnection {a: Int} "
        "type MetricConnection {a: Int} type Node {a: Int} input PreviewWidgetInput {a: Int} type ChartData {a: Int} "
        "input CallLogFilter {a: Int} input CallLogOrder {a: Int} "
        f"type FilterValidation {{a: Int}} type Query {{ {signature} }}"
    ).query_type
    assert expected is not None
    [(name, field)] = expected.fields.items()
    served = query.fields[name]
    assert str(served.type) == str(field.type)
    assert {arg: (str(one.type), one.default_value) for arg, one in served.args.items()} == {
        arg: (str(one.type), one.default_value) for arg, one in field.args.items()
    }
