"""Files of calls in the formats that are imported, each with its mapping."""

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import orjson
from openpyxl import Workbook

from server.importing import ImportOptions

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
_NUMBERS = ("duration", "latency", "satisfaction")


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


def csv_of(folder: Path, lines: Path) -> tuple[Path, ImportOptions]:
    """CSV of JSON lines, with a mapping."""
    path = folder / "calls.csv"
    with lines.open("rb") as source, path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(_COLUMNS_OF_CSV)
        for line in source:
            call = orjson.loads(line)
            metrics = {value["metric"]: value["value"] for value in call["metrics"]}
            writer.writerow([(call | call["metadata"] | metrics)[name] for name in _COLUMNS_OF_CSV])
    return path, ImportOptions(_mapping(folder / "csv.toml", "{}", "{}", "{}"))


def json_of(folder: Path, lines: Path) -> tuple[Path, ImportOptions]:
    """A JSON array of JSON lines, with a mapping."""
    path = folder / "calls.json"
    with lines.open("rb") as source, path.open("wb") as file:
        for number, line in enumerate(source):
            file.write((b",\n" if number else b"[") + line.rstrip())
        file.write(b"]")
    return path, ImportOptions(_mapping(folder / "json.toml", "{}", "metadata.{}", "metrics[metric={}].value"))


def parquet_of(folder: Path, lines: Path) -> tuple[Path, ImportOptions]:
    """Parquet of JSON lines, with a mapping."""
    source, options = csv_of(folder, lines)
    path = folder / "calls.parquet"
    duckdb.sql(f"copy (select * from read_csv('{source}', delim=';')) to '{path}' (format parquet)")
    return path, options


def workbook_of(folder: Path, lines: Path) -> tuple[Path, ImportOptions]:
    """A workbook of JSON lines, with a mapping."""
    source, options = csv_of(folder, lines)
    path = folder / "calls.xlsx"
    book: Any = Workbook(write_only=True)
    sheet = book.create_sheet("Calls")
    with source.open(newline="", encoding="utf-8") as file:
        for row in csv.reader(file, delimiter=";"):
            sheet.append(
                [
                    float(cell) if name in _NUMBERS and cell != name else cell
                    for name, cell in zip(_COLUMNS_OF_CSV, row, strict=True)
                ]
            )
    book.save(path)
    return path, options


def _mapping(path: Path, call: str, metadata: str, metric: str) -> Path:
    """A mapping of the three parts of a call to columns or paths."""
    text = ["[call]", *(f'{name} = "{call.format(name)}"' for name in _COLUMNS_OF_CSV[:8])]
    text += ["[metadata]", *(f'{name} = "{metadata.format(name)}"' for name in _COLUMNS_OF_CSV[8:10])]
    for name, type_ in _METRICS.items():
        text += [f"[metrics.{name}]", f'column = "{metric.format(name)}"', f'type = "{type_}"']
    path.write_text("\n".join(text))
    return path
