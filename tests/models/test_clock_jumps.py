"""Deadlines and turns go by a clock that nobody sets: it does not matter to them when the wall clock jumps."""

import asyncio
import time
from collections.abc import Callable

import pytest
from sqlalchemy import text

from models.deadlines import Deadline, ending_in
from models.outages import DeadlinePassed, Overloaded
from models.sessions import Sessions
from models.turns import Turns

pytestmark = pytest.mark.slow  # they wait

HOUR = 3600.0
JUMPS = pytest.mark.parametrize("hours", [-5_000, -1, 1, 5_000])

SetClock = Callable[[float], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Sets the wall clock of this process forward by so many hours, or back."""
    seconds, nanoseconds = time.time, time.time_ns

    def set_it(hours: float) -> None:
        monkeypatch.setattr(time, "time", lambda: seconds() + hours * HOUR)
        monkeypatch.setattr(time, "time_ns", lambda: nanoseconds() + int(hours * HOUR * 10**9))

    return set_it


def test_the_clock_is_set(set_clock: SetClock) -> None:
    before = time.time()
    set_clock(2)
    assert 2 * HOUR <= time.time() - before < 2 * HOUR + 60


@JUMPS
def test_what_is_left_of_a_deadline(set_clock: SetClock, hours: float) -> None:
    deadline = Deadline.after(30)
    set_clock(hours)
    assert 29 < deadline.left() <= 30


@JUMPS
async def test_a_block_ends_in_its_time(set_clock: SetClock, hours: float) -> None:
    async def wait() -> None:
        async with ending_in(0.2):
            set_clock(hours)
            await asyncio.sleep(20)

    began = time.monotonic()
    with pytest.raises(DeadlinePassed):
        await wait()
    assert 0.2 <= time.monotonic() - began < 5


@JUMPS
async def test_waiting_for_a_turn_ends_in_its_time(set_clock: SetClock, hours: float) -> None:
    turns = Turns(1, 10)
    await turns.take(1, 1)
    began = time.monotonic()
    asyncio.get_running_loop().call_later(0.05, set_clock, hours)
    with pytest.raises(Overloaded):
        await turns.take(2, 0.2)
    assert 0.2 <= time.monotonic() - began < 5
    assert 0.2 <= turns.seconds_without_progress() < 5


@JUMPS
async def test_a_statement_ends_at_the_deadline(
    sessions: Sessions, project_id: int, set_clock: SetClock, hours: float
) -> None:
    async def read(bound: Sessions) -> None:
        async with bound.read(project_id) as session:
            await session.execute(text("set local statement_timeout = 0"))
            await session.execute(text("select pg_sleep(20)"))

    began = time.monotonic()
    bound = sessions.within(Deadline.after(0.5))
    set_clock(hours)
    with pytest.raises(DeadlinePassed):
        await read(bound)
    assert 0.5 <= time.monotonic() - began < 10
