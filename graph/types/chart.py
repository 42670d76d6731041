"""What all charts have in common."""

from datetime import datetime
from typing import Any

import strawberry

from aggregation.answer.results import ChartResult
from aggregation.question.presentation import Presentation, of_items, of_measured
from aggregation.question.query import ChartQuery, ChartSource, Precision
from filters.clock_fields import without_zone
from graph.context import Info
from graph.cost.weight import Weight, weighs
from graph.enums import register
from graph.scalars import BigInt, TimeZone
from models import Aggregation, DataType
from models.types import ValueFormat
from resolvers import metrics
from resolvers.scope import Scope

READ_METRIC = Weight(0.02, note="a statement for all")

register(
    ChartSource,
    "Where the numbers of a chart come from.",
    {
        ChartSource.RAW: "From the calls, read for this answer.",
        ChartSource.STORED: "From pre-aggregates of 15-minute slots, verified to match the current data.",
        ChartSource.MIXED: "From pre-aggregates, and from the calls where the window covers only part of a slot "
        "or calls have just changed.",
    },
)

register(
    Precision,
    "The precision of percentiles.",
    {
        Precision.EXACT: "Computed from all values.",
        Precision.SKETCH: "From a sketch (DDSketch, PVLDB 12(12), 2019): with a relative error of at most "
        "`relativeError`.",
    },
)


@strawberry.type(description="The time that a chart covers: from `start` (inclusive) to `end` (exclusive).")
class Window:
    start: datetime = strawberry.field(description="The start (inclusive).")
    end: datetime = strawberry.field(description="The end (exclusive).")
    time_zone: TimeZone = strawberry.field(description="The time zone of its days, weeks and months.")


@strawberry.interface(description="The fields that all charts have in common.")
class Chart:
    query: strawberry.Private[ChartQuery]
    window: Window = strawberry.field(
        description="The time that the chart covers, resolved against the time of the request."
    )
    sample_count: int = strawberry.field(graphql_type=BigInt, description="The number of values that were aggregated.")
    as_of: datetime = strawberry.field(
        description="The time for which the chart was computed: the value of `now` in its filters."
    )
    field_name: str | None = strawberry.field(
        description="The plotted field, as listed by `widgetFields`; null for the overview of a STAT."
    )
    data_type: DataType | None = strawberry.field(
        description="The data type of the field's values; null for the overview."
    )
    aggregation: Aggregation | None = strawberry.field(
        description="The aggregation that was used, including the default of the chart type; null for the points "
        "of a LINE and for the overview."
    )
    source: ChartSource = strawberry.field(
        description="Where its numbers come from. The numbers are the same for every source."
    )
    precision: Precision = strawberry.field(
        description="Whether its percentiles are exact. All other numbers are always exact. Request exact "
        "percentiles with `precision: EXACT`."
    )
    relative_error: float = strawberry.field(
        description="The maximum relative error of its percentiles; 0 if they are exact."
    )

    @strawberry.field(
        description="What is plotted, for people: the name of the field or metric; null for the overview.",
        metadata=weighs(READ_METRIC),
    )
    async def display_name(self, info: Info) -> str | None:
        shown = await presentation(info.context.scope, self.query)
        return shown and shown.display_name

    @strawberry.field(
        description="The unit of the numbers in `value`, such as seconds or EUR; null if there is none.",
        metadata=weighs(READ_METRIC),
    )
    async def unit(self, info: Info) -> str | None:
        shown = await presentation(info.context.scope, self.query)
        return shown and shown.unit

    @strawberry.field(
        description="How the numbers in `value` are meant to be shown; null for the overview.",
        metadata=weighs(READ_METRIC),
    )
    async def format(self, info: Info) -> ValueFormat | None:
        shown = await presentation(info.context.scope, self.query)
        return shown and shown.format


async def values_shown(scope: Scope, query: ChartQuery) -> Presentation | None:
    """How the plotted values are meant to be shown; None for the overview."""
    measured = query.measured
    if measured is None:
        return None
    metric = await metrics.metric(scope, measured.metric.id) if measured.metric else None
    return of_measured(measured, metric)


async def presentation(scope: Scope, query: ChartQuery) -> Presentation | None:
    """How the numbers of a chart's items are meant to be shown; None for the overview."""
    values = await values_shown(scope, query)
    if values is None or query.measured is None:
        return None
    return of_items(values, query.chart_type, query.measured.data_type, query.aggregation)


def common(result: ChartResult) -> dict[str, Any]:
    """The values of ``Chart``'s fields."""
    measured = result.query.measured
    return {
        "query": result.query,
        "window": Window(start=result.start, end=result.end, time_zone=TimeZone(result.query.time_zone)),
        "sample_count": result.sample_count,
        "as_of": result.query.as_of,
        "field_name": without_zone(measured.name, result.query.time_zone) if measured else None,
        "data_type": measured.data_type if measured else None,
        "aggregation": result.query.aggregation,
        "source": result.source,
        "precision": Precision.SKETCH if result.relative_error else Precision.EXACT,
        "relative_error": result.relative_error,
    }
