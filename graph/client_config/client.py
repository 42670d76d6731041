"""The clients that there is a configuration for."""

from enum import StrEnum


class Client(StrEnum):
    """A client that caches answers."""

    APOLLO = "apollo"
    URQL = "urql"
    RELAY = "relay"
