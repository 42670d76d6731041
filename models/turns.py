"""Turns: a bounded number of connections, handed to projects one after the other."""

import asyncio
import time
from collections import defaultdict, deque

from models.outages import Outage, Overloaded

_Waiting = deque[asyncio.Future[None]]


_FEW = 8
"""Turns that are too few to tell how long the next ones take."""


class _Pace:
    """How quickly the turns of a project are given back while others of it wait."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._turns = 0
        self._mean = 0.0

    def note(self) -> None:
        """A turn was given back."""
        now = time.monotonic()
        self._turns += 1
        self._mean += (now - self._last - self._mean) / min(self._turns, 4 * _FEW)
        self._last = now

    def seconds(self) -> float:
        """The mean time between two of them; 0 where there were too few."""
        return self._mean if self._turns >= _FEW else 0.0


class Turns:
    """Hands out a fixed number of turns, fairly between projects.

    Projects that wait are served in rotation, the requests of one project in the order of their arrival. One project
    never holds every turn: the last free one is for projects that hold none. Where too many wait, the newest request of
    the project with most of them is refused, so that no project fills the queue for the others.

    Args:
        capacity: how many turns there are.
        most_waiting: how many requests may wait.
        most_held: how many turns one project may hold; None for all but the last free one.
    """

    def __init__(self, capacity: int, most_waiting: int, most_held: int | None = None) -> None:
        self.capacity = capacity
        self.most_waiting = most_waiting
        self.most_held = capacity if most_held is None else most_held
        self.in_use = 0
        self.waiting = 0
        self.shed = 0
        self._held: defaultdict[int, int] = defaultdict(int)
        self._queues: dict[int, _Waiting] = {}
        self._full_since: float | None = None
        self._paces: dict[int, _Pace] = {}

    def seconds_without_progress(self) -> float:
        """For how long all turns have been held without one being given back; 0 while one is free."""
        return 0.0 if self._full_since is None else time.monotonic() - self._full_since

    async def take(self, project_id: int, seconds: float) -> None:
        """Waits for a turn, which the caller gives back.

        Raises:
            Overloaded: too many wait, so many that it would not have its turn within ``seconds``, or it had none then.
        """
        if project_id not in self._queues and self._may_take(project_id):
            self._grant(project_id)
            return
        if self._expected_wait(project_id) > seconds:
            self.shed += 1
            raise Overloaded(Outage.QUEUE_FULL)
        future = self._line_up(project_id)
        timer = asyncio.get_running_loop().call_later(seconds, _refuse, future, Outage.WAITED_TOO_LONG)
        try:
            await future
        except Overloaded:
            self.shed += 1
            raise
        except asyncio.CancelledError:
            if not future.cancelled() and future.exception() is None:
                self.give_back(project_id)
            raise
        finally:
            timer.cancel()
            self._leave(project_id, future)

    def take_now(self, project_id: int) -> bool:
        """Takes a turn if one is free and nobody waits for it."""
        if self.waiting or not self._may_take(project_id):
            return False
        self._grant(project_id)
        return True

    def give_back(self, project_id: int) -> None:
        """Gives a turn back, to whoever is next."""
        self.in_use -= 1
        self._full_since = None
        self._held[project_id] -= 1
        if not self._held[project_id]:
            del self._held[project_id]
        self._note_pace(project_id)
        self.hand_out()

    def hand_out(self) -> None:
        """Hands what is free to those that wait."""
        while (next_project := next(filter(self._may_take, self._queues), None)) is not None:
            queue = self._queues.pop(next_project)
            future = queue.popleft()
            if queue:
                self._queues[next_project] = queue  # at the end: the others come first now
            self.waiting -= 1
            if not future.done():
                self._grant(next_project)
                future.set_result(None)

    def _may_take(self, project_id: int) -> bool:
        free, held = self.capacity - self.in_use, self._held[project_id]
        return held < self.most_held and (free > 1 or (free == 1 and not held))

    def _grant(self, project_id: int) -> None:
        self.in_use += 1
        self._held[project_id] += 1
        if self.in_use == self.capacity:
            self._full_since = time.monotonic()

    def _line_up(self, project_id: int) -> asyncio.Future[None]:
        if self.waiting >= self.most_waiting:
            self._make_room(project_id)
        future = asyncio.get_running_loop().create_future()
        self._queues.setdefault(project_id, deque()).append(future)
        self.waiting += 1
        return future

    def _make_room(self, project_id: int) -> None:
        longest = max(self._queues, key=lambda project: len(self._queues[project]), default=project_id)
        if len(self._queues.get(project_id, ())) >= len(self._queues.get(longest, ())):
            self.shed += 1
            raise Overloaded(Outage.QUEUE_FULL)
        newest = self._queues[longest][-1]
        _refuse(newest, Outage.QUEUE_FULL)
        self._leave(longest, newest)

    def _expected_wait(self, project_id: int) -> float:
        """How long a further request of a project is going to wait, as far as its last ones tell; 0 if they do not."""
        pace = self._paces.get(project_id)
        return 0.0 if pace is None else pace.seconds() * (len(self._queues.get(project_id, ())) + 1)

    def _note_pace(self, project_id: int) -> None:
        if project_id in self._queues:
            self._paces.setdefault(project_id, _Pace()).note()
        else:
            self._paces.pop(project_id, None)

    def _leave(self, project_id: int, future: asyncio.Future[None]) -> None:
        queue = self._queues.get(project_id)
        if queue is None or future not in queue:
            return
        queue.remove(future)
        self.waiting -= 1
        if not queue:
            del self._queues[project_id]


def _refuse(future: asyncio.Future[None], outage: Outage) -> None:
    if not future.done():
        future.set_exception(Overloaded(outage))
