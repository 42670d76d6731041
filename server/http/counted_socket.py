"""WebSockets that stay counted among the open connections."""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from server.http.connections import OpenConnections


class CountedSocket(WebSocketsSansIOProtocol):
    """A WebSocket that is counted among the open connections until it is closed."""

    counted: tuple[OpenConnections, str] | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection."""
        if self.counted is not None:
            connections, address = self.counted
            self.counted = None
            connections.leave(address)
        super().connection_lost(exc)
