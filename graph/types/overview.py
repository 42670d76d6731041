"""The overview of calls: its numbers together, and each with what it was before."""

from collections.abc import Mapping
from dataclasses import astuple
from enum import StrEnum

import strawberry

from aggregation.answer.results import Overview, StatResult
from aggregation.question.earlier_window import Change
from aggregation.question.presentation import of_metric
from graph.enums import register
from graph.scalars import BigInt
from graph.types.presentation import DISPLAY_NAME, UNIT
from models.call_fields import SECONDS
from models.types import ValueFormat
from resolvers import metrics
from resolvers.scope import Scope


class OverviewNumber(StrEnum):
    """The numbers of the overview, in the order of ``Overview``."""

    TOTAL_CALLS = "totalCalls"
    SUCCESS_RATE = "successRate"
    AVERAGE_DURATION = "averageDuration"
    P95_LATENCY = "p95Latency"


register(
    OverviewNumber,
    "The numbers of the overview.",
    {
        OverviewNumber.TOTAL_CALLS: "The number of calls.",
        OverviewNumber.SUCCESS_RATE: "The share of successful calls, 0 to 1.",
        OverviewNumber.AVERAGE_DURATION: "The mean duration, in seconds.",
        OverviewNumber.P95_LATENCY: "The 95th percentile of the project's latency metric.",
    },
)

_SHOWN: Mapping[OverviewNumber, tuple[str, str | None, ValueFormat]] = {
    OverviewNumber.TOTAL_CALLS: ("Calls", None, ValueFormat.INTEGER),
    OverviewNumber.SUCCESS_RATE: ("Success rate", None, ValueFormat.PERCENT),
    OverviewNumber.AVERAGE_DURATION: ("Average duration", SECONDS, ValueFormat.DURATION),
    OverviewNumber.P95_LATENCY: ("P95 latency", None, ValueFormat.NUMBER),
}


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


@strawberry.type(description="One number of the overview, with what it was before.")
class OverviewFigure:
    number: OverviewNumber = strawberry.field(description="Which number it is.")
    display_name: str = strawberry.field(description=DISPLAY_NAME)
    unit: str | None = strawberry.field(description=UNIT)
    format: ValueFormat = strawberry.field(description="How it is meant to be shown.")
    value: float | None = strawberry.field(description="The number; null if there are no values.")
    previous: float | None = strawberry.field(
        description="The same number over the window given by `compareTo`; without it, over the preceding window of "
        "equal length."
    )
    change: float | None = strawberry.field(description="`value` minus `previous`; null if either is null.")
    change_percent: float | None = strawberry.field(
        description="`change` in percent of `previous`; null if that is 0 or either is null."
    )


async def figures_of(scope: Scope, result: StatResult) -> list[OverviewFigure] | None:
    """The numbers of an overview; None for another stat."""
    if result.overview is None:
        return None
    shown = dict(_SHOWN)
    latency = result.query.overview_latency
    metric = await metrics.metric(scope, latency.id) if latency else None
    if metric is not None:
        own = of_metric(metric)
        shown[OverviewNumber.P95_LATENCY] = (f"P95 {own.display_name}", own.unit, own.format or ValueFormat.NUMBER)
    before = result.compared_overview or result.previous_overview
    earlier = (None,) * len(OverviewNumber) if before is None else astuple(before)
    return [
        _figure(number, shown[number], value, previous)
        for number, value, previous in zip(OverviewNumber, astuple(result.overview), earlier, strict=True)
    ]


def _figure(
    number: OverviewNumber,
    shown: tuple[str, str | None, ValueFormat],
    value: float | None,
    previous: float | None,
) -> OverviewFigure:
    change = Change.of(value, previous)
    display_name, unit, format = shown
    return OverviewFigure(
        number=number,
        display_name=display_name,
        unit=unit,
        format=format,
        value=value,
        previous=previous,
        change=change.absolute,
        change_percent=change.percent,
    )
