"""Splitting CSV (RFC 4180) into rows of equal width, and finding back to the rows behind a broken one."""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from server.importing.lines import LINE_LIMIT, Line
from server.importing.reading import LineFault

csv.field_size_limit(LINE_LIMIT)
"""Of all readers of the process. The limit by itself, 131,072 characters, is less than a transcript may have."""


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A row with the number of its first line and its text; ``fault`` when it is no row of the table."""

    line: int
    text: str
    cells: list[str]
    fault: LineFault | None = None


_LONE_RETURN = re.compile(r"\r(?!\n|$)")


class _Source:
    """Feeds lines to the parser, keeps those of the row in work, and takes back the ones behind a broken row."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._returned: deque[Line] = deque()
        self.taken: list[Line] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._lines)
        self.taken.append(line)
        return _text(line)

    def text(self) -> str:
        return "".join(map(_text, self.taken))

    def give_back_all_but_first(self) -> None:
        self._returned.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


class CsvParser:
    """Rows of a CSV file; the first gives the width that all must have, unless it is given. Blank lines are skipped.

    Attributes:
        surplus: how many empty cells rows may have beyond that width: delimiters at the ends of all lines."""

    def __init__(
        self, lines: Iterable[Line], delimiter: str, quote: str | None = '"', width: int | None = None
    ) -> None:
        self._source = _Source(lines)
        self._delimiter = delimiter
        self._quote = quote
        self._parser = self._new_parser()
        self._width = width
        self.surplus = 0

    def __iter__(self) -> Iterator[CsvRow]:
        return self

    def __next__(self) -> CsvRow:
        while True:
            self._source.taken.clear()
            fault: LineFault | None = None
            cells: list[str] = []
            try:
                cells = next(self._parser)
            except csv.Error as error:
                self._parser = self._new_parser()
                fault = self._lone_return() or LineFault(
                    1, f"the row is not valid CSV: {error}; allowed: RFC 4180, quotes inside a quoted cell doubled"
                )
            if is_longer := self._has_surplus(cells):
                del cells[-self.surplus :]
            if cells or fault:
                return self._row(cells, fault or self._width_fault(cells), is_longer=is_longer)

    def _has_surplus(self, cells: list[str]) -> bool:
        if not self.surplus or self._width is None or len(cells) != self._width + self.surplus:
            return False
        return not any(cells[self._width :])

    def _lone_return(self) -> LineFault | None:
        """What is wrong with a row that has a carriage return in a cell without quotes."""
        found = _LONE_RETURN.search(text := self._source.text())
        if found is None or self._is_quoted(before := text[: found.start()]):
            return None
        quoting = csv.QUOTE_MINIMAL if self._quote else csv.QUOTE_NONE
        cells = next(csv.reader([before], delimiter=self._delimiter, quotechar=self._quote, quoting=quoting), [""])
        return LineFault(
            len(cells),
            "there is a carriage return (CR) within the line; allowed: lines that all end in the same way, with LF, "
            "CRLF or CR, and quotes around cells with line breaks",
        )

    def _is_quoted(self, before: str) -> bool:
        return self._quote is not None and before.count(self._quote) % 2 == 1

    def _width_fault(self, cells: list[str]) -> LineFault | None:
        self._width = self._width or len(cells)
        if len(cells) == self._width:
            return None
        column = min(len(cells), self._width) + 1
        return LineFault(column, f"the row has {len(cells)} cells; expected {self._width}, like the header")

    def _row(self, cells: list[str], fault: LineFault | None, *, is_longer: bool) -> CsvRow:
        if any(line.is_cut for line in self._source.taken):
            fault = LineFault(1, f"the line is longer than {LINE_LIMIT:,} bytes")
        if fault:
            # A quote left open swallows the lines behind it: only the first is to blame.
            self._source.give_back_all_but_first()
        text = self._source.text()
        if is_longer:  # a rejected row has as many cells as the header above it
            text = text.rstrip("\r\n").removesuffix(self._delimiter * self.surplus) + "\n"
        return CsvRow(self._source.taken[0].number, text, cells, fault)

    def _new_parser(self) -> Iterator[list[str]]:
        if self._quote is None:
            return csv.reader(self._source, delimiter=self._delimiter, quoting=csv.QUOTE_NONE, strict=True)
        return csv.reader(self._source, delimiter=self._delimiter, quotechar=self._quote, strict=True)


def _text(line: Line) -> str:
    return line.content.decode(errors="surrogateescape")
