"""The grid that widgets lie on: what a placement may be, and how overlaps are settled. Pure functions.

The grid has ``COLUMNS`` columns and grows downward. ``settle`` keeps it free of overlaps by three rules, in this order:

1. Placements just given stay where they are put; of two that overlap, the one given first does.
2. A widget that was there and collides with none of them stays where it is.
3. Every other one keeps its columns and size and goes down to the first free row at or below its own; widgets do so
   in reading order (by row, then column). Where that would leave the grid's last row, the first free row from the
   top is taken.

Widgets never move up and gaps are not closed, so that one change moves as little as possible.
"""

from collections import defaultdict
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
"""The size of a widget that was given no layout, by its chart type; where it lies is found by ``Grid.first_free``."""


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
    grid, settled = Grid(), dict[Key, Placement]()
    for key, placement in given.items():
        settled[key] = grid.put(grid.lowered(placement))
    moving: list[tuple[Key, Placement]] = []
    for key, placement in sorted(standing.items(), key=lambda item: item[1].order):
        if grid.is_free(placement):
            settled[key] = grid.put(placement)
        else:
            moving.append((key, placement))
    for key, placement in moving:
        settled[key] = grid.put(grid.lowered(placement))
    return settled


class Grid:
    """Which cells are taken. A hundred widgets are placed in some thousand steps, rather than compared with each other
    at every place.

    Args:
        taken: what lies there.
    """

    def __init__(self, taken: Iterable[Placement] = ()) -> None:
        self._rows = defaultdict[int, int](int)
        self._ends: set[int] = set()
        for placement in taken:
            self.put(placement)

    def put(self, placement: Placement) -> Placement:
        """Takes the cells of a placement, and returns it."""
        columns = _columns(placement)
        for row in range(placement.y, placement.y + placement.height):
            self._rows[row] |= columns
        self._ends.add(placement.y + placement.height)
        return placement

    def is_free(self, placement: Placement) -> bool:
        """Whether none of its cells is taken."""
        return not self._taken(placement.y, placement.height) & _columns(placement)

    def first_free(self, size: Placement) -> Placement:
        """The first free place for a widget of that size, row by row from the top, in each row from the left."""
        for y in sorted({0, *self._ends}):
            taken = self._taken(y, size.height)
            for x in range(COLUMNS - size.width + 1):
                place = size.at(x, y)
                if not taken & _columns(place):
                    return place
        raise AssertionError("below everything there is room")

    def lowered(self, placement: Placement) -> Placement:
        """The placement, in the first free row at or below its own; from the top where it would leave the last row."""
        below = sorted(self._ends)
        rows = chain((placement.y,), (y for y in below if placement.y < y < ROWS), (0,), below)
        return next(place for y in rows if self.is_free(place := placement.at(placement.x, y)))

    def _taken(self, y: int, height: int) -> int:
        """The columns, as bits, that are taken in some of these rows."""
        found = 0
        for row in range(y, y + height):
            found |= self._rows.get(row, 0)
        return found


def _columns(placement: Placement) -> int:
    return ((1 << placement.width) - 1) << placement.x
