"""The hand-written SQL over the raw rows: one statement after the other, on one connection, fetched whole."""

import psycopg

from bench.dozen import Chart
from bench.window import Stretch


async def connect(dsn: str, project_id: int) -> psycopg.AsyncConnection:
    """A connection that sees the project, in UTC as the charts are."""
    connection = await psycopg.AsyncConnection.connect(dsn, autocommit=True)
    await connection.execute(
        "select set_config('dialboard.project_id', %s, false), set_config('timezone', 'UTC', false)", (str(project_id),)
    )
    return connection


async def ask(
    connection: psycopg.AsyncConnection, chart: Chart, project_id: int, stretch: Stretch
) -> list[tuple[object, ...]]:
    """The rows of a chart."""
    given = {"project": project_id, "start": stretch.start, "end": stretch.end, "before": stretch.before}
    return await (await connection.execute(chart.sql.encode(), given)).fetchall()
