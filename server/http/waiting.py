"""Stops work for a client that has gone away."""

import asyncio
from types import TracebackType

from starlette.requests import ClientDisconnect
from starlette.types import Receive

PATIENCE = 0.05
"""Seconds that work may take before the client is watched: a short request is not worth a task beside it."""


class WhileClientWaits:
    """A block that is cancelled when the client of its request disconnects, with all that it awaits.

    The body of the request must have been read. The block then ends in ``ClientDisconnect``.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._watch: asyncio.Task[None] | None = None
        self._has_gone = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._begin)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None  # it holds on to this, and to all that its request has
        # Whoever else cancelled the task meanwhile, such as a server that stops, is not to be kept from it.
        if self._has_gone and self._task.uncancel() == 0 and kind is asyncio.CancelledError:
            raise ClientDisconnect from None

    def _begin(self) -> None:
        self._watch = asyncio.create_task(self._wait())

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._has_gone = True
        self._task.cancel()
