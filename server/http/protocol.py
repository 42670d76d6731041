"""HTTP connections that are bounded before a request is complete: heads, their time, bodies that stall, connections.

uvicorn bounds none of these, and its parser keeps a header of any length. Here a head is counted as it arrives, and
what is refused is answered at once, with the connection closed and nothing more read.
"""

import asyncio
import socket
from enum import Enum, auto
from typing import Any, cast

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from server.http.connections import ConnectionLimits, OpenConnections
from server.http.counted_socket import CountedSocket
from server.http.early_answers import early_answer

_SLOWEST = 1_024
"""Bytes a second that a body must bring on average while it is read."""

_MOST_UNREAD = 1_000_000
"""Bytes that a client may go on sending after it was answered."""

_LINGER = 0.5
"""Seconds between an answer that ends a connection and its end, so that the client can read it."""


class _Phase(Enum):
    """What is being read."""

    NOTHING = auto()
    HEAD = auto()
    BODY = auto()


class _RefusedError(Exception):
    """A head is beyond its bounds."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


_MOST_WAITING = 32
"""Requests of one connection that wait for their turn; further ones are not looked at until then."""

_STEP = 4_096
"""Bytes that are parsed before it is counted how many requests wait: some hundreds of small ones."""

_OF_UPGRADES = frozenset({b"connection", b"upgrade", b"http2-settings"})

_PROBE, _PROBE_AGAIN = 0.25, 5.0
"""Seconds after which a client that sends no more is asked whether it still reads."""

_RESET_AFTER = 0.1, 1.0
"""Seconds in which the reset of one that does not has come."""

_CONTINUE = b"HTTP/1.1 100 "


class _OneWrite:
    """The transport of one answer: its head is written together with the beginning of its body, where that follows.

    A small answer is then one packet, for which its client wakes up once.
    """

    __slots__ = ("_has_begun", "_head", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""
        self._has_begun = False

    def write(self, data: bytes) -> None:
        """Writes, but for a head whose body has a known length: it comes at once."""
        if self._head:
            data, self._head = self._head + data, b""
        elif not self._has_begun and not data.startswith(_CONTINUE):
            self._has_begun = True
            if b"\r\ncontent-length: " in data:
                self._head = data
                return
        self._transport.write(data)

    def close(self) -> None:
        """Closes the connection, after what was written."""
        if self._head:
            self._transport.write(self._head)
            self._head = b""
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def _speak_http_1_0(cycle: RequestResponseCycle) -> None:
    """Answers without what HTTP/1.0 does not have: a body without a length is sent as it is, and ends with the
    connection; nobody is told to continue."""
    send = cycle.send
    has_length = True

    async def send_without_chunks(message: Any) -> None:
        nonlocal has_length
        if message["type"] == "http.response.start":
            has_length = any(name.lower() == b"content-length" for name, _ in message.get("headers", ()))
            cycle.chunked_encoding = None if has_length else False
        elif not has_length:
            cycle.expected_content_length = len(message.get("body", b""))
        await send(message)

    cycle.waiting_for_100_continue = False
    cycle.send = send_without_chunks  # type: ignore[method-assign]


class _Flow(FlowControl):
    """Reads nothing more while it is held, whoever asks for it."""

    is_held = False

    def resume_reading(self) -> None:
        """Reads on, unless it is held."""
        if not self.is_held:
            super().resume_reading()


class BoundedProtocol(HttpToolsProtocol):
    """One connection. ``open_connections`` belongs to all of one server."""

    open_connections: OpenConnections

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits = self.open_connections.limits
        self._phase = _Phase.NOTHING
        self._refused: _RefusedError | None = None
        self._address: str | None = None
        self._head = 0
        self._begun = 0
        self._body = 0
        self._unread = 0
        self._read_timer: asyncio.TimerHandle | None = None
        self._send_timer: asyncio.TimerHandle | None = None
        self._is_ending = False
        self._unparsed = b""
        self._is_half_closed = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Counts the connection, or refuses it."""
        super().connection_made(transport)
        self.flow = self._held = _Flow(transport)
        address = self.client[0] if self.client else ""
        full = self.open_connections.enter(address)
        if full:
            self._end(503, f"{full} Try again later.")
            return
        self._address = address
        self._wait()
        self._set_read_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection."""
        self._leave()
        self._cancel_timers()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Reads on, no further than a head may go."""
        if self._unparsed:
            self._unparsed += data
            return
        while data and not self._is_ending:
            if len(self.pipeline) >= _MOST_WAITING:
                self._unparsed, self._held.is_held = data, True
                self.flow.pause_reading()
                return
            before = self._phase
            room = self._room()
            part, data = data[:room], data[room:]
            self._begun = 0
            self._feed(part)
            if self.transport.get_protocol() is not self:
                return  # It is a WebSocket now.
            match self._phase:
                case _Phase.HEAD:
                    self._count_head(part, before)
                case _Phase.BODY:
                    self._count_body(len(part))
                case _Phase.NOTHING:
                    pass
        if not self._is_ending:
            self._watch()

    def _feed(self, part: bytes) -> None:
        """Parses a part. An upgrade to another protocol than WebSocket is ignored, as HTTP has it (RFC 9110, 7.8): the
        parser, which leaves out the body of such a request, reads it again without the headers that ask for it."""
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(part)
        except httptools.HttpParserError:
            self.logger.warning("Invalid HTTP request received.")
            self.send_400_response("Invalid HTTP request received.")
        except httptools.HttpParserUpgrade as upgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
                return
            head = [
                self.parser.get_method(),
                b" ",
                self.url,
                b" HTTP/",
                self.parser.get_http_version().encode(),
                b"\r\n",
            ]
            for name, value in self.headers:
                if name not in _OF_UPGRADES:
                    head += [name, b": ", value, b"\r\n"]
            if not self.parser.should_keep_alive():
                head.append(b"connection: close\r\n")
            self.parser = httptools.HttpRequestParser(self)
            self._feed(b"".join([*head, b"\r\n", part[upgrade.args[0] :]]))

    def _should_upgrade(self) -> bool:
        return self.parser.get_method() == b"GET" and super()._should_upgrade()

    def _ignores_upgrade(self) -> bool:
        """Whether the parser stops at this request, to read it again."""
        return self.parser.should_upgrade() and not self._should_upgrade()

    def _room(self) -> int:
        """How many bytes may be read in one step: other requests can follow behind a body, too."""
        match self._phase:
            case _Phase.BODY:
                return _STEP
            case _Phase.NOTHING | _Phase.HEAD:
                return min(_STEP, self._limits.head_bytes - self._head)

    def _count_head(self, part: bytes, before: _Phase) -> None:
        if self._begun == 0 or (self._begun == 1 and before is _Phase.NOTHING):
            self._head += len(part)
        else:
            # It began somewhere in the part, behind another request: what is known of it so far.
            self._head = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if self._head >= self._limits.head_bytes:
            self._refused = _RefusedError(431, f"The headers have more than {self._limits.head_bytes} bytes.")
            self.send_400_response("")

    @property
    def _latest(self) -> RequestResponseCycle | None:
        """The request that was read last, if any."""
        return self.cycle

    def _count_body(self, size: int) -> None:
        self._body += size
        if self._latest is not None and self._latest.response_complete:
            self._unread += size
            if self._unread > _MOST_UNREAD:
                self._close()

    def _watch(self) -> None:
        """Times what has begun and is not complete; nothing for a request that came whole."""
        answered = self._latest is None or self._latest.response_complete
        if self._phase is _Phase.NOTHING and not (answered and self.timeout_keep_alive_task is None):
            self._cancel_read_timer()
        elif self._read_timer is None:
            self._body = 0
            self._set_read_timer()

    def _set_read_timer(self) -> None:
        self._read_timer = self.loop.call_later(self._limits.read_seconds, self._read_too_slow)

    def _read_too_slow(self) -> None:
        self._read_timer = None
        seconds = self._limits.read_seconds
        match self._phase:
            case _Phase.BODY if self.flow.read_paused or self._body >= _SLOWEST * seconds:
                self._body = 0
                self._set_read_timer()
            case _Phase.BODY:
                self._end(
                    408, f"The body arrived too slowly: less than {_SLOWEST} bytes a second for {seconds:g} seconds."
                )
            case _Phase.HEAD:
                self._end(408, f"The headers were not complete after {seconds:g} seconds.")
            case _Phase.NOTHING:
                self._close()

    def send_400_response(self, msg: str) -> None:
        """Ends the connection of a request that cannot be read."""
        refused = self._refused
        self._end(refused.status if refused else 400, str(refused) if refused else msg)

    def _end(self, status: int, message: str) -> None:
        """Answers, where nothing was answered yet, reads no more, and closes."""
        if self._is_ending or self.transport.is_closing():
            return
        if self._may_answer():
            self.transport.write(early_answer(status, message, self.server_state.default_headers))
        self._close()

    def cut(self, code: str, message: str) -> None:
        """Ends the connection of a request that the server does not finish: with an answer, unless one has begun."""
        cycle = self._latest
        if cycle is not None and not cycle.response_started:
            self.transport.write(early_answer(503, message, self.server_state.default_headers, code))
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True  # What the application still sends goes nowhere.
        self.transport.close()

    def _may_answer(self) -> bool:
        """Whether the next answer on the connection is to what is being read."""
        if self._latest is None or self._latest.response_complete:
            return self._phase is not _Phase.BODY
        return self._phase is _Phase.BODY and not self.cycle.response_started and not self.pipeline

    def _close(self) -> None:
        if self._is_ending:
            return
        self._is_ending = True
        self._cancel_timers()
        self._unset_keepalive_if_required()
        self.open_connections.works(self)
        if self._latest is not None and not self._latest.response_complete and self._phase is _Phase.BODY:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.flow.pause_reading()
        self.loop.call_later(_LINGER, self.transport.close)
        self._abort_later()

    def _abort_later(self) -> None:
        """A client that does not read what was written would keep a closed connection open indefinitely."""
        self._send_timer = self.loop.call_later(self._limits.send_seconds, self.transport.abort)

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._phase, self._head = _Phase.HEAD, 0
        self._begun += 1

    def on_url(self, url: bytes) -> None:
        """Takes a part of the address."""
        super().on_url(url)
        if len(self.url) > self._limits.url_bytes:
            self._fail(414, f"The address has more than {self._limits.url_bytes} bytes. Send the query by POST.")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Takes a header."""
        super().on_header(name, value)
        if len(self.headers) > self._limits.headers:
            self._fail(431, f"The request has more than {self._limits.headers} headers.")

    def _fail(self, status: int, message: str) -> None:
        self._refused = _RefusedError(status, message)
        raise self._refused

    def on_headers_complete(self) -> None:
        """The head is whole: the request begins."""
        self._check_host()
        if self._ignores_upgrade():
            return
        self._phase, self._head, self._body, self._unread = _Phase.BODY, 0, 0, 0
        self._cancel_read_timer()
        self.open_connections.works(self)
        before = self._latest
        super().on_headers_complete()
        # Nothing is written of the body of an answer to HEAD.
        if self._latest is not None and self._latest is not before and self.scope["method"] != "HEAD":
            self._latest.transport = cast("Any", _OneWrite(self.transport))
        if self._latest is not None and self.scope["http_version"] == "1.0":
            _speak_http_1_0(self._latest)

    def _check_host(self) -> None:
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (not hosts and self.parser.get_http_version() == "1.1"):
            self._fail(400, f"The request has {hosts} Host headers; it must have exactly one.")

    def on_message_complete(self) -> None:
        """The body is whole."""
        if self._ignores_upgrade():
            return
        self._phase = _Phase.NOTHING
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The connection waits for its next request."""
        super().on_response_complete()
        if self._unparsed and len(self.pipeline) < _MOST_WAITING // 2:
            data, self._unparsed, self._held.is_held = self._unparsed, b"", False
            self.flow.resume_reading()
            self.data_received(data)
        if not self.pipeline and not self.transport.is_closing() and self.cycle.response_complete:
            if self._is_half_closed:
                self.transport.close()
            else:
                self._wait()

    def eof_received(self) -> bool:  # type: ignore[override]
        """The client sends no more, but may still read the answers to what it sent."""
        latest = self._latest
        if latest is None or latest.response_complete or self._phase is not _Phase.NOTHING or self._is_ending:
            return False
        self._is_half_closed = True
        self.loop.call_later(_PROBE, self._probe)
        return True

    def _probe(self) -> None:
        """Writes an interim answer: a client that is gone altogether answers it by a reset, and its request ends."""
        if self.transport.is_closing() or self.cycle.response_started:
            return
        if self.cycle.scope["http_version"] == "1.0":
            self.transport.close()
        elif not self.pipeline:
            self.transport.write(b"HTTP/1.1 102 Processing\r\n\r\n")
            for seconds in _RESET_AFTER:
                self.loop.call_later(seconds, self._abort_if_reset)
        self.loop.call_later(_PROBE_AGAIN, self._probe)

    def _abort_if_reset(self) -> None:
        """Nothing reads from the connection any more, so that it does not notice a reset by itself."""
        if not self.transport.is_closing():
            peer = self.transport.get_extra_info("socket")
            if peer is not None and peer.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                self.transport.abort()

    def _wait(self) -> None:
        self.open_connections.waits(self, self._close)

    def handle_websocket_upgrade(self) -> None:
        """Hands the connection to a WebSocket, which stays counted. Requests before it must have been answered."""
        if self._latest is not None and not self._latest.response_complete:
            self._end(400, "A WebSocket cannot be opened before the requests on the connection are answered.")
            return
        self._cancel_timers()
        self.open_connections.works(self)
        super().handle_websocket_upgrade()
        socket = self.transport.get_protocol()
        if isinstance(socket, CountedSocket) and self._address is not None:
            socket.counted = self.open_connections, self._address
            self._address = None

    def timeout_keep_alive_handler(self) -> None:
        """Closes an idle connection, also one whose client has not read its answer."""
        super().timeout_keep_alive_handler()
        if self._send_timer is None:
            self._abort_later()

    def pause_writing(self) -> None:
        """The client does not read as fast as is written."""
        super().pause_writing()
        if self._send_timer is None:
            self._abort_later()

    def resume_writing(self) -> None:
        """The client has read most of it."""
        if self._send_timer is not None and not self._is_ending:
            self._send_timer.cancel()
            self._send_timer = None
        super().resume_writing()

    def _leave(self) -> None:
        self.open_connections.works(self)
        if self._address is not None:
            self.open_connections.leave(self._address)
            self._address = None

    def _cancel_read_timer(self) -> None:
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None

    def _cancel_timers(self) -> None:
        self._cancel_read_timer()
        if self._send_timer is not None:
            self._send_timer.cancel()
            self._send_timer = None


def bounded_protocol(limits: ConnectionLimits) -> type[BoundedProtocol]:
    """The protocol of one server's connections."""
    found = type("ServedProtocol", (BoundedProtocol,), {"open_connections": OpenConnections(limits)})
    return cast("type[BoundedProtocol]", found)
