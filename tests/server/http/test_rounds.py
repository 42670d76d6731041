"""Fair beginnings: what one project sends does not hold up the requests of another."""

import asyncio
from contextlib import suppress

from models.outages import Overloaded
from server.http.rivals import Rivals
from server.http.rounds import MOST_WAITING, PER_ROUND, PER_ROUND_ALONE, Rounds

A, B = 1, 2


async def _begun(rounds: Rounds, project: int, order: list[int]) -> None:
    await rounds.begin(project)
    order.append(project)


async def test_the_request_of_another_project_begins_before_those_of_a_crowd() -> None:
    rounds, order = Rounds(Rivals()), list[int]()
    crowd = [asyncio.create_task(_begun(rounds, A, order)) for _ in range(20 * PER_ROUND)]
    other = asyncio.create_task(_begun(rounds, B, order))
    await other
    assert order.index(B) <= 2 * PER_ROUND
    await asyncio.gather(*crowd)
    assert order.count(A) == len(crowd)


async def test_no_more_begin_in_a_round_than_may() -> None:
    rivals = Rivals()
    rounds, order, most = Rounds(rivals), list[int](), 0
    rivals.note(B)
    tasks = [asyncio.create_task(_begun(rounds, A, order)) for _ in range(10 * PER_ROUND)]
    while not all(task.done() for task in tasks):
        before = len(order)
        await asyncio.sleep(0)
        most = max(most, len(order) - before)
    assert most == PER_ROUND


async def test_more_begin_in_a_round_where_a_project_is_alone() -> None:
    rounds, order = Rounds(Rivals()), list[int]()
    tasks = [asyncio.create_task(_begun(rounds, A, order)) for _ in range(10 * PER_ROUND_ALONE)]
    for _ in range(12):
        await asyncio.sleep(0)
    assert len(order) == len(tasks)


async def test_too_many_that_wait_are_refused_at_once() -> None:
    rounds, order = Rounds(Rivals()), list[int]()
    tasks = [asyncio.create_task(_begun(rounds, A, order)) for _ in range(PER_ROUND + MOST_WAITING + 3)]
    await asyncio.sleep(0)
    other = asyncio.create_task(_begun(rounds, B, order))
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(one, Overloaded) for one in found] == [False] * (PER_ROUND + MOST_WAITING) + [True] * 3
    await other


async def test_few_requests_wait_for_nothing() -> None:
    rounds = Rounds(Rivals())
    for _ in range(3):
        for _ in range(PER_ROUND):
            begin = rounds.begin(A)
            with suppress(StopIteration):
                begin.send(None)
                raise AssertionError("it waits")
        await asyncio.sleep(0)


async def test_those_that_give_up_hold_nobody_up() -> None:
    rounds, order = Rounds(Rivals()), list[int]()
    tasks = [asyncio.create_task(_begun(rounds, A, order)) for _ in range(10 * PER_ROUND)]
    await asyncio.sleep(0)
    for task in tasks[PER_ROUND:-1]:
        task.cancel()
    async with asyncio.timeout(5):
        await tasks[-1]
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(5):
        await rounds.begin(A)
