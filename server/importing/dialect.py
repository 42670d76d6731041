"""How a text is divided into cells, and where its header is."""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from server.importing.file_settings import FileSettings
from server.importing.outcome import ImportFailure

REASON_COLUMN = "reject_reason"
"""First column of a file of rejected rows; ignored when the file is read again."""

Fits = Callable[[Sequence[str]], bool]
"""Whether names are those that a header must have."""

_DELIMITERS = (",", ";", "\t", "|")
_RARE_DELIMITERS = ("^", "~", "¦", "§", "\x1f", "\x01")
_MOSTLY = 0.6
"""So many rows of a table have the same width at least."""
_ROWS = 100
"""Rows that are looked at."""
_LEAST_ALIKE = 2
"""Rows that show that all lines end in delimiters; one alone may have moved to the right."""
TITLE_LINES = 30
"""Most lines above a header."""
_SEP = re.compile(r"\ufeff?\"?sep=(.)\"?[;,]*\r?\n?", re.IGNORECASE)
_REASON = re.compile(rf"(['\"]?){REASON_COLUMN}\1(?:([^A-Za-z0-9 '\"])|\r?\n?$)")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
"""As rows are read later: a form feed, which ``str.splitlines`` takes for the end of a line, is none."""
_NUMBER_OR_TIME = re.compile(r"[\s$€£+\-]*[0-9][0-9.,:/\sTZ%+\-]*")
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text is divided.

    Attributes:
        delimiter: between cells.
        quote: around cells; None for none.
        skip_lines: lines in front of the header, or of the first row where there is none.
        names: of the columns, where there is no header.
        is_rejects: whether the rows are those that an earlier import rejected.
    """

    delimiter: str = ","
    quote: str | None = '"'
    skip_lines: int = 0
    names: tuple[str, ...] | None = None
    is_rejects: bool = False

    @property
    def words(self) -> str:
        """How it is told."""
        delimiter = _NAMES.get(self.delimiter, repr(self.delimiter))
        quote = "" if self.quote == '"' else f", {'no quotes' if self.quote is None else f'{self.quote} as quote'}"
        if self.names is not None:
            where = "no header"
        else:
            where = f"header in line {self.skip_lines + 1}" if self.skip_lines else ""
        return f"delimiter {delimiter}{quote}{f', {where}' if where else ''}"


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    """Lines in front of it."""
    cells: list[str]


def find_dialect(head: str, given: FileSettings, fits: Fits) -> Dialect:
    """How a text is divided, by its first lines and by what is given. What makes a header that fits is preferred to all
    else; otherwise it is the delimiter that gives rows of equal width.

    Raises:
        ImportFailure: no delimiter and no header can be found; names the settings that say what they are.
    """
    lines = _LINE.findall(head)
    if lines and (reason := _REASON.match(lines[0].removeprefix("\ufeff"))):
        quote = given.quote or '"'
        return Dialect(reason[2] or given.delimiter or ",", quote, is_rejects=True)
    first = given.skip_lines or 0
    delimiters = (given.delimiter,) if given.delimiter else _DELIMITERS
    sep = _SEP.fullmatch(lines[0]) if lines else None
    if sep and not given.delimiter:
        delimiters = (sep[1],)
    if sep and given.skip_lines is None:
        first = 1
    usual = [*_candidates(lines, delimiters, given.quote, first)]
    rare = [] if given.delimiter or sep else [*_candidates(lines, _RARE_DELIMITERS, given.quote, first)]
    tried = usual if _best(usual) or not _best(rare) else rare
    if given.names is not None:
        return _without_header(tried, given, first)
    for dialect, rows in (*usual, *rare):
        above = 1 if given.skip_lines is not None else TITLE_LINES
        for row in rows[:above]:
            if fits(unique_names(row.cells)):
                return _at(dialect, row.line)
    return _by_shape(tried, given)


def unique_names(cells: Sequence[str]) -> list[str]:
    """The names of columns, each of them once: those without a name are numbered, and so are repeated ones."""
    names = list[str]()
    seen = Counter[str]()
    for place, cell in enumerate(cells, start=1):
        name = cell if cell.strip() else f"column {place}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def _candidates(
    lines: Sequence[str], delimiters: Sequence[str], quote: str | None, first: int
) -> Iterator[tuple[Dialect, list[_Row]]]:
    text = "".join(lines[: _ROWS * 2])
    quotes = ('"', "'") if quote is None and '"' not in text and "'" in text else ('"' if quote is None else quote,)
    for delimiter in delimiters:
        for one in quotes:
            dialect = Dialect(delimiter, one or None, first)
            yield dialect, _rows(lines, dialect)


def _rows(lines: Sequence[str], dialect: Dialect) -> list[_Row]:
    found = list[_Row]()
    reader = csv.reader(
        iter(lines[dialect.skip_lines :]),
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
    )
    begin = 0
    try:
        for cells in islice(reader, _ROWS):
            if any(cells):
                found.append(_Row(dialect.skip_lines + begin, cells))
            begin = reader.line_num
    except csv.Error:  # whoever reads the rows says what is wrong
        pass
    return found


def surplus_cells(head: str, dialect: Dialect, width: int) -> int:
    """How many empty cells rows have beyond the columns, where all lines of a text end in delimiters: no row ends with
    the last column, and at least two and half of them have the same number of empty cells behind it.

    A row that is longer than others may have moved to the right, by a delimiter within a number."""
    if dialect.is_rejects:
        return 0
    rows = _rows(_LINE.findall(head), dialect)
    begin = 0 if dialect.names is not None else 1
    longer = [row.cells[width:] for row in rows[begin:] if len(row.cells) >= width]
    empty = Counter(len(cells) for cells in longer if not any(cells)).most_common(1)
    if not all(longer) or not empty:
        return 0
    number, count = empty[0]
    return number if count >= _LEAST_ALIKE and count * 2 >= len(longer) else 0


def _width(rows: Sequence[_Row]) -> tuple[int, int]:
    """The width that most rows have, and how many."""
    counted = Counter(len(row.cells) for row in rows).most_common(1)
    return counted[0] if counted else (0, 0)


def _best(tried: Sequence[tuple[Dialect, list[_Row]]]) -> tuple[Dialect, list[_Row]] | None:
    def score(one: tuple[Dialect, list[_Row]]) -> tuple[float, int]:
        width, count = _width(one[1])
        return (count / len(one[1]) if width > 1 else 0.0) >= _MOSTLY, width if width > 1 else 0

    found = max(tried, key=score, default=None)
    return found if found and score(found)[0] else None


def _without_header(tried: Sequence[tuple[Dialect, list[_Row]]], given: FileSettings, first: int) -> Dialect:
    for dialect, rows in tried:
        if rows and (names := given.names_for(_width(rows)[0])) is not None:
            return Dialect(dialect.delimiter, dialect.quote, first, names)
    best = _best(tried) or tried[0]
    width = _width(best[1])[0]
    counts = " or ".join(str(len(names)) for names in (given.names or (), *(given.other_names or ())))
    raise ImportFailure(f"names has {counts} names, but the rows have {width} cells; give one name for each column")


def _by_shape(tried: Sequence[tuple[Dialect, list[_Row]]], given: FileSettings) -> Dialect:
    best = _best(tried)
    if best is None:
        dialect, rows = tried[0]
        if given.delimiter or not rows or len(rows) == 1:
            return _at(dialect, rows[0].line) if rows else dialect
        if (uneven := _uneven(tried)) is not None:
            raise ImportFailure(f"line {rows[0].line + 1}: {uneven}")
        raise ImportFailure(
            f"line {rows[0].line + 1}: no delimiter divides the lines into cells; tried: comma, semicolon, tab, |; "
            "set delimiter in the mapping, or --delimiter, if it is another one"
        )
    dialect, rows = best
    width, _ = _width(rows)
    wide = [row for row in rows if len(row.cells) == width]
    header = next((row for row in wide[:TITLE_LINES] if is_header(row.cells)), None)
    if header is None:
        shown = ", ".join(wide[0].cells)[:80]
        raise ImportFailure(
            f"line {wide[0].line + 1}: there is no header: {shown!r} looks like a row of data; give the names of the "
            f"{width} columns by names in the mapping, or --names"
        )
    return _at(dialect, header.line)


def _uneven(tried: Sequence[tuple[Dialect, list[_Row]]]) -> str | None:
    """What is wrong with rows that a delimiter divides, each into another number of cells; None where none does."""

    def divided(one: tuple[Dialect, list[_Row]]) -> float:
        return sum(len(row.cells) > 1 for row in one[1]) / max(len(one[1]), 1)

    dialect, rows = max(tried, key=divided)
    if divided((dialect, rows)) < _MOSTLY:
        return None
    widths = sorted({len(row.cells) for row in rows})
    name = _NAMES.get(dialect.delimiter, repr(dialect.delimiter))
    return (
        f"the rows have different numbers of cells ({widths[0]} to {widths[-1]} with the delimiter {name}), and no row "
        "is the header that the mapping asks for; allowed: as many cells in each row as in the header; set delimiter "
        "or quote if they are others, or skip_lines if there is something above the header"
    )


def is_header_again(cells: Sequence[object], header: Sequence[str]) -> bool:
    """Whether a row is the header once more, as in files that were put together."""
    given = [(str(cell).strip().casefold(), name) for cell, name in zip(cells, header, strict=False) if cell]
    return len(given) > 1 and all(text == name.strip().casefold() for text, name in given)


def is_header(cells: Sequence[str]) -> bool:
    """Whether cells look like the names of columns: most have a text, and none a number or a time."""
    named = [cell.strip() for cell in cells if cell.strip()]
    return len(named) * 2 > len(cells) and not any(_NUMBER_OR_TIME.fullmatch(name) for name in named)


def _at(dialect: Dialect, line: int) -> Dialect:
    return Dialect(dialect.delimiter, dialect.quote, line)
