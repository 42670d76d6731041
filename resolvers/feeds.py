"""Feeds: what subscribers that ask the same question share.

A feed looks at the database when something may have changed, once for all of its subscribers, and has a position: a
text that says what state it has seen. A subscriber knows its own position, and takes the event that leads from there
to the feed's; so a slow one has nothing queued for it, and gets one event for all that it missed.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, ClassVar, Generic, TypeVar, cast

from models.notices import Topic
from models.outages import outage_of
from models.turns import Turns
from resolvers.change_hub import ChangeHub

_AT_ONCE = 4
"""Looks at the database of all feeds of a process at a time, so that a change leaves connections to requests."""

_PATIENCE = 3_600.0
"""Seconds that a look may wait for its turn: others wait for connections already, and it is not lost."""

_RETRY_SECONDS = 2.0
"""After how long to look again when the database could not say."""

_LONGEST_REST = 10.0
"""A feed whose looks take long rests for as long as they take, up to so many seconds."""

_KEPT = 500
"""Feeds without subscribers that are kept, for those that come back after a lost connection."""

_KEPT_ITEMS = 500_000
"""Items of charts that these keep together."""

Event = TypeVar("Event")
Found = TypeVar("Found")


class Feed(ABC, Generic[Event]):
    """One question about one project.

    Args:
        project_id: whose data it is about.

    Attributes:
        topics: what its answer depends on.
        seconds: the time between two looks at least.
        position: what state was seen last; None before the first look.
    """

    topics: ClassVar[tuple[Topic, ...]]
    seconds: ClassVar[float] = 0.5

    def __init__(self, project_id: int) -> None:
        self.project_id = project_id
        self.position: str | None = None
        self.subscribers = 0
        self.task: asyncio.Task[None] | None = None
        self._moved = asyncio.Event()
        self._failure: BaseException | None = None
        self._events: dict[tuple[str | None, str], asyncio.Task[Event | None]] = {}
        self._turns: Turns | None = None

    @abstractmethod
    async def look(self) -> str:
        """Looks at the database, and returns the position of what is there now."""

    @abstractmethod
    async def make(self, since: str | None, position: str) -> Event | None:
        """The event that leads from a subscriber's position to the feed's; None where there is nothing to tell.

        Args:
            since: None for a subscriber that knows nothing yet; a text that is no position of the feed counts as that.
        """

    @property
    def weight(self) -> int:
        """How much of its past it keeps, in items of charts."""
        return 0

    def border(self) -> float | None:
        """Seconds until the answer changes though nothing else does; None where it never does."""
        return None

    async def run(self, hub: ChangeHub, turns: Turns) -> None:
        """Looks whenever something may have changed, until it is cancelled."""
        self._turns = turns
        with hub.watching(self.project_id, self.topics) as watch:
            while True:
                watch.look()
                began = time.monotonic()
                try:
                    self._move(await self._in_turn(self.look()))
                except Exception as error:
                    if self.position is None or not _may_pass(error):
                        self._fail(error)
                        return
                    await asyncio.sleep(_RETRY_SECONDS)
                    continue
                took = time.monotonic() - began
                await asyncio.sleep(max(self.seconds - took, min(took, _LONGEST_REST)))
                await watch.changed(self.border())

    async def _in_turn(self, work: Coroutine[Any, Any, Found]) -> Found:
        assert self._turns is not None
        try:
            await self._turns.take(self.project_id, _PATIENCE)
        except BaseException:
            work.close()
            raise
        try:
            return await work
        finally:
            self._turns.give_back(self.project_id)

    def _move(self, position: str) -> None:
        if position != self.position:
            self.position = position
            self._events = {}
            self._ring()

    def _fail(self, error: BaseException) -> None:
        self._failure = error
        self._ring()

    def _ring(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    def restart(self) -> None:
        """Forgets what it saw: what is told next is looked at first."""
        self.position, self._failure = None, None

    async def events(self, since: str | None) -> AsyncGenerator[Event]:
        """Every event from a position on."""
        place = since
        while True:
            moved = self._moved
            if self._failure is not None:
                raise self._failure
            if self.position is not None and self.position != place:
                position = self.position
                try:
                    event = await self._event(place, position)
                except Exception as error:
                    if not _may_pass(error):
                        raise
                    self._events.pop((place, position), None)
                    await asyncio.sleep(_RETRY_SECONDS)
                    continue
                place = position
                if event is not None:
                    yield event
                continue
            await moved.wait()

    async def _event(self, since: str | None, position: str) -> Event | None:
        """The event between two positions, made once for all who are at the first one."""
        task = self._events.get((since, position))
        if task is None:
            task = self._events[since, position] = asyncio.create_task(self._in_turn(self.make(since, position)))
            task.add_done_callback(_take_error)
        return await asyncio.shield(task)


def _may_pass(error: Exception) -> bool:
    """Whether the same may succeed later."""
    outage = outage_of(error)
    return outage is not None and outage.helps_to_wait


def _take_error(task: asyncio.Task[object]) -> None:
    if not task.cancelled():
        task.exception()


class Feeds:
    """The feeds of a process, by their questions."""

    def __init__(self) -> None:
        self.hub = ChangeHub()
        self._turns = Turns(_AT_ONCE, 10**9)
        self._feeds: dict[object, Feed[object]] = {}

    @asynccontextmanager
    async def following(self, question: object, make: Callable[[], Feed[Event]]) -> AsyncGenerator[Feed[Event]]:
        """The feed of a question, which runs at least until the block ends."""
        feed = cast("Feed[Event]", self._feeds.pop(question, None) or make())
        self._feeds[question] = cast("Feed[object]", feed)
        feed.subscribers += 1
        if feed.task is None or feed.task.done():
            feed.restart()
            feed.task = asyncio.create_task(feed.run(self.hub, self._turns))
        try:
            yield feed
        finally:
            feed.subscribers -= 1
            if not feed.subscribers:
                task, feed.task = feed.task, None
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
                self._forget()

    def _forget(self) -> None:
        idle = [question for question, feed in self._feeds.items() if not feed.subscribers]
        weight = sum(self._feeds[question].weight for question in idle)
        while len(idle) > _KEPT or weight > _KEPT_ITEMS:
            weight -= self._feeds.pop(idle.pop(0)).weight
