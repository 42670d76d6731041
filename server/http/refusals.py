"""When those are told that come when too many wait already: the later, the more of them there are.

Clients that come again at once, whatever ``Retry-After`` says, would otherwise take the time of those that are
answered. Waiting costs nothing.
"""

import asyncio
import math
import time

MOST_SECONDS = 0.5
"""For how long a refusal is held back at most."""

_EACH = 0.001
"""Seconds for each refusal of the last second."""

_FEW = 20
"""Refusals a second that are told at once."""


class Refusals:
    """Counts refusals, and holds them back where there are many."""

    def __init__(self) -> None:
        self._recent = 0.0
        self._last = time.monotonic()

    def seconds(self) -> float:
        """Takes note of a refusal; for how long to hold it back."""
        now = time.monotonic()
        self._recent = self._recent * math.exp(self._last - now) + 1
        self._last = now
        return 0.0 if self._recent <= _FEW else min(MOST_SECONDS, self._recent * _EACH)

    async def hold_back(self) -> None:
        """Takes note of a refusal, and waits before it is told."""
        await asyncio.sleep(self.seconds())
