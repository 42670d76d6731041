"""In which order the rows of a LIST come, and which of them are asked for."""

from dataclasses import dataclass
from enum import StrEnum

MAX_PLACE = 2**31 - 1
"""The last row that a page can begin after."""


class Direction(StrEnum):
    """The two directions of an order."""

    ASC = "asc"
    DESC = "desc"


class RowOrderField(StrEnum):
    """What rows can be ordered by."""

    VALUE = "value"
    SAMPLE_COUNT = "sample_count"
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class RowOrder:
    """An order of rows: ties by label, no value and no label last in either direction."""

    field: RowOrderField = RowOrderField.VALUE
    direction: Direction = Direction.DESC


LARGEST_FIRST = RowOrder()
"""The order that is usual of all labels but those of a clock."""

BY_LABEL = RowOrder(RowOrderField.LABEL, Direction.ASC)
"""The order that is usual of hours and days: that of the clock and the calendar."""


@dataclass(frozen=True, slots=True)
class RowPage:
    """At most ``first`` rows after the first ``after`` ones of an order; None for the one that is usual."""

    order: RowOrder | None
    first: int
    after: int = 0

    @property
    def span(self) -> tuple[int, int]:
        """Its first and its last place in the order, counted from 1."""
        return self.after + 1, self.after + self.first
