"""Who waits for changes in this process, by project and topic. It does no work of its own: what hears of changes rings
it, and those who wait look for themselves what changed, in sessions bound to their project."""

import asyncio
from collections.abc import Generator, Iterable
from contextlib import contextmanager

from models.notices import Notice, Topic


class Watch:
    """Whether something may have changed since its owner last looked."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Something may have changed."""
        self._rung.set()

    def look(self) -> None:
        """Its owner looks now: what rings from now on is another change."""
        self._rung.clear()

    async def changed(self, seconds: float | None = None) -> None:
        """Waits until something may have changed, or for so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            return


class ChangeHub:
    """The watches of a process. Nothing is listened to while there are none."""

    def __init__(self) -> None:
        self._watches: dict[Notice, set[Watch]] = {}
        self._needed = asyncio.Event()

    @contextmanager
    def watching(self, project_id: int, topics: Iterable[Topic]) -> Generator[Watch]:
        """A watch of a project, while the block runs."""
        watch, places = Watch(), [Notice(project_id, topic) for topic in topics]
        for place in places:
            self._watches.setdefault(place, set()).add(watch)
        self._needed.set()
        try:
            yield watch
        finally:
            for place in places:
                self._watches[place].discard(watch)
                if not self._watches[place]:
                    del self._watches[place]
            if not self._watches:
                self._needed.clear()

    @property
    def is_needed(self) -> bool:
        """Whether anybody waits."""
        return self._needed.is_set()

    async def needed(self) -> None:
        """Waits until somebody waits."""
        await self._needed.wait()

    def watched(self) -> set[int]:
        """The projects that somebody waits for."""
        return {place.project_id for place in self._watches}

    def tell(self, notice: Notice) -> None:
        """Something of a topic may have changed in a project."""
        for watch in self._watches.get(notice, ()):
            watch.ring()

    def tell_all(self) -> None:
        """Anything may have changed, such as while nobody listened."""
        for place in self._watches:
            self.tell(place)
