"""Deadlines: how long a request may take, from its arrival to its answer."""

import time
from dataclasses import dataclass


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
