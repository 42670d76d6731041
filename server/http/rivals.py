"""Whether several projects send requests at the moment: only then has one of them to leave room for the others."""

import time

from models.pace import pace

SECONDS = 1.0
"""For how long a project counts after its last request."""


class Rivals:
    """Knows the project of the last request, and when one of another project came."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._last_at = 0.0
        self._other_at = float("-inf")

    def note(self, project_id: int) -> None:
        """Takes note of a request, when it comes and when it is answered."""
        now = time.monotonic()
        if project_id != self._last:
            if self._last is not None:
                self._other_at = self._last_at
                pace().crowded_until = now + SECONDS
            self._last = project_id
        self._last_at = now

    def compete(self) -> bool:
        """Whether requests of more than one project came within a second."""
        return time.monotonic() - self._other_at < SECONDS
