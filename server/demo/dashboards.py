"""The two dashboards of the demo project, as data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.types import Aggregation, ChartType, TimePeriod, Weekday

METRIC = "metric_evaluations.value"
_BY_AGENT = {"type": "field", "field": "agent.agent_name"}
_BY_DURATION = {
    "type": "bucket",
    "buckets": [
        {"label": "under 1 minute", "condition": {"field": "duration", "op": "lt", "value": 60}},
        {"label": "1 to 5 minutes", "condition": {"field": "duration", "op": "lt", "value": 300}},
    ],
    "other_label": "5 minutes and more",
}


@dataclass(frozen=True, slots=True)
class WidgetPlan:
    """A widget. ``metric`` is a metric's name; ``width`` and ``height`` are in units of a grid of 12 columns."""

    name: str
    chart_type: ChartType
    field: str | None = None
    aggregation: Aggregation | None = None
    time_period: TimePeriod | None = None
    metric: str | None = None
    group_by: dict[str, Any] | None = None
    filters: dict[str, Any] | None = None
    width: int = 4
    height: int = 4


@dataclass(frozen=True, slots=True)
class DashboardPlan:
    """A dashboard."""

    name: str
    filters: dict[str, Any]
    widgets: tuple[WidgetPlan, ...]
    time_zone: str = "UTC"
    week_start: Weekday = Weekday.MONDAY
    is_default: bool = False


GRID_COLUMNS = 12


def layouts(widgets: Sequence[WidgetPlan]) -> list[dict[str, int]]:
    """Places for widgets, row by row from the left; a row is as high as its highest widget."""
    placed: list[dict[str, int]] = []
    x = y = row_height = 0
    for widget in widgets:
        if x + widget.width > GRID_COLUMNS:
            x, y, row_height = 0, y + row_height, 0
        placed.append({"x": x, "y": y, "width": widget.width, "height": widget.height})
        x, row_height = x + widget.width, max(row_height, widget.height)
    return placed


_DAY, _WEEK, _HOUR = TimePeriod.DAY, TimePeriod.WEEK, TimePeriod.HOUR
_BAR, _LINE, _PIE, _LIST, _STAT = ChartType.BAR, ChartType.LINE, ChartType.PIE, ChartType.LIST, ChartType.STAT
_AVG, _COUNT, _P95 = Aggregation.AVG, Aggregation.COUNT, Aggregation.P95

CALL_OVERVIEW = DashboardPlan(
    name="Call overview",
    filters={"field": "timestamp", "op": "gte", "value": "now-7d"},
    is_default=True,
    widgets=(
        WidgetPlan("Overview", _STAT, width=6, height=2),
        WidgetPlan("Average duration", _STAT, "duration", _AVG, width=6, height=2),
        WidgetPlan("Calls per day", _BAR, "timestamp", _COUNT, _DAY),
        WidgetPlan("Average duration per day", _BAR, "duration", _AVG, _DAY),
        WidgetPlan("Success rate per day", _BAR, "success", _AVG, _DAY),
        WidgetPlan("p95 latency per day", _BAR, METRIC, _P95, _DAY, metric="latency", width=6),
        WidgetPlan("Call durations", _LINE, "duration", width=6),
        WidgetPlan("Why calls ended", _PIE, "call_ended_reason"),
        WidgetPlan("How long calls are", ChartType.HISTOGRAM, "duration"),
        WidgetPlan("Sentiment", _PIE, METRIC, metric="sentiment"),
        WidgetPlan("Calls by organisation", _LIST, "metadata.org_name", _COUNT, width=6),
        WidgetPlan("Calls by topic", _LIST, "topic", _COUNT, width=6),
    ),
)

QUALITY = DashboardPlan(
    name="Quality",
    filters={"field": "timestamp", "op": "gte", "value": "now-29d"},
    time_zone="America/New_York",
    week_start=Weekday.SUNDAY,
    widgets=(
        WidgetPlan("p95 duration", _STAT, "duration", _P95, height=2),
        WidgetPlan("Average satisfaction", _STAT, METRIC, _AVG, metric="satisfaction", height=2),
        WidgetPlan("Goal achieved", _STAT, METRIC, _AVG, metric="goal_achieved", height=2),
        WidgetPlan("Success rate by agent", _BAR, "success", _AVG, _WEEK, group_by=_BY_AGENT, width=6),
        WidgetPlan("Satisfaction per week", _BAR, METRIC, _AVG, _WEEK, metric="satisfaction", width=6),
        WidgetPlan("Calls by length", _BAR, "duration", _COUNT, _DAY, group_by=_BY_DURATION, width=6),
        WidgetPlan("Satisfaction of long calls", _BAR, METRIC, _AVG, _DAY, metric="satisfaction", width=6,
                   filters={"field": "duration", "op": "gte", "value": 300}),
        WidgetPlan("Latency", _LINE, METRIC, metric="latency", width=6),
        WidgetPlan("Calls per hour", _BAR, "timestamp", _COUNT, _HOUR, width=6,
                   filters={"field": "timestamp", "op": "gte", "value": "now-2d"}),
        WidgetPlan("Regions", _PIE, "metadata.region"),
        WidgetPlan("Where callers drop off", _PIE, "dropoff_point",
                   filters={"field": "dropoff_point", "op": "isnull", "value": False}),
        WidgetPlan("Calls by agent", _LIST, "agent.agent_name", _COUNT),
    ),
)  # fmt: skip

DASHBOARDS = (CALL_OVERVIEW, QUALITY)
