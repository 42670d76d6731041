"""Errors for values that an enum does not have: they list all that it has, rather than one of a similar name."""

import re

from graphql import GraphQLEnumType, GraphQLError, GraphQLSchema

_UNKNOWN = re.compile(
    r"((?:Value '.*' does not exist in|Enum) '(?P<enum>\w+)'"
    r"(?: enum| cannot represent non-(?:enum|string) value: .*)\.)"
    r"(?: Did you mean [^?]*\?)?$",
    re.DOTALL,
)


def with_allowed_values(schema: GraphQLSchema, error: GraphQLError) -> GraphQLError:
    """The error with the values of the enum that it is about; any other error as it is."""
    found = None if error.path else _UNKNOWN.search(error.message)
    enum = schema.type_map.get(found["enum"]) if found else None
    if found is None or not isinstance(enum, GraphQLEnumType):
        return error
    message = f"{error.message[: found.end(1)]} Allowed values: {', '.join(enum.values)}."
    return GraphQLError(message, error.nodes, extensions=error.extensions)
