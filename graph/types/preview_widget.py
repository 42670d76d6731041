"""Definitions of widgets that are shown before they are saved."""

import strawberry

from graph.inputs.call_log_filter import CallLogFilter
from graph.scalars import JSON, TimeZone
from graph.types.chart import Precision
from graph.types.comparison import CompareInput
from graph.types.time_range import TimeRangeInput
from models import Aggregation, ChartType, TimePeriod, Weekday


@strawberry.input(description="The definition of a widget that need not be saved, and the settings of its dashboard.")
class PreviewWidgetInput:
    chart_type: ChartType = strawberry.field(description="The chart type.")
    field: str | None = strawberry.field(
        default=None,
        description="The field to plot, as listed by `widgetFields`. Without it, a STAT shows the overview.",
    )
    metric_id: strawberry.ID | None = strawberry.field(
        default=None, description="The metric to plot; required if `field` is `metric_evaluations.value`."
    )
    aggregation: Aggregation | None = strawberry.field(default=None, description="The aggregation; required for a BAR.")
    time_period: TimePeriod | None = strawberry.field(
        default=None, description="The size of the time buckets; required for a BAR."
    )
    group_by: JSON | None = strawberry.field(
        default=None,
        description='How the chart is split into series: `{"type": "field", "field": F}` or `{"type": "bucket", '
        '"buckets": [{"label", "condition"}], "other_label"}`; the ranges of a PIE of a number: the latter, or '
        '`{"type": "bins", "max_bins": 10}`. In a LIST, `"then"` can '
        "hold a second grouping, for rows by pairs.",
    )
    filters: JSON | None = strawberry.field(default=None, description="The widget's own filters.")
    where: CallLogFilter | None = strawberry.field(
        default=None, description="The widget's own filters in typed form. Cannot be combined with `filters`."
    )
    dashboard_filters: JSON | None = strawberry.field(
        default=None, description="The dashboard's filters, combined with the widget's by AND."
    )
    dashboard_where: CallLogFilter | None = strawberry.field(
        default=None, description="The dashboard's filters in typed form. Cannot be combined with `dashboardFilters`."
    )
    scope: JSON | None = strawberry.field(
        default=None,
        description="Narrows the chart: combined with both filters by AND. Its timestamp conditions apply in "
        "addition to a time range.",
    )
    scope_where: CallLogFilter | None = strawberry.field(
        default=None, description="The scope in typed form. Cannot be combined with `scope`."
    )
    time_range: TimeRangeInput | None = strawberry.field(
        default=None,
        description="Replaces the timestamp conditions at the top level of the widget's and the dashboard's filters.",
    )
    time_zone: TimeZone | None = strawberry.field(
        default=None, description="The dashboard's time zone. The default is UTC."
    )
    week_start: Weekday | None = strawberry.field(
        default=None, description="The dashboard's week start. The default is MONDAY."
    )
    compare_to: CompareInput | None = strawberry.field(
        default=None, description="Compares the chart with an earlier window."
    )
    precision: Precision = strawberry.field(
        default=Precision.SKETCH,
        description="EXACT to compute percentiles from all values. With SKETCH, they can be approximate, and the "
        "chart says so.",
    )
