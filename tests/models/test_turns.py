"""Turns: no project keeps the others waiting, and nothing waits indefinitely."""

import asyncio
import random
from collections import Counter
from contextlib import suppress

import pytest

from models.lanes import DEFAULT_POOL, SMALLEST_POOL, Lane, Lanes, connections_of
from models.outages import Outage, Overloaded
from models.turns import Turns

A, B, C = 1, 2, 3


async def _lined_up(turns: Turns, *projects: int, order: list[int] | None = None) -> list[asyncio.Task[None]]:
    async def wait(project: int) -> None:
        await turns.take(project, 60)
        if order is not None:
            order.append(project)

    tasks = [asyncio.create_task(wait(project)) for project in projects]
    await asyncio.sleep(0)
    return tasks


async def test_one_project_never_holds_every_turn() -> None:
    turns = Turns(3, 10)
    await turns.take(A, 1)
    await turns.take(A, 1)
    assert not turns.take_now(A)
    await turns.take(B, 0.1)
    assert turns.in_use == 3


async def test_a_lane_of_one_turn_serves_anybody() -> None:
    turns = Turns(1, 10)
    for project in (A, A, B):
        await turns.take(project, 0.1)
        turns.give_back(project)
    assert turns.in_use == 0


async def test_waiting_projects_are_served_in_rotation() -> None:
    turns, order = Turns(1, 100), list[int]()
    await turns.take(A, 1)
    tasks = await _lined_up(turns, A, A, A, A, B, B, C, order=order)
    turns.give_back(A)
    for number in range(7):
        await asyncio.sleep(0)
        turns.give_back(order[number])
    await asyncio.gather(*tasks)
    assert order == [A, B, C, A, B, A, A]
    assert (turns.in_use, turns.waiting) == (0, 0)


