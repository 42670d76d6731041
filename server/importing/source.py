"""Opening a file to import, in the format that it has."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from server.importing.csv_rows import CsvRows
from server.importing.jsonl_rows import JsonLineRows
from server.importing.lines import Lines
from server.importing.mapping import CsvMapping
from server.importing.outcome import ImportFailure
from server.importing.reading import Rows

STANDARD_INPUT = Path("-")


@dataclass(frozen=True, slots=True)
class Source:
    """An open file. ``size`` is in bytes; None when it is not known."""

    rows: Rows
    lines: Lines
    size: int | None


@contextmanager
def open_source(path: Path, mapping: CsvMapping | None) -> Generator[Source]:
    """Opens a file, or the standard input for ``-``. With a mapping, or by the name ``.csv``, it is CSV.

    Raises:
        ImportFailure: when it cannot be opened or its header does not fit.
    """
    if path == STANDARD_INPUT:
        yield _source(path, sys.stdin.buffer, None, mapping)
        return
    try:
        stream = path.open("rb", buffering=256 * 1024)
    except OSError as error:
        raise ImportFailure(f"{path}: cannot be read: {error.strerror}") from None
    with stream:
        yield _source(path, stream, path.stat().st_size, mapping)


def _source(path: Path, stream: BinaryIO, size: int | None, mapping: CsvMapping | None) -> Source:
    lines = Lines(stream)
    if mapping is None and path.suffix.lower() != ".csv":
        return Source(JsonLineRows(lines), lines, size)
    try:
        return Source(CsvRows(lines, mapping), lines, size)
    except ImportFailure as failure:
        raise ImportFailure(f"{path}: {failure}") from None
