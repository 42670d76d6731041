"""Which exports are under way: so many at a time in all, and fewer of one project."""

from collections import Counter
from dataclasses import dataclass, field


class TooManyExports(Exception):
    """No further export may begin. ``status`` is that of the answer: 429 where the project itself has too many."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Reservations:
    """Counts exports from before anything of them is read until they are sent or given up.

    Attributes:
        most: how many there may be. One project has one less, so that there is one for others.
    """

    most: int
    _held: Counter[int] = field(default_factory=Counter[int])

    @property
    def most_of_project(self) -> int:
        """How many there may be of one project."""
        return max(1, self.most - 1)

    def reserve(self, project_id: int) -> None:
        """Counts one more, which ``release`` takes back.

        Raises:
            TooManyExports: there are as many as may be.
        """
        if self._held.total() >= self.most:
            raise TooManyExports(f"{self.most} exports are under way, which is the most at a time.", 503)
        if self._held[project_id] >= self.most_of_project:
            message = f"{self.most_of_project} exports of this project are under way, which is the most at a time."
            raise TooManyExports(message, 429)
        self._held[project_id] += 1

    def release(self, project_id: int) -> None:
        """Takes one back."""
        self._held[project_id] -= 1
        if not self._held[project_id]:
            del self._held[project_id]
