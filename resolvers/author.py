"""Who makes a change."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Author:
    """An API key by its number and name, or, without a number, a command by its name."""

    key_id: int | None
    name: str


@dataclass(frozen=True, slots=True)
class ViaOrganisation:
    """The organisation, by its number and name, whose key a request has."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, as far as that is known.

    Attributes:
        address: of the client, behind proxies that are trusted to tell it.
        request_id: the id that the request has in the log.
    """

    address: str | None = None
    request_id: str | None = None


NOWHERE = Origin()
"""The origin of what no request does."""
