"""Excel workbooks: the rows of one sheet, read one after the other."""

import zipfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, cast
from xml.etree.ElementTree import ParseError

from models.call_record import CallFault
from server.importing.dialect import REASON_COLUMN, TITLE_LINES, is_header, unique_names
from server.importing.file_settings import FileSettings
from server.importing.mapping import CallMapping
from server.importing.observed import Observed
from server.importing.outcome import ImportFailure
from server.importing.reading import LineFault, Reading
from server.importing.shared_texts import load_workbook
from server.importing.sheet_rows import Row, rows_of
from server.importing.tables import Table, fits
from server.importing.values.shown_times import ShownSpan, ShownTime


class WorkbookRows:
    """Calls from a sheet.

    Args:
        rows: those of the sheet, in order.
        mapping: None when the header's names must be native keys.

    Attributes:
        unread: titles of the other sheets that have rows, where none was asked for.

    Raises:
        ImportFailure: when there is no header, or it does not fit the mapping.
    """

    reject_suffix = ".rejected.xlsx"
    unread: tuple[str, ...] = ()

    def __init__(
        self,
        rows: Iterator[Row],
        header_row: int,
        names: tuple[str, ...] | None,
        sheet: str,
        mapping: CallMapping | None,
    ) -> None:
        self._rows = (row for row in rows if row[0] >= header_row)
        self._sheet = sheet
        self._table = Table(names or _names(next(self._rows)[1]), mapping)

    @property
    def skipped(self) -> int:
        return self._table.skipped

    @property
    def observed(self) -> Observed:
        return self._table.observed

    @property
    def is_rejects(self) -> bool:
        """Whether the rows are those that an earlier import rejected."""
        return self._table.has_reason

    @property
    def header(self) -> list[str]:
        """The names of the columns, each of them once."""
        return self._table.header

    def readings(self) -> Iterator[Reading]:
        width = len(self._table.header)
        for number, cells in self.observed.ahead(self._rows, self._full, lambda row: sum(map(_size, row[1]))):
            if self._table.has_reason:
                del cells[:1]
            if not cells:
                continue
            text = "\t".join(map(str, cells))
            if len(cells) > width:
                reason = f"the row has {len(cells)} cells; expected {width}, like the header"
                yield Reading(number, text, None, (LineFault(width + 1, reason),), cells=cells)
                continue
            cells += [None] * (width - len(cells))
            if (reading := self._table.read(number, text, cells)) is not None:
                yield reading

    def _full(self, row: Row) -> Sequence[Sequence[Any]]:
        """The cells of a row without the reason of a rejected one, one for each column."""
        cells, width = row[1][1 if self._table.has_reason else 0 :], len(self._table.header)
        return [[*cells, *[None] * (width - len(cells))]] if len(cells) <= width else []

    def placed(self, reading: Reading, faults: Sequence[CallFault]) -> tuple[LineFault, ...]:
        return self._table.placed(reading.cells or (), faults)

    def reject_file(self, path: Path) -> "WorkbookRejects":
        return WorkbookRejects(path, self._sheet, self._table.written)


class WorkbookRejects:
    """A workbook of rejected rows, with the types of their cells. It is written when it is closed."""

    def __init__(self, path: Path, sheet: str, header: Sequence[str]) -> None:
        from openpyxl import Workbook

        path.open("wb").close()  # whether it can be made
        self._path = path
        self._book: Any = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(sheet)
        self._sheet.append([REASON_COLUMN, *header])

    def add(self, reading: Reading, reason: str) -> None:
        self._sheet.append([reason, *map(self._cell, reading.cells or ())])

    def _cell(self, raw: object) -> object:
        """What stands in a cell, in the format that it was shown in."""
        is_text = type(raw) is str and raw.startswith(("#", "="))
        if not is_text and not isinstance(raw, (ShownTime, ShownSpan)):
            return raw
        from openpyxl.cell import WriteOnlyCell

        cell: Any = WriteOnlyCell(self._sheet, cast("Any", raw))
        if isinstance(raw, (ShownTime, ShownSpan)):
            cell.number_format = raw.number_format
        else:
            cell.data_type = "s"  # a text that looks like an error or a formula is neither
        return cell

    def close(self) -> None:
        self._book.save(self._path)


