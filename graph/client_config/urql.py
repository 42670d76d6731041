"""The configuration of urql's graphcache."""

import json
from typing import Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    is_leaf_type,
)

from graph.client_config.facts import inner_type, paged_fields, readable, without_id

_HEAD = """\
// Made by `dialboard schema --client urql`. Do not edit: make it again when the server was updated.
//
//   cacheExchange({ schema, keys, resolvers })

import type { KeyingConfig, Resolver, ResolverConfig } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";

const none = () => null;
const joined = relayPagination();

/** Without any argument a list has one page, which relayPagination does not find. */
const pages: Resolver = (parent, args, cache, info) =>
  Object.keys(args).length > 0 ? joined(parent, args, cache, info) : cache.resolve(info.parentKey, info.fieldName);

/** Objects of these types have no ID: they are kept inside of the object that they belong to. */
export const keys: KeyingConfig = {
"""
_RESOLVERS = """\
};

/** Pages are joined to one list, in `edges` and `nodes`, as further ones are asked for: give `first` from the start. */
export const resolvers: ResolverConfig = {
"""
_SCHEMA = """\
};

/** What is needed of the schema to match fragments, and to tell what may be null. Scalars and enums are `Any`. */
export const schema = {
  __schema: {
"""
_ANY = {"kind": "SCALAR", "name": "Any"}


def print_config(schema: GraphQLSchema) -> str:
    """A TypeScript module with ``schema``, ``keys`` and ``resolvers``."""
    keys = "".join(f"  {name}: none,\n" for name in without_id(schema))
    paged = {kind.name: [name for name, _ in paged_fields(kind)] for kind in readable(schema)}
    resolvers = "".join(
        f"  {name}: {{ {', '.join(f'{field}: pages' for field in fields)} }},\n"
        for name, fields in paged.items()
        if fields
    )
    roots = {
        "queryType": schema.query_type,
        "mutationType": schema.mutation_type,
        "subscriptionType": schema.subscription_type,
    }
    named = "".join(
        f"    {root}: {json.dumps({'name': kind.name} if kind else None)},\n" for root, kind in roots.items()
    )
    types = "".join(f"      {json.dumps(one)},\n" for one in [*_types(schema), _ANY])
    return f"{_HEAD}{keys}{_RESOLVERS}{resolvers}{_SCHEMA}{named}    types: [\n{types}    ],\n  }},\n}} as const;\n"


def _types(schema: GraphQLSchema) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name, kind in sorted(schema.type_map.items()):
        if name.startswith("__"):
            continue
        match kind:
            case GraphQLObjectType() | GraphQLInterfaceType():
                one: dict[str, Any] = {
                    "kind": "OBJECT" if isinstance(kind, GraphQLObjectType) else "INTERFACE",
                    "name": name,
                    "fields": [_field(field, given) for field, given in kind.fields.items()],
                    "interfaces": [{"kind": "INTERFACE", "name": parent.name} for parent in kind.interfaces],
                }
                if isinstance(kind, GraphQLInterfaceType):
                    one["possibleTypes"] = _possible(schema, kind)
                found.append(one)
            case GraphQLUnionType():
                found.append({"kind": "UNION", "name": name, "possibleTypes": _possible(schema, kind)})
            case _:
                pass
    return found


def _possible(schema: GraphQLSchema, kind: GraphQLInterfaceType | GraphQLUnionType) -> list[dict[str, str]]:
    return [{"kind": "OBJECT", "name": one.name} for one in schema.get_possible_types(kind)]


def _field(name: str, field: Any) -> dict[str, Any]:
    arguments = [{"name": argument, "type": _ANY} for argument in field.args]
    return {"name": name, "args": arguments, "type": _type(field.type)}


def _type(kind: Any) -> dict[str, Any]:
    match kind:
        case GraphQLNonNull():
            return {"kind": "NON_NULL", "ofType": _type(inner_type(kind))}
        case GraphQLList():
            return {"kind": "LIST", "ofType": _type(inner_type(kind))}
        case GraphQLObjectType() | GraphQLInterfaceType() | GraphQLUnionType():
            names = {GraphQLObjectType: "OBJECT", GraphQLInterfaceType: "INTERFACE", GraphQLUnionType: "UNION"}
            return {"kind": names[type(kind)], "name": kind.name}
        case _:
            assert is_leaf_type(kind), kind
            return _ANY
