"""Work over many values, done where it does not keep the event loop from other requests."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LARGE = 2_000
"""Values from which on their work goes into a thread; of fewer it is done sooner than a thread would begin."""


async def in_thread_if_large(values: int, work: Callable[[], T]) -> T:
    """What ``work``, which looks at so many values and at nothing that others change, returns."""
    return work() if values < LARGE else await asyncio.to_thread(work)
