"""Definitions of widgets that are shown before they are saved."""

import strawberry

from graph.inputs.call_log_filter import CallLogFilter
from graph.scalars import JSON, TimeZone
from graph.types.chart import Precision
from graph.types.comparison import CompareInput
from graph.types.time_range import TimeRangeInput
from models import Aggregation, ChartType, TimePeriod, Weekday


@strawberry.input(description="A widget that need not exist, and the dashboard that it would be on.")
class PreviewWidgetInput:
    chart_type: ChartType = strawberry.field(description="Its form.")
    field: str | None = strawberry.field(
        default=None, description="What it plots, as `widgetFields` names it. Without it, a STAT is the overview."
    )
    metric_id: strawberry.ID | None = strawberry.field(
        default=None, description="The metric to plot; needed where `field` is `metric_evaluations.value`."
    )
    aggregation: Aggregation | None = strawberry.field(
        default=None, description="How many values become one; needed for BAR."
    )
    time_period: TimePeriod | None = strawberry.field(
        default=None, description="The size of the buckets; needed for BAR."
    )
    group_by: JSON | None = strawberry.field(
        default=None,
        description='What splits it into series: `{"type": "field", "field": F}` or `{"type": "bucket", "buckets": '
        '[{"label", "condition"}], "other_label"}`.',
    )
    filters: JSON | None = strawberry.field(default=None, description="The widget's own filters.")
    where: CallLogFilter | None = strawberry.field(
        default=None, description="The widget's own filters in typed form; not beside `filters`."
    )
    dashboard_filters: JSON | None = strawberry.field(
        default=None, description="The dashboard's filters, joined to the widget's by AND."
    )
    dashboard_where: CallLogFilter | None = strawberry.field(
        default=None, description="The dashboard's filters in typed form; not beside `dashboardFilters`."
    )
    scope: JSON | None = strawberry.field(
        default=None,
        description="Narrows the chart: joined to both filters by AND. Its timestamp conditions hold beside a time "
        "range.",
    )
    scope_where: CallLogFilter | None = strawberry.field(
        default=None, description="The scope in typed form; not beside `scope`."
    )
    time_range: TimeRangeInput | None = strawberry.field(
        default=None,
        description="Replaces the timestamp conditions at the top of the widget's and the dashboard's filters.",
    )
    time_zone: TimeZone | None = strawberry.field(
        default=None, description="The dashboard's time zone. Without it UTC."
    )
    week_start: Weekday | None = strawberry.field(
        default=None, description="The dashboard's week start. Without it MONDAY."
    )
    compare_to: CompareInput | None = strawberry.field(
        default=None, description="Puts the numbers of an earlier stretch of time beside those of the chart."
    )
    precision: Precision = strawberry.field(
        default=Precision.SKETCH,
        description="EXACT for percentiles computed from all values; others may come from a sketch, and say so.",
    )
