"""Shares: where projects compete and the event loop is slow, each has only so many requests answered at once.

What a project sends more waits, in its order, or is refused where too many wait. The requests of a project that sends
one at a time never wait. A project that is alone has no bound: there is nobody to leave room for.
"""

import asyncio
import time

from models.turns import Turns
from server.http.rivals import Rivals

MOST = 128
"""Requests of one project that are answered at once where the loop is quick."""

MOST_WAITING = 256

SLOW, QUICK = 0.004, 0.002
"""Seconds of a round of the event loop, beyond which projects get smaller shares, and below which larger ones. A small
request takes several rounds, so that these are what it waits for."""

_SMALLER_AFTER, _LARGER_AFTER = 0.02, 0.05
_UNBOUNDED = 10**9
_NEWEST = 0.2
"""What the newest round counts in the mean."""


class Shares:
    """Lets requests begin, by how long the rounds of the event loop are.

    Args:
        rivals: knows whether projects compete.
        seconds: how long a request may wait.
    """

    def __init__(self, rivals: Rivals, seconds: float) -> None:
        self._rivals = rivals
        self._seconds = seconds
        self.turns = Turns(_UNBOUNDED, MOST_WAITING)
        self._round = 0.0
        self._changed = 0.0
        self._round_began: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def begin(self, project_id: int, seconds: float | None = None) -> None:
        """Waits until a request of a project may begin, which ``end`` must follow.

        Args:
            seconds: that are left to the request; None for no bound.

        Raises:
            Overloaded: too many of them wait, or it waited for too long.
        """
        if not self._rivals.compete():
            self.turns.most_held = _UNBOUNDED
        elif self.turns.in_use:
            self.turns.most_held = min(self.turns.most_held, MOST)
            self._measure_round()
        waiting = self.turns.take(project_id, self._seconds if seconds is None else min(seconds, self._seconds))
        if self._timer is None and self.turns.most_held < _UNBOUNDED:
            self._timer = asyncio.get_running_loop().call_later(_LARGER_AFTER, self._look_again)
        await waiting

    def end(self, project_id: int) -> None:
        """Ends a request that began. Where one at a time is still too much, the next one begins two rounds later."""
        self._rivals.note(project_id)
        if self.turns.most_held < _UNBOUNDED:
            self._measure_round()
        if self.turns.waiting and self.turns.most_held == 1 and self._round > SLOW:
            asyncio.get_running_loop().call_later(2 * self._round, self.turns.give_back, project_id)
        else:
            self.turns.give_back(project_id)

    def _measure_round(self) -> None:
        if self._round_began is None:
            self._round_began = time.perf_counter()
            asyncio.get_running_loop().call_soon(self._end_of_round)

    def _end_of_round(self) -> None:
        assert self._round_began is not None
        now = time.perf_counter()
        self._round += _NEWEST * (now - self._round_began - self._round)
        self._round_began = None
        self._adjust(now)

    def _adjust(self, now: float) -> None:
        most = self.turns.most_held
        if not self._rivals.compete():
            most = _UNBOUNDED
        elif self._round > SLOW and now - self._changed > _SMALLER_AFTER:
            most = max(1, min(most // 2, int(most * SLOW / self._round)))
        elif self._round < QUICK and now - self._changed > _LARGER_AFTER:
            most = min(MOST, most + max(1, most // 4))
        if most != self.turns.most_held:
            self.turns.most_held, self._changed = most, now

    def _look_again(self) -> None:
        """Lets those that wait begin as soon as the loop is quick, also where none that began has ended."""
        self._timer = None
        if not self.turns.waiting:
            return
        self._measure_round()
        self._adjust(time.perf_counter())
        self.turns.hand_out()
        self._timer = asyncio.get_running_loop().call_later(_LARGER_AFTER, self._look_again)
