"""What a result shows, in the oracle's form, and the drill-down filter of every item beside it."""

import json
import math
from collections.abc import Iterator
from itertools import chain
from typing import Any

from aggregation.answer.results import (
    BarResult,
    ChartResult,
    HistogramResult,
    LineResult,
    ListResult,
    ListRow,
    Overview,
    PieResult,
    StatResult,
)
from aggregation.answer.slices import slices
from tests.aggregation.chart_oracle import Answer, Item

Drill = tuple[Item, dict[str, Any]]


def shown(result: ChartResult, top: int = 20) -> tuple[Answer, list[Drill]]:
    """The answer, without the ``calls`` of its items, and each item with its drill-down filter."""
    drills: list[Drill] = []

    def item(filters: dict[str, Any], **parts: Any) -> Item:
        drills.append((Item(**parts), filters))
        return drills[-1][0]

    base = (result.start, result.end, result.sample_count)
    match result:
        case BarResult():
            items: list[Item] = []
            for series in result.series:
                own = item(series.filters, label=series.label, is_other=series.is_other, samples=series.sample_count)
                own.buckets = [
                    item(
                        bucket.filters,
                        label=bucket.group,
                        is_other=bucket.is_other,
                        value=bucket.value,
                        samples=bucket.sample_count,
                        start=bucket.start,
                        end=bucket.end,
                        is_partial=bucket.is_partial,
                    )
                    for bucket in series.buckets
                ]
                items.append(own)
            return Answer(*base, items), drills
        case LineResult():
            items = []
            for line in chain.from_iterable(result.by_max_points.values()):
                own = item(line.filters, label=line.label, is_other=line.is_other, samples=line.total_points)
                own.points = [(point.timestamp, point.call_log_id, point.value) for point in line.points]
                items.append(own)
            return Answer(*base, items), drills
        case PieResult():
            items = [
                item(
                    one.filters,
                    label=one.label,
                    is_other=one.is_other,
                    value=one.value,
                    samples=one.value,
                    percentage=one.percentage,
                )
                for one in slices(result, top)
            ]
            return Answer(*base, items), drills
        case ListResult():
            items = [
                item(
                    row.filters,
                    label=label_of(row),
                    value=row.value,
                    samples=row.sample_count,
                    percentage=row.percentage,
                )
                for row in result.rows
            ]
            return Answer(*base, items, total_rows=result.total_rows), drills
        case StatResult():
            own = item(result.filters, value=result.value, samples=result.sample_count)
            past = Item(value=result.previous_value, samples=result.previous_sample_count)
            overviews = (_overview(result.overview), _overview(result.previous_overview))
            return Answer(*base, [own], 0, 0, past, *overviews), drills
        case HistogramResult():
            items = []
            for group in next(iter(result.by_max_bins.values())):
                own = item(group.filters, label=group.label, is_other=group.is_other, samples=group.sample_count)
                own.buckets = [
                    item(
                        one.filters,
                        label=one.group,
                        is_other=one.is_other,
                        value=one.value,
                        samples=one.value,
                        percentage=one.percentage,
                        low=one.start,
                        high=one.end,
                    )
                    for one in group.bins
                ]
                items.append(own)
            return Answer(*base, items, nulls=result.spread.nulls), drills
        case _:
            raise NotImplementedError(f"The oracle has no {type(result).__name__}.")


def _overview(overview: Overview | None) -> tuple[Any, ...] | None:
    if overview is None:
        return None
    return overview.total_calls, overview.success_rate, overview.average_duration, overview.p95_latency


def expected_items(answer: Answer) -> Iterator[Item]:
    """The oracle's items in the order of ``shown``'s drill-downs."""
    for item in answer.items:
        yield item
        yield from item.buckets


def label_of(row: ListRow) -> str | None:
    """A row's label; of a pair both, as JSON."""
    return row.label if len(row.labels) == 1 else json.dumps(row.labels)


def differences(expected: Answer, actual: Answer) -> list[str]:
    """What is shown differently, a line each; numbers to nine digits, percentages to their one decimal."""
    return list(_compare("chart", expected, actual))


def differences_of_items(expected: list[Item], actual: list[Item]) -> list[str]:
    """The same of items by themselves."""
    return list(_compare("items", expected, actual))


def _compare(path: str, expected: Any, actual: Any) -> Iterator[str]:
    match expected, actual:
        case ((Answer() | Item()), _):
            for name in type(expected).__dataclass_fields__:
                if name != "calls":
                    yield from _compare(f"{path}.{name}", getattr(expected, name), getattr(actual, name))
        case ((list() | tuple()), (list() | tuple())):
            if len(expected) != len(actual):
                both = f"{str(expected)[:500]}\n{str(actual)[:500]}"
                yield f"{path}: expected {len(expected)}, got {len(actual)}:\n{both}"
                return
            for number, (one, other) in enumerate(zip(expected, actual, strict=True)):
                yield from _compare(f"{path}[{number}]", one, other)
        case float(), (int() | float()):
            tolerance, relative = (1e-9, 0.0) if path.endswith("percentage") else (1e-9, 1e-9)
            if not math.isclose(expected, actual, rel_tol=relative, abs_tol=tolerance):
                yield f"{path}: expected {expected!r}, got {actual!r}"
        case _:
            if expected != actual:
                yield f"{path}: expected {expected!r}, got {actual!r}"
