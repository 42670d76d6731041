"""Work that goes on beside a block, such as a server that answers."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager, suppress


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
