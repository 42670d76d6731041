"""The server as a process: how it listens, and how it stops.

It is told to stop by SIGTERM, SIGINT (Ctrl+C), or SIGHUP (its terminal was closed). Nothing new is accepted then; what
is under way has the grace period. What is not done at its end is answered with 503 and the code UNAVAILABLE; an answer
that has begun is cut by closing its connection, so that its client sees that it is not whole.
"""

import asyncio
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import cast

import structlog
import uvicorn
from uvicorn.config import STARTUP_FAILURE

from models.outages import Outage
from server.http.accepting import Acceptor
from server.http.protocol import BoundedProtocol

CUT = "the server is stopping"
"""The message of the cancellation that ends a request at the end of the grace period."""

_CUT_SECONDS = 2.0
"""How long requests that were cut have to say so, and their connections to send it."""

_POLL = 0.05

_log: structlog.stdlib.BoundLogger = structlog.get_logger("dialboard.http")


class Server(uvicorn.Server):
    """uvicorn's server, with an acceptor and an end of its own."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts the application, and takes connections from the sockets."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            raise SystemExit(STARTUP_FAILURE)
        loop = asyncio.get_running_loop()
        self.acceptors = [Acceptor(loop, one, self._protocol) for one in sockets or ()]
        self.started = True

    def _protocol(self) -> asyncio.Protocol:
        make = cast("Callable[..., asyncio.Protocol]", self.config.http_protocol_class)
        return make(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accepts nothing more, waits for what is under way, cuts what is left of it, and ends the application."""
        for acceptor in self.acceptors:
            acceptor.close()
        for listener in sockets or ():
            listener.close()
        for connection in [*self.server_state.connections]:
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                await self._done()
        if not self.force_exit:
            await self._cut()
            await self.lifespan.shutdown()

    async def _done(self) -> None:
        for acceptor in self.acceptors:
            await acceptor.wait_closed()
        while not self.force_exit:
            if not (self.server_state.connections or self.server_state.tasks):
                return
            await asyncio.sleep(_POLL)

    async def _cut(self) -> None:
        state = self.server_state
        if not (state.tasks or state.connections):
            return
        _log.warning("requests are cut, because the server stops", requests=len(state.tasks))
        for task in state.tasks:
            task.cancel(CUT)
        with suppress(TimeoutError):
            async with asyncio.timeout(_CUT_SECONDS):
                await self._done()
        for connection in [*state.connections]:
            if isinstance(connection, BoundedProtocol):
                connection.cut(Outage.STOPPING.code, Outage.STOPPING.message)
            else:
                connection.transport.abort()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Stops at a signal, and does not hand it on: what is left to close after the server must still run."""
        before = {number: signal.signal(number, self.handle_exit) for number in _stop_signals()}
        try:
            yield
        finally:
            for number in before:
                signal.signal(number, _already_stopped)


def _stop_signals() -> list[signal.Signals]:
    """The signals that stop the server. One that is ignored, as SIGHUP is below nohup, stays ignored."""
    found = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP"):
        found.append(signal.SIGHUP)
    return [number for number in found if signal.getsignal(number) is not signal.SIG_IGN]


def _already_stopped(_number: int, _frame: object) -> None:
    pass