@contextmanager
def open_workbook(path: Path, given: FileSettings, mapping: CallMapping | None) -> Generator[tuple[WorkbookRows, str]]:
    """Opens a workbook. The sheet is the one that is given, or the first with a header that fits, or the first.

    Returns:
        Its rows, and what is told of them.

    Raises:
        ImportFailure: it is damaged, or has no such sheet or no header.
    """
    with path.open("rb") as file:
        try:
            book: Any = load_workbook(file)
        except (zipfile.BadZipFile, ParseError, KeyError, ValueError, OSError) as error:
            raise ImportFailure(f"the workbook cannot be read: {error}") from None
        yield _opened(book, given, mapping)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet, and where its rows begin.

    Attributes:
        row: the number of its header, or of its first row where names are given; 0 if there is none.
        names: of its columns, where there is no header.
        fits: whether the names are those that are asked for.
    """

    sheet: Any
    row: int
    names: tuple[str, ...] | None = None
    fits: bool = False


def _opened(book: Any, given: FileSettings, mapping: CallMapping | None) -> tuple[WorkbookRows, str]:
    found = [_begin(sheet, given, mapping) for sheet in _sheets(book, given.sheet)]
    chosen = next((one for one in found if one.fits), found[0])
    title = str(chosen.sheet.title)
    if not chosen.row:
        raise ImportFailure(f"the sheet {title!r} has no header: it is empty, or begins with data; set sheet or names")
    more = f" of {len(found)}" if len(found) > 1 else ""
    where = f", header in row {chosen.row}" if chosen.row > 1 and chosen.names is None else ""
    rows = WorkbookRows(rows_of(chosen.sheet), chosen.row, chosen.names, title, mapping)
    if given.sheet is None:
        others = (sheet for sheet in cast("list[Any]", book.worksheets) if sheet is not chosen.sheet)
        rows.unread = tuple(str(sheet.title) for sheet in others if next(rows_of(sheet), None) is not None)
    return rows, f"sheet {title!r}{more}{where}"


def _sheets(book: Any, given: str | int | None) -> list[Any]:
    sheets = list(cast("list[Any]", book.worksheets))
    if given is None:
        visible = [sheet for sheet in sheets if sheet.sheet_state == "visible"] or sheets
        if not visible:
            raise ImportFailure("the workbook has no sheets with rows")
        return visible
    named = [sheet for sheet in sheets if sheet.title == given]
    if not named and str(given).isascii() and str(given).isdigit() and 1 <= int(given) <= len(sheets):
        named = [sheets[int(given) - 1]]
    if not named:
        titles = ", ".join(repr(sheet.title) for sheet in sheets)
        raise ImportFailure(f"the workbook has no sheet {given!r}; it has: {titles}")
    return named


def _begin(sheet: Any, given: FileSettings, mapping: CallMapping | None) -> _Sheet:
    first = given.skip_lines or 0
    rows = [*islice(rows_of(sheet), TITLE_LINES + first)]
    if rows and str(rows[0][1][0]) == REASON_COLUMN:
        return _Sheet(sheet, rows[0][0], fits=True)
    rows = [row for row in rows if row[0] > first]
    if not rows:
        return _Sheet(sheet, 0)
    if given.names is not None:
        names = given.names_for(max(len(cells) for _, cells in rows)) or given.names
        return _Sheet(sheet, rows[0][0], names, fits(mapping, names))
    if given.skip_lines is not None:
        return _Sheet(sheet, rows[0][0], None, fits(mapping, unique_names(_names(rows[0][1]))))
    for number, cells in rows:
        if fits(mapping, unique_names(_names(cells))):
            return _Sheet(sheet, number, fits=True)
    width = max(len(cells) for _, cells in rows)
    wide = (number for number, cells in rows if len(cells) * 2 > width and is_header(_names(cells)))
    return _Sheet(sheet, next(wide, 0))


def _size(cell: object) -> int:
    return len(cell) if isinstance(cell, str) else 8


def _names(cells: Sequence[Any]) -> list[str]:
    return ["" if cell is None else str(cell) for cell in cells]
