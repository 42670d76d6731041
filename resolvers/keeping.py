"""The last few answers of a feed, by the positions that they were given."""

import secrets
from collections import OrderedDict
from typing import Generic, TypeVar

_MOST = 8
"""Answers that are kept."""

_MOST_ITEMS = 50_000
"""Items that they have together; the newest is always kept."""

Answer = TypeVar("Answer")


class Kept(Generic[Answer]):
    """Answers in the order in which they came. Positions are of this process alone."""

    def __init__(self) -> None:
        self._start = secrets.token_hex(6)
        self._count = 0
        self._answers: OrderedDict[str, tuple[Answer, int]] = OrderedDict()

    @property
    def weight(self) -> int:
        """How many items they have."""
        return sum(weight for _, weight in self._answers.values())

    @property
    def newest(self) -> Answer | None:
        """The last one; None where there is none yet."""
        return self._answers[self.position][0] if self._answers else None

    @property
    def position(self) -> str:
        """That of the last one."""
        return next(reversed(self._answers))

    def find(self, position: str) -> Answer | None:
        """The answer of a position; None where it is not kept."""
        found = self._answers.get(position)
        return found[0] if found else None

    def add(self, answer: Answer, weight: int) -> str:
        """Keeps an answer, and drops old ones where they are too many; its position."""
        self._count += 1
        position = f"{self._start}.{self._count}"
        self._answers[position] = (answer, weight)
        while len(self._answers) > _MOST or (len(self._answers) > 1 and self.weight > _MOST_ITEMS):
            self._answers.popitem(last=False)
        return position
