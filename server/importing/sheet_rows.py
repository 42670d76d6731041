"""The rows of a sheet, one after the other, in bounded memory."""

from collections.abc import Callable, Iterator
from typing import IO, Any, cast
from xml.etree.ElementTree import Element, ParseError, iterparse
from zipfile import BadZipFile

from server.importing.outcome import ImportFailure
from server.importing.values.cells import CellError
from server.importing.values.shown_times import with_format

Row = tuple[int, list[Any]]
"""The number of a row, and its cells up to the last one that is not empty."""

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
"""What a sheet can have."""
ROW_LIMIT = 16 * 1024 * 1024
"""Most bytes of a row, as it is written in the workbook."""
CELL_LIMIT = 1024 * 1024
"""Most bytes of one text. Excel itself has at most 32,767 characters in a cell."""


class BoundedXml:
    """Bytes of XML of which no text, and nothing between two marks, may be longer than a limit.

    Args:
        place: tells where that is.
    """

    def __init__(self, source: IO[bytes], place: Callable[[], str]) -> None:
        self._source = source
        self._place = place
        self._since_mark = 0
        self._since_tag = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes.

        Raises:
            ImportFailure: one of the limits is exceeded.
        """
        part = self._source.read(size)
        tag = part.rfind(b"<")
        self._since_mark += len(part)
        self._since_tag = self._since_tag + len(part) if tag < 0 else len(part) - tag
        if self._since_tag > CELL_LIMIT:
            raise ImportFailure(
                f"{self._place()}: a text is longer than {CELL_LIMIT:,} bytes; allowed: at most 32,767 characters in a "
                "cell, as in Excel; use CSV or JSON for longer ones"
            )
        if self._since_mark > ROW_LIMIT:
            raise ImportFailure(f"{self._place()}: all of it has more than {ROW_LIMIT:,} bytes, which is the most")
        return part

    def mark(self) -> None:
        """Counts from here."""
        self._since_mark = 0


def rows_of(sheet: Any) -> Iterator[Row]:
    """The rows of a sheet that are not empty.

    Raises:
        ImportFailure: the sheet is damaged, or beyond what a sheet can have.
    """
    try:
        yield from _rows(sheet)
    except (ParseError, BadZipFile, ValueError, KeyError, IndexError) as error:
        raise ImportFailure(f"the workbook is damaged: {error}") from None


def _rows(sheet: Any) -> Iterator[Row]:
    from openpyxl.worksheet._reader import DATA_TAG, ROW_TAG, WorkSheetParser

    book = sheet.parent
    number, last = 0, ""

    def place() -> str:
        return f"row {number + 1}{f', behind the cell {last}' if last else ''}"

    with sheet._get_source() as opened:
        source = BoundedXml(opened, place)
        parser: Any = WorkSheetParser(
            source,
            sheet._shared_strings,
            data_only=book.data_only,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        data: Element | None = None
        for event, element in iterparse(cast("IO[bytes]", source), events=("start", "end")):
            tag = element.tag
            if event == "start":
                data = element if tag == DATA_TAG else data
            elif tag == ROW_TAG:
                number, cells = _row(parser, element, book)
                last = ""
                source.mark()
                parser.row_dimensions.clear()
                element.clear()
                if data is not None:
                    data.clear()  # an empty element for every row would remain
                if cells:
                    yield number, cells
            elif tag == DATA_TAG:
                return
            elif (reference := element.get("r")) is not None:
                last = reference


def _row(parser: Any, element: Element, book: Any) -> Row:
    from openpyxl.utils import get_column_letter

    number, found = parser.parse_row(element)
    if not 1 <= number <= MOST_ROWS:
        raise ImportFailure(f"the workbook is damaged: it has a row {number:,}; a sheet has at most {MOST_ROWS:,}")
    cells: list[Any] = []
    for cell in found:
        column, value = cell["column"], cell["value"]
        if column > MOST_COLUMNS:
            raise ImportFailure(
                f"the workbook is damaged: row {number} has a column {column:,}; a sheet has at most {MOST_COLUMNS:,}"
            )
        if value is None or value == "":
            continue
        if cell["data_type"] == "d":
            value = with_format(value, _format_of(book, cell["style_id"]))
        elif cell["data_type"] == "e":
            value = CellError(str(value), f"{get_column_letter(column)}{number}")
        if column > len(cells):
            cells += [None] * (column - len(cells))
        cells[column - 1] = value
    return number, cells


def _format_of(book: Any, style: int) -> str:
    from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

    number = book._cell_styles[style].numFmtId
    if number < BUILTIN_FORMATS_MAX_SIZE:
        return str(BUILTIN_FORMATS.get(number, ""))
    return str(book._number_formats[number - BUILTIN_FORMATS_MAX_SIZE])
