"""The same rows in DuckDB's own columns, in this process, laid out as a person who knows it would.

One project, so no project column; times as plain UTC timestamps, which it truncates faster than those with a zone; the
charted metadata key as a column; calls in the order of time, evaluations by metric and call, so that the minima and
maxima of its row groups tell it what to skip. It uses as many threads as it takes by itself.
"""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import psycopg

from bench.dozen import Chart
from bench.window import TimeRange

_TABLES = {
    "call_logs": (
        "select id, timestamp at time zone 'UTC', agent_id, duration, success, call_ended_reason, topic, "
        "metadata ->> 'org_name' from call_logs where project_id = {project} order by timestamp",
        {
            "id": "BIGINT",
            "timestamp": "TIMESTAMP",
            "agent_id": "BIGINT",
            "duration": "DOUBLE",
            "success": "BOOLEAN",
            "call_ended_reason": "VARCHAR",
            "topic": "VARCHAR",
            "org_name": "VARCHAR",
        },
    ),
    "metric_evaluations": (
        "select call_log_id, metric_id, number_value, text_value from metric_evaluations "
        "where project_id = {project} order by metric_id, call_log_id",
        {"call_log_id": "BIGINT", "metric_id": "BIGINT", "number_value": "DOUBLE", "text_value": "VARCHAR"},
    ),
}


def load(connection: psycopg.Connection, project_id: int, database: Path) -> duckdb.DuckDBPyConnection:
    """Copies a project's calls and evaluations into a DuckDB file."""
    duck = duckdb.connect(database)
    with tempfile.TemporaryDirectory(dir=database.parent) as folder:
        for table, (select, columns) in _TABLES.items():
            path = Path(folder) / f"{table}.csv"
            rows = f"copy ({select.format(project=project_id)}) to stdout (format csv)".encode()
            with path.open("wb") as file, connection.cursor() as cursor, cursor.copy(rows) as copy:
                file.writelines(copy)
            duck.execute(f"create table {table} as from read_csv('{path}', header = false, columns = {columns!r})")
            path.unlink()
    duck.execute("checkpoint")
    return duck


def ask(duck: duckdb.DuckDBPyConnection, chart: Chart, time_range: TimeRange) -> list[tuple[object, ...]]:
    """The rows of a chart."""
    moments = {"start": time_range.start, "end": time_range.end, "before": time_range.before}
    given = {name: _plain(moment) for name, moment in moments.items() if f"${name}" in chart.duck}
    return duck.execute(chart.duck, given).fetchall()


def _plain(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
