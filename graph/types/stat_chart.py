"""Stats."""

from datetime import datetime

import strawberry

from aggregation.answer.item_keys import of_group
from aggregation.answer.results import Overview, StatResult
from aggregation.question.earlier_window import Change
from graph.scalars import BigInt
from graph.types.chart import Chart, common
from graph.types.comparison import COMPARED, INTERVAL, SMALL, Comparison, Interval, is_small
from graph.types.drill_down import DrillDown


@strawberry.type(description="Key figures of the calls in a window.")
class CallOverview:
    total_calls: int = strawberry.field(graphql_type=BigInt, description="The number of calls.")
    success_rate: float | None = strawberry.field(description="The share of successful calls, 0 to 1.")
    average_duration: float | None = strawberry.field(description="The mean duration, in seconds.")
    p95_latency: float | None = strawberry.field(
        description="The 95th percentile of the project's latency metric, in its unit; null if it has none."
    )

    @classmethod
    def of(cls, overview: Overview | None) -> "CallOverview | None":
        return overview and cls(
            total_calls=overview.total_calls,
            success_rate=overview.success_rate,
            average_duration=overview.average_duration,
            p95_latency=overview.p95_latency,
        )


@strawberry.type(description="One number, and the same number for the preceding window of equal length.")
class StatChart(DrillDown, Chart):
    value: float | None = strawberry.field(
        description="The aggregated value; null if there is no value, and for the overview. Datetimes are in "
        "POSIX seconds."
    )
    date_time_value: datetime | None = strawberry.field(
        description="The MIN or MAX of a datetime field as a time; null otherwise."
    )
    previous_value: float | None = strawberry.field(description="`value` of the preceding window.")
    previous_date_time_value: datetime | None = strawberry.field(description="`dateTimeValue` of the preceding window.")
    previous_sample_count: int = strawberry.field(
        graphql_type=BigInt, description="`sampleCount` of the preceding window."
    )
    is_small_sample: bool = strawberry.field(description=SMALL)
    interval: Interval | None = strawberry.field(description=INTERVAL)
    comparison: Comparison | None = strawberry.field(description=COMPARED)
    change: float | None = strawberry.field(
        description="`value` minus the value of the comparison, or without `compareTo` minus `previousValue`; "
        "null if either is null."
    )
    change_percent: float | None = strawberry.field(
        description="`change` in percent of the earlier value; null if that is 0 or either value is null."
    )
    compared_overview: CallOverview | None = strawberry.field(
        description="`overview` over the window given by `compareTo`; null without it."
    )
    overview: CallOverview | None = strawberry.field(
        description="The overview, for a STAT without a field; null otherwise."
    )
    previous_overview: CallOverview | None = strawberry.field(description="`overview` of the preceding window.")

    @classmethod
    def of(cls, result: StatResult) -> "StatChart":
        change = result.compared.change if result.compared else Change.of(result.value, result.previous_value)
        return cls(
            **common(result),
            is_small_sample=is_small(result.sample_count),
            interval=Interval.of(result.interval),
            comparison=Comparison.of(result.compared),
            change=change.absolute,
            change_percent=change.percent,
            compared_overview=CallOverview.of(result.compared_overview),
            behind=result.behind,
            key=of_group(None),
            value=result.value,
            date_time_value=result.date_time_value,
            previous_value=result.previous_value,
            previous_date_time_value=result.previous_date_time_value,
            previous_sample_count=result.previous_sample_count,
            overview=CallOverview.of(result.overview),
            previous_overview=CallOverview.of(result.previous_overview),
        )
