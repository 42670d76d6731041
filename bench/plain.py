"""The hand-written SQL over the raw rows: one statement after the other, on one connection, fetched whole."""

import psycopg

from bench.dozen import Chart
from bench.window import TimeRange


async def connect(dsn: str, project_id: int) -> psycopg.AsyncConnection:
    """A connection that sees the project, in UTC as the charts are."""
    connection = await psycopg.AsyncConnection.connect(dsn, autocommit=True)
    await connection.execute(
        "select set_config('dialboard.project_id', %s, false), set_config('timezone', 'UTC', false)", (str(project_id),)
    )
    return connection


async def ask(
    connection: psycopg.AsyncConnection, chart: Chart, project_id: int, time_range: TimeRange
) -> list[tuple[object, ...]]:
    """The rows of a chart."""
    given = {"project": project_id, "start": time_range.start, "end": time_range.end, "before": time_range.before}
    return await (await connection.execute(chart.sql.encode(), given)).fetchall()
