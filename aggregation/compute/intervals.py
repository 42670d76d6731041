"""How sure a number is: its confidence interval, from the values that went in.

Shares: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22 (1927).
Percentiles: order statistics, W. J. Conover, "Practical Nonparametric Statistics", 3rd ed., section 3.2.
Means: the normal approximation, from the sample's standard deviation.
"""

import math
from dataclasses import dataclass

LEVEL = 0.95
Z = 1.959963984540054
"""The quantile of the normal distribution that leaves 2.5 % above it."""

SMALL_SAMPLE = 30
"""Below this many values the approximations are poor."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true value lies with probability ``level``."""

    low: float
    high: float
    level: float = LEVEL


def wilson(share: float, samples: int) -> Interval | None:
    """The interval of a share of ``samples`` values."""
    if not samples:
        return None
    squared = Z * Z
    centre = (share + squared / (2 * samples)) / (1 + squared / samples)
    half = Z / (1 + squared / samples) * math.sqrt(share * (1 - share) / samples + squared / (4 * samples * samples))
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def normal(mean: float, deviation: float | None, samples: int) -> Interval | None:
    """The interval of a mean; None for fewer than two values."""
    if deviation is None or samples < 2:
        return None
    half = Z * deviation / math.sqrt(samples)
    return Interval(mean - half, mean + half)


def ordered(low: float | None, high: float | None) -> Interval | None:
    """The interval of a percentile between two order statistics; None when the sample is too small to have both."""
    return None if low is None or high is None else Interval(low, high)
