"""What differs between two answers to one question: only the changed items of bars, lines and histograms, which can be
thousands, and whole answers of all others, whose shares and ranks change together.

An answer is told whole as well where its parts do not correspond: its series are others, it was thinned for several
bounds, or it compares with another line.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import isclose
from typing import Any, assert_never, cast

from aggregation.answer.chart_answer import Lengths
from aggregation.answer.charts import lengths_of
from aggregation.answer.item_columns import Columns
from aggregation.answer.item_keys import keys_of, of_series
from aggregation.answer.results import (
    BarResult,
    ChartResult,
    Compared,
    HistogramResult,
    LineResult,
    ListResult,
    PieResult,
    StatResult,
)
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


def size_of(result: ChartResult) -> int:
    """How many items an answer holds, about."""
    lengths: Lengths | None = lengths_of(result)
    return 100 if lengths is None else int(lengths.items)


def change_between(before: ChartResult, after: ChartResult) -> ChartChange | None:
    """What leads from one answer to a later one; None where they show the same."""
    found = ChartChange(after)
    match after:
        case BarResult():
            found = _bars(before, after) if isinstance(before, BarResult) else found
        case LineResult():
            found = _line(before, after) if isinstance(before, LineResult) else found
        case HistogramResult():
            found = _histogram(before, after) if isinstance(before, HistogramResult) else found
        case PieResult() | ListResult() | StatResult():
            pass
        case _:
            assert_never(after)
    if not found.is_whole:
        is_same = not found.removed and not size_of(found.result) and _head(before) == _head(after)
        return None if is_same else found
    return None if type(before) is type(after) and _alike(_shown(before), _shown(after)) else found


def _bars(before: BarResult, after: BarResult) -> ChartChange:
    pairs = _pairs(before.series, after.series)
    if before.time_period is not after.time_period or pairs is None:
        return ChartChange(after)
    parts = [(series, old.buckets, new.buckets) for series, old, new in pairs]
    removed, kept = _changed(parts, _bucket_rows)
    series = tuple(replace(one, buckets=part) for one, part in zip(after.series, kept, strict=True))
    return ChartChange(replace(after, series=series), is_whole=False, removed=removed)


def _line(before: LineResult, after: LineResult) -> ChartChange:
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


def _histogram(before: HistogramResult, after: HistogramResult) -> ChartChange:
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
            if not _alike(known.pop(row[0], None), row):
                at.append(place)
        removed += keys_of([*known], series)
        kept.append(_at(new, at))
    return tuple(removed), kept


_ROUNDING = 1e-9
"""Sums in another order differ in their last digits: those of the same calls from pre-aggregates and one by one."""


def _alike(one: Any, other: Any) -> bool:
    """Whether two values show the same."""
    if one == other:
        return True
    if isinstance(one, float) and isinstance(other, float):
        return isclose(one, other, rel_tol=_ROUNDING)
    if isinstance(one, Interval) and isinstance(other, Interval):
        return _alike((one.low, one.high), (other.low, other.high))
    if isinstance(one, dict) and isinstance(other, dict):
        ones, others = cast("dict[Any, Any]", one), cast("dict[Any, Any]", other)
        return ones.keys() == others.keys() and all(_alike(value, others[key]) for key, value in ones.items())
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        first, second = cast("Sequence[Any]", one), cast("Sequence[Any]", other)
        return len(first) == len(second) and all(map(_alike, first, second))
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
    compared = [_number(one) for one in buckets.column("compared")]
    return [(*row, one) for row, one in zip(_rows(buckets, _OF_BUCKETS), compared, strict=True)]


def _point_rows(points: Columns[Any]) -> list[tuple[Any, ...]]:
    return _rows(points, _OF_POINTS)


def _bin_rows(bins: Columns[Any]) -> list[tuple[Any, ...]]:
    compared = [_number(one) for one in bins.column("compared")]
    return [(*row, one) for row, one in zip(_rows(bins, _OF_BINS), compared, strict=True)]


def _number(compared: Compared | None) -> Any:
    return compared and (compared.value, compared.date_time_value, compared.sample_count)


def _head(result: ChartResult) -> object:
    """What a chart of items shows beside them."""
    match result:
        case LineResult():
            return result.sample_count, result.total_points
        case HistogramResult():
            return result.sample_count, result.spread
        case BarResult() | PieResult() | ListResult() | StatResult():
            return result.sample_count
        case _:
            assert_never(result)


def _shown(result: ChartResult) -> object:
    """All that a small chart shows, apart from the times of its window; None where that is not compared."""
    match result:
        case PieResult():
            earlier = result.earlier and _shown(result.earlier)
            return result.counts, result.rest, result.rest_labels, result.total, earlier
        case ListResult():
            pages = {
                page: [(row.key, row.value, row.sample_count, row.percentage, _number(row.compared)) for row in rows]
                for page, rows in result.pages.items()
            }
            return pages, result.total_rows, result.sample_count
        case StatResult():
            numbers = (result.value, result.date_time_value, result.sample_count, result.interval, result.overview)
            previous = (result.previous_value, result.previous_sample_count, result.previous_overview)
            return numbers, previous, _number(result.compared), result.compared_overview
        case BarResult() | LineResult() | HistogramResult():
            return object()
        case _:
            assert_never(result)
