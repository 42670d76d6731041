"""Fair beginnings: of all requests that came together, each project begins a few in each round of the event loop."""

import asyncio
from collections import defaultdict, deque

from models.outages import Outage, Overloaded
from server.http.rivals import Rivals

PER_ROUND = 2
"""Requests of one project that begin in one round. A small one is answered there and then."""

PER_ROUND_ALONE = 8
"""The same where no other project sends any. Those that are refused, because too many wait, are so sooner then."""

MOST_WAITING = 512
"""Requests of one project that wait to begin."""


class Rounds:
    """Lets requests begin, fairly between projects.

    A request that reads something needs several rounds of the event loop. However many requests another project sends,
    each of these rounds takes no longer than a few of them.
    """

    def __init__(self, rivals: Rivals) -> None:
        self._rivals = rivals
        self._begun: defaultdict[int, int] = defaultdict(int)
        self._waiting: dict[int, deque[asyncio.Future[None]]] = {}
        self._has_next = False

    async def begin(self, project_id: int) -> None:
        """Waits until a request of a project may begin: not at all where its project sends few.

        Raises:
            Overloaded: too many of its requests wait.
        """
        self._rivals.note(project_id)
        if project_id not in self._waiting and self._begun[project_id] < PER_ROUND:
            self._begin(project_id)
            return
        future = asyncio.get_running_loop().create_future()
        queue = self._waiting.setdefault(project_id, deque())
        if len(queue) >= MOST_WAITING:
            raise Overloaded(Outage.QUEUE_FULL)
        queue.append(future)
        try:
            await future
        except asyncio.CancelledError:
            if future in queue:
                queue.remove(future)
                if not queue:
                    self._waiting.pop(project_id, None)
            raise

    def _begin(self, project_id: int) -> None:
        self._begun[project_id] += 1
        # Until then nobody has to wait, so that the loop need not be told that a round ends.
        if self._begun[project_id] == PER_ROUND and not self._has_next:
            self._has_next = True
            asyncio.get_running_loop().call_soon(self._next_round)

    def _next_round(self) -> None:
        self._has_next = False
        self._begun.clear()
        most = PER_ROUND if self._rivals.compete() else PER_ROUND_ALONE
        for project_id, queue in [*self._waiting.items()]:
            while queue and self._begun[project_id] < most:
                future = queue.popleft()
                if not future.done():
                    self._begin(project_id)
                    future.set_result(None)
            if not queue:
                del self._waiting[project_id]
