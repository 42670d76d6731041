"""The pace of large requests on the event loop: what they have to do there is done in small steps, one request's after
the other's, with pauses while several projects send requests.

Thousands of tasks that go on in the same round of the loop hold it as one long function would. So whatever makes that
many go on, as a list whose items are awaited or a loader that has read them, does so in ``Pace.in_steps``.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

Item = TypeVar("Item")

STEP = 0.002
"""Seconds of processor time that a step takes of the event loop, about."""

AT_ONCE = 16
"""Tasks that may go on at once without anybody looking at how long they take."""

_LONGEST_PAUSE = 0.02


class Pace:
    """Belongs to one event loop.

    Attributes:
        crowded_until: until when, by ``time.monotonic()``, steps leave as much time to others as they take.
    """

    def __init__(self) -> None:
        self.crowded_until = 0.0
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def step(self) -> AsyncGenerator[None]:
        """A block that is one step: no other one runs meanwhile, and others have their time behind it."""
        is_next_round = self._turn.locked()
        async with self._turn:
            if not is_next_round:
                await asyncio.sleep(0)
            began = time.thread_time()
            yield
            await self._pause(began)

    async def in_steps(self, items: Sequence[Item], go_on: Callable[[Item], object], at_first: int = AT_ONCE) -> None:
        """Calls a function with each item, which makes a task go on in the next round of the loop: so many at a time as
        take about ``STEP`` there, as far as those before tell. Items that are added meanwhile have their turn, too."""
        done, many = 0, at_first
        while done < len(items):
            async with self._turn:
                began = time.thread_time()
                some = items[done : done + many]
                for item in some:
                    go_on(item)
                done += len(some)
                # In the round after the next one, all of them have gone on.
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                took = time.thread_time() - began
                await self._pause(began)
            many = max(1, min(2 * many, int(many * STEP / max(took, STEP / 10))))

    async def _pause(self, began: float) -> None:
        if time.monotonic() < self.crowded_until:
            await asyncio.sleep(min(_LONGEST_PAUSE, time.thread_time() - began))


_paces = WeakKeyDictionary[asyncio.AbstractEventLoop, Pace]()


def pace() -> Pace:
    """The pace of the event loop that runs."""
    loop = asyncio.get_running_loop()
    found = _paces.get(loop)
    if found is None:
        found = _paces[loop] = Pace()
    return found


class Starts:
    """Counts what a request starts in steps, so that what all of it asks for is still read together."""

    def __init__(self) -> None:
        self._under_way = 0
        self._waiting: list[asyncio.Future[None]] = []

    def __enter__(self) -> None:
        self._under_way += 1

    def __exit__(self, *_: object) -> None:
        self._under_way -= 1
        if not self._under_way:
            for future in self._waiting:
                tell(future)
            self._waiting.clear()

    async def are_over(self, enough: asyncio.Future[None]) -> None:
        """Waits until nothing more is about to be started, or somebody says that it is enough."""
        if self._under_way and not enough.done():
            self._waiting.append(enough)
            await enough


def tell(future: asyncio.Future[None]) -> None:
    """Says to whoever waits that the time has come, unless that was said before."""
    if not future.done():
        future.set_result(None)


async def gathered_in_steps(awaitables: Sequence[Awaitable[Any]], starts: Starts) -> list[Any]:
    """The results of awaitables that run at once, of which those are cancelled that still run when one fails.

    They are started in steps, and cancelled in steps.
    """
    many = _Many()
    try:
        with starts:
            await pace().in_steps(awaitables, many.start)
        await many.are_done()
        return [future.result() for future in many.futures]
    except BaseException as error:
        for awaitable in awaitables[len(many.futures) :]:
            many.start(awaitable)
        await many.cancel()
        if isinstance(error, Exception):
            await asyncio.wait(many.futures)
        raise


class _Many:
    """Many futures, of which one callback counts those that are done."""

    def __init__(self) -> None:
        self.futures: list[asyncio.Future[Any]] = []
        self._left = 0
        self._all: asyncio.Future[None] | None = None
        self._failed: asyncio.Future[Any] | None = None

    def start(self, awaitable: Awaitable[Any]) -> None:
        """Starts one."""
        future = asyncio.ensure_future(awaitable)
        future.add_done_callback(self._note)
        self._left += 1
        self.futures.append(future)

    async def are_done(self) -> None:
        """Waits until all are done, or one has failed."""
        if self._left and self._failed is None:
            self._all = asyncio.get_running_loop().create_future()
            await self._all
        if self._failed is not None:
            self._failed.result()

    def _note(self, future: asyncio.Future[Any]) -> None:
        self._left -= 1
        if future.cancelled() or future.exception() is not None:
            self._failed = self._failed or future
        if self._all is not None and not self._all.done() and (self._failed is not None or not self._left):
            self._all.set_result(None)

    async def cancel(self) -> None:
        """Cancels all that are not done, in steps; at once where this is cancelled itself."""
        running = [future for future in self.futures if not future.done()]
        try:
            await pace().in_steps(running, lambda future: future.cancel())
        except asyncio.CancelledError:
            for future in running:
                future.cancel()
            raise
