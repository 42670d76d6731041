"""A dashboard of twelve widgets over HTTP: against hand-written SQL on the same server, and against DuckDB.

The server is ``dialboard serve`` in a process of its own. Every comparison takes turns in one run, and nothing is
measured before all three ways agree on the numbers.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import duckdb
import psycopg

from bench import agreement, duck, http, plain
from bench.data import Filled
from bench.dozen import Chart, dozen
from bench.live import arriving
from bench.question import DASHBOARD, checked
from bench.saved import save
from bench.served import Client, client, served
from bench.table import Row
from bench.warming import until_stored
from bench.window import TimeRange
from models.sessions import Sessions
from server.keys import create_key

_ASKS = 40
_UNCOUNTED = 3
"""Asks of a warm dashboard in each turn; the first few, after another has had the processor's caches, do not count."""
_LIVE_SECONDS = 12.0
_CLIENT_SECONDS = 5.0
NAME = "A dashboard of 12 widgets over HTTP"
SQL, DUCKDB = "12 hand-written SQL statements", "DuckDB, in process, from its columns"


@dataclass(frozen=True, slots=True)
class Bench:
    """What is measured on: a project, a tenth of its size beside it, and the same rows in DuckDB."""

    dsn: str
    sessions: Sessions
    filled: Filled
    small: Filled
    duck: duckdb.DuckDBPyConnection
    rounds: int
    any_source: bool
    charts: list[Chart] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "charts", dozen(self.filled.metrics))


@dataclass(frozen=True, slots=True)
class Measured:
    """The rows, and how long it took until the dashboard was answered from pre-aggregates, in seconds."""

    rows: list[Row]
    filling: float


async def run(bench: Bench) -> Measured:
    """The rows of this benchmark."""
    connection = await plain.connect(bench.dsn, bench.filled.project_id)
    async with connection:
        first = await _first_time(bench, connection)
        measured = await _warm(bench, connection)
    return Measured([first, *measured.rows], measured.filling)


async def _first_time(bench: Bench, connection: psycopg.AsyncConnection) -> Row:
    """The first request of a server that was just started, for definitions that nobody asked for before."""
    key = await create_key(bench.sessions, bench.filled.project_id, "first time")
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(bench.rounds):
        dashboard = await save(bench.sessions, bench.filled.project_id, bench.charts, number)
        times[1].append(await _seconds(lambda: _sql(bench, connection)))
        async with served(bench.dsn) as url, client(url, key) as asking:
            times[0].append(await asking.timed(DASHBOARD, id=dashboard))
        await _quiet(connection)
    ours, theirs = map(statistics.median, times)
    return Row(f"{NAME}, first time", ours, theirs, SQL, 1, f"median of {bench.rounds}, each on a new server")


