"""The configuration of clients says of every type of the schema what their caches need to know."""

import json
import re

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    build_schema,
    is_specified_scalar_type,
)

from graph.client_config.client import Client
from graph.client_config.config import print_client_config
from graph.schema import print_sdl

pytestmark = pytest.mark.pure
SCHEMA = build_schema(print_sdl())
ROOTS = {"Query", "Mutation", "Subscription"}
SMALL = build_schema(
    """
    scalar JSON
    type Query { thing(id: ID!): Thing things(first: Int, after: String, search: String): ThingConnection any: [Any!] }
    type Mutation { put: Thing } type Subscription { told: Thing }
    interface Node { id: ID! }
    type Thing implements Node { id: ID! place: Place tags: [String!]! parts: [Part!]! filters: JSON }
    type Place { x: Int } type Part { name: String place: Place }
    union Any = Thing | Part
    type ThingConnection { edges: [ThingEdge!]! pageInfo: PageInfo! } type ThingEdge { node: Thing cursor: String! }
    type PageInfo { endCursor: String }
    """
)


def parts() -> set[str]:
    found = {
        name
        for name, kind in SCHEMA.type_map.items()
        if isinstance(kind, GraphQLObjectType) and "id" not in kind.fields and not name.startswith("__")
    }
    return found - ROOTS


def test_apollo_is_told_of_each_type() -> None:
    told = print_client_config(Client.APOLLO, SCHEMA)
    for name, kind in SCHEMA.type_map.items():
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            listed = re.search(rf"^  {name}: (\[.*\]),$", told, re.MULTILINE)
            assert listed, name
            assert set(json.loads(listed[1])) == {one.name for one in SCHEMA.get_possible_types(kind)}
    assert set(re.findall(r"^  (\w+): { keyFields: false, merge: true", told, re.MULTILINE)) == parts()


def test_apollo_joins_pages_replaces_lists_and_merges_parts() -> None:
    lines = print_client_config(Client.APOLLO, SMALL).splitlines()
    assert [line for line in lines if line.startswith("  ")] == [
        '  Any: ["Part", "Thing"],',
        '  Node: ["Thing"],',
        "  PageInfo: { keyFields: false, merge: true },",
        "  Part: { keyFields: false, merge: true },",
        "  Place: { keyFields: false, merge: true },",
        '  Query: { fields: { things: relayStylePagination(["search"]), any: { merge: false } } },',
        "  Thing: { fields: { parts: { merge: false } } },",
        "  ThingConnection: { keyFields: false, merge: true, fields: { edges: { merge: false } } },",
        "  ThingEdge: { keyFields: false, merge: true },",
    ]


def test_urql_is_told_of_each_type() -> None:
    told = print_client_config(Client.URQL, SCHEMA)
    assert set(re.findall(r"^  (\w+): none,$", told, re.MULTILINE)) == parts()
    types = [json.loads(line.strip().rstrip(",")) for line in told.splitlines() if line.startswith('      {"kind"')]
    expected = {
        name
        for name, kind in SCHEMA.type_map.items()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType) and not name.startswith("__")
    }
    assert {one["name"] for one in types} == expected | {"Any"}


def test_urql_joins_pages_and_knows_what_may_be_null() -> None:
    told = print_client_config(Client.URQL, SMALL)
    assert "  Query: { things: pages },\n" in told
    assert '    subscriptionType: {"name": "Subscription"},\n' in told
    part = next(line for line in told.splitlines() if '"name": "Thing", "fields"' in line)
    fields = {field["name"]: field["type"] for field in json.loads(part.strip().rstrip(","))["fields"]}
    assert fields["place"] == {"kind": "OBJECT", "name": "Place"}
    assert fields["id"] == {"kind": "NON_NULL", "ofType": {"kind": "SCALAR", "name": "Any"}}
    assert fields["parts"]["ofType"] == {
        "kind": "LIST",
        "ofType": {"kind": "NON_NULL", "ofType": {"kind": "OBJECT", "name": "Part"}},
    }


def test_relay_is_told_of_each_scalar() -> None:
    own = {
        name
        for name, kind in SCHEMA.type_map.items()
        if isinstance(kind, GraphQLScalarType) and not is_specified_scalar_type(kind)
    }
    assert set(json.loads(print_client_config(Client.RELAY, SCHEMA))["customScalarTypes"]) == own
