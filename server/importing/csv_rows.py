"""Text of rows and cells: rows become calls by a mapping, or by the native names of their columns."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from models.call_record import CallFault
from server.importing.csv_parser import CsvParser, CsvRow
from server.importing.dialect import REASON_COLUMN, Dialect, surplus_cells
from server.importing.encoding import is_utf8
from server.importing.lines import Line
from server.importing.mapping import CallMapping
from server.importing.observed import Observed
from server.importing.outcome import ImportFailure
from server.importing.reading import LineFault, Reading, TextRejects
from server.importing.tables import Table

_TEXT_FORMULA = re.compile(r'\s*="((?:[^"]|"")*)"\s*')


class CsvRows:
    """Calls from the lines of a text.

    Args:
        mapping: None when the header's names must be native keys.
        mark: written in front of rejected rows, where the file's encoding is not UTF-8.
        head: the first lines.

    Raises:
        ImportFailure: when there is no header, or it does not fit the mapping.
    """

    reject_suffix = ".rejected.csv"

    def __init__(
        self, lines: Iterable[Line], mapping: CallMapping | None, dialect: Dialect, mark: str = "", head: str = ""
    ) -> None:
        self._dialect = dialect
        self._mark = mark
        self._is_mapped = mapping is not None
        below = islice(lines, dialect.skip_lines, None)
        width = None if dialect.names is None else len(dialect.names)
        self._parser = CsvParser(below, dialect.delimiter, dialect.quote, width)
        names = dialect.names or self._read_header()
        self._parser.surplus = surplus_cells(head, dialect, len(names))
        self._table = Table(names, mapping, asks=dialect.delimiter != ",")
        if self.observed.has_days:
            self.observed.decide_days(self._first_rows(head))

    @property
    def skipped(self) -> int:
        return self._table.skipped

    @property
    def observed(self) -> Observed:
        return self._table.observed

    @property
    def header(self) -> list[str]:
        """The names of the columns, each of them once."""
        return self._table.header

    def readings(self) -> Iterator[Reading]:
        for row in self._parser:
            if (reading := self._read(self._without_reason(row) if self._table.has_reason else row)) is not None:
                yield reading

    def placed(self, reading: Reading, faults: Sequence[CallFault]) -> tuple[LineFault, ...]:
        return self._table.placed(reading.cells or (), faults)

    def reject_file(self, path: Path) -> "CsvRejects":
        return CsvRejects(path, self._mark, self._dialect, self._table.written)

    def _first_rows(self, head: str) -> list[list[str]]:
        """The cells of rows at the beginning, which are read again later."""
        texts = head.split("\n")
        lines = [Line(number, f"{text}\n".encode(errors="replace"), False) for number, text in enumerate(texts, 1)]
        parser = CsvParser(lines[self._dialect.skip_lines :], self._dialect.delimiter, self._dialect.quote, None)
        begin = 1 if self._table.has_reason else 0
        rows = [row.cells[begin:] for row in parser if row.cells]
        return [cells for cells in rows[0 if self._dialect.names else 1 :] if len(cells) >= len(self.header)]

    def _read_header(self) -> list[str]:
        row = next(self._parser, None)
        if row is None:
            raise ImportFailure("there is no header: the file has no rows; allowed: names of columns, then rows")
        if row.fault:
            raise ImportFailure(f"line {row.line}: the header: {row.fault.reason}")
        if not is_utf8(row.text):
            raise ImportFailure(f"line {row.line}: the header is not UTF-8; set encoding to what it is")
        return row.cells

    def _read(self, row: CsvRow) -> Reading | None:
        if row.fault:
            return Reading(row.line, row.text, None, (row.fault,), cells=row.cells)
        if not row.text.isascii() and not is_utf8(row.text):
            index = next(index for index, cell in enumerate(row.cells) if not is_utf8(cell))
            reason = (
                "the cell is not UTF-8; allowed: text in UTF-8; if the whole file is in another encoding, set encoding"
            )
            return Reading(row.line, row.text, None, (LineFault(index + 1, reason),), cells=row.cells)
        cells = [_without_formula(cell) for cell in row.cells] if self._is_mapped and '="' in row.text else row.cells
        return self._table.read(row.line, row.text, cells)

    def _without_reason(self, row: CsvRow) -> CsvRow:
        cells = row.cells or next(_reader(row.text.rstrip("\r\n"), self._dialect), list[str]())
        return CsvRow(row.line, written(cells[1:], self._dialect), cells[1:], row.fault)


def _without_formula(cell: str) -> str:
    """The text of a formula such as ``="0012"``, which keeps a spreadsheet from reading it as a number."""
    match = _TEXT_FORMULA.fullmatch(cell)
    return match[1].replace('""', '"') if match else cell


class CsvRejects(TextRejects):
    """A file of rejected rows, divided as their file is."""

    def __init__(self, path: Path, mark: str, dialect: Dialect, header: Sequence[str]) -> None:
        self._dialect = dialect
        super().__init__(path, mark + written([REASON_COLUMN, *header], dialect))

    def add(self, reading: Reading, reason: str) -> None:
        text = reading.text.rstrip("\r\n")
        self.write(f"{written([reason], self._dialect)[:-1]}{self._dialect.delimiter}{text}\n")

    def add_cells(self, reason: str, cells: Sequence[str]) -> None:
        """Writes a row that has no text."""
        self.write(written([reason, *cells], self._dialect))


def written(cells: Sequence[str], dialect: Dialect) -> str:
    """A row as a line."""
    output = io.StringIO(newline="")
    if dialect.quote is None:
        plain = [cell.replace(dialect.delimiter, " ").replace("\n", " ").replace("\r", " ") for cell in cells]
        return f"{dialect.delimiter.join(plain)}\n"
    csv.writer(output, delimiter=dialect.delimiter, quotechar=dialect.quote, lineterminator="\n").writerow(cells)
    return output.getvalue()


def _reader(text: str, dialect: Dialect) -> Iterator[list[str]]:
    lines = io.StringIO(text, newline="")
    if dialect.quote is None:
        return csv.reader(lines, delimiter=dialect.delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote)
