"""The pace of large requests: how much goes on in one round of the event loop."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from models.pace import AT_ONCE, STEP, Starts, gathered_in_steps, pace


def _work(seconds: float) -> None:
    """Takes processor time of the event loop's thread."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


async def _rounds_of(work: asyncio.Future[list[int]]) -> int:
    """How many rounds of the loop somebody else has until it is done."""
    rounds = 0
    while not work.done():
        await asyncio.sleep(0)
        rounds += 1
    return rounds


async def test_many_that_go_on_share_out_the_rounds_of_the_loop() -> None:
    done: list[int] = []

    async def one(number: int) -> int:
        _work(STEP / 4)
        done.append(number)
        return number

    number = 20 * AT_ONCE
    gathering = asyncio.ensure_future(gathered_in_steps([one(at) for at in range(number)], Starts()))
    rounds = await _rounds_of(gathering)
    assert gathering.result() == [*range(number)] == done
    # The first step has as many as may go on unseen; those after it take a quarter of a step each.
    assert rounds > number / 8


async def test_what_is_added_behind_a_step_that_was_not_full_has_its_turn() -> None:
    items = [*range(AT_ONCE + 4)]
    done: list[int] = []

    def go_on(item: int) -> None:
        done.append(item)
        if item == AT_ONCE:
            items.extend(range(len(items), 10 * AT_ONCE))

    await pace().in_steps(items, go_on)
    assert done == [*range(10 * AT_ONCE)]


async def test_steps_of_several_are_taken_in_turn() -> None:
    order: list[str] = []

    async def take(name: str) -> None:
        await pace().in_steps(range(3 * AT_ONCE), lambda _: order.append(name))

    await asyncio.gather(take("a"), take("b"))
    changes = sum(before != after for before, after in pairwise(order))
    assert changes > 1, "one had all of its steps before the other one"


@pytest.mark.parametrize("is_crowded", [False, True])
async def test_a_step_leaves_as_much_time_as_it_took_where_several_projects_send(is_crowded: bool) -> None:
    slept: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        slept.append(seconds)
        await sleep(seconds)

    pace().crowded_until = time.monotonic() + 60 if is_crowded else 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("models.pace.asyncio.sleep", noted)
        async with pace().step():
            _work(0.005)
    assert (max(slept) >= 0.005) is is_crowded


def _failing(number: int, running: set[int]) -> Callable[[int], Awaitable[int]]:
    async def one(at: int) -> int:
        if at == number:
            raise ValueError(at)
        running.add(at)
        try:
            await asyncio.sleep(60)
        finally:
            running.discard(at)
        return at

    return one


async def test_when_one_fails_the_others_are_cancelled() -> None:
    running: set[int] = set()
    one = _failing(70, running)
    with pytest.raises(ValueError, match="70"):
        await gathered_in_steps([one(at) for at in range(100)], Starts())
    assert running == set()


async def test_when_it_is_cancelled_all_of_them_are_in_steps() -> None:
    running: set[int] = set()
    many = 20 * AT_ONCE
    all_run = asyncio.Event()

    async def one(at: int) -> None:
        running.add(at)
        if len(running) == many:
            all_run.set()
        try:
            await asyncio.sleep(60)
        finally:
            running.discard(at)

    gathering = asyncio.ensure_future(gathered_in_steps([one(at) for at in range(many)], Starts()))
    async with asyncio.timeout(10):
        await all_run.wait()
    gathering.cancel()
    most, left = 0, len(running)
    while not gathering.done():
        await asyncio.sleep(0)
        most, left = max(most, left - len(running)), len(running)
    await asyncio.sleep(0)
    assert gathering.cancelled()
    assert running == set()
    assert most < many, "all of them ended in one round"


async def test_one_that_fails_before_the_others_have_begun_ends_them_too() -> None:
    running: set[int] = set()
    one = _failing(0, running)
    with pytest.raises(ValueError, match="0"):
        await gathered_in_steps([one(at) for at in range(100)], Starts())
    assert running == set()
