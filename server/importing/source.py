"""Opening a file to import, in the format that it has."""

import codecs
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, FileIO
from pathlib import Path

from server.importing.csv_rows import CsvRows
from server.importing.jsonl_rows import JsonLineRows
from server.importing.lines import Lines
from server.importing.mapping import CallMapping
from server.importing.outcome import ImportFailure, ImportFormat
from server.importing.reading import Rows

STANDARD_INPUT = Path("-")
_BUFFER = 256 * 1024
_BY_ENDING = {
    ".csv": ImportFormat.CSV,
    ".json": ImportFormat.JSONL,
    ".jsonl": ImportFormat.JSONL,
    ".ndjson": ImportFormat.JSONL,
}


@dataclass(frozen=True, slots=True)
class Source:
    """An open file. ``size`` is in bytes; None when it is not known."""

    rows: Rows
    lines: Lines
    size: int | None


@contextmanager
def open_source(path: Path, mapping: CallMapping | None, format: ImportFormat | None = None) -> Generator[Source]:
    """Opens a file, or the standard input for ``-``. Without a format, a mapping says that it is CSV, or else its name
    does, or else its first character.

    Raises:
        ImportFailure: when it cannot be opened or its header does not fit.
    """
    if path == STANDARD_INPUT:
        yield _source(path, _standard_input(), None, mapping, format)
        return
    try:
        stream = BufferedReader(FileIO(path), _BUFFER)
    except OSError as error:
        raise ImportFailure(f"{path}: cannot be read: {error.strerror}") from None
    with stream:
        yield _source(path, stream, path.stat().st_size, mapping, format)


def _standard_input() -> "BufferedReader[FileIO]":
    """A reader of its own: Python's waits, at its end, for whoever still reads from it."""
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise ImportFailure("-: standard input is closed")
    return BufferedReader(FileIO(sys.stdin.fileno(), closefd=False), _BUFFER)


def _source(
    path: Path,
    stream: "BufferedReader[FileIO]",
    size: int | None,
    mapping: CallMapping | None,
    given: ImportFormat | None,
) -> Source:
    lines = Lines(stream)
    format = given or (ImportFormat.CSV if mapping else _BY_ENDING.get(path.suffix.lower()) or _sniffed(stream))
    try:
        match format:
            case ImportFormat.JSONL:
                if mapping is not None:
                    raise ImportFailure("a mapping only applies to CSV, but the format is JSON lines")
                return Source(JsonLineRows(lines), lines, size)
            case ImportFormat.CSV:
                return Source(CsvRows(lines, mapping), lines, size)
    except ImportFailure as failure:
        raise ImportFailure(f"{path}: {failure}") from None


def _sniffed(stream: "BufferedReader[FileIO]") -> ImportFormat:
    """By the first character: a line of JSON is an object, and no header of CSV begins like one."""
    head = stream.peek().removeprefix(codecs.BOM_UTF8).lstrip()
    return ImportFormat.JSONL if head[:1] in (b"", b"{", b"[") else ImportFormat.CSV
