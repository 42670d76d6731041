"""How much typed input a request may carry, counted before any of it is coerced.

Every value of an input type costs GraphQL's coercion and checks, all of them in one step, in which nothing else of the
process runs. Counting stops at the bound; a value of the scalar JSON is one value, whatever is in it: nobody looks
into it on the event loop.
"""

from collections.abc import Mapping
from typing import Any, cast

from graphql import (
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    TypeNode,
)

from graph.errors import ErrorCode, RequestError

MAX_INPUT_VALUES = 10_000
"""Scalars, lists and objects of the variables of a request, those inside of JSON left out."""


def check_input_size(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None
) -> RequestError | None:
    """The error of variables with too much in them; None for those that are small enough."""
    if not variables:
        return None
    waiting: list[tuple[Any, Any]] = []
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        if name in variables:
            waiting.append((_type_of(schema, definition.type), variables[name]))
    counted = 0
    while waiting:
        kind, value = waiting.pop()
        counted += 1
        if counted + len(waiting) > MAX_INPUT_VALUES:
            return _too_much()
        if isinstance(kind, GraphQLNonNull):
            kind = cast(Any, kind).of_type
        if isinstance(kind, GraphQLList) and isinstance(value, list):
            items = cast("list[Any]", value)
            if counted + len(items) > MAX_INPUT_VALUES:
                return _too_much()
            waiting.extend((cast(Any, kind).of_type, item) for item in items)
        elif isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
            fields = kind.fields
            members = cast("dict[str, Any]", value)
            if counted + len(members) > MAX_INPUT_VALUES:
                return _too_much()
            waiting.extend((fields[key].type, member) for key, member in members.items() if key in fields)
    return None


def _type_of(schema: GraphQLSchema, node: TypeNode) -> Any:
    """The type that a variable is declared with; None for one that the schema lacks."""
    match node:
        case NonNullTypeNode(type=inner):
            return _type_of(schema, inner)
        case ListTypeNode(type=inner):
            return GraphQLList(_type_of(schema, inner))
        case NamedTypeNode(name=name):
            return schema.get_type(name.value)
        case _:
            return None


def _too_much() -> RequestError:
    return RequestError(
        ErrorCode.LIMIT_EXCEEDED,
        f"The variables hold more than {MAX_INPUT_VALUES:,} typed values. Send fewer values per request. To send "
        "many calls, use `ingestCalls` or POST /ingest.",
        limit=MAX_INPUT_VALUES,
        path="/variables",
    )
