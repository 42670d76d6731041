"""Deadlines: how long a request may take, from its arrival to its answer."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from models.outages import DeadlinePassed


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment by which a request must be done.

    Attributes:
        at: the moment, of ``time.monotonic()``.
        seconds: how long before it the request came.
    """

    at: float
    seconds: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """The deadline of a request that came now."""
        return cls(time.monotonic() + seconds, seconds)

    def left(self) -> float:
        """Seconds until then; negative once it has passed."""
        return self.at - time.monotonic()


@asynccontextmanager
async def ending_in(seconds: float | None) -> AsyncGenerator[None]:
    """Ends the block after so many seconds; None for no end.

    Raises:
        DeadlinePassed: they are over.
    """
    timeout = asyncio.timeout(seconds)
    try:
        async with timeout:
            yield
    except TimeoutError:
        if timeout.expired():
            raise DeadlinePassed from None
        raise
