"""Widgets to begin with."""

import strawberry

from models import Aggregation, ChartType, TimePeriod
from resolvers.widget_templates import WidgetTemplate as Template


@strawberry.type(description="A ready definition of a widget, to be created as it is or changed first.")
class WidgetTemplate:
    name: str = strawberry.field(description="A title for the widget.")
    description: str = strawberry.field(description="What it shows.")
    chart_type: ChartType = strawberry.field(description="Its form.")
    field: str | None = strawberry.field(description="What it plots; null for the overview of a STAT.")
    metric_name: str | None = strawberry.field(
        description="The name of the metric that it plots, to be looked up in `metrics`; null for fields of the call."
    )
    aggregation: Aggregation | None = strawberry.field(description="How many values become one, where that applies.")
    time_period: TimePeriod | None = strawberry.field(description="The size of a BAR's buckets; null for others.")

    @classmethod
    def of(cls, row: Template) -> "WidgetTemplate":
        return cls(
            name=row.name,
            description=row.description,
            chart_type=row.chart_type,
            field=row.field,
            metric_name=row.metric_name,
            aggregation=row.aggregation,
            time_period=row.time_period,
        )
