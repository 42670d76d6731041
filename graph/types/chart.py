"""What all charts have in common."""

from datetime import datetime
from typing import Any

import strawberry

from aggregation.answer.results import ChartBase
from aggregation.question.query import ChartSource, Precision
from graph.enums import register
from graph.scalars import TimeZone
from models import Aggregation, DataType

register(
    ChartSource,
    "Where the numbers of a chart come from.",
    {
        ChartSource.RAW: "From the calls, read for this answer.",
        ChartSource.STORED: "From pre-aggregates of 15-minute slots, checked to be of the present data.",
        ChartSource.MIXED: "From pre-aggregates, and from the calls where the window cuts a slot or where calls have "
        "just changed.",
    },
)

register(
    Precision,
    "How near percentiles are to the true ones.",
    {
        Precision.EXACT: "As computed from all values.",
        Precision.SKETCH: "From a sketch (DDSketch, PVLDB 12(12), 2019): off by `relativeError` of themselves at most.",
    },
)


@strawberry.type(description="The time that a chart covers: from `start` up to, but not including, `end`.")
class Window:
    start: datetime = strawberry.field(description="The first instant.")
    end: datetime = strawberry.field(description="The instant just after the last.")
    time_zone: TimeZone = strawberry.field(description="The zone in which days, weeks and months are cut.")


@strawberry.interface(description="What every chart says of itself.")
class Chart:
    window: Window = strawberry.field(description="The time it covers, resolved against the request's moment.")
    sample_count: int = strawberry.field(description="How many values went in.")
    as_of: datetime = strawberry.field(description="The moment it was computed for: what `now` meant in its filters.")
    field_name: str | None = strawberry.field(
        description="The field that it plots, as `widgetFields` names it; null for the overview of a STAT."
    )
    data_type: DataType | None = strawberry.field(description="What that field's values are; null for the overview.")
    aggregation: Aggregation | None = strawberry.field(
        description="How many values became one, also where the widget left it to the chart; null for the points of a "
        "LINE and for the overview."
    )
    source: ChartSource = strawberry.field(description="Where its numbers come from. They are the same from anywhere.")
    precision: Precision = strawberry.field(
        description="Whether its percentiles are exact. All other numbers always are. `precision: EXACT` asks for it."
    )
    relative_error: float = strawberry.field(
        description="The most that its percentiles are off, as a part of themselves; 0 where they are exact."
    )


def common(result: ChartBase) -> dict[str, Any]:
    """The values of ``Chart``'s fields."""
    measured = result.query.measured
    return {
        "window": Window(start=result.start, end=result.end, time_zone=TimeZone(result.query.time_zone)),
        "sample_count": result.sample_count,
        "as_of": result.query.as_of,
        "field_name": measured.name if measured else None,
        "data_type": measured.data_type if measured else None,
        "aggregation": result.query.aggregation,
        "source": result.source,
        "precision": Precision.SKETCH if result.relative_error else Precision.EXACT,
        "relative_error": result.relative_error,
    }
