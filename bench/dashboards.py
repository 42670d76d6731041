"""A dashboard of twelve widgets in one GraphQL query: against plain SQL, and against one request a widget.

All over HTTP from a client on this machine, through the same application that ``dialboard serve`` runs. The SQL runs on
one connection, one statement after the other, on the same server and the same rows.
"""

from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg

from bench.compared import ZONE, compared
from bench.data import Filled
from bench.dozen import WINDOW, Chart, dozen
from bench.table import Row, alternately
from graph.node_ids import encode
from models import Dashboard, Widget
from models.sessions import Sessions
from server.app import create_app
from server.keys import create_key
from server.runtime import Runtime
from server.settings import Settings

_FRAGMENT = """
fragment Shown on ChartData {
  __typename
  ... on StatChart { value previousValue overview { totalCalls successRate averageDuration p95Latency } }
  ... on BarChart { buckets { timeInterval value sampleCount } }
  ... on LineChart { totalPoints points(maxPoints: 2000) { timestamp value } }
  ... on PieChart { slices { label value percentage } }
  ... on ListChart { rows { label value percentage } }
  ... on Error { message }
}
"""
ALL = "query All($id: ID!) { dashboard(id: $id) { widgets { id data { ...Shown } } } }" + _FRAGMENT
ONE = "query One($id: ID!) { widget(id: $id) { data { ...Shown } } }" + _FRAGMENT
COMPARED = (
    'query Compared($id: ID!) { dashboard(id: $id) { widgets { id data(compareTo: {shift: "7d"}) { ...Shown '
    "... on BarChart { buckets { group comparison { value } } } ... on StatChart { comparison { value } } "
    "... on ListChart { rows { comparison { value } } } } } } }"
) + _FRAGMENT
IDS = "query Ids($id: ID!) { dashboard(id: $id) { widgets { id } } }"


class Client:
    """A GraphQL client of the application; every answer must be a chart."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def ask(self, query: str, id_: str) -> dict[str, Any]:
        """The data that a query answers."""
        response = await self.http.post("/graphql", json={"query": query, "variables": {"id": id_}})
        answer = response.json()
        if "errors" in answer or '"message":' in response.text:
            raise RuntimeError(f"The benchmark's query failed: {response.text[:500]}")
        return answer["data"]


@asynccontextmanager
async def client(runtime: Runtime, project_id: int) -> AsyncGenerator[Client]:
    """A client of the application on this database, signed in to the project."""
    app = create_app(Settings(), runtime)
    key = await create_key(runtime.sessions, project_id, "bench")
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://bench", timeout=600) as http:
        http.headers["X-API-Key"] = key
        yield Client(http)


async def save(sessions: Sessions, project_id: int, charts: list[Chart], time_zone: str = "UTC") -> int:
    """Saves the dashboard and returns its number."""
    async with sessions.write(project_id) as session:
        dashboard = Dashboard(project_id=project_id, name="Bench", filters=WINDOW, time_zone=time_zone)
        session.add(dashboard)
        await session.flush()
        for position, chart in enumerate(charts):
            definition = chart.definition
            session.add(
                Widget(
                    project_id=project_id,
                    dashboard_id=dashboard.id,
                    name=chart.name,
                    chart_type=definition.chart_type,
                    field=definition.field,
                    metric_id=definition.metric_id,
                    aggregation=definition.aggregation,
                    time_period=definition.time_period,
                    group_by=definition.group_by,
                    position=position,
                )
            )
        return dashboard.id


async def plain(connection: psycopg.AsyncConnection, charts: list[Chart], project_id: int) -> None:
    """The hand-written SQL of the charts, one statement after the other."""
    now = datetime.now(UTC)
    start = now - timedelta(days=29)
    given = {
        "project": project_id,
        "start": start,
        "end": now,
        "before": start - (now - start),
        "week_start": start - timedelta(days=7),
        "week_end": now - timedelta(days=7),
    }
    for chart in charts:
        await (await connection.execute(chart.sql.encode(), given)).fetchall()


async def run(runtime: Runtime, dsn: str, filled: Filled, rounds: int) -> list[Row]:
    """The rows of this benchmark."""
    charts, others = dozen(filled.metrics), compared(filled.metrics)
    project_id, sessions = filled.project_id, runtime.sessions
    dashboard = encode("Dashboard", await save(sessions, project_id, charts))
    second = encode("Dashboard", await save(sessions, project_id, others, ZONE))
    connection = await psycopg.AsyncConnection.connect(dsn, autocommit=True)
    await connection.execute("select set_config('dialboard.project_id', %s, false)", (str(project_id),))
    async with client(runtime, project_id) as graphql, connection:
        ids = [widget["id"] for widget in (await graphql.ask(IDS, dashboard))["dashboard"]["widgets"]]

        async def one_by_one() -> None:
            for id_ in ids:
                await graphql.ask(ONE, id_)

        def together() -> Awaitable[object]:
            return graphql.ask(ALL, dashboard)

        against_sql = await alternately(together, lambda: plain(connection, charts, project_id), rounds)
        against_requests = await alternately(together, one_by_one, rounds)
        against_grouped = await alternately(
            lambda: graphql.ask(COMPARED, second), lambda: plain(connection, others, project_id), rounds
        )
    name = "A dashboard of 12 widgets over HTTP"
    return [
        Row(name, *against_sql, "12 hand-written SQL statements", 0.7),
        Row(name, *against_requests, "12 requests, one a widget", 0.8),
        Row("8 grouped, compared, zoned widgets", *against_grouped, "8 hand-written SQL statements", 0.9),
    ]
