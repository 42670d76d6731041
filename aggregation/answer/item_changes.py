"""What differs between two lists of items: those that are new or changed, and the keys of those that are gone."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import isclose
from typing import Any, cast

from aggregation.answer.item_columns import Columns
from aggregation.answer.item_keys import keys_of, of_series
from aggregation.answer.results import BarResult, ChartResult, Compared, HistogramResult, LineResult
from aggregation.compute.intervals import Interval

_NUMBERS = ("value", "date_time_value", "sample_count", "share", "interval")
_OF_BUCKETS = ("start", "end", *_NUMBERS, "is_partial", "is_filled")
_OF_POINTS = ("call_log_id", "timestamp", "value")
_OF_BINS = ("start", "end", "value", "percentage")


@dataclass(frozen=True, slots=True)
class ChartChange:
    """What leads from one answer to a later one.

    Attributes:
        result: the later answer, whole or with its changed items only.
        is_whole: whether it replaces the earlier one.
        removed: the keys of items that are gone; empty where it is whole.
    """

    result: ChartResult
    is_whole: bool = True
    removed: tuple[str, ...] = ()


def changed_buckets(before: BarResult, after: BarResult) -> ChartChange:
    """What leads from one answer to a later one of a BAR."""
    pairs = _pairs(before.series, after.series)
    if before.time_period is not after.time_period or pairs is None:
        return ChartChange(after)
    parts = [(series, old.buckets, new.buckets) for series, old, new in pairs]
    removed, kept = _changed(parts, _bucket_rows)
    series = tuple(replace(one, buckets=part) for one, part in zip(after.series, kept, strict=True))
    return ChartChange(replace(after, series=series), is_whole=False, removed=removed)


def changed_points(before: LineResult, after: LineResult) -> ChartChange:
    """The same of a LINE."""
    bounds = before.by_max_points.keys()
    if len(bounds) != 1 or bounds != after.by_max_points.keys() or after.has_comparison:
        return ChartChange(after)
    ((bound, olds),), (news,) = before.by_max_points.items(), after.by_max_points.values()
    pairs = _pairs(olds, news)
    if after.query.group is not None or pairs is None:
        return ChartChange(after)
    parts = [(series, old.points, new.points) for series, old, new in pairs]
    if any(len(set(points.column("call_log_id"))) < len(points) for _, *both in parts for points in both):
        return ChartChange(after)
    removed, kept = _changed(parts, _point_rows)
    series = tuple(replace(one, points=part) for one, part in zip(news, kept, strict=True))
    return ChartChange(replace(after, by_max_points={bound: series}), is_whole=False, removed=removed)


def changed_bins(before: HistogramResult, after: HistogramResult) -> ChartChange:
    """The same of a HISTOGRAM."""
    bounds = before.by_max_bins.keys()
    if len(bounds) != 1 or bounds != after.by_max_bins.keys():
        return ChartChange(after)
    ((bound, olds),), (news,) = before.by_max_bins.items(), after.by_max_bins.values()
    pairs = _pairs(olds, news)
    if pairs is None:
        return ChartChange(after)
    removed, kept = _changed([(series, old.bins, new.bins) for series, old, new in pairs], _bin_rows)
    series = tuple(replace(one, bins=part) for one, part in zip(news, kept, strict=True))
    return ChartChange(replace(after, by_max_bins={bound: series}), is_whole=False, removed=removed)


def _pairs(olds: Sequence[Any], news: Sequence[Any]) -> list[tuple[str, Any, Any]] | None:
    """The end of the keys of each series, with the series before and after, in the order after; None where the series
    are not the same."""
    before = {of_series(one.label, one.is_other): one for one in olds}
    after = {of_series(one.label, one.is_other): one for one in news}
    if before.keys() != after.keys():
        return None
    return [(series, before[series], new) for series, new in after.items()]


Rows = Callable[[Columns[Any]], list[tuple[Any, ...]]]


def _changed(
    pairs: Iterable[tuple[str, Columns[Any], Columns[Any]]], rows: Rows
) -> tuple[tuple[str, ...], list[Columns[Any]]]:
    """The keys of the items that are gone, and of each series those that are new or changed."""
    removed: list[str] = []
    kept: list[Columns[Any]] = []
    for series, old, new in pairs:
        known = {row[0]: row for row in rows(old)}
        at: list[int] = []
        for place, row in enumerate(rows(new)):
            if not alike(known.pop(row[0], None), row):
                at.append(place)
        removed += keys_of([*known], series)
        kept.append(_at(new, at))
    return tuple(removed), kept


_ROUNDING = 1e-9
"""Sums in another order differ in their last digits: those of the same calls from pre-aggregates and one by one."""


def alike(one: Any, other: Any) -> bool:
    """Whether two values show the same."""
    if one == other:
        return True
    if isinstance(one, float) and isinstance(other, float):
        return isclose(one, other, rel_tol=_ROUNDING)
    if isinstance(one, Interval) and isinstance(other, Interval):
        return alike((one.low, one.high), (other.low, other.high))
    if isinstance(one, dict) and isinstance(other, dict):
        ones, others = cast("dict[Any, Any]", one), cast("dict[Any, Any]", other)
        return ones.keys() == others.keys() and all(alike(value, others[key]) for key, value in ones.items())
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        first, second = cast("Sequence[Any]", one), cast("Sequence[Any]", other)
        return len(first) == len(second) and all(map(alike, first, second))
    return False


def _at(items: Columns[Any], places: list[int]) -> Columns[Any]:
    """The items at these places; as they are where these are all."""
    if len(places) == len(items):
        return items

    def chosen(name: str) -> Callable[[], Sequence[Any]]:
        def make() -> Sequence[Any]:
            column = items.column(name)
            return [column[place] for place in places]

        return make

    columns = {name: chosen(name) for name in items.names}
    return Columns(len(places), columns, lambda: [items[place] for place in places])


def _rows(items: Columns[Any], names: Sequence[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(items.column(name) for name in names), strict=True))


def _bucket_rows(buckets: Columns[Any]) -> list[tuple[Any, ...]]:
    compared = [number_of(one) for one in buckets.column("compared")]
    return [(*row, one) for row, one in zip(_rows(buckets, _OF_BUCKETS), compared, strict=True)]


def _point_rows(points: Columns[Any]) -> list[tuple[Any, ...]]:
    return _rows(points, _OF_POINTS)


def _bin_rows(bins: Columns[Any]) -> list[tuple[Any, ...]]:
    compared = [number_of(one) for one in bins.column("compared")]
    return [(*row, one) for row, one in zip(_rows(bins, _OF_BINS), compared, strict=True)]


def number_of(compared: Compared | None) -> Any:
    """All that a comparison shows."""
    return compared and (compared.value, compared.date_time_value, compared.sample_count)
