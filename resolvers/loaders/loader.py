"""DataLoaders: what is asked for at the same time is read together, and what was read is remembered.

What has been read is handed out in steps where thousands wait for it, each of which then goes on: all of them in the
same round would hold the event loop for as long as one function that does the work of all.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from models.pace import AT_ONCE, Starts, pace, tell

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_ENOUGH = 1_000
"""So many that wait are enough to read at once: those that come later often find their value known."""


class _Batch(Generic[Key, Value]):
    """What is read together, and who waits for it: several may for one key."""

    __slots__ = ("cancelled", "enough", "is_begun", "keys", "task", "waiting")

    def __init__(self) -> None:
        self.keys: dict[Key, None] = {}
        self.waiting: list[tuple[Key, asyncio.Future[Value]]] = []
        self.is_begun = False
        self.cancelled = 0
        self.task: asyncio.Task[None] | None = None
        self.enough = asyncio.get_running_loop().create_future()

    def add(self, key: Key) -> asyncio.Future[Value]:
        """A future of the value of a key."""
        future = asyncio.get_running_loop().create_future()
        future.add_done_callback(self._look)
        self.keys[key] = None
        self.waiting.append((key, future))
        if len(self.waiting) == _ENOUGH:
            tell(self.enough)
        return future

    def _look(self, future: asyncio.Future[Value]) -> None:
        """Stops reading what nobody waits for any more."""
        if future.cancelled():
            self.cancelled += 1
            if self.task is not None and self.cancelled == len(self.waiting):
                self.task.cancel()


class Loader(Generic[Key, Value]):
    """Reads values by their keys.

    Args:
        read: reads the values of keys, in their order.
        starts: what the request is about to start: nothing is read before it has asked, too.
        most: how many keys are read together; None for any number.
        at_once: how many go on at once with what was read.
    """

    __slots__ = ("_at_once", "_batch", "_known", "_most", "_pending", "_read", "_starts")

    def __init__(
        self,
        read: Callable[[list[Key]], Awaitable[Sequence[Value | BaseException]]],
        starts: Starts,
        most: int | None = None,
        at_once: int = AT_ONCE,
    ) -> None:
        self._at_once = at_once
        self._read = read
        self._starts = starts
        self._most = most
        self._batch: _Batch[Key, Value] | None = None
        self._pending: dict[Key, _Batch[Key, Value]] = {}
        self._known: dict[Key, asyncio.Future[Value]] = {}

    def load(self, key: Key) -> Awaitable[Value]:
        """The value of a key."""
        known = self._known.get(key)
        if known is not None:
            return known
        batch = self._pending.get(key)
        if batch is None:
            batch = self._pending[key] = self._open_batch()
        return batch.add(key)

    def load_many(self, keys: Iterable[Key]) -> Awaitable[list[Value]]:
        """The values of keys, in their order."""
        return asyncio.gather(*map(self.load, keys))

    def prime(self, key: Key, value: Value) -> None:
        """Remembers a value that was read otherwise, unless it is known already or being read."""
        self.prime_many({key: value})

    def prime_many(self, values: Mapping[Key, Value]) -> None:
        """The same for several keys."""
        for key, value in values.items():
            batch = self._pending.get(key)
            if batch is None:
                if key not in self._known:
                    self._remember(key, value)
            elif not batch.is_begun:
                self._remember(key, value)
                del self._pending[key], batch.keys[key]
                for one, future in batch.waiting:
                    if one == key:
                        _tell(future, value)
                batch.waiting = [waiting for waiting in batch.waiting if waiting[0] != key]

    def _remember(self, key: Key, value: Value | BaseException) -> None:
        future = asyncio.get_running_loop().create_future()
        _tell(future, value)
        if isinstance(value, BaseException):
            future.exception()  # Nobody need ask for it again.
        self._known[key] = future

    def _open_batch(self) -> _Batch[Key, Value]:
        """The batch that is not begun and has room, or a new one: it is read once all tasks that go on have asked."""
        batch = self._batch
        if batch is None or batch.is_begun or len(batch.keys) == self._most:
            batch = self._batch = _Batch()
            asyncio.get_running_loop().call_soon(self._begin, batch)
        return batch

    def _begin(self, batch: _Batch[Key, Value]) -> None:
        batch.task = asyncio.create_task(self._run(batch))

    async def _run(self, batch: _Batch[Key, Value]) -> None:
        await self._starts.are_over(batch.enough)
        batch.is_begun = True
        keys = [*batch.keys]
        try:
            if batch.cancelled == len(batch.waiting):
                return
            found = await self._read_all(keys)
            with self._starts:
                await self._hand_out(batch, found)
        finally:
            batch.task = None
            for key in keys:
                self._pending.pop(key, None)

    async def _read_all(self, keys: list[Key]) -> Mapping[Key, Value | BaseException]:
        try:
            values = await self._read(keys)
            return dict(zip(keys, values, strict=True))
        except Exception as error:
            return dict.fromkeys(keys, error)

    async def _hand_out(self, batch: _Batch[Key, Value], found: Mapping[Key, Value | BaseException]) -> None:
        """Further ones may wait for a key until the last step."""
        waiting = batch.waiting
        if len(waiting) <= self._at_once:
            for key, future in waiting:
                _tell(future, found[key])
        else:
            await pace().in_steps(waiting, lambda one: _tell(one[1], found[one[0]]), self._at_once)
        for key, value in found.items():
            self._remember(key, value)


def _tell(future: asyncio.Future[Value], value: Value | BaseException) -> None:
    if future.done():
        return
    if isinstance(value, BaseException):
        future.set_exception(value)
    else:
        future.set_result(value)
