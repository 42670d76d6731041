"""CSV with a header: rows become calls by a mapping."""

import csv
import io
from collections.abc import Iterator, Sequence

from models.call_record import CallFault, CallFaults, parse_call
from server.importing.conversion import TableConversion
from server.importing.csv_parser import CsvParser, CsvRow
from server.importing.lines import Lines
from server.importing.mapping import CallMapping, native_mapping
from server.importing.outcome import ImportFailure
from server.importing.reading import LineFault, Reading

REASON_COLUMN = "reject_reason"
"""First column of a file of rejected rows; ignored when the file is read again."""


class CsvRows:
    """Calls from a CSV file.

    Args:
        mapping: None when the header's names must be native keys.

    Raises:
        ImportFailure: when the header does not fit the mapping.
    """

    reject_suffix = ".rejected.csv"

    def __init__(self, lines: Lines, mapping: CallMapping | None) -> None:
        self._delimiter = (mapping.file.delimiter if mapping else None) or ","
        self._parser = CsvParser(lines, self._delimiter)
        header = next(self._parser, None)
        self._conversion: TableConversion | None = None
        self._has_reason = False
        self._header: list[str] = []
        if header:
            self._conversion = self._read_header(header, mapping)

    @property
    def reject_header(self) -> str:
        return self._written([REASON_COLUMN, *self._header])

    def readings(self) -> Iterator[Reading]:
        if self._conversion is not None:
            for row in self._parser:
                yield self._read(self._without_reason(row) if self._has_reason else row, self._conversion)

    def placed(self, reading: Reading, faults: Sequence[CallFault]) -> tuple[LineFault, ...]:
        if self._conversion is None:
            return ()
        return self._conversion.placed(self._split(reading.text), faults)

    def reject_line(self, reading: Reading, reason: str) -> str:
        return self._written([reason])[:-1] + self._delimiter + reading.text.rstrip("\r\n") + "\n"

    def _read_header(self, row: CsvRow, mapping: CallMapping | None) -> TableConversion:
        if row.fault:
            raise ImportFailure(f"the header: {row.fault.reason}")
        if not _is_utf8(row.text):
            raise ImportFailure("the header is not UTF-8; allowed: CSV in UTF-8")
        self._has_reason = row.cells[0] == REASON_COLUMN
        self._header = row.cells[1:] if self._has_reason else row.cells
        repeated = sorted({name for name in self._header if self._header.count(name) > 1})
        if repeated:
            raise ImportFailure(f"several columns are named {', '.join(map(repr, repeated))}; names must differ")
        mapping = mapping or native_mapping(self._header)
        return mapping.for_table(self._header, first_column=2 if self._has_reason else 1)

    def _read(self, row: CsvRow, conversion: TableConversion) -> Reading:
        if row.fault:
            return Reading(row.line, row.text, None, (row.fault,))
        if not row.text.isascii() and not _is_utf8(row.text):
            index = next(index for index, cell in enumerate(row.cells) if not _is_utf8(cell))
            fault = LineFault(index + 1, "the cell is not UTF-8; allowed: text in UTF-8")
            return Reading(row.line, row.text, None, (fault,))
        converted = conversion.convert(row.cells)
        if converted.call is None or converted.faults:
            return Reading(row.line, row.text, None, converted.faults)
        try:
            return Reading(row.line, row.text, parse_call(converted.call))
        except CallFaults as refused:
            return Reading(row.line, row.text, None, conversion.placed(row.cells, refused.faults))

    def _without_reason(self, row: CsvRow) -> CsvRow:
        cells = row.cells or self._split(row.text)
        return CsvRow(row.line, self._written(cells[1:]), cells[1:], row.fault)

    def _split(self, text: str) -> list[str]:
        return next(csv.reader(io.StringIO(text.rstrip("\r\n"), newline=""), delimiter=self._delimiter))

    def _written(self, cells: Sequence[str]) -> str:
        output = io.StringIO(newline="")
        csv.writer(output, delimiter=self._delimiter, lineterminator="\n").writerow(cells)
        return output.getvalue()


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
