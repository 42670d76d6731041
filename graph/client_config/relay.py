"""The configuration of Relay's compiler."""

import json

from graphql import GraphQLSchema

from graph.client_config.facts import SCALARS


def print_config(schema: GraphQLSchema) -> str:
    """The part of ``relay.config.json`` that follows from the schema. The cache asks for no more than an ``id``."""
    scalars = {name: kind for name, kind in sorted(SCALARS.items()) if name in schema.type_map}
    return json.dumps({"requireCustomScalarTypes": True, "customScalarTypes": scalars}, indent=2) + "\n"
