"""The configuration of each client."""

from collections.abc import Callable, Mapping

from graphql import GraphQLSchema

from graph.client_config import apollo, relay, urql
from graph.client_config.client import Client

_PRINTERS: Mapping[Client, Callable[[GraphQLSchema], str]] = {
    Client.APOLLO: apollo.print_config,
    Client.URQL: urql.print_config,
    Client.RELAY: relay.print_config,
}


def print_client_config(client: Client, schema: GraphQLSchema) -> str:
    """What the cache of a client has to know of a schema: a TypeScript module, or for Relay a JSON document."""
    return _PRINTERS[client](schema)
