"""Values with counts, exact or rounded to the ranges of a sketch, and percentiles of them.

The sketch is DDSketch with its logarithmic mapping: C. Masson, J. E. Rim, H. K. Lee, "DDSketch: A Fast and
Fully-Mergeable Quantile Sketch with Relative-Error Guarantees", PVLDB 12(12), 2019. A value is rounded to the middle of
a range, which is at most ``RELATIVE_ERROR`` of the value away. Ranks stay exact, so an order statistic of a sketch is
at most that far from the true one. Ranges are never collapsed, so sketches merge without loss.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

RELATIVE_ERROR = 0.005
"""The largest relative error of a percentile from a sketch."""

GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
"""The upper end of a range divided by its lower end."""

LOG_GAMMA = math.log(GAMMA)

OFFSET = 100_000
"""Added to the numbers of ranges so that all positive values have positive numbers; negative values are mirrored."""

_DENSE = 8_000_000

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def ranges_of(values: Floats) -> Ints:
    """The number of each value's range, ascending with the values; 0 is the range of 0."""
    magnitude = np.abs(values)
    with np.errstate(divide="ignore"):
        number = np.ceil(np.log(magnitude) / LOG_GAMMA) + OFFSET
    return np.where(values == 0, 0, np.sign(values) * np.where(magnitude == 0, 0, number)).astype(np.int64)


def middles_of(ranges: Ints) -> Floats:
    """The value that represents each range."""
    with np.errstate(over="ignore"):
        magnitude = 2 * np.exp((np.abs(ranges) - OFFSET) * LOG_GAMMA) / (GAMMA + 1)
    return np.where(ranges == 0, 0.0, np.sign(ranges) * magnitude)


class Ordered:
    """Values of groups, sorted, with counts: any order statistic of any group."""

    def __init__(self, groups: Ints, values: Floats, counts: Ints, number_of_groups: int) -> None:
        self._groups = groups
        self._values = values
        self._until = np.cumsum(counts)
        ends = np.searchsorted(groups, np.arange(number_of_groups), side="right")
        until = np.concatenate([np.zeros(1, np.int64), self._until])
        self.before = np.concatenate([np.zeros(1, np.int64), until[ends[:-1]]]) if number_of_groups else until[:0]
        self.size = until[ends] - self.before
        """The number of values of each group."""

    @classmethod
    def of_values(cls, groups: Ints, values: Floats, counts: Ints, number_of_groups: int) -> "Ordered":
        """From exact values."""
        order = np.lexsort((values, groups))
        return cls(groups[order], values[order], counts[order], number_of_groups)

    @classmethod
    def of_ranges(cls, groups: Ints, ranges: Ints, counts: Ints, number_of_groups: int) -> "Ordered":
        """From ranges of the sketch, each represented by its middle."""
        if not len(ranges):
            return cls(groups, ranges.astype(np.float64), counts, number_of_groups)
        if int(ranges.min()) < 0 < int(ranges.max()):  # far apart: no table of all of them
            return cls.of_values(groups, middles_of(ranges), counts, number_of_groups)
        least = int(ranges.min())
        width = int(ranges.max()) - least + 1
        if width * number_of_groups > _DENSE:
            return cls.of_values(groups, middles_of(ranges), counts, number_of_groups)
        table = np.bincount(groups * width + (ranges - least), weights=counts, minlength=width * number_of_groups)
        present = np.flatnonzero(table)
        return cls(
            present // width, middles_of(present % width + least), table[present].astype(np.int64), number_of_groups
        )

    def statistic(self, rank: NDArray[Any]) -> Floats:
        """The value of each group at its rank, counted from 0; NaN if the group has no such rank."""
        rank = rank.astype(np.int64)
        is_there = (rank >= 0) & (rank < self.size)
        if not len(self._values):
            return np.full(len(self.size), np.nan)
        place = np.searchsorted(self._until, self.before + np.clip(rank, 0, None), side="right")
        return np.where(is_there, self._values[np.clip(place, 0, len(self._values) - 1)], np.nan)

    def percentile(self, share: float) -> Floats:
        """Interpolated linearly between the two nearest values, as ``percentile_cont``; NaN for empty groups."""
        place = share * (self.size - 1)
        low, high = self.statistic(np.floor(place)), self.statistic(np.ceil(place))
        return low + (place - np.floor(place)) * (high - low)

    def distinct(self) -> Floats:
        """The number of distinct values of each group."""
        groups, values = self._groups, self._values
        is_first = np.concatenate([[True], (groups[1:] != groups[:-1]) | (values[1:] != values[:-1])])[: len(values)]
        return np.bincount(groups[is_first], minlength=len(self.size)).astype(np.float64)
