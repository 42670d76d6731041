"""Importing JSON lines, against a plain COPY of the same rows into the same tables with their indexes; and importing
other formats with a mapping, against JSON lines."""

import csv
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import psycopg
from sqlalchemy import insert

from bench.table import Row
from models import Project
from models.sessions import Sessions
from server.importing import ImportOptions, import_file

_COLUMNS = "select column_name from information_schema.columns where table_name = %s and column_name <> 'project_id'"
_TABLES = ("agents", "metrics", "call_logs", "metric_evaluations")


def make_file(path: Path, calls: int) -> None:
    """Writes ``calls`` calls with three metrics each."""
    chance = random.Random(1)
    begin = datetime.now(UTC) - timedelta(days=29)
    with path.open("wb") as file:
        for number in range(calls):
            call = {
                "call_id": f"call-{number}",
                "agent": f"Agent {number % 8}",
                "timestamp": (begin + timedelta(seconds=number * 29 * 86_400 // calls)).isoformat(),
                "duration": round(chance.uniform(5, 600), 1),
                "success": chance.random() < 0.7,
                "customer_number": f"+1555{number % 90_000:07}",
                "call_ended_reason": chance.choice(["customer_ended_call", "agent_ended_call", "timeout"]),
                "topic": chance.choice(["billing", "support", "sales", "delivery"]),
                "metadata": {"org_name": f"Org {number % 40}", "region": chance.choice(["US", "EU"])},
                "metrics": [
                    {"metric": "latency", "type": "numeric", "value": round(chance.expovariate(2), 3)},
                    {"metric": "satisfaction", "type": "rating", "value": chance.randint(0, 5)},
                    {"metric": "sentiment", "type": "enum", "value": chance.choice(["good", "bad"])},
                ],
            }
            file.write(orjson.dumps(call) + b"\n")


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
    return Row(name, ours / rounds, copies / rounds, "COPY into the same tables", 2)


_COLUMNS_OF_CSV = (
    "call_id",
    "agent",
    "timestamp",
    "duration",
    "success",
    "customer_number",
    "call_ended_reason",
    "topic",
    "org_name",
    "region",
    "latency",
    "satisfaction",
    "sentiment",
)
_METRICS = {"latency": "numeric", "satisfaction": "rating", "sentiment": "enum"}


async def run_formats(sessions: Sessions, calls: int, rounds: int = 2) -> list[Row]:
    """The time of imports of CSV and of a JSON array with a mapping, against that of JSON lines of the same calls, in
    turns, each into a project of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        lines = path / "calls.jsonl"
        make_file(lines, calls)
        ways = {"CSV": _csv(path, lines), "a JSON array": _json(path, lines)}
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
        Row(f"Import of {calls:,} calls from {name} with a mapping", taken[name] / rounds, plain, "JSON lines", 2)
        for name in ways
    ]


def _csv(folder: Path, lines: Path) -> tuple[Path, ImportOptions]:
    path = folder / "calls.csv"
    with lines.open("rb") as source, path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(_COLUMNS_OF_CSV)
        for line in source:
            call = orjson.loads(line)
            metrics = {value["metric"]: value["value"] for value in call["metrics"]}
            writer.writerow([(call | call["metadata"] | metrics)[name] for name in _COLUMNS_OF_CSV])
    return path, ImportOptions(_mapping(folder / "csv.toml", "{}", "{}", "{}"))


def _json(folder: Path, lines: Path) -> tuple[Path, ImportOptions]:
    path = folder / "calls.json"
    path.write_bytes(b"[" + b",\n".join(lines.read_bytes().splitlines()) + b"]")
    return path, ImportOptions(_mapping(folder / "json.toml", "{}", "metadata.{}", "metrics[metric={}].value"))


def _mapping(path: Path, call: str, metadata: str, metric: str) -> Path:
    """A mapping of the three parts of a call to columns or paths."""
    text = ["[call]", *(f'{name} = "{call.format(name)}"' for name in _COLUMNS_OF_CSV[:8])]
    text += ["[metadata]", *(f'{name} = "{metadata.format(name)}"' for name in _COLUMNS_OF_CSV[8:10])]
    for name, type_ in _METRICS.items():
        text += [f"[metrics.{name}]", f'column = "{metric.format(name)}"', f'type = "{type_}"']
    path.write_text("\n".join(text))
    return path


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
