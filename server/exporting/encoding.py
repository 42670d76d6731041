"""Values as CSV (RFC 4180) and as JSON lines."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import orjson

from aggregation.answer.tables import Table
from filters.instants import rfc3339
from server.formulas import escaped

_ROWS_A_CHUNK = 200


class CsvWriter:
    """Writes rows as CSV.

    Args:
        escape_formulas: puts an apostrophe before texts that spreadsheets would take for formulas.
    """

    def __init__(self, *, escape_formulas: bool) -> None:
        self._escape_formulas = escape_formulas

    def lines(self, rows: Iterable[Sequence[object]]) -> bytes:
        """The rows, each ending in CRLF. No value is an empty field, and so is an empty text."""
        output = io.StringIO(newline="")
        writer = csv.writer(output, quoting=csv.QUOTE_MINIMAL)
        for row in rows:
            writer.writerow([self._cell(value) for value in row])
        return output.getvalue().encode()

    def _cell(self, value: object) -> object:
        match value:
            case bool():
                return "true" if value else "false"
            case datetime():
                return rfc3339(value)
            case str() if self._escape_formulas:
                return escaped(value)
            case _:
                return value


def json_line(record: object) -> bytes:
    """One object as a line of JSON."""
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC)


def table_as_csv(table: Table, writer: CsvWriter) -> Iterator[bytes]:
    """A chart's table with its header, in chunks."""
    yield writer.lines([table.columns])
    for start in range(0, len(table.rows), _ROWS_A_CHUNK):
        yield writer.lines(table.rows[start : start + _ROWS_A_CHUNK])


def table_as_json_lines(table: Table) -> Iterator[bytes]:
    """A chart's table, an object a row, in chunks."""
    for start in range(0, len(table.rows), _ROWS_A_CHUNK):
        rows = table.rows[start : start + _ROWS_A_CHUNK]
        yield b"".join(json_line(dict(zip(table.columns, row, strict=True))) for row in rows)
