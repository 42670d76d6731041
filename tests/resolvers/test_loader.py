"""What a loader does between those who ask and what reads for them; no database."""

import asyncio
import time
from collections.abc import Sequence

import pytest

from models.pace import AT_ONCE, STEP, Starts
from resolvers.loaders.loader import Loader


class _Reader:
    """Reads the tenfold of numbers, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.has_begun = asyncio.Event()
        self.was_cancelled = False

    async def read(self, keys: list[int]) -> Sequence[int]:
        self.asked.append(keys)
        self.has_begun.set()
        try:
            await self.may_go_on.wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        if -1 in keys:
            raise ValueError("no such number")
        return [10 * key for key in keys]


async def test_what_is_asked_for_together_is_read_once_and_remembered() -> None:
    reader = _Reader()
    loader = Loader(reader.read, Starts())
    assert await loader.load_many([1, 2, 1]) == [10, 20, 10]
    assert await loader.load_many([2, 3]) == [20, 30]
    assert reader.asked == [[1, 2], [3]]


async def test_one_who_asks_while_it_is_read_gets_it_too() -> None:
    reader = _Reader()
    reader.may_go_on.clear()
    loader = Loader(reader.read, Starts())
    first = asyncio.ensure_future(loader.load(1))
    await reader.has_begun.wait()
    second = asyncio.ensure_future(loader.load(1))
    first.cancel()
    reader.may_go_on.set()
    assert await second == 10
    assert await loader.load(1) == 10
    assert reader.asked == [[1]]


async def test_so_many_keys_are_read_together() -> None:
    reader = _Reader()
    assert await Loader(reader.read, Starts(), 2).load_many([1, 2, 1, 3]) == [10, 20, 10, 30]
    assert reader.asked == [[1, 2], [3]]


async def test_a_failure_is_that_of_all_who_asked_and_is_remembered() -> None:
    reader = _Reader()
    loader = Loader(reader.read, Starts())
    for _ in range(2):
        found = await asyncio.gather(loader.load(-1), loader.load(2), return_exceptions=True)
        assert [type(one) for one in found] == [ValueError, ValueError]
    assert reader.asked == [[-1, 2]]


async def test_nothing_is_read_for_those_who_have_gone() -> None:
    reader = _Reader()
    reader.may_go_on.clear()
    loader = Loader(reader.read, Starts())
    asking = asyncio.ensure_future(loader.load_many([1, 2]))
    await reader.has_begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    for _ in range(3):
        await asyncio.sleep(0)
    assert reader.was_cancelled
    reader.may_go_on.set()
    assert await loader.load(1) == 10


async def test_what_was_read_otherwise_is_not_read_again() -> None:
    reader = _Reader()
    loader = Loader(reader.read, Starts())
    asked = loader.load_many([1, 2])
    loader.prime_many({1: 11, 3: 33})
    assert await asked == [11, 20]
    assert await loader.load_many([3, 1]) == [33, 11]
    loader.prime(2, 22)
    assert await loader.load(2) == 20
    assert reader.asked == [[2]]


async def test_what_is_started_in_steps_is_still_read_together() -> None:
    reader, starts = _Reader(), Starts()
    loader = Loader(reader.read, starts)
    asked: list[asyncio.Future[int]] = []
    with starts:
        for key in range(5):
            asked.append(asyncio.ensure_future(loader.load(key)))
            for _ in range(5):
                await asyncio.sleep(0)
    assert await asyncio.gather(*asked) == [0, 10, 20, 30, 40]
    assert reader.asked == [[0, 1, 2, 3, 4]]


async def test_thousands_who_wait_for_one_value_do_not_go_on_in_one_round() -> None:
    reader = _Reader()
    loader = Loader(reader.read, Starts())
    went_on = 0

    async def ask() -> None:
        nonlocal went_on
        await loader.load(7)
        went_on += 1

    many = 100 * AT_ONCE
    asking = asyncio.gather(*(ask() for _ in range(many)))
    most = before = 0
    while not asking.done():
        await asyncio.sleep(0)
        most, before = max(most, went_on - before), went_on
    assert went_on == many
    assert most < many / 2
    assert reader.asked == [[7]]


async def test_those_who_have_much_to_do_go_on_one_after_the_other() -> None:
    loader = Loader(_Reader().read, Starts(), at_once=1)
    went_on = 0

    async def ask() -> None:
        nonlocal went_on
        await loader.load(7)
        went_on += 1
        end = time.thread_time() + 2 * STEP
        while time.thread_time() < end:
            pass

    asking = asyncio.gather(*(ask() for _ in range(9)))
    most = before = 0
    while not asking.done():
        await asyncio.sleep(0)
        most, before = max(most, went_on - before), went_on
    assert (went_on, most) == (9, 1)
