"""Whether the client of a request still waits for its answer, which what writes asks before it begins.

A change whose client has gone must not be made late: the client may have made another one since. What has begun is
seen through; PostgreSQL's row locks keep it before whatever came after it.
"""

from collections.abc import Awaitable, Callable

from models.outages import Outage, Overloaded


class Client:
    """The client of one request or operation."""

    def __init__(self) -> None:
        self.has_left = False
        self._is_disconnected: Callable[[], Awaitable[bool]] | None = None

    def watch(self, is_disconnected: Callable[[], Awaitable[bool]]) -> None:
        """Asks this from now on. The body of the request must have been read."""
        self._is_disconnected = is_disconnected

    def leave(self) -> None:
        """The client said that it does not wait any more."""
        self.has_left = True

    async def still_waits(self) -> None:
        """Goes on only while the client waits.

        Raises:
            Overloaded: it has gone.
        """
        if not self.has_left and self._is_disconnected is not None:
            self.has_left = await self._is_disconnected()
        if self.has_left:
            raise Overloaded(Outage.CLIENT_GONE)
