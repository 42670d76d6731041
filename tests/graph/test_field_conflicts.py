"""One selection can ask all types of an interface or union for all of their fields, without aliases.

GraphQL refuses fields of one name whose answers have different shapes, even where no object has both: caches and
generated types could not tell which is meant. https://spec.graphql.org/October2021/#SameResponseShape()
"""

from collections.abc import Iterator
from itertools import combinations

from graphql import (
    GraphQLAbstractType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)

from graph.schema import print_sdl

SCHEMA = build_schema(print_sdl())


def conflicts_in(schema: GraphQLSchema) -> list[str]:
    """The fields of types of one interface or union that cannot be selected side by side.

    Only of those that some field answers with: items of charts are never of an unknown type, and their ``value`` is a
    number of calls here and a measure there.
    """
    answered = {
        get_named_type(field.type).name
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLObjectType)
        for field in kind.fields.values()
    }
    seen: set[frozenset[str]] = set()
    return sorted(
        {
            conflict
            for kind in schema.type_map.values()
            if is_abstract_type(kind) and kind.name in answered
            for one, other in combinations(_objects(schema, kind), 2)
            for conflict in _between(schema, one, other, seen)
        }
    )


def _objects(schema: GraphQLSchema, kind: GraphQLOutputType) -> list[GraphQLObjectType]:
    if isinstance(kind, GraphQLObjectType):
        return [kind]
    return [*schema.get_possible_types(kind)] if isinstance(kind, GraphQLAbstractType) else []


def _between(
    schema: GraphQLSchema, one: GraphQLObjectType, other: GraphQLObjectType, seen: set[frozenset[str]]
) -> Iterator[str]:
    pair = frozenset((one.name, other.name))
    if one is other or pair in seen:
        return
    seen.add(pair)
    for name in sorted(one.fields.keys() & other.fields.keys()):
        here, there = one.fields[name].type, other.fields[name].type
        if _shape(here) != _shape(there):
            yield f"{one.name}.{name}: {here}, {other.name}.{name}: {there}"
            continue
        for first in _objects(schema, get_named_type(here)):
            for second in _objects(schema, get_named_type(there)):
                yield from _between(schema, first, second, seen)


def _shape(kind: GraphQLOutputType) -> str:
    named = get_named_type(kind)
    return str(kind) if is_leaf_type(named) else str(kind).replace(named.name, "object")


def test_no_fields_of_one_interface_or_union_conflict() -> None:
    assert conflicts_in(SCHEMA) == []


def test_conflicts_are_found() -> None:
    schema = build_schema(
        "type Query { a: U } union U = A | B "
        "type A { same: Int, id: ID!, in: [C!]! } type B { same: Int, id: ID, in: [D!]! } "
        "type C { value: Int } type D { value: Float }"
    )
    assert conflicts_in(schema) == ["A.id: ID!, B.id: ID", "C.value: Int, D.value: Float"]
