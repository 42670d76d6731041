"""How many connections are open: in total and from one address, and which of them may be closed for others."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What connections may take before anybody is signed in.

    Attributes:
        total: connections at a time.
        per_address: connections at a time from one address; 0 for no bound.
        read_seconds: time for the whole head of a request, and in which a body must make progress.
        send_seconds: time in which a client must read some of what was written to it.
        head_bytes: bytes of a request's line and headers.
        headers: headers of a request.
        url_bytes: bytes of a request's address.
    """

    total: int = 2_000
    per_address: int = 500
    read_seconds: float = 10.0
    send_seconds: float = 60.0
    head_bytes: int = 32_768
    headers: int = 100
    url_bytes: int = 16_384


class OpenConnections:
    """The open connections of a server.

    Those that wait for a request can be closed when there are too many: the one that has waited longest makes room. So
    idle connections keep nobody out.
    """

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self.total = 0
        self._by_address = Counter[str]()
        self._waiting: dict[object, Callable[[], None]] = {}

    def enter(self, address: str) -> str | None:
        """Counts a new connection, if there is room for it; else says why not."""
        per_address = self.limits.per_address
        if per_address and address and self._by_address[address] >= per_address:
            return f"The limit of {per_address:,} connections per address is reached."
        if self.total >= self.limits.total and not self._make_room():
            return f"The limit of {self.limits.total:,} connections is reached."
        self.total += 1
        self._by_address[address] += 1
        return None

    def leave(self, address: str) -> None:
        """A counted connection is gone."""
        self.total -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]

    def waits(self, connection: object, close: Callable[[], None]) -> None:
        """A connection has no request under way from now on, and ``close`` may be called."""
        self._waiting[connection] = close

    def works(self, connection: object) -> None:
        """A connection has a request under way, or is gone."""
        self._waiting.pop(connection, None)

    def _make_room(self) -> bool:
        for connection, close in self._waiting.items():
            del self._waiting[connection]
            close()
            return True
        return False
