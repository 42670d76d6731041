"""Shares of projects that compete: what one sends at once does not make the event loop slow for the others."""

import asyncio
import time

import pytest

from server.http import rivals
from server.http.rivals import Rivals
from server.http.shares import SLOW, Shares

A, B = 1, 2


@pytest.fixture(autouse=True)
def _competing_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a busy machine takes for a test."""
    monkeypatch.setattr(rivals, "SECONDS", 600)


class _Served:
    """Requests that hold the loop for some time, as those of a project do that is greedy."""

    def __init__(self) -> None:
        self.rivals = Rivals()
        self.shares = Shares(self.rivals, 60)
        self.held = 0
        self.seen: list[int] = []

    async def answer(self, project: int, step: float = 0, steps: int = 1) -> None:
        self.rivals.note(project)
        await self.shares.begin(project)
        self.held += project == A
        try:
            for _ in range(steps):
                time.sleep(step)  # noqa: ASYNC251 — holds the loop, as what is tested against does
                await asyncio.sleep(0)
                self.seen.append(self.held)
        finally:
            self.held -= project == A
            self.shares.end(project)

    async def crowded(self) -> None:
        """Crowds of one project, beside another one that asks for little."""
        await self.answer(B)
        for _ in range(3):
            greedy = [asyncio.create_task(self.answer(A, 2 * SLOW, 3)) for _ in range(30)]
            while not all(task.done() for task in greedy):
                await self.answer(B)
                await asyncio.sleep(0)
            await asyncio.gather(*greedy)


@pytest.mark.slow
async def test_where_projects_compete_the_greedy_one_gets_a_smaller_share() -> None:
    served = _Served()
    await served.crowded()
    assert max(served.seen) == 30
    assert max(served.seen[-60:]) <= 2
    assert served.shares.turns.waiting == 0


async def test_a_project_that_is_alone_has_no_bound() -> None:
    served = _Served()
    crowd = [asyncio.create_task(served.answer(A, SLOW, 3)) for _ in range(60)]
    await asyncio.gather(*crowd)
    assert max(served.seen) == 60


@pytest.mark.slow
async def test_those_that_wait_begin_once_the_loop_is_quick_though_none_has_ended() -> None:
    served = _Served()
    await served.crowded()
    assert served.shares.turns.most_held <= 2
    ending = asyncio.Event()

    async def stuck() -> None:
        await served.shares.begin(A)
        served.held += 1
        await ending.wait()
        served.shares.end(A)

    waiting = [asyncio.create_task(stuck()) for _ in range(20)]
    async with asyncio.timeout(20):
        while served.held < 20:
            served.rivals.note(B)
            served.rivals.note(A)
            await asyncio.sleep(0.01)
    ending.set()
    await asyncio.gather(*waiting)