async def _warm(bench: Bench, connection: psycopg.AsyncConnection) -> Measured:
    project_id = bench.filled.project_id
    dashboard = await save(bench.sessions, project_id, bench.charts)
    beside = await save(bench.sessions, bench.small.project_id, dozen(bench.small.metrics))
    keys = [await create_key(bench.sessions, project.project_id, "warm") for project in (bench.filled, bench.small)]
    async with served(bench.dsn) as url, client(url, keys[0]) as asking, client(url, keys[1]) as asking_small:
        question = await checked(asking)
        await _agree(bench, connection, asking, question, dashboard, with_duck=True)
        filling = await until_stored(asking, question, dashboard, any_source=bench.any_source)
        await until_stored(asking_small, question, beside, any_source=bench.any_source)
        await _agree(bench, connection, asking, question, dashboard, with_duck=True)

        ours: list[float] = []
        small: list[float] = []
        sql: list[float] = []
        columns: list[float] = []
        for _ in range(bench.rounds):
            sql.append(await _seconds(lambda: _sql(bench, connection)))
            columns.append(await _seconds(lambda: _columns(bench)))
            ours += await _asks(asking, dashboard)
            small += await _asks(asking_small, beside)
        by_http = [
            *await http.small_field(f"{url}/graphql", keys[0]),
            *await http.many_clients(f"{url}/graphql", keys[0], DASHBOARD, {"id": dashboard}, _CLIENT_SECONDS),
        ]
        live = await _live(asking, dashboard)
        await _agree(bench, connection, asking, question, dashboard, with_duck=False)
    warm, raw, duckdb_ = map(statistics.median, (ours, sql, columns))
    lively, late = statistics.median(live), statistics.quantiles(live, n=20)[-1]
    note = f"median of {len(live):,}; p95 {late * 1000:.1f} ms"
    rows = [
        Row(f"{NAME}, warm", warm, raw, SQL, 1 / 300, f"median of {len(ours)}"),
        Row(f"{NAME}, warm", warm, duckdb_, DUCKDB, 1 / 25, f"median of {len(ours)}"),
        Row(f"{NAME}, a new call each second", lively, raw, SQL, 2 / 300, note),
        Row(f"{NAME}, a new call each second", lively, duckdb_, DUCKDB, 2 / 25, note),
        Row(f"{NAME}, warm, ten times the calls", warm, statistics.median(small), "the same with a tenth of them", 1.5),
        *by_http,
    ]
    return Measured(rows, filling)


async def _agree(
    bench: Bench,
    connection: psycopg.AsyncConnection,
    asking: Client,
    question: str,
    dashboard: str,
    *,
    with_duck: bool,
) -> None:
    """Compares every number of the dashboard with the SQL's, and with DuckDB's.

    Raises:
        bench.agreement.Disagreement: they differ.
    """
    widgets = (await asking.ask(question, id=dashboard))["dashboard"]["widgets"]
    for chart, widget in zip(bench.charts, widgets, strict=True):
        answer = widget["data"]
        error = answer.get("relativeError") or 0.0
        ours, time_range = agreement.answered(answer), agreement.time_range_of(answer)
        rows = await plain.ask(connection, chart, bench.filled.project_id, time_range)
        agreement.compare(chart, ours, agreement.of_rows(chart, rows), "SQL", error)
        if with_duck:
            rows = duck.ask(bench.duck, chart, time_range)
            agreement.compare(chart, ours, agreement.of_rows(chart, rows), "DuckDB", error)


async def _sql(bench: Bench, connection: psycopg.AsyncConnection) -> None:
    time_range = TimeRange.now()
    for chart in bench.charts:
        await plain.ask(connection, chart, bench.filled.project_id, time_range)


async def _columns(bench: Bench) -> None:
    time_range = TimeRange.now()
    for chart in bench.charts:
        duck.ask(bench.duck, chart, time_range)


async def _asks(asking: Client, dashboard: str) -> list[float]:
    return [await asking.timed(DASHBOARD, id=dashboard) for _ in range(_ASKS)][_UNCOUNTED:]


async def _live(asking: Client, dashboard: str) -> list[float]:
    """One request after the other, while a call a second comes in."""
    times: list[float] = []
    async with arriving(asking):
        end = time.perf_counter() + _LIVE_SECONDS
        while time.perf_counter() < end:
            times.append(await asking.timed(DASHBOARD, id=dashboard))
    return times


async def _seconds(work: Callable[[], Awaitable[object]]) -> float:
    begin = time.perf_counter()
    await work()
    return time.perf_counter() - begin


async def _quiet(connection: psycopg.AsyncConnection) -> None:
    """Waits until PostgreSQL has nothing left to do for a server that is gone."""
    statement = b"select 1 from pg_stat_activity where state <> 'idle' and pid <> pg_backend_pid() limit 1"
    for _ in range(600):
        if await (await connection.execute(statement)).fetchone() is None:
            return
        await asyncio.sleep(0.1)
    raise RuntimeError("PostgreSQL still works for a server that was stopped a minute ago.")
