"""Merges cells into the numbers of their groups, as the database would compute them from the records.

Moments merge by the pairwise formulas of T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating Formulae and a Pairwise
Algorithm for Computing Sample Variances", 1979.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aggregation.compute.intervals import Z
from aggregation.compute.measures import Measure, Part
from aggregation.functions.merging import FromMoments, FromRecords, FromValues
from aggregation.stored.day import Columns
from aggregation.stored.quantiles import Ordered

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Frame:
    """All cells that a shape needs of one definition, ordered by time.

    ``labels`` are what the column ``label`` indexes into. ``is_sketch``: the values of the entries are numbers of a
    sketch's ranges.
    """

    cells: Columns
    entries: Columns
    labels: tuple[str | None, ...]
    is_sketch: bool = False


@dataclass(frozen=True, slots=True)
class Numbers:
    """For each group: the records, the values that went in, and the measure (NaN for no value)."""

    records: Ints
    samples: Ints
    values: Floats


def numbers(frame: Frame, measure: Measure, groups: NDArray[Any], entry_groups: NDArray[Any], number: int) -> Numbers:
    """The measure of ``number`` groups. ``groups`` is the group of each cell, ``entry_groups`` that of each entry."""
    cells = frame.cells
    records, samples = _sum(groups, cells["records"], number), _sum(groups, cells["samples"], number)
    if measure.field is None:
        return Numbers(records, records, records.astype(np.float64))
    match measure.function.merging:
        case FromMoments(value=value):
            moments = GroupMoments(cells, groups, samples)
            return Numbers(records, samples, moments.deviation() if measure.part is Part.DEVIATION else value(moments))
        case FromValues(value=value):
            every = _ordered(frame, entry_groups, number)
            return Numbers(records, samples, value(every) if measure.part is Part.VALUE else _bound(every, measure))
        case FromRecords():
            raise AssertionError("Task.of returns no task for measures that need the records themselves.")


def _sum(groups: NDArray[Any], column: NDArray[Any], number: int) -> Ints:
    return np.bincount(groups, weights=column, minlength=number).astype(np.int64)


@dataclass(frozen=True, slots=True)
class GroupMoments:
    """The moments of groups of cells, as in ``aggregation.functions.moments.Moments``; NaN for no value."""

    cells: Columns
    groups: NDArray[Any]
    counts: Ints

    def samples(self) -> Floats:
        return self.counts.astype(np.float64)

    def total(self) -> Floats:
        return np.where(self.counts == 0, np.nan, self._sums())

    def mean(self) -> Floats:
        return np.where(self.counts == 0, np.nan, means(self._sums(), self.counts))

    def least(self) -> Floats:
        return extreme(np.fmin, self.cells["low"], self.groups, len(self.counts))

    def greatest(self) -> Floats:
        return extreme(np.fmax, self.cells["high"], self.groups, len(self.counts))

    def deviation(self) -> Floats:
        squares = spread(self.cells, self.groups, means(self._sums(), self.counts))
        found = np.sqrt(squares / np.where(self.counts < 2, 1, self.counts - 1))
        return np.where(self.counts < 2, np.nan, np.where(self.least() == self.greatest(), 0.0, found))

    def _sums(self) -> Floats:
        return np.bincount(self.groups, weights=self.cells["total"], minlength=len(self.counts)).astype(np.float64)


def means(total: NDArray[Any], samples: Ints) -> Floats:
    """Sums divided by the number of their values; 0 for no values."""
    return total / np.where(samples == 0, 1, samples)


def spread(cells: Columns, groups: NDArray[Any], mean: Floats) -> NDArray[Any]:
    """The squared deviations of groups from their means: within cells, and of the cells' means."""
    between = cells["samples"] * (means(cells["total"], cells["samples"]) - mean[groups]) ** 2
    return np.bincount(groups, weights=cells["spread"] + between, minlength=len(mean))


def extreme(function: Any, column: NDArray[Any], groups: NDArray[Any], number: int) -> Floats:
    """The minimum (``np.fmin``) or maximum (``np.fmax``) of each group; NaN for no value."""
    found = np.full(number, np.nan)
    function.at(found, groups, column)
    return found


def _ordered(frame: Frame, groups: NDArray[Any], number: int) -> Ordered:
    value, count = frame.entries["value"], frame.entries["count"]
    if frame.is_sketch:
        return Ordered.of_ranges(groups, value.astype(np.int64), count, number)
    return Ordered.of_values(groups, value, count, number)


def _bound(every: Ordered, measure: Measure) -> Floats:
    """The order statistic that bounds a percentile from below or above."""
    share = measure.function.percentile
    assert share is not None, "only percentiles are bounded by order statistics"
    size = every.size.astype(np.float64)
    spread = Z * np.sqrt(size * share * (1 - share))
    rank = np.ceil(size * share - spread if measure.part is Part.LOW else size * share + spread)
    return every.statistic(rank - 1)


def envelope(cells: Columns, columns: NDArray[Any]) -> list[tuple[int, list[float]]]:
    """For each column with points: its number, how many points it has, and the four of them that M4 keeps.

    ``cells`` are in the order of their points. ``columns`` is the number of each cell's column, in ascending order.
    """
    if not len(columns):
        return []
    starts = np.flatnonzero(np.concatenate([[True], columns[1:] != columns[:-1]]))
    place = np.cumsum(np.concatenate([[0], (columns[1:] != columns[:-1]).astype(np.int64)]))
    points = cells["points"]
    samples = np.add.reduceat(cells["samples"], starts)
    lowest = np.flatnonzero(points[:, 8] == np.minimum.reduceat(points[:, 8], starts)[place])
    first_lowest = lowest[np.unique(place[lowest], return_index=True)[1]]
    highest = np.flatnonzero(points[:, 12] == np.maximum.reduceat(points[:, 12], starts)[place])
    last_highest = highest[len(highest) - 1 - np.unique(place[highest][::-1], return_index=True)[1]]
    ends = np.concatenate([starts[1:], [len(columns)]]) - 1
    rows = np.concatenate(
        [
            samples[:, None].astype(np.float64),
            points[starts, 0:4],
            points[ends, 4:8],
            points[first_lowest, 8:12],
            points[last_highest, 12:16],
        ],
        axis=1,
    )
    return list(zip(columns[starts].tolist(), rows.tolist(), strict=True))
