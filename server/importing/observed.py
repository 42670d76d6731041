"""What the rows of a file say together, and none of them alone: whether a point is one of fractions or of thousands,
and which values of a mapping were never found."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeVar

from server.importing.outcome import PlacedFailure
from server.importing.values.day_orders import DayOrders, DayWatch
from server.importing.values.doubtful import PointWatch, readings_of

Item = TypeVar("Item")
AHEAD = 256 * 1024
"""Characters that are looked at before a row is read."""


@dataclass(slots=True)
class _Watched:
    """A column, or a path, of numbers."""

    name: str
    column: int
    watch: PointWatch


@dataclass(slots=True)
class _Days:
    """A column, or a path, of times."""

    name: str
    column: int
    get: Callable[[Any], object]
    watch: DayWatch


@dataclass(slots=True)
class Observed:
    """What was seen of a file so far.

    Attributes:
        line: of the row that is being read.
        rows: how many rows were read.
        missing: values of the mapping for which nothing was found: how they are told, and what finds them.
    """

    line: int = 0
    rows: int = 0
    missing: Sequence[tuple[str, Sequence[Callable[[Any], object]]]] = ()
    _numbers: list[_Watched] = field(default_factory=list[_Watched])
    _days: list[_Days] = field(default_factory=list[_Days])

    def numbers(self, name: str, column: int) -> PointWatch:
        """A watch of the numbers in a column, which is asked about in ``check``."""
        watch = PointWatch()
        self._numbers.append(_Watched(name, column, watch))
        return watch

    def days(self, name: str, column: int, get: Callable[[Any], object], orders: DayOrders) -> DayWatch:
        """A watch of the days in a column, which is asked about in ``check``."""
        watch = DayWatch(orders)
        self._days.append(_Days(name, column, get, watch))
        return watch

    @property
    def has_days(self) -> bool:
        """Whether the order of day and month is left to the rows, none of which told it so far."""
        return any(one.watch.order is None for one in self._days)

    def ahead(
        self, items: Iterable[Item], rows_of: Callable[[Item], Sequence[Any]], size_of: Callable[[Item], int]
    ) -> Iterator[Item]:
        """The same items, of which the first are looked at before they are handed out, where rows are to tell the order
        of day and month.

        Args:
            rows_of: the rows that are in an item.
            size_of: about how many characters it has.
        """
        rest, first, size = iter(items), list[Item](), 0
        while self.has_days and size < AHEAD and (item := next(rest, None)) is not None:
            first.append(item)
            size += size_of(item)
            self.decide_days(rows_of(item))
        return chain(first, rest)

    def decide_days(self, rows: Sequence[Any]) -> None:
        """Takes the order of day and month from the first rows, before they are read."""
        for one in self._days:
            one.watch.decide([text for row in rows if isinstance(text := one.get(row), str)])

    def look(self, row: Any) -> None:
        """Looks for what was not found in the rows before."""
        self.rows += 1
        if self.missing:
            self.missing = [one for one in self.missing if all(get(row) is None for get in one[1])]

    @property
    def unfound(self) -> tuple[str, ...] | None:
        """What no row had; None where there were no rows."""
        return tuple(name for name, _ in self.missing) if self.rows else None

    def check(self) -> None:
        """Checks that numbers and days can be read in one way.

        Raises:
            PlacedFailure: only the mapping can tell how they are meant.
        """
        for one in self._numbers:
            if one.watch.is_doubtful and one.watch.text is not None:
                text = one.watch.text
                raise PlacedFailure(f"{one.name}: {doubt(text)}", one.watch.line, one.column)
        for one in self._days:
            if one.watch.text is not None:
                raise PlacedFailure(f"{one.name}: {one.watch.question}", one.watch.line, one.column)


def doubt(text: str) -> str:
    """Why a number needs a setting, and which."""
    fraction, thousands = readings_of(text)
    return (
        f"{text!r} can be {fraction} or {thousands}, and no other number of the column tells; allowed: in the mapping "
        f'decimal = "." (which makes it {fraction}) or decimal = ",", thousands = "." (which makes it {thousands})'
    )
