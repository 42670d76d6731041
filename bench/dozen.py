"""A dashboard of a dozen charts, three times: as widgets, as SQL that a person would write, and as SQL of DuckDB.

Each chart is one plain statement. The two dialects differ where they must (parameters, percentiles) and where a person
who knows DuckDB would choose otherwise: its tables (``bench.duck``) hold one project, times without a zone, and the
metadata key as a column. A person thins a line to 2,000 points by taking the average of each of 2,000 equal
intervals; the compared stat reads both of its windows in one pass.
"""

from dataclasses import dataclass

from aggregation.question.query import WidgetDefinition
from models import Aggregation, ChartType, TimePeriod

WINDOW = {"field": "timestamp", "op": "gte", "value": "now-29d"}
POINTS = 2_000


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart of the dashboard.

    Attributes:
        sql: for PostgreSQL; takes ``project``, ``start``, ``end`` and ``before``, where the compared window begins.
        duck: for DuckDB; takes ``start`` and ``end``, the stat ``before`` as well.
        keys: how many columns name a row of either. The value follows them; the last column is the count.
    """

    name: str
    definition: WidgetDefinition
    sql: str
    duck: str = ""
    keys: int = 1


@dataclass(frozen=True, slots=True)
class _Dialect:
    """The parts of the statements that differ."""

    calls: str
    both: str
    evaluations: str
    p95: str
    org_name: str
    interval: str


_POSTGRES = _Dialect(
    "from call_logs where project_id = %(project)s and timestamp >= %(start)s and timestamp < %(end)s",
    "from call_logs where project_id = %(project)s and timestamp >= %(before)s and timestamp < %(end)s",
    "from call_logs c join metric_evaluations e on e.project_id = c.project_id and e.call_log_id = c.id "
    "where c.project_id = %(project)s and c.timestamp >= %(start)s and c.timestamp < %(end)s "
    "and e.metric_id = {metric}",
    "percentile_cont(0.95) within group (order by number_value)",
    "metadata ->> 'org_name'",
    "width_bucket(extract(epoch from timestamp), extract(epoch from %(start)s::timestamptz), "
    f"extract(epoch from %(end)s::timestamptz), {POINTS})",
)
_DUCKDB = _Dialect(
    "from call_logs where timestamp >= $start and timestamp < $end",
    "from call_logs where timestamp >= $before and timestamp < $end",
    "from call_logs c join metric_evaluations e on e.call_log_id = c.id "
    "where c.timestamp >= $start and c.timestamp < $end and e.metric_id = {metric}",
    "quantile_cont(number_value, 0.95)",
    "org_name",
    f"(epoch_us(timestamp) - epoch_us($start)) * {POINTS} // (epoch_us($end) - epoch_us($start))",
)
_START = {_POSTGRES: "%(start)s", _DUCKDB: "$start"}


def _both(dialect: _Dialect, statement: str, metric: int = 0) -> str:
    parts = {
        "calls": dialect.calls,
        "both": dialect.both,
        "evaluations": dialect.evaluations.format(metric=metric),
        "p95": dialect.p95,
        "org_name": dialect.org_name,
        "interval": dialect.interval,
        "start": _START[dialect],
    }
    return statement.format(**parts)


def _chart(name: str, definition: WidgetDefinition, statement: str, metric: int = 0, keys: int = 1) -> Chart:
    sql, duck = (_both(dialect, statement, metric) for dialect in (_POSTGRES, _DUCKDB))
    return Chart(name, definition, sql, duck, keys)


def _bar(name: str, field: str, aggregation: Aggregation, value: str, group: str | None = None) -> Chart:
    by = {"type": "field", "field": group} if group else None
    definition = WidgetDefinition(
        ChartType.BAR, field, aggregation=aggregation, time_period=TimePeriod.DAY, group_by=by
    )
    columns, keys = (f", {group}", "1, 2") if group else ("", "1")
    statement = f"select date_trunc('day', timestamp){columns}, {value} {{calls}} group by {keys} order by {keys}"
    return _chart(name, definition, statement, keys=2 if group else 1)


def _ranked(name: str, chart_type: ChartType, field: str, label: str) -> Chart:
    statement = f"select {label}, count(*) {{calls}} group by 1 order by 2 desc limit 100"
    return _chart(name, WidgetDefinition(chart_type, field), statement)


def dozen(metrics: dict[str, int]) -> list[Chart]:
    """The twelve charts, for a project with these metrics."""
    value, latency, sentiment = "metric_evaluations.value", metrics["latency"], metrics["sentiment"]
    average = "avg(duration), count(duration)"
    return [
        _chart(
            "average duration, compared",
            WidgetDefinition(ChartType.STAT, "duration", aggregation=Aggregation.AVG),
            f"select timestamp >= {{start}}, {average} {{both}} group by 1",
        ),
        _bar("calls a day", "timestamp", Aggregation.COUNT, "count(*)"),
        _bar("average duration a day", "duration", Aggregation.AVG, average),
        _bar("success rate a day", "success", Aggregation.AVG, "avg(success::int), count(success)"),
        _chart(
            "p95 latency a day",
            WidgetDefinition(ChartType.BAR, value, latency, aggregation=Aggregation.P95, time_period=TimePeriod.DAY),
            "select date_trunc('day', timestamp), {p95}, count(number_value) {evaluations} group by 1 order by 1",
            latency,
        ),
        _bar("calls by topic a day", "timestamp", Aggregation.COUNT, "count(*)", "topic"),
        _bar("average duration by ended reason a day", "duration", Aggregation.AVG, average, "call_ended_reason"),
        _ranked("ended reason", ChartType.PIE, "call_ended_reason", "call_ended_reason"),
        _ranked("success", ChartType.PIE, "success", "success"),
        _chart(
            "sentiment",
            WidgetDefinition(ChartType.PIE, value, sentiment),
            "select text_value, count(*) {evaluations} group by 1 order by 2 desc limit 100",
            sentiment,
        ),
        _ranked("organisations", ChartType.LIST, "metadata.org_name", "{org_name}"),
        _chart(
            "duration line",
            WidgetDefinition(ChartType.LINE, "duration"),
            "select {interval}, min(timestamp), avg(duration), count(*) {calls} and duration is not null "
            "group by 1 order by 1",
        ),
    ]
