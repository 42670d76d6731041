"""What the parts of many values say of them together, in SQL: moments, merged from cell to cell.

A cell is what some records have together: a time bucket and a label. Squared deviations merge by the pairwise formulas
of T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances",
1979. ``aggregation.stored.merge`` does the same with arrays.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Double, and_, case, cast, func, literal

_LEAST_SQUARED = 1e-150
"""Smaller numbers have no square in double precision: PostgreSQL refuses to compute it."""


class MomentPart(StrEnum):
    """A part that cells keep of their values. How many there are is always kept."""

    TOTAL = "total"
    SPREAD = "spread"
    """The sum of squared deviations from the cell's mean. It merges only beside TOTAL."""

    LOW = "low"
    HIGH = "high"


class Moments(Protocol):
    """What is known of many values together: as SQL, or as arrays with a number a group. Nothing of no values."""

    def samples(self) -> Any:
        """How many values there are."""
        ...

    def total(self) -> Any:
        """Their sum."""
        ...

    def mean(self) -> Any:
        """Their sum by their number."""
        ...

    def least(self) -> Any:
        """The least of them."""
        ...

    def greatest(self) -> Any:
        """The greatest of them."""
        ...

    def deviation(self) -> Any:
        """The standard deviation of the sample: of two values or more."""
        ...


def part_of(part: MomentPart, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """A part of the values of a cell; of datetimes the least and greatest stay what they are."""
    match part:
        case MomentPart.TOTAL:
            return cast(func.sum(value), Double)
        case MomentPart.SPREAD:
            number = cast(value, Double)
            return func.regr_sxx(number, number)
        case MomentPart.LOW:
            return func.min(value)
        case MomentPart.HIGH:
            return func.max(value)


def mean_over(samples: ColumnElement[Any], total: ColumnElement[Any], *groups: ColumnElement[Any]) -> Any:
    """The mean of all cells of a group, beside each of them."""
    count = func.sum(samples).over(partition_by=groups)
    return func.sum(total).over(partition_by=groups) / func.nullif(cast(count, Double), 0.0)


@dataclass(frozen=True, slots=True)
class CellMoments:
    """The moments of groups of cells, in a statement that groups them.

    ``cells`` has the column ``samples``, one for each ``MomentPart`` that is used, and beside SPREAD the group's
    ``mean``.
    """

    cells: Any

    def samples(self) -> ColumnElement[Any]:
        return cast(func.sum(self.cells.samples), Double)

    def total(self) -> ColumnElement[Any]:
        return func.sum(self.cells[MomentPart.TOTAL])

    def mean(self) -> ColumnElement[Any]:
        return self.total() / func.nullif(self.samples(), 0.0)

    def least(self) -> ColumnElement[Any]:
        return func.min(self.cells[MomentPart.LOW])

    def greatest(self) -> ColumnElement[Any]:
        return func.max(self.cells[MomentPart.HIGH])

    def deviation(self) -> ColumnElement[Any]:
        count = cast(self.cells.samples, Double)
        off = self.cells[MomentPart.TOTAL] / func.nullif(count, 0.0) - self.cells.mean
        squared = case((func.abs(off) < _LEAST_SQUARED, 0.0), else_=off * off)
        spread = func.sum(self.cells[MomentPart.SPREAD] + count * squared)
        found = func.sqrt(spread / func.nullif(self.samples() - 1, 0.0))
        return zero_of_equal(found, self.least(), self.greatest(), self.samples())


def deviation_of(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """The standard deviation of records' values. PostgreSQL's own of equal values is 0 to a rounding only."""
    number = cast(value, Double)
    return zero_of_equal(func.stddev_samp(number), func.min(number), func.max(number), func.count(number))


def zero_of_equal(
    deviation: ColumnElement[Any], least: ColumnElement[Any], greatest: ColumnElement[Any], samples: ColumnElement[Any]
) -> ColumnElement[Any]:
    """The deviation; 0 of two or more finite numbers that are all the same."""
    is_finite = func.abs(greatest) < literal(float("inf"), Double)
    return case((and_(least == greatest, is_finite, samples > 1), 0.0), else_=deviation)
