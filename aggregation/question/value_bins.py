"""Bins of a histogram: ranges of equal, round width that cover the values."""

import math
import sys
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache

DEFAULT_BINS = 20
MIN_BINS = 2
"""Values on both sides of 0 need so many, however wide the bins are."""

MAX_BINS = 100
"""Bounds of how many bins a histogram can be asked to have at most."""

_STEPS = (Fraction(1), Fraction(2), Fraction(5, 2), Fraction(5))
"""Widths are one of these times a power of ten."""

_LARGEST = Fraction(sys.float_info.max)


@lru_cache(maxsize=256)
def bin_edges(least: float, greatest: float, most: int) -> tuple[float, ...]:
    """The edges of the narrowest bins that cover ``least`` to ``greatest`` and are at most ``most`` in number.

    They are multiples of the width, each the nearest number in double precision, strictly rising. The first one is at
    most ``least``, and the last at least ``greatest``. Both are finite. Where all values are the same, it is one bin.
    """
    low, high = Fraction(repr(least)), Fraction(repr(greatest))  # as they are read: 0.9 is nine tenths
    for width in _widths(low, high, most):
        first = math.floor(low / width)
        last = max(math.ceil(high / width), first + 1)
        if last - first <= most:
            return _numbers(number * width for number in range(first, last + 1))
    raise AssertionError("some width is enough")


def _widths(low: Fraction, high: Fraction, most: int) -> Iterator[Fraction]:
    """Round widths, narrow ones first, of which the first is too narrow or right."""
    if low == high:
        yield Fraction(10) ** (_exponent(abs(low)) - 1) if low else Fraction(1)
        return
    exponent = _exponent((high - low) / most)
    while True:
        for step in _STEPS:
            yield step * Fraction(10) ** exponent
        exponent += 1


def _exponent(number: Fraction) -> int:
    """The power of ten that a number above 0 begins with."""
    exponent = len(str(number.numerator)) - len(str(number.denominator))
    return exponent if Fraction(10) ** exponent <= number else exponent - 1


def _numbers(edges: Iterator[Fraction]) -> tuple[float, ...]:
    """The nearest numbers. Neighbours that are the same number are one edge, so that no bin is without width."""
    found = [*dict.fromkeys(float(min(max(edge, -_LARGEST), _LARGEST)) for edge in edges)]
    return tuple(found) if len(found) > 1 else (found[0], math.nextafter(found[0], math.inf))
