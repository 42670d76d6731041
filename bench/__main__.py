"""``python -m bench``: measures, prints a table of ratios, and writes ``bench/results.json``."""

import argparse
import asyncio
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from sqlalchemy import URL

from bench import dashboards, duck, filters, imports, machine, points, writes
from bench.data import fill, settle, sizes
from bench.table import BOUNDS_HOLD, Row, show, write
from models.sessions import Sessions
from server.logs import configure
from server.postgres.database import make_engine
from server.postgres.embedded import ROLE, SUPERUSER, EmbeddedPostgres
from server.postgres.migrate import upgrade
from server.settings import Settings

_RESULTS = Path(__file__).parent / "results.json"


@dataclass(frozen=True, slots=True)
class _Asked:
    calls: int
    import_calls: int
    rounds: int
    any_source: bool


def main() -> None:
    """Runs all benchmarks on an embedded PostgreSQL in a folder of its own."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=main.__doc__)
    parser.add_argument("--calls", type=int, default=500_000, help="calls to chart (default 500000)")
    parser.add_argument("--import-calls", type=int, default=20_000, help="calls to import (default 20000)")
    parser.add_argument("--rounds", type=int, default=3, help="measured turns of each dashboard (default 3)")
    parser.add_argument("--results", type=Path, default=_RESULTS, help="the file to write")
    parser.add_argument("--any-source", action="store_true", help="do not wait until charts come from pre-aggregates")
    given = parser.parse_args()
    asked = _Asked(given.calls, given.import_calls, given.rounds, given.any_source)
    configure(Settings(log_level="warning"))
    with (
        tempfile.TemporaryDirectory(prefix="dialboard-bench-", ignore_cleanup_errors=True) as folder,
        EmbeddedPostgres(Path(folder) / "data") as embedded,
    ):
        rows, about = asyncio.run(_run(embedded, Path(folder), asked))
    show(rows, f"{asked.calls:,} calls, {3 * asked.calls:,} evaluations ({BOUNDS_HOLD})")
    write(rows, given.results, about)


async def _run(embedded: EmbeddedPostgres, folder: Path, asked: _Asked) -> tuple[list[Row], dict[str, Any]]:
    console = Console(stderr=True)
    url, superuser = embedded.url(ROLE, ROLE), _dsn(embedded.url(SUPERUSER, ROLE))
    await asyncio.to_thread(upgrade, url)
    engine = make_engine(url, 10)
    sessions = Sessions(engine, timedelta(minutes=5))
    try:
        console.print(f"Filters, points, and {asked.import_calls:,} calls to import ...")
        rows = [*filters.run(), await points.run(), await imports.run(sessions, superuser, asked.import_calls)]
        console.print("Imports of other formats ...")
        rows += await imports.run_formats(sessions, asked.import_calls)
        console.print("Writes ...")
        rows += await writes.run(sessions, superuser, single_calls=100, rounds=4, batches=2)
        with psycopg.connect(superuser) as connection:
            console.print(f"Making {asked.calls:,} calls, and a tenth as many beside them ...")
            small = await asyncio.to_thread(fill, connection, asked.calls // 10, "a tenth")
            filled = await asyncio.to_thread(fill, connection, asked.calls)
            await asyncio.to_thread(settle, connection)
            console.print("Copying them into DuckDB ...")
            columns = await asyncio.to_thread(duck.load, connection, filled.project_id, folder / "columns.duckdb")
            console.print("Dashboards ...")
            bench = dashboards.Bench(_dsn(url), sessions, filled, small, columns, asked.rounds, asked.any_source)
            measured = await dashboards.run(bench)
            columns.close()
            about = _about(connection, asked, measured.filling)
    finally:
        await engine.dispose()
    return [*measured.rows, *rows], about


def _about(connection: psycopg.Connection, asked: _Asked, filling: float) -> dict[str, Any]:
    """What the figures hold for."""
    return {
        "machine": machine.machine(),
        "versions": machine.versions(connection),
        "postgresql_settings": machine.settings(connection),
        "sizes": {
            "calls": asked.calls,
            "evaluations": 3 * asked.calls,
            "calls_of_the_small_project": asked.calls // 10,
            **sizes(connection),
        },
        "seconds_until_stored": round(filling, 2),
    }


def _dsn(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


if __name__ == "__main__":
    main()
