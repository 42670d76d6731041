"""Widgets to begin with."""

import strawberry

from graph.types.metric import Metric
from models import Aggregation, ChartType, TimePeriod
from resolvers.widget_offers import Offer


@strawberry.type(description="A ready-made widget definition, to create as it is or to change first.")
class WidgetTemplate:
    name: str = strawberry.field(description="A title for the widget.")
    description: str = strawberry.field(description="What it shows.")
    chart_type: ChartType = strawberry.field(description="The chart type.")
    field: str | None = strawberry.field(description="The field to plot; null for the overview of a STAT.")
    metric_name: str | None = strawberry.field(
        description="The name of the metric to plot; null for fields of the call."
    )
    metric: Metric | None = strawberry.field(
        description="The project's metric of that name, for use as the widget's `metricId`; null if there is none."
    )
    is_available: bool = strawberry.field(description="Whether the project has the data that it plots.")
    unavailable_reason: str | None = strawberry.field(description="Why it is not available; null if it is.")
    aggregation: Aggregation | None = strawberry.field(description="The aggregation, if the chart type has one.")
    time_period: TimePeriod | None = strawberry.field(
        description="The size of a BAR's time buckets; null for other chart types."
    )

    @classmethod
    def of(cls, offer: Offer) -> "WidgetTemplate":
        row = offer.template
        return cls(
            name=row.name,
            description=row.description,
            chart_type=row.chart_type,
            field=row.field,
            metric_name=row.metric_name,
            metric=Metric.of(offer.metric) if offer.metric else None,
            is_available=offer.reason is None,
            unavailable_reason=offer.reason,
            aggregation=row.aggregation,
            time_period=row.time_period,
        )
