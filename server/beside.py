"""Work that goes on beside other work: of a block, such as a server that answers, or for whoever still waits."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

T = TypeVar("T")


@asynccontextmanager
async def working_beside(work: Coroutine[None, None, None]) -> AsyncGenerator[None]:
    """Runs the work as a task until the block ends, which cancels it and waits until it has stopped."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def started(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Work as a task that nobody may be waiting for when it ends. Whoever waits gets its error all the same."""
    task = asyncio.create_task(work)
    task.add_done_callback(_take_error)
    return task


def _take_error(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()
