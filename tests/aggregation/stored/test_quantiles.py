"""Percentiles of values with counts: exact like those of ``percentile_cont``, or within the sketch's error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregation.stored.quantiles import RELATIVE_ERROR, Ordered, middles_of, ranges_of
from tests.aggregation.chart_oracle import percentile

numbers = st.floats(allow_nan=False, allow_infinity=False, width=64).filter(lambda x: x == 0 or 1e-300 < abs(x) < 1e300)
samples = st.lists(st.tuples(st.integers(0, 2), numbers, st.integers(1, 3)), min_size=1, max_size=60)
SHARES = (0.0, 0.5, 0.95, 0.99, 1.0)


def columns(rows: list[tuple[int, float, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    groups, values, counts = zip(*rows, strict=True)
    return np.array(groups, dtype=np.int64), np.array(values), np.array(counts, dtype=np.int64)


def members(rows: list[tuple[int, float, int]], group: int) -> list[float]:
    return sorted(value for own, value, count in rows if own == group for _ in range(count))


@given(rows=samples, share=st.sampled_from(SHARES))
def test_exact_percentiles(rows: list[tuple[int, float, int]], share: float) -> None:
    found = Ordered.of_values(*columns(rows), 3).percentile(share)
    for group in range(3):
        inside = members(rows, group)
        if inside:
            assert found[group] == pytest.approx(percentile(inside, share), rel=1e-9, abs=1e-300)
        else:
            assert np.isnan(found[group])


@given(rows=samples, share=st.sampled_from(SHARES))
def test_order_statistics_of_a_sketch_are_within_its_error(rows: list[tuple[int, float, int]], share: float) -> None:
    groups, values, counts = columns(rows)
    ordered = Ordered.of_ranges(groups, ranges_of(values), counts, 3)
    rank = np.floor(share * (ordered.size - 1))
    found = ordered.statistic(rank)
    for group in range(3):
        inside = members(rows, group)
        if inside:
            true = inside[int(rank[group])]
            assert abs(found[group] - true) <= abs(true) * RELATIVE_ERROR * (1 + 1e-6)
        else:
            assert np.isnan(found[group])


@given(values=st.lists(numbers, min_size=2, max_size=50))
def test_ranges_rise_with_the_values(values: list[float]) -> None:
    ordered = np.sort(np.array(values))
    ranges = ranges_of(ordered)
    assert (np.diff(ranges) >= 0).all()
    assert (np.abs(middles_of(ranges) - ordered) <= np.abs(ordered) * RELATIVE_ERROR * (1 + 1e-6)).all()


def test_ranks_beyond_a_group_are_no_number() -> None:
    ordered = Ordered.of_values(np.array([0, 0]), np.array([1.0, 2.0]), np.array([1, 1]), 2)
    assert np.isnan(ordered.statistic(np.array([2, 0]))).all()
    assert np.isnan(ordered.statistic(np.array([-1, -1]))).all()


def test_nothing_at_all() -> None:
    nothing = np.zeros(0, np.int64)
    assert np.isnan(Ordered.of_values(nothing, np.zeros(0), nothing, 2).percentile(0.5)).all()
    assert np.isnan(Ordered.of_ranges(nothing, nothing, nothing, 2).percentile(0.5)).all()
