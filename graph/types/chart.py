"""What all charts have in common."""

from datetime import datetime
from typing import Any

import strawberry

from aggregation.results import ChartBase
from graph.scalars import TimeZone
from models import DataType


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


def common(result: ChartBase) -> dict[str, Any]:
    """The values of ``Chart``'s fields."""
    measured = result.query.measured
    return {
        "window": Window(start=result.start, end=result.end, time_zone=TimeZone(result.query.time_zone)),
        "sample_count": result.sample_count,
        "as_of": result.query.as_of,
        "field_name": measured.name if measured else None,
        "data_type": measured.data_type if measured else None,
    }
