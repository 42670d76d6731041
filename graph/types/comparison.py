"""Comparisons with an earlier window, and confidence intervals."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

import strawberry

from aggregation.answer.item_columns import Column, Columns
from aggregation.answer.item_keys import keys_of
from aggregation.answer.results import Compared
from aggregation.compute.intervals import LEVEL, SMALL_SAMPLE
from aggregation.compute.intervals import Interval as IntervalRow
from aggregation.functions.table import names_where
from aggregation.question.earlier_window import BETWEEN, PRECEDING, read_comparison
from aggregation.question.query import Shift, WrittenRange
from graph.scalars import BigInt
from graph.types.drill_down import DrillDown


@strawberry.input(
    description="A window to compare with. It may not span more than the limit for the chart's own window, but can "
    "begin further back."
)
class CompareRangeInput:
    from_: str = strawberry.field(
        name="from",
        description="The start: RFC 3339 with an offset, a date, or a relative time: `2026-03-01`, `now-1M/M`.",
    )
    to: str = strawberry.field(description="The end, in the same forms; a date or `today` means the end of the day.")


@strawberry.input(
    one_of=True,
    description="The window to compare with: exactly one of these fields. With `preceding` and `shift`, it is as long "
    "as the chart's window and divided in the same way, so that a partial bucket is compared with an equally "
    "partial one. It can begin further back than the limit for the chart's own window.",
)
class CompareInput:
    preceding: bool | None = strawberry.field(
        default=strawberry.UNSET, description="True for the window of equal length just before the chart's own."
    )
    shift: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="How far back it is: steps in s, m, h (exact time) and d, w, M, y (calendar of the chart's "
        "time zone), such as `7d` or `1M`.",
    )
    range: CompareRangeInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="The window itself, of any length. Bars have its own buckets of the same period: the first is "
        "compared with the chart's first, and so on; `comparison` is null for buckets without a counterpart.",
    )


def comparison_of(compare_to: CompareInput | None) -> Shift | WrittenRange | None:
    """What is compared with; None for nothing.

    Raises:
        InvalidWidgetError: the shift is not valid.
    """
    if compare_to is not None and compare_to.range:
        return WrittenRange(compare_to.range.from_, compare_to.range.to)
    return read_comparison(comparison_text(compare_to))


def comparison_text(compare_to: CompareInput | None) -> str | None:
    """What is compared with, as ``earlier_window.read_comparison`` reads it."""
    if compare_to is None:
        return None
    if compare_to.range:
        return f"{compare_to.range.from_}{BETWEEN}{compare_to.range.to}"
    return compare_to.shift or (PRECEDING if compare_to.preceding else None)


@strawberry.type(
    description="A confidence interval with the probability `level`. Shares: Wilson's score interval (Wilson, "
    "JASA 22, 1927). Percentiles: order statistics (Conover, Practical Nonparametric Statistics, 3rd "
    f"ed., 3.2). Means: the normal approximation. With fewer than {SMALL_SAMPLE} values, it is only a rough estimate."
)
class Interval:
    low: float = strawberry.field(description="The lower end.")
    high: float = strawberry.field(description="The upper end.")
    level: float = strawberry.field(description=f"The probability: {LEVEL}.")

    @classmethod
    def of(cls, interval: IntervalRow | None) -> "Interval | None":
        return interval and cls(low=interval.low, high=interval.high, level=interval.level)


def _key(start: datetime) -> str:
    """What tells the comparisons of a list's items from each other."""
    return keys_of([start], "")[0]


@strawberry.type(description="The same number over an earlier window.")
class Comparison(DrillDown):
    key: str = strawberry.field(
        description="The start of the earlier window as a string. The items that are compared have keys of their own."
    )
    start: datetime = strawberry.field(description="The start of the earlier window.")
    end: datetime = strawberry.field(description="The end of the earlier window (exclusive).")
    value: float | None = strawberry.field(description="The number; null if there is no value.")
    date_time_value: datetime | None = strawberry.field(
        description="The MIN or MAX of a datetime field as a time; null otherwise."
    )
    sample_count: int = strawberry.field(graphql_type=BigInt, description="The number of values that were aggregated.")
    change: float | None = strawberry.field(description="The current number minus this one; null if either is null.")
    change_percent: float | None = strawberry.field(
        description="The change in percent of this number; null if this number is 0 or either is null."
    )

    @classmethod
    def of(cls, compared: Compared | None) -> "Comparison | None":
        return compared and cls(
            behind=compared.behind,
            key=_key(compared.start),
            start=compared.start,
            end=compared.end,
            value=compared.value,
            date_time_value=compared.date_time_value,
            sample_count=compared.sample_count,
            change=compared.change.absolute,
            change_percent=compared.change.percent,
        )


def comparisons(compared: Sequence[Compared | None]) -> Sequence[Comparison | None]:
    """Many of them; kept as columns where they are so already."""
    if not isinstance(compared, Columns):
        return list(map(Comparison.of, compared))
    found = cast("Columns[Compared]", compared)
    columns: dict[str, Column] = {
        "key": lambda: list(map(_key, found.column("start"))),
        "change": lambda: [change.absolute for change in found.column("change")],
        "change_percent": lambda: [change.percent for change in found.column("change")],
    }
    return found.seen_as(Comparison.of, columns)


SMALL = (
    f"Whether fewer than {SMALL_SAMPLE} values were aggregated, so that the value is unreliable and its confidence "
    "interval is rough."
)
COMPARED = "The same value over the window given by `compareTo`; null without it."
INTERVAL = (
    f"The confidence interval of the value, for {names_where(lambda row: bool(row.intervals))}; null for other "
    "aggregations, and if there are too few values."
)


def is_small(sample_count: int) -> bool:
    """Whether a number rests on few values."""
    return sample_count < SMALL_SAMPLE
