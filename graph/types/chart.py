"""What all charts have in common."""

from datetime import datetime
from typing import Any

import strawberry

from aggregation.answer.results import ChartBase
from aggregation.question.query import ChartSource, Precision
from filters.clock_fields import without_zone
from graph.enums import register
from graph.scalars import BigInt, TimeZone
from models import Aggregation, DataType

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


def common(result: ChartBase) -> dict[str, Any]:
    """The values of ``Chart``'s fields."""
    measured = result.query.measured
    return {
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
