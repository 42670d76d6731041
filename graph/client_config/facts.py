"""What caches need to know of a schema: which objects have ids, what is a list, what has pages."""

from collections.abc import Iterator
from typing import Any, cast

from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_object_type,
)

PAGE_ARGUMENTS = ("first", "after", "last", "before")

SCALARS = {"BigInt": "number", "DateTime": "string", "JSON": "unknown", "TimeZone": "string"}
"""The scalars of the schema beside those of GraphQL, and what they are in TypeScript."""


def objects(schema: GraphQLSchema) -> list[GraphQLObjectType]:
    """The object types by name, without the roots and those of introspection."""
    roots = {schema.query_type, schema.mutation_type, schema.subscription_type}
    found = [kind for kind in schema.type_map.values() if is_object_type(kind) and not kind.name.startswith("__")]
    return sorted((kind for kind in found if kind not in roots), key=lambda kind: kind.name)


def without_id(schema: GraphQLSchema) -> list[str]:
    """The types whose objects are parts of others: caches keep them inside of these."""
    return [kind.name for kind in objects(schema) if "id" not in kind.fields]


def possible_types(schema: GraphQLSchema) -> dict[str, list[str]]:
    """The object types of each interface and union."""
    return {
        kind.name: sorted(one.name for one in schema.get_possible_types(kind))
        for kind in sorted(schema.type_map.values(), key=lambda kind: kind.name)
        if is_abstract_type(kind)
    }


def readable(schema: GraphQLSchema) -> list[GraphQLObjectType]:
    """The object types whose fields are kept: all, and the root of queries."""
    return sorted([*objects(schema), *filter(None, [schema.query_type])], key=lambda kind: kind.name)


def paged_fields(kind: GraphQLObjectType) -> Iterator[tuple[str, list[str]]]:
    """The fields that have pages, each with its other arguments: these decide which list it is."""
    for name, field in kind.fields.items():
        if _has_pages(field):
            yield name, [argument for argument in field.args if argument not in PAGE_ARGUMENTS]


def object_lists(kind: GraphQLObjectType) -> list[str]:
    """The fields that are whole lists of objects."""
    return [name for name, field in kind.fields.items() if _is_list(field)]


# Any, because the types of graphql-core do not say what a list is of.
def _has_pages(field: Any) -> bool:
    named = _named_type(field.type)
    return "after" in field.args and isinstance(named, GraphQLObjectType) and "pageInfo" in named.fields


def _is_list(field: Any) -> bool:
    return str(field.type).startswith("[") and is_composite_type(_named_type(field.type))


def _named_type(kind: Any) -> object:
    """The type without its lists, whether or not it can be null."""
    return cast("object", get_named_type(kind))


def inner_type(kind: Any) -> Any:
    """What a list is of, or what cannot be null."""
    return kind.of_type
