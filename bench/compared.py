"""Charts that are grouped, compared with the week before, and cut in a time zone: as widgets, and as plain SQL.

The SQL of a comparison is the statement twice, once for each stretch of time, joined by UNION ALL.
"""

from aggregation.query import WidgetDefinition
from bench.dozen import Chart
from models import Aggregation, ChartType, TimePeriod

ZONE = "America/New_York"

_DAY = f"date_trunc('day', timestamp, '{ZONE}')"
_CALLS = "from call_logs where project_id = %(project)s and timestamp >= %({start})s and timestamp < %({end})s"
_EVALUATIONS = (
    "from call_logs c join metric_evaluations e on e.project_id = c.project_id and e.call_log_id = c.id "
    "where c.project_id = %(project)s and c.timestamp >= %({start})s and c.timestamp < %({end})s "
    "and e.metric_id = {metric} and number_value is not null"
)
_NOW, _THEN = {"start": "start", "end": "end"}, {"start": "week_start", "end": "week_end"}


def _twice(sql: str, **more: object) -> str:
    """The statement for both stretches of time."""
    return f"({sql.format(**_NOW, **more)}) union all ({sql.format(**_THEN, **more)})"


def _bar(name: str, field: str, aggregation: Aggregation, sql: str, group: str | None) -> Chart:
    by = {"type": "field", "field": group} if group else None
    definition = WidgetDefinition(
        ChartType.BAR, field, aggregation=aggregation, time_period=TimePeriod.DAY, group_by=by
    )
    columns, keys = (f"{_DAY}, {group}", "1, 2") if group else (f"{_DAY}, null", "1")
    return Chart(name, definition, _twice(f"select {columns}, {sql} {_CALLS} group by {keys}"))


def compared(metrics: dict[str, int]) -> list[Chart]:
    """The charts, for a project with these metrics."""
    latency = metrics["latency"]
    by_topic = {"type": "field", "field": "topic"}
    return [
        _bar("calls by topic", "timestamp", Aggregation.COUNT, "count(*)::float, count(*)", "topic"),
        _bar("duration by topic", "duration", Aggregation.AVG, "avg(duration), count(duration)", "topic"),
        _bar("success by agent", "success", Aggregation.AVG, "avg(success::int), count(success)", "agent_id"),
        _bar("calls", "timestamp", Aggregation.COUNT, "count(*)::float, count(*)", None),
        _bar("duration", "duration", Aggregation.AVG, "avg(duration), count(duration)", None),
        Chart(
            "average duration",
            WidgetDefinition(ChartType.STAT, "duration", aggregation=Aggregation.AVG),
            _twice(f"select avg(duration), count(duration) {_CALLS}"),
        ),
        Chart(
            "latency by topic",
            WidgetDefinition(
                ChartType.LIST,
                "metric_evaluations.value",
                latency,
                aggregation=Aggregation.AVG,
                group_by=by_topic,
            ),
            _twice(f"select topic, avg(number_value), count(number_value) {_EVALUATIONS} group by 1", metric=latency),
        ),
        Chart(
            "latency",
            WidgetDefinition(
                ChartType.BAR,
                "metric_evaluations.value",
                latency,
                aggregation=Aggregation.AVG,
                time_period=TimePeriod.DAY,
            ),
            _twice(f"select {_DAY}, avg(number_value), count(number_value) {_EVALUATIONS} group by 1", metric=latency),
        ),
    ]
