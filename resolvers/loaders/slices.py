"""Parts of lists that are ordered by the numbers of their rows: the first ones or the last ones, between two rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

Row = TypeVar("Row")
Statement = TypeVar("Statement", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True, slots=True)
class Slice:
    """Which rows of a list: the first ``size``, or the last ones, after a row's number and before another's."""

    size: int
    after: int | None = None
    before: int | None = None
    is_last: bool = False

    def within(self, largest: int) -> "Slice":
        """The same for a column that has no room for larger numbers: no row is beyond them."""
        after, before = (
            None if number is None else max(-largest, min(number, largest)) for number in (self.after, self.before)
        )
        return replace(self, after=after, before=before)

    def of(self, statement: Statement, number: InstrumentedAttribute[int], *, is_falling: bool = False) -> Statement:
        """The statement for these rows and one more, which tells whether there is another page.

        Args:
            number: what the rows are ordered by.
            is_falling: whether the list begins with the largest number.
        """
        above, below = (self.before, self.after) if is_falling else (self.after, self.before)
        if above is not None:
            statement = statement.where(number > above)
        if below is not None:
            statement = statement.where(number < below)
        return statement.order_by(number.desc() if is_falling is not self.is_last else number).limit(self.size + 1)

    def page(self, rows: Sequence[Row]) -> "Page[Row]":
        """The page of the rows that the statement found."""
        shown = rows[: self.size]
        return Page(shown[::-1] if self.is_last else shown, len(rows) > self.size)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and whether there are more: after these, or before them where they are the last."""

    rows: Sequence[Row]
    has_more: bool