async def test_a_full_queue_refuses_the_project_that_fills_it() -> None:
    turns = Turns(1, 4)
    await turns.take(A, 1)
    tasks = await _lined_up(turns, A, A, A, A)
    with pytest.raises(Overloaded) as refused:
        await turns.take(A, 1)
    assert refused.value.outage is Outage.QUEUE_FULL
    tasks += await _lined_up(turns, B)
    with pytest.raises(Overloaded):
        await tasks[3]
    assert [task.done() for task in tasks] == [False, False, False, True, False]
    assert (turns.waiting, turns.shed) == (4, 2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert turns.waiting == 0


async def test_who_waited_too_long_is_refused_and_leaves_the_queue() -> None:
    turns = Turns(1, 4)
    await turns.take(A, 1)
    with pytest.raises(Overloaded) as refused:
        await turns.take(B, 0.01)
    assert refused.value.outage is Outage.WAITED_TOO_LONG
    assert turns.waiting == 0
    turns.give_back(A)
    assert turns.in_use == 0


async def test_a_turn_given_to_one_that_was_cancelled_goes_on_to_the_next() -> None:
    turns, order = Turns(1, 4), list[int]()
    await turns.take(A, 1)
    first, second = await _lined_up(turns, B, C, order=order)
    turns.give_back(A)
    first.cancel()
    await second
    assert (order, first.cancelled(), turns.in_use) == ([C], True, 1)


@pytest.mark.slow
async def test_no_turn_is_lost_whatever_happens() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    turns, most = Turns(3, 12), Counter[int]()

    async def work(project: int) -> None:
        await turns.take(project, chance.random() / 50)
        try:
            most[turns.in_use] += 1
            await asyncio.sleep(chance.random() / 200)
        finally:
            turns.give_back(project)

    tasks = list[asyncio.Task[None]]()
    for _ in range(600):
        tasks.append(asyncio.create_task(work(chance.choice((A, A, A, B, C)))))
        if chance.random() < 0.3:
            chance.choice(tasks).cancel()
        await asyncio.sleep(chance.random() / 500)
    for task in tasks:
        with suppress(Overloaded, asyncio.CancelledError):
            await task
    assert (turns.in_use, turns.waiting, max(most)) == (0, 0, 3)
    assert turns.take_now(A)


async def test_nothing_jumps_the_queue() -> None:
    turns = Turns(2, 4)
    await turns.take(A, 1)
    await turns.take(B, 1)
    (waiting,) = await _lined_up(turns, C)
    turns.give_back(A)
    assert not turns.take_now(A)
    await waiting


async def test_a_full_lane_says_for_how_long_nothing_was_given_back() -> None:
    turns = Turns(1, 4)
    assert turns.seconds_without_progress() == 0
    await turns.take(A, 1)
    await asyncio.sleep(0.02)
    assert turns.seconds_without_progress() >= 0.02
    turns.give_back(A)
    assert turns.seconds_without_progress() == 0


@pytest.mark.parametrize("size", [SMALLEST_POOL, 7, DEFAULT_POOL, 33, 500])
def test_a_pool_is_divided_whole(size: int) -> None:
    shares = connections_of(size)
    assert sum(shares.values()) == size
    assert min(shares.values()) >= 1
    assert shares[Lane.BUILDER] == 1


def test_the_default_pool() -> None:
    assert {lane.value: count for lane, count in connections_of(DEFAULT_POOL).items()} == {
        "signIn": 1,
        "reads": 3,
        "charts": 8,
        "writes": 4,
        "exports": 3,
        "builder": 1,
    }
    assert sum(Lanes(DEFAULT_POOL, 1)[lane].capacity for lane in Lane) == DEFAULT_POOL


@pytest.mark.parametrize(("processors", "share"), [(None, 4), (1, 1), (2, 2), (16, 4)])
def test_a_project_keeps_no_more_busy_than_there_are_processors(processors: int | None, share: int) -> None:
    lanes = Lanes(DEFAULT_POOL, 1, processors)
    for turns in lanes.loads.values():
        assert (turns.most_held, turns.capacity, turns.most_waiting) == (share, 4 * share, 8 * share)


def test_a_pool_with_less_than_one_connection_a_lane() -> None:
    with pytest.raises(ValueError, match="6 connections"):
        connections_of(5)


async def test_a_project_holds_no_more_turns_than_it_may() -> None:
    turns, order = Turns(4, 10, most_held=2), list[int]()
    await turns.take(A, 1)
    await turns.take(A, 1)
    assert not turns.take_now(A)
    (waiting,) = await _lined_up(turns, A, order=order)
    await turns.take(B, 1)
    assert (order, turns.in_use) == ([], 3)
    turns.give_back(A)
    await waiting
    assert (order, turns.in_use) == ([A], 3)


async def _each_given_back(turns: Turns, holders: list[int], number: int, seconds: float) -> None:
    """So many turns are given back by those that hold them, one after the other, each after some seconds."""
    for _ in range(number):
        await asyncio.sleep(seconds)
        turns.give_back(holders.pop(0))
        await asyncio.sleep(0)


async def test_who_would_wait_for_too_long_is_refused_at_once() -> None:
    """Turns are given back every hundredth of a second at the soonest, so that the next one is free in 0.2 seconds."""
    turns, holders = Turns(1, 100), [A]
    await turns.take(A, 60)
    waiting = await _lined_up(turns, *[A] * 40, order=holders)
    await _each_given_back(turns, holders, 20, 0.01)
    with pytest.raises(Overloaded) as refused:
        await turns.take(A, 0.1)
    assert refused.value.outage is Outage.QUEUE_FULL
    assert (turns.waiting, turns.shed) == (20, 1)
    # Those that have the time still wait, and other projects are not judged by this one.
    others = await _lined_up(turns, B, A, order=holders)
    await _each_given_back(turns, holders, 22, 0)
    await asyncio.gather(*waiting, *others)
    assert turns.waiting == 0


async def test_a_queue_that_has_emptied_tells_nothing_of_the_next_one() -> None:
    turns, holders = Turns(1, 100), [A]
    await turns.take(A, 60)
    waiting = await _lined_up(turns, *[A] * 20, order=holders)
    await _each_given_back(turns, holders, 21, 0.01)
    await asyncio.gather(*waiting)
    assert turns.in_use == 0
    await turns.take(A, 0.001)
    soon = asyncio.create_task(turns.take(A, 0.5))
    await asyncio.sleep(0)
    assert turns.waiting == 1
    turns.give_back(A)
    await soon
