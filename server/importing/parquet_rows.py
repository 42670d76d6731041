"""Parquet files, read by DuckDB, which is an extra (``dialboard[parquet]``)."""

import json
import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from models.call_record import CallFault
from server.importing.csv_rows import CsvRejects
from server.importing.dialect import Dialect
from server.importing.mapping import CallMapping
from server.importing.observed import Observed
from server.importing.outcome import ImportFailure
from server.importing.reading import LineFault, Reading
from server.importing.tables import Table
from server.importing.values.cells import plain, text_of

_AT_ONCE = 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = re.compile(r"TIMESTAMP WITH TIME ZONE|TIMESTAMPTZ(?:_[A-Z]+)?")
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "memory_limit": "128MB",
    "threads": 1,
}


class ParquetRows:
    """Calls from the rows of a Parquet file.

    Args:
        rows: the rows' values.
        mapping: None when the columns' names must be native keys.

    Raises:
        ImportFailure: when the columns do not fit the mapping.
    """

    reject_suffix = ".rejected.csv"

    def __init__(self, names: Sequence[str], rows: Iterator[Sequence[object]], mapping: CallMapping | None) -> None:
        self._table = Table(names, mapping)
        self._rows = rows

    @property
    def skipped(self) -> int:
        return self._table.skipped

    @property
    def observed(self) -> Observed:
        return self._table.observed

    @property
    def header(self) -> list[str]:
        """The names of the columns."""
        return self._table.header

    def readings(self) -> Iterator[Reading]:
        rows = self.observed.ahead(self._rows, lambda row: (row,), lambda row: sum(len(str(cell)) for cell in row))
        for number, cells in enumerate(rows, start=1):
            if (reading := self._table.read(number, "\t".join(map(str, cells)), cells)) is not None:
                yield reading

    def placed(self, reading: Reading, faults: Sequence[CallFault]) -> tuple[LineFault, ...]:
        return self._table.placed(reading.cells or (), faults)

    def reject_file(self, path: Path) -> "ParquetRejects":
        return ParquetRejects(path, self._table.written)


class ParquetRejects(CsvRejects):
    """Rejected rows as CSV, so that the same mapping reads them: times in RFC 3339, numbers as the texts of calls have
    them."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        super().__init__(path, "", Dialect(), header)

    def add(self, reading: Reading, reason: str) -> None:
        self.add_cells(reason, [_text(cell) for cell in reading.cells or ()])


@contextmanager
def open_parquet(path: Path, mapping: CallMapping | None) -> Generator[ParquetRows]:
    """Opens a Parquet file.

    Raises:
        ImportFailure: it is damaged, its columns do not fit, or DuckDB is not installed.
    """
    try:
        import duckdb
    except ImportError:
        raise ImportFailure(
            "Parquet needs DuckDB, which is not installed; install it by pip install 'dialboard[parquet]', or use CSV"
        ) from None
    try:
        with duckdb.connect(config=_CONFIG) as connection:
            described = connection.execute("describe select * from read_parquet(?)", [str(path)]).fetchall()
            columns = [(str(name), str(type_)) for name, type_, *_ in described]
            selected = ", ".join(_selected(name, type_) for name, type_ in columns)
            cursor = connection.execute(f"select {selected} from read_parquet(?)", [str(path)])
            instants = [_is_instant(type_) for _, type_ in columns]
            yield ParquetRows([name for name, _ in columns], _rows(cursor, instants), mapping)
    except duckdb.Error as error:
        raise ImportFailure(f"the Parquet file cannot be read: {str(error).splitlines()[0]}") from None


def _is_instant(type_: str) -> bool:
    return _INSTANT.fullmatch(type_) is not None


def _selected(name: str, type_: str) -> str:
    """A column as what Python needs no further package for: instants as numbers, and within others as texts."""
    quoted = '"' + name.replace('"', '""') + '"'
    if _is_instant(type_):
        return f"epoch_us({quoted}::timestamptz)"
    return f"{quoted}::{_INSTANT.sub('VARCHAR', type_)}" if _INSTANT.search(type_) else quoted


def _rows(cursor: Any, instants: Sequence[bool]) -> Iterator[list[object]]:
    import duckdb

    while some := _fetched(cursor, duckdb.Error):
        for row in some:
            yield [_value(cell, is_instant) for cell, is_instant in zip(row, instants, strict=True)]


def _fetched(cursor: Any, error_type: type[Exception]) -> Sequence[Sequence[Any]]:
    try:
        return cursor.fetchmany(_AT_ONCE)
    except error_type as error:
        raise ImportFailure(f"the Parquet file cannot be read: {str(error).splitlines()[0]}") from None


def _value(cell: Any, is_instant: bool) -> object:
    """A value of the kinds that tables have; of other kinds its text."""
    if is_instant and cell is not None:
        return _EPOCH + timedelta(microseconds=cell)
    if cell is None or isinstance(cell, (bool, int, float, str, datetime, timedelta, time)):
        return cell
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, list):
        return [_member(item) for item in cast("list[object]", cell)]
    if isinstance(cell, dict):
        return {str(key): _member(item) for key, item in cast("dict[object, object]", cell).items()}
    if isinstance(cell, bytes):
        return _of_bytes(cell)
    return str(cell)


def _member(cell: Any) -> object:
    """A value within a list or an object, as JSON has it."""
    return cell.isoformat() if isinstance(cell, date) else plain(_value(cell, False))


def _of_bytes(content: bytes) -> str:
    """The text that some programs write without saying that it is one; of what is none, its hexadecimal digits."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.hex()


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.isoformat()
    if isinstance(cell, (list, dict)):
        return json.dumps(cell, ensure_ascii=False)
    return text_of(cell)
