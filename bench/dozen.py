"""A dashboard of a dozen charts, twice: as widget definitions, and as the SQL that a person would write for each."""

from dataclasses import dataclass

from aggregation.query import WidgetDefinition
from models import Aggregation, ChartType, TimePeriod

WINDOW = {"field": "timestamp", "op": "gte", "value": "now-29d"}


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart of the dashboard; ``sql`` takes ``project``, ``start``, ``end``, ``before`` and the metrics' ids."""

    name: str
    definition: WidgetDefinition
    sql: str


_CALLS = "from call_logs where project_id = %(project)s and timestamp >= %(start)s and timestamp < %(end)s"
_BOTH = "from call_logs where project_id = %(project)s and timestamp >= %(before)s and timestamp < %(end)s"
_EVALUATIONS = (
    "from call_logs c join metric_evaluations e on e.project_id = c.project_id and e.call_log_id = c.id "
    "where c.project_id = %(project)s and c.timestamp >= %(start)s and c.timestamp < %(end)s and e.metric_id = "
)
_DAY = "date_trunc('day', timestamp, 'UTC')"
_LATENCY_BOTH = _EVALUATIONS.replace("%(start)s", "%(before)s")


def _bar(name: str, field: str, aggregation: Aggregation, sql: str) -> Chart:
    definition = WidgetDefinition(ChartType.BAR, field, aggregation=aggregation, time_period=TimePeriod.DAY)
    return Chart(name, definition, f"select {_DAY}, {sql} {_CALLS} group by 1 order by 1")


def _ranked(name: str, chart_type: ChartType, field: str, sql: str) -> Chart:
    statement = f"select {sql}, count(*) {_CALLS} group by 1 order by 2 desc limit 100"
    return Chart(name, WidgetDefinition(chart_type, field), statement)


def dozen(metrics: dict[str, int]) -> list[Chart]:
    """The twelve charts, for a project with these metrics."""
    value, latency, sentiment = "metric_evaluations.value", metrics["latency"], metrics["sentiment"]
    return [
        Chart(
            "overview",
            WidgetDefinition(ChartType.STAT),
            f"select timestamp >= %(start)s, count(*), avg(success::int), avg(duration), (select "
            f"percentile_cont(0.95) within group (order by number_value) {_LATENCY_BOTH} {latency} "
            f"and c.timestamp >= %(start)s) {_BOTH} group by 1",
        ),
        Chart(
            "average duration",
            WidgetDefinition(ChartType.STAT, "duration", aggregation=Aggregation.AVG),
            f"select timestamp >= %(start)s, avg(duration), count(duration) {_BOTH} group by 1",
        ),
        _bar("calls a day", "timestamp", Aggregation.COUNT, "count(*)"),
        _bar("average duration a day", "duration", Aggregation.AVG, "avg(duration), count(duration)"),
        _bar("success rate a day", "success", Aggregation.AVG, "avg(success::int), count(success)"),
        Chart(
            "p95 latency a day",
            WidgetDefinition(ChartType.BAR, value, latency, aggregation=Aggregation.P95, time_period=TimePeriod.DAY),
            f"select {_DAY}, percentile_cont(0.95) within group (order by number_value), count(number_value) "
            f"{_EVALUATIONS} {latency} group by 1 order by 1",
        ),
        Chart(
            "duration line",
            WidgetDefinition(ChartType.LINE, "duration"),
            # A person thins a line by keeping the average of each of 500 stretches.
            "select width_bucket(extract(epoch from timestamp), extract(epoch from %(start)s::timestamptz), "
            f"extract(epoch from %(end)s::timestamptz), 500), min(timestamp), avg(duration) {_CALLS} "
            "and duration is not null group by 1 order by 1",
        ),
        _ranked("ended reason", ChartType.PIE, "call_ended_reason", "call_ended_reason"),
        _ranked("success", ChartType.PIE, "success", "success"),
        Chart(
            "sentiment",
            WidgetDefinition(ChartType.PIE, value, sentiment),
            f"select text_value, count(*) {_EVALUATIONS} {sentiment} and text_value is not null "
            "group by 1 order by 2 desc",
        ),
        _ranked("organisations", ChartType.LIST, "metadata.org_name", "metadata ->> 'org_name'"),
        _ranked("topics", ChartType.LIST, "topic", "topic"),
    ]
