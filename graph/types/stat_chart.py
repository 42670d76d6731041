"""Stats."""

from datetime import datetime

import strawberry

from aggregation.answer.item_keys import of_group
from aggregation.answer.results import StatResult
from aggregation.question.earlier_window import Change
from graph.context import Info
from graph.scalars import BigInt
from graph.types.chart import Chart, common
from graph.types.comparison import COMPARED, INTERVAL, SMALL, Comparison, Interval, is_small
from graph.types.drill_down import DrillDown
from graph.types.overview import CallOverview, OverviewFigure, figures_of


@strawberry.type(description="One number, and the same number for the preceding window of equal length.")
class StatChart(DrillDown, Chart):
    result: strawberry.Private[StatResult]
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

    @strawberry.field(
        description="The numbers of the overview one by one, each with the earlier one and the change; null for other "
        "STATs.",
    )
    async def figures(self, info: Info) -> list[OverviewFigure] | None:
        return await figures_of(info.context.scope, self.result)

    @classmethod
    def of(cls, result: StatResult) -> "StatChart":
        change = result.compared.change if result.compared else Change.of(result.value, result.previous_value)
        return cls(
            **common(result),
            result=result,
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
