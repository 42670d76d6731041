"""How long the event loop is held up while something runs beside a ticker on it.

async with measured_stalls() as stalls:
    await client.post(...)
assert stalls.processor < 0.1
"""

import asyncio
import gc
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

TICK = 0.001
"""Seconds between two ticks. What a measure may add to the truth is about as much."""


_REFERENCE = 0.0045
"""Seconds of processor time that ``_fixed_work`` took where the bounds were set, with nothing beside it."""


def _fixed_work() -> float:
    """The processor time of some work that is always the same: the best of three."""
    found: list[float] = []
    for _ in range(3):
        begin = time.thread_time()
        {str(number): number * number for number in range(20_000)}
        found.append(time.thread_time() - begin)
    return min(found)


@dataclass
class Stalls:
    """The longest time between two ticks of the loop, in seconds.

    Processor time is told as it would be on the machine that the bounds were set on: a slower one, or one whose cores
    share their units with other work, takes longer for everything, which is measured beside.

    Attributes:
        processor: processor time of the loop's thread: what a busy machine does not change. It does not see a thread
            that keeps the interpreter's lock.
        process: processor time of all threads: also sees such a thread, but counts work that disturbs nobody.
        elapsed: time on the clock, beyond the tick. Whatever else the machine does is in it.
        slowness: how many times as long as there everything takes; 1 at least.
    """

    processor: float = 0.0
    process: float = 0.0
    elapsed: float = 0.0
    slowness: float = 1.0


@asynccontextmanager
async def measured_stalls(*, is_freezing: bool = True) -> AsyncGenerator[Stalls]:
    """Measures the block. Objects made before it are spared from garbage collection, as in a server that runs; what
    measures many short blocks does that once itself, as it takes longer than they do."""
    stalls = Stalls()
    if is_freezing:
        gc.collect()
        gc.freeze()
    ticker = asyncio.create_task(_tick(stalls))
    try:
        await asyncio.sleep(3 * TICK)
        stalls.processor = stalls.process = stalls.elapsed = 0.0
        yield stalls
        # The ticker sees a stall once it is over.
        await asyncio.sleep(3 * TICK)
        stalls.slowness = max(1.0, _fixed_work() / _REFERENCE)
        stalls.processor /= stalls.slowness
        stalls.process /= stalls.slowness
    finally:
        ticker.cancel()
        await asyncio.gather(ticker, return_exceptions=True)
        if is_freezing:
            gc.unfreeze()


async def _tick(stalls: Stalls) -> None:
    thread, process, clock = time.thread_time(), time.process_time(), time.perf_counter()
    while True:
        await asyncio.sleep(TICK)
        before = thread, process, clock
        thread, process, clock = time.thread_time(), time.process_time(), time.perf_counter()
        stalls.processor = max(stalls.processor, thread - before[0])
        stalls.process = max(stalls.process, process - before[1])
        stalls.elapsed = max(stalls.elapsed, clock - before[2] - TICK)
