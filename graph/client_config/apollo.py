"""The configuration of Apollo Client's cache."""

import json

from graphql import GraphQLObjectType, GraphQLSchema

from graph.client_config.facts import object_lists, paged_fields, possible_types, readable, without_id

_HEAD = """\
// Made by `dialboard schema --client apollo`. Do not edit: make it again when the server was updated.
//
//   new InMemoryCache({ possibleTypes, typePolicies })

import type { TypePolicies } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";

/** The object types of each interface and union. */
export const possibleTypes: Record<string, string[]> = {
"""
_POLICIES = """\
};

/**
 * Objects without an ID are kept inside of the object that they belong to, where the fields that several queries asked
 * for are merged. Lists are replaced as a whole, and pages are joined to one list (`edges`) for `fetchMore`.
 */
export const typePolicies: TypePolicies = {
"""


def print_config(schema: GraphQLSchema) -> str:
    """A TypeScript module with ``possibleTypes`` and ``typePolicies``."""
    kinds = "".join(f"  {name}: {json.dumps(names)},\n" for name, names in possible_types(schema).items())
    parts = set(without_id(schema))
    policies = "".join(_policy(kind, is_part=kind.name in parts) for kind in readable(schema))
    return f"{_HEAD}{kinds}{_POLICIES}{policies}}};\n"


def _policy(kind: GraphQLObjectType, *, is_part: bool) -> str:
    fields = {name: f"relayStylePagination({json.dumps(keys)})" for name, keys in paged_fields(kind)}
    fields |= dict.fromkeys(object_lists(kind), "{ merge: false }")
    policy = ["keyFields: false", "merge: true"] if is_part else []
    if fields:
        policy.append("fields: { " + ", ".join(f"{name}: {value}" for name, value in fields.items()) + " }")
    return f"  {kind.name}: {{ {', '.join(policy)} }},\n" if policy else ""
