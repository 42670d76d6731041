"""Which long requests of a kind are under way: so many at a time in all, and fewer of one project."""

from collections import Counter
from dataclasses import dataclass, field


class TooManyAtOnce(Exception):
    """No further one may begin.

    Attributes:
        status: that of the answer: 429 where the project itself has too many, else 503.
        code: the code of the answer.
    """

    def __init__(self, message: str, status: int, code: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass
class Reservations:
    """Counts them from before anything of them is read until they are done or given up.

    Attributes:
        most: how many there may be. One project has one less, so that there is one for others.
        noun: what they are called in messages, in the plural.
        code: the code of the answer to one too many.
    """

    most: int
    noun: str
    code: str
    _held: Counter[int] = field(default_factory=Counter[int])

    @property
    def most_of_project(self) -> int:
        """How many there may be of one project."""
        return max(1, self.most - 1)

    def reserve(self, project_id: int) -> None:
        """Counts one more, which ``release`` takes back.

        Raises:
            TooManyAtOnce: there are as many as may be.
        """
        if self._held.total() >= self.most:
            raise TooManyAtOnce(self._message(self.most), 503, self.code)
        if self._held[project_id] >= self.most_of_project:
            raise TooManyAtOnce(self._message(self.most_of_project, " per project"), 429, self.code)
        self._held[project_id] += 1

    def release(self, project_id: int) -> None:
        """Takes one back."""
        self._held[project_id] -= 1
        if not self._held[project_id]:
            del self._held[project_id]

    def _message(self, most: int, where: str = "") -> str:
        return f"At most {most} {self.noun}{where} can run at a time. Try again later."
