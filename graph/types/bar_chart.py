"""Bar charts."""

from datetime import datetime

import strawberry

from aggregation.answer.agents import agent_of
from aggregation.answer.item_columns import Column, Columns, chained
from aggregation.answer.item_keys import keys_of, keys_of_all, of_group, of_series
from aggregation.answer.results import BarResult, Bucket
from aggregation.answer.results import BarSeries as Series
from aggregation.functions.table import names_where
from graph.columns import as_list
from graph.cost.weight import items, items_of_a_series, series
from graph.inputs.series_order import OrderOfSeries, SeriesOrder, ordered
from graph.scalars import BigInt
from graph.types.agent_group import AgentGroup
from graph.types.chart import Chart, common
from graph.types.comparison import COMPARED, INTERVAL, SMALL, Comparison, Interval, comparisons, is_small
from graph.types.drill_down import DrillDown
from models import TimePeriod


@strawberry.type(description="One time bucket of one series.")
class BarBucket(DrillDown):
    key: str = strawberry.field(
        description="Its start and its series as a string: stable, and unique among the buckets of the chart. It is "
        "not a global ID."
    )
    time_interval: datetime = strawberry.field(
        description="The start of the bucket in the calendar of the chart's time zone, even if the window cuts it."
    )
    start: datetime = strawberry.field(description="The same as `timeInterval`.")
    end: datetime = strawberry.field(
        description="The end of the bucket (exclusive), which is the start of the next one."
    )
    value: float | None = strawberry.field(
        description=f"The aggregated value. Empty buckets have 0 for {names_where(lambda row: row.empty == 0)}, and "
        "null for other aggregations. Datetimes are in POSIX seconds."
    )
    date_time_value: datetime | None = strawberry.field(
        description="The MIN or MAX of a datetime field as a time; null otherwise."
    )
    sample_count: int = strawberry.field(graphql_type=BigInt, description="The number of values that were aggregated.")
    group: str | None = strawberry.field(description="The label of its series; null if the chart is not grouped.")
    is_other: bool = strawberry.field(description="Whether its series combines the groups beyond the largest ones.")
    share: float | None = strawberry.field(
        description="The share of this series in the values of all series in this bucket, 0 to 1; null if the "
        "bucket is empty. For example, an enum metric grouped by itself gives the daily share of "
        "each value."
    )
    is_partial: bool = strawberry.field(description="Whether the window covers only part of the bucket.")
    is_filled: bool = strawberry.field(description="Whether the bucket has no records and was added to fill a gap.")
    is_small_sample: bool = strawberry.field(description=SMALL)
    interval: Interval | None = strawberry.field(description=INTERVAL)
    comparison: Comparison | None = strawberry.field(description=COMPARED)

    @classmethod
    def of(cls, bucket: Bucket) -> "BarBucket":
        return cls(
            behind=bucket.behind,
            key=keys_of([bucket.start], of_series(bucket.group, bucket.is_other))[0],
            time_interval=bucket.start,
            start=bucket.start,
            end=bucket.end,
            value=bucket.value,
            date_time_value=bucket.date_time_value,
            sample_count=bucket.sample_count,
            group=bucket.group,
            is_other=bucket.is_other,
            share=bucket.share,
            is_partial=bucket.is_partial,
            is_filled=bucket.is_filled,
            is_small_sample=is_small(bucket.sample_count),
            interval=Interval.of(bucket.interval),
            comparison=Comparison.of(bucket.compared),
        )


def buckets_of(buckets: Columns[Bucket]) -> Columns[BarBucket]:
    """The buckets as the schema has them."""
    columns: dict[str, Column] = {
        "key": lambda: keys_of_all(*map(buckets.column, ("start", "group", "is_other"))),
        "time_interval": lambda: buckets.column("start"),
        "is_small_sample": lambda: list(map(is_small, buckets.column("sample_count"))),
        "interval": lambda: list(map(Interval.of, buckets.column("interval"))),
        "comparison": lambda: comparisons(buckets.column("compared")),
    }
    return buckets.seen_as(BarBucket.of, columns)


@strawberry.type(description="The buckets of one group, or of the whole chart if it is not grouped.")
class BarSeries(AgentGroup, DrillDown):
    label: str | None = strawberry.field(
        description="The group's label; null if the chart is not grouped, and for records without a value to group by."
    )
    is_other: bool = strawberry.field(
        description="Whether it combines the groups beyond the largest ones, computed from their records."
    )
    sample_count: int = strawberry.field(
        graphql_type=BigInt, description="The number of values that were aggregated, over all its buckets."
    )
    buckets: list[BarBucket] = strawberry.field(
        description="Every bucket of the window, including empty ones, by time.", metadata=items_of_a_series(31)
    )
    compared_outside: int | None = strawberry.field(
        graphql_type=BigInt | None,
        description="The number of values in the range given by `compareTo` that are in buckets beyond the chart's "
        "own, because the range has more of them; null without `compareTo`.",
    )

    @classmethod
    def of(cls, series: Series) -> "BarSeries":
        return cls(
            behind=series.behind,
            key=of_group(series.label, series.is_other),
            agent_key=agent_of(series.behind.query, series.label),
            label=series.label,
            is_other=series.is_other,
            sample_count=series.sample_count,
            buckets=as_list(buckets_of(series.buckets)),
            compared_outside=series.compared_outside,
        )


@strawberry.type(description="One aggregated value per time bucket.")
class BarChart(Chart):
    result: strawberry.Private[BarResult]
    time_period: TimePeriod = strawberry.field(description="The size of its buckets.")

    @strawberry.field(
        description="The buckets of all series, ordered by series and then by time. The same as in `series`.",
        metadata=items(31),
    )
    def buckets(self) -> list[BarBucket]:
        return as_list(buckets_of(chained([series.buckets for series in self.result.series])))

    @strawberry.field(
        description="One series per group, in the given order; a single series if the chart is not grouped.",
        metadata=series(),
    )
    def series(self, order: OrderOfSeries = SeriesOrder.RANKED) -> list[BarSeries] | None:
        return [BarSeries.of(series) for series in ordered(self.result.query, self.result.series, order)]

    @classmethod
    def of(cls, result: BarResult) -> "BarChart":
        return cls(**common(result), result=result, time_period=result.time_period)
