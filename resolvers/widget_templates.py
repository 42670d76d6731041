"""Widgets to begin with. A table; clients create them as they are or change them first."""

from dataclasses import dataclass

from models import Aggregation, ChartType, TimePeriod


@dataclass(frozen=True, slots=True)
class WidgetTemplate:
    """A ready definition. ``metric_name`` stands for the project's metric of that name."""

    name: str
    description: str
    chart_type: ChartType
    field: str | None = None
    metric_name: str | None = None
    aggregation: Aggregation | None = None
    time_period: TimePeriod | None = None


TEMPLATES: tuple[WidgetTemplate, ...] = (
    WidgetTemplate("Overview", "Total calls, success rate, average duration and p95 latency.", ChartType.STAT),
    WidgetTemplate(
        "Calls per day",
        "The number of calls on each day.",
        ChartType.BAR,
        "timestamp",
        aggregation=Aggregation.COUNT,
        time_period=TimePeriod.DAY,
    ),
    WidgetTemplate(
        "Success rate per day",
        "The share of successful calls on each day, 0 to 1.",
        ChartType.BAR,
        "success",
        aggregation=Aggregation.AVG,
        time_period=TimePeriod.DAY,
    ),
    WidgetTemplate(
        "Average duration per day",
        "The mean call duration on each day, in seconds.",
        ChartType.BAR,
        "duration",
        aggregation=Aggregation.AVG,
        time_period=TimePeriod.DAY,
    ),
    WidgetTemplate("Call durations", "The duration of each call, in seconds.", ChartType.LINE, "duration"),
    WidgetTemplate("Spread of durations", "The number of calls by duration.", ChartType.HISTOGRAM, "duration"),
    WidgetTemplate("Success", "Successful and unsuccessful calls.", ChartType.PIE, "success"),
    WidgetTemplate("Why calls ended", "The reasons why calls ended.", ChartType.PIE, "call_ended_reason"),
    WidgetTemplate("Drop-off points", "Where callers dropped off.", ChartType.PIE, "dropoff_point"),
    WidgetTemplate("Topics", "The topics of calls, most frequent first.", ChartType.LIST, "topic"),
    WidgetTemplate(
        "p95 duration",
        "The duration that 95% of calls do not exceed, in seconds.",
        ChartType.STAT,
        "duration",
        aggregation=Aggregation.P95,
    ),
    WidgetTemplate(
        "p95 latency per hour",
        "The latency that 95% of calls do not exceed, for each hour.",
        ChartType.BAR,
        "metric_evaluations.value",
        "latency",
        Aggregation.P95,
        TimePeriod.HOUR,
    ),
)
