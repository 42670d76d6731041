"""The slices of a pie of equal ranges: the bins that cover its values, as ranges that it is grouped by."""

import json
from dataclasses import replace
from itertools import pairwise

from aggregation.question.grouping import DEFAULT_OTHER_LABEL, checked_range
from aggregation.question.query import BucketGroup, ChartQuery, NumberBucket, Spread
from filters.normal import normal_json


def with_ranges(query: ChartQuery, spread: Spread) -> ChartQuery:
    """The query of a chart of bins with the spread of its values; of a pie, with the ranges as its grouping.

    Without values there are no ranges.
    """
    measured, edges = query.measured, spread.edges(query.bins or 0) if query.bins else ()
    if measured is None or not edges:
        return replace(query, spread=spread)
    last = len(edges) - 2
    buckets = tuple(
        _bucket(measured.name, low, high, is_last=at == last) for at, (low, high) in enumerate(pairwise(edges))
    )
    return replace(query, spread=spread, group=BucketGroup(buckets, DEFAULT_OTHER_LABEL, are_bins=True))


def _bucket(name: str, low: float, high: float, *, is_last: bool) -> NumberBucket:
    """The values from ``low`` to ``high``: without its end, but for the last one."""
    ends = (("gte", low), ("lte" if is_last else "lt", high))
    conditions = [{"field": name, "op": op, "value": value} for op, value in ends]
    checked = checked_range({"operator": "and", "conditions": conditions}, name)
    return NumberBucket(f"{_written(low)} to {_written(high)}", json.dumps(normal_json(checked)), checked)


def _written(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
