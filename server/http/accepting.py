"""Takes connections from a listening socket, and goes on after the process had no file descriptor left for one.

The event loop's own way closes the connections that it has no descriptor for, without a word in the log. Here they wait
in the kernel's queue, and the socket is looked at again after a pause.
"""

import asyncio
import errno
import socket
import time
from collections.abc import Callable

import structlog

PAUSE = 0.25
"""Seconds without looking at the socket once there is no descriptor."""

_LOG_EVERY = 30.0
"""Seconds between two lines in the log about it."""

_AT_ONCE = 32
"""Connections that are taken before other work of the loop has its turn."""

_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

_log: structlog.stdlib.BoundLogger = structlog.get_logger("dialboard.http")


class Acceptor:
    """Hands each connection of a listening socket to a protocol of its own, from its making until it is closed."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        listener: socket.socket,
        make_protocol: Callable[[], asyncio.Protocol],
    ) -> None:
        self._loop = loop
        self._listener = listener
        self._make_protocol = make_protocol
        self._opening = set[asyncio.Task[None]]()
        self._pause: asyncio.TimerHandle | None = None
        self._told_at: float | None = None
        self._is_closed = False
        self.sockets = (listener,)
        listener.setblocking(False)
        self._listen()

    def close(self) -> None:
        """Takes no more connections. Those that were taken stay."""
        self._is_closed = True
        self._loop.remove_reader(self._listener)
        if self._pause is not None:
            self._pause.cancel()

    async def wait_closed(self) -> None:
        """Waits until every connection that was taken has its protocol."""
        await asyncio.gather(*self._opening, return_exceptions=True)

    def _listen(self) -> None:
        self._pause = None
        self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                taken, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _EXHAUSTED:
                    raise
                self._rest(error)
                return
            taken.setblocking(False)
            task = self._loop.create_task(self._open(taken))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    def _rest(self, error: OSError) -> None:
        self._loop.remove_reader(self._listener)
        if not self._is_closed:
            self._pause = self._loop.call_later(PAUSE, self._listen)
        now = time.monotonic()
        if self._told_at is None or now - self._told_at >= _LOG_EVERY:
            self._told_at = now
            _log.error(
                "no connection can be accepted; new ones wait until there are free file descriptors "
                "(see the limit of open files, ulimit -n)",
                reason=error.strerror,
            )

    async def _open(self, taken: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._make_protocol, taken)
        except Exception as error:
            taken.close()
            _log.warning("a connection could not be opened", reason=str(error))
