"""Scopes to test with, from one flat list of what tests say of them."""

from datetime import datetime, timedelta
from typing import Any

from aggregation.question.query import ChartOptions, ChartScope, MetricRef, Overrides, Surroundings
from models import Weekday


def chart_scope(
    project_id: int,
    now: datetime,
    max_window: timedelta | None,
    dashboard_filters: Any = None,
    *,
    time_zone: str = "UTC",
    week_start: Weekday = Weekday.MONDAY,
    metrics: dict[int, MetricRef] | None = None,
    override_filters: Any = None,
    has_override: bool = False,
    request_scope: Any = None,
    time_from: str | None = None,
    time_to: str | None = None,
    **options: Any,
) -> ChartScope:
    """A scope. ``options`` are those of ``ChartOptions``."""
    return ChartScope(
        project_id,
        now,
        max_window,
        Surroundings(dashboard_filters, time_zone, week_start),
        Overrides(override_filters, has_override, request_scope, time_from, time_to),
        ChartOptions(**options),
        metrics or {},
    )
