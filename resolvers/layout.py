"""The grid that widgets lie on: what a placement may be, and how overlaps are settled. Pure functions.

The grid has ``COLUMNS`` columns and grows downward. ``settle`` keeps it free of overlaps by three rules, in this order:

1. Placements just given stay where they are put; of two that overlap, the one given first does.
2. A widget that was there and collides with none of them stays where it is.
3. Every other one keeps its columns and size and goes down to the first free row at or below its own; widgets do so
   in reading order (by row, then column). Where that would leave the grid's last row, the first free row from the
   top is taken.

Widgets never move up and gaps are not closed, so that one change moves as little as possible.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any, TypeVar

from aggregation.question.chart_types import FORMS
from models import ChartType
from resolvers.rejections import Rejections

COLUMNS = 12
"""Columns of the grid; widths and x are counted in them."""

MAX_HEIGHT = 24
"""The most rows that one widget covers."""

ROWS = 10_000
"""Rows of the grid: the row ``y`` on which a widget begins is below this number."""

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Placement:
    """A rectangle on the grid: its left column, top row, and size in columns and rows."""

    x: int
    y: int
    width: int
    height: int

    def overlaps(self, other: "Placement") -> bool:
        """Whether both cover a common cell."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    @property
    def order(self) -> int:
        """Its place in reading order. No two placements that do not overlap share one."""
        return self.y * COLUMNS + self.x

    def at(self, x: int, y: int) -> "Placement":
        """The same size elsewhere."""
        return Placement(x, y, self.width, self.height)

    def to_json(self) -> dict[str, Any]:
        """As the widget's row keeps it."""
        return asdict(self)


DEFAULT_SIZES: dict[ChartType, Placement] = {chart: Placement(0, 0, *form.size) for chart, form in FORMS.items()}
"""The size of a widget that was given no layout, by its chart type; where it lies is found by ``first_free``."""


def from_json(value: Mapping[str, Any] | None) -> Placement | None:
    """A stored layout; None where there is none on the grid."""
    if value is None:
        return None
    sides = [value.get(name) for name in ("x", "y", "width", "height")]
    if not all(type(side) is int for side in sides):
        return None
    placement = Placement(**{name: value[name] for name in ("x", "y", "width", "height")})
    rejections = Rejections()
    check_placement(rejections, placement, "")
    return None if rejections.count else placement


def check_placement(rejections: Rejections, placement: Placement, path: str) -> None:
    """Notes each number of a placement that leaves the grid."""
    ranges = (
        ("x", placement.x, 0, COLUMNS - 1),
        ("y", placement.y, 0, ROWS - 1),
        ("width", placement.width, 1, COLUMNS),
        ("height", placement.height, 1, MAX_HEIGHT),
    )
    wrong = False
    for name, number, least, most in ranges:
        if not least <= number <= most:
            wrong = True
            message = f"{name} is {number:,}, but must be from {least} to {most:,}."
            rejections.invalid(message, f"{path}/{name}")
    if not wrong and placement.x + placement.width > COLUMNS:
        message = f"x + width is {placement.x + placement.width}; the grid has {COLUMNS} columns."
        rejections.invalid(message, f"{path}/width")


def settle(given: Mapping[Key, Placement], standing: Mapping[Key, Placement]) -> dict[Key, Placement]:
    """Placements without overlaps, by the rules at the top of this file.

    Args:
        given: what was just placed, in the order in which it was given; all on the grid.
        standing: the placements of the other widgets; all on the grid.
    """
    settled: dict[Key, Placement] = {}
    for key, placement in given.items():
        settled[key] = _lowered(placement, settled.values())
    moving: list[tuple[Key, Placement]] = []
    for key, placement in sorted(standing.items(), key=lambda item: item[1].order):
        if _is_free(placement, settled.values()):
            settled[key] = placement
        else:
            moving.append((key, placement))
    for key, placement in moving:
        settled[key] = _lowered(placement, settled.values())
    return settled


def first_free(size: Placement, taken: Iterable[Placement]) -> Placement:
    """The first free place for a widget of that size, row by row from the top, in each row from the left."""
    others = tuple(taken)
    rows = sorted({0, *(other.y + other.height for other in others)})
    columns = range(COLUMNS - size.width + 1)
    return next(place for y in rows for x in columns if _is_free(place := size.at(x, y), others))


def _lowered(placement: Placement, taken: Iterable[Placement]) -> Placement:
    others = tuple(taken)
    below = sorted({other.y + other.height for other in others})
    rows = chain((placement.y,), (y for y in below if placement.y < y < ROWS), (0,), below)
    return next(place for y in rows if _is_free(place := placement.at(placement.x, y), others))


def _is_free(placement: Placement, others: Iterable[Placement]) -> bool:
    return not any(placement.overlaps(other) for other in others)
