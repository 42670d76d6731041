"""The price of an operation, from its document and variables alone, before anything of it runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

NAMED = 3
"""How many of the most expensive fields a refusal names."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a field costs with all below it. ``path`` is its place in the answer, without positions in lists."""

    path: str
    points: float


@dataclass(frozen=True, slots=True)
class Price:
    """Points, and the most expensive fields, in order: each with nothing above it that costs little more.

    Attributes:
        charts: how many of the points are for what is selected on charts, whose sizes are only estimated.
    """

    points: float
    most_expensive: tuple[Part, ...] = ()
    charts: float = 0

    @property
    def cost(self) -> int:
        """Whole points, at least one."""
        return max(1, ceil(self.points))

    def described(self) -> str:
        """The most expensive fields in words."""
        return ", ".join(f"{part.path} {part.points:,.0f}" for part in self.most_expensive)

    def details(self, ceiling: float) -> Mapping[str, Any]:
        """The same for programs, as ``extensions.cost`` has it."""
        most_expensive = [{"path": part.path, "cost": ceil(part.points)} for part in self.most_expensive]
        return {"requested": self.cost, "ceiling": int(ceiling), "mostExpensive": most_expensive}
