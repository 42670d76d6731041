"""Work in a thread that the end of the process does not wait for."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

T = TypeVar("T")


async def in_background(work: Callable[[], T]) -> T:
    """What ``work`` returns. Unlike ``asyncio.to_thread``, it does not keep a program from ending that was interrupted:
    whoever reads a pipe or a terminal may wait indefinitely."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            tell = partial(_give, outcome, work())
        except BaseException as error:
            tell = partial(_fail, outcome, error)
        with suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(tell)

    threading.Thread(target=run, name="import", daemon=True).start()
    return await outcome


def _give(outcome: asyncio.Future[T], result: T) -> None:
    if not outcome.cancelled():
        outcome.set_result(result)


def _fail(outcome: asyncio.Future[T], error: BaseException) -> None:
    if not outcome.cancelled():
        outcome.set_exception(error)
