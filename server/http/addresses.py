"""From which address a request comes, also behind proxies that are trusted to say so."""

import ipaddress
from collections.abc import Sequence
from functools import cache

from starlette.requests import HTTPConnection

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@cache
def networks(names: tuple[str, ...]) -> tuple[Network, ...]:
    """Addresses and networks, parsed.

    Raises:
        ValueError: one of them is neither.
    """
    return tuple(ipaddress.ip_network(name, strict=False) for name in names)


def is_in(address: str, trusted: Sequence[Network]) -> bool:
    """Whether an address is in one of the networks; a text that is not an address is in none."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return any(parsed in network for network in trusted)


def client_address(connection: HTTPConnection, trusted_proxies: tuple[str, ...]) -> str:
    """The address that a request came from; empty where the server listens on a socket without one.

    ``X-Forwarded-For`` is read from its end, as far as trusted proxies wrote it: whatever stands before the first
    address that is not trusted may have been made up by the client.
    """
    address = connection.client.host if connection.client else ""
    trusted = networks(trusted_proxies)
    if not trusted:
        return address
    hops = [hop.strip() for line in connection.headers.getlist("x-forwarded-for") for hop in line.split(",")]
    while is_in(address, trusted) and hops:
        hop = _without_port(hops.pop())
        try:
            ipaddress.ip_address(hop)
        except ValueError:
            break
        address = hop
    return address


def _without_port(hop: str) -> str:
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
