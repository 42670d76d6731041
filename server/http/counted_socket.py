"""WebSockets that stay counted among the open connections, and whose long messages hold nobody up."""

import asyncio
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

from server.beside import started
from server.http.connections import OpenConnections

FRAGMENT = 32 * 1024
"""Characters of a message that are compressed and written in one step."""


SLICE = 1_024
"""Bytes that are taken apart in one step: a frame can have two, and each takes some hundredths of a millisecond."""

MAX_UNSIGNED_BYTES = 16_384
"""Bytes that a client may send before it has signed in, as they come: what they unpack to is bounded by that, too."""

_WINDOW_BITS, _MEMORY_LEVEL = 11, 4
"""How a socket compresses, in 16 kB of memory: a server has thousands that wait."""

SIGNED = "dialboard.signed"
"""Where the scope of a socket says that it has signed in."""


class CountedSocket(WebSocketsSansIOProtocol):
    """A WebSocket that is counted among the open connections until it is closed.

    A long message is sent in fragments, between which others have their turn.
    """

    counted: tuple[OpenConnections, str] | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for extension in self.conn.available_extensions or ():
            if isinstance(extension, ServerPerMessageDeflateFactory):
                extension.server_max_window_bits = _WINDOW_BITS
                extension.compress_settings = {"memLevel": _MEMORY_LEVEL}
        self._one_message = asyncio.Lock()
        self._arrived = bytearray()
        self._unsigned = 0
        self._step: asyncio.Handle | None = None

    def data_received(self, data: bytes) -> None:
        """Takes what has arrived apart in small steps, between which others have their turn."""
        if not self.handshake_initiated:
            super().data_received(data)
            return
        if not self.scope.get(SIGNED, False):
            self._unsigned += len(data)
            if self._unsigned > MAX_UNSIGNED_BYTES:
                self.transport.close()
                return
        self._arrived += data
        if self._step is None:
            self._take_step()
        if self._arrived:
            self._pause()

    def _take_step(self) -> None:
        self._step = None
        part = bytes(self._arrived[:SLICE])
        del self._arrived[:SLICE]
        super().data_received(part)
        if self.transport.is_closing():
            self._arrived.clear()
        elif self._arrived:
            self._step = self.loop.call_soon(self._take_step)
        elif self.read_paused and self.queue.empty():
            self.read_paused = False
            self.transport.resume_reading()

    def _pause(self) -> None:
        if not self.transport.is_closing():
            self.read_paused = True
            self.transport.pause_reading()

    def send_receive_event_to_app(self) -> None:
        """Hands on a message; a text that is not UTF-8 closes the socket, as the protocol has it."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.send_close(1007, "A text message is not valid UTF-8.")
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    async def receive(self) -> Any:
        """The next message. More is read once all that has arrived is taken apart."""
        message = await super().receive()
        if self._arrived:
            self._pause()
        return message

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection."""
        if self.counted is not None:
            connections, address = self.counted
            self.counted = None
            connections.leave(address)
        super().connection_lost(exc)

    async def send(self, message: Any) -> None:
        """Sends what the application says. A message goes to its end, even if whoever sends it is cancelled."""
        if message["type"] != "websocket.send":
            await super().send(message)
            return
        data: str | None = message.get("text")
        if data is None or len(data) <= FRAGMENT:
            async with self._one_message:
                await super().send(message)
            return
        await asyncio.shield(started(self._send_in_fragments(data)))

    async def _send_in_fragments(self, data: str) -> None:
        async with self._one_message:
            for start in range(0, len(data), FRAGMENT):
                await self.writable.wait()
                if self.disconnected or self.close_sent:
                    raise ClientDisconnected
                part = data[start : start + FRAGMENT].encode()
                self._send_fragment(part, start == 0, start + FRAGMENT >= len(data))
                await asyncio.sleep(0)

    def _send_fragment(self, part: bytes, is_first: bool, is_last: bool) -> None:
        try:
            if is_first:
                self.conn.send_text(part, fin=is_last)
            else:
                self.conn.send_continuation(part, fin=is_last)
        except InvalidState as error:
            raise ClientDisconnected from error
        self.transport.write(b"".join(self.conn.data_to_send()))
