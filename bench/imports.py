"""Importing JSON lines, against a plain COPY of the same rows into the same tables with their indexes; and importing
other formats with a mapping, against JSON lines."""

import tempfile
import time
from pathlib import Path

import psycopg
from sqlalchemy import insert

from bench.import_files import csv_of, json_of, make_file, parquet_of, workbook_of
from bench.table import Row
from models import Project
from models.sessions import Sessions
from server.importing import ImportOptions, import_file

_COLUMNS = "select column_name from information_schema.columns where table_name = %s and column_name <> 'project_id'"
_BOUNDS = {"CSV": 2, "a JSON array": 2}
_TABLES = ("agents", "metrics", "call_logs", "metric_evaluations")


async def run(sessions: Sessions, superuser_dsn: str, calls: int, rounds: int = 2) -> Row:
    """The time of imports against that of copies, in turns, each into a project of its own.

    The copies are made as superuser, since COPY is not to be had under row-level security.
    """
    ours = copies = 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "calls.jsonl"
        make_file(path, calls)
        for number in range(rounds):
            project_id = await _project(sessions, f"import {number}")
            begin = time.perf_counter()
            result = await import_file(sessions, project_id, path, ImportOptions())
            ours += time.perf_counter() - begin
            if result.created != calls:
                raise RuntimeError(f"The import made {result.created} calls of {calls}.")
            copies += _copy(superuser_dsn, project_id, await _project(sessions, f"copy {number}"))
    name = f"Import of {calls:,} calls with 3 metrics each"
    return Row(name, ours / rounds, copies / rounds, "COPY into the same tables", 1.6)


async def run_formats(sessions: Sessions, calls: int, rounds: int = 2) -> list[Row]:
    """The time of imports of other formats with a mapping, against that of JSON lines of the same calls, in
    turns, each into a project of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        lines = path / "calls.jsonl"
        make_file(lines, calls)
        ways = {
            "CSV": csv_of(path, lines),
            "a JSON array": json_of(path, lines),
            "Parquet": parquet_of(path, lines),
            "a workbook": workbook_of(path, lines),
        }
        taken = dict.fromkeys(("JSON lines", *ways), 0.0)
        for number in range(rounds):
            for name, (file, options) in {"JSON lines": (lines, ImportOptions()), **ways}.items():
                project_id = await _project(sessions, f"{name} {number}")
                begin = time.perf_counter()
                result = await import_file(sessions, project_id, file, options)
                taken[name] += time.perf_counter() - begin
                if result.created != calls:
                    raise RuntimeError(f"The import of {name} made {result.created} calls of {calls}.")
    plain = taken["JSON lines"] / rounds
    return [
        Row(
            f"Import of {calls:,} calls from {name} with a mapping",
            taken[name] / rounds,
            plain,
            "JSON lines",
            _BOUNDS.get(name),
        )
        for name in ways
    ]


async def _project(sessions: Sessions, name: str) -> int:
    async with sessions.engine.begin() as connection:
        return (await connection.execute(insert(Project).values(name=name).returning(Project.id))).scalar_one()


def _copy(dsn: str, source: int, target: int) -> float:
    """Copies a project's rows into another project; returns the seconds that the copying in took."""
    total = 0.0
    with psycopg.connect(dsn) as connection:
        for table in _TABLES:
            names = connection.execute(_COLUMNS, (table,)).fetchall()
            columns = ", ".join(f'"{name}"' for (name,) in names)
            rows_of = f"select {target:d}::bigint, {columns} from {table} where project_id = {source:d} order by id"
            out = f"copy ({rows_of}) to stdout (format binary)"
            with connection.cursor().copy(out.encode()) as copy:
                rows = [bytes(part) for part in copy]
            begin = time.perf_counter()
            with connection.cursor().copy(
                f"copy {table} (project_id, {columns}) from stdin (format binary)".encode()
            ) as copy:
                for part in rows:
                    copy.write(part)
            total += time.perf_counter() - begin
        begin = time.perf_counter()
        connection.commit()
        return total + time.perf_counter() - begin
