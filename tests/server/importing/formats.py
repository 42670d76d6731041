"""Files in many formats, and what is read from them, for the tests of formats."""

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.call_record import CallRecord
from server.importing import FileSettings
from server.importing.inputs import find_inputs
from server.importing.mapping import CallMapping
from server.importing.mapping_file import read_mapping
from server.importing.reading import Reading
from server.importing.source import open_source

START = "2026-03-01T09:30:00Z"

COLUMNS = """
[call]
call_id = "Id"
agent = "Who"
timestamp = "When"
topic = "Topic"
"""
"""A mapping for tables with four columns; of the names of JSON keys, too."""


@dataclass(frozen=True)
class Read:
    """What was read of a file."""

    found: str
    readings: list[Reading]
    skipped: int

    @property
    def records(self) -> list[CallRecord]:
        return [reading.record for reading in self.readings if reading.record is not None]

    @property
    def ids(self) -> list[str]:
        return [record.call_id for record in self.records]

    @property
    def topics(self) -> list[object]:
        return [record.values.get("topic") for record in self.records]

    @property
    def faults(self) -> list[tuple[int, int, str]]:
        """Line, column and reason."""
        return [
            (fault.line or reading.line, fault.column, fault.reason)
            for reading in self.readings
            for fault in reading.faults
        ]


def read(path: Path, mapping: CallMapping | None = None, **file: Any) -> Read:
    """Reads the only file at a path."""
    (input_,) = find_inputs(path).files
    with open_source(input_, mapping, FileSettings(**file)) as source:
        readings = list(source.rows.readings())
        return Read(source.found, readings, source.rows.skipped)


def mapping_of(folder: Path, text: str) -> CallMapping:
    """A mapping from its text."""
    path = folder / "mapping.toml"
    path.write_text(text)
    return read_mapping(path)


def call(number: int, **more: Any) -> dict[str, Any]:
    """A call of the native format."""
    return {"call_id": f"c{number}", "agent": "Ava", "timestamp": START, **more}


def lines(count: int) -> str:
    """JSON lines."""
    return "".join(f"{json.dumps(call(number))}\n" for number in range(count))


def table(*rows: list[str], delimiter: str = ",", quote: str = '"', end: str = "\n") -> str:
    """A text of rows with the columns of ``COLUMNS``."""
    output = io.StringIO(newline="")
    writer = csv.writer(output, delimiter=delimiter, quotechar=quote, lineterminator=end)
    writer.writerows([["Id", "Who", "When", "Topic"], *rows])
    return output.getvalue()


def row(number: int, topic: str = "billing") -> list[str]:
    """A row of it."""
    return [f"c{number}", "Ava", START, topic]
