"""One row of a file, read: a checked call, or what is wrong with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from models.call_record import CallFault, CallRecord
from server.importing.observed import Observed


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is wrong, and in which column: of characters in JSON, of cells in tables. The first is 1.

    Attributes:
        line: the line, where it is not the first of the row.
    """

    column: int
    reason: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A row (a line, a CSV row of several lines, an object of a JSON list) with the number of its first line, its text,
    and either its call or its faults.

    Bytes that are not UTF-8 stand in ``text`` as lone surrogates, so that they can be written out as they came in.

    Attributes:
        column: where in its line a JSON object begins.
        cells: those of a row of a table.
        has_no_agent: whether the agent is the one of calls without any.
        call_id: of a row that is not a call for other reasons.
        legs: the rows of a call that has several; the others are as of the first.
    """

    line: int
    text: str
    record: CallRecord | None
    faults: tuple[LineFault, ...] = ()
    column: int = 1
    cells: Sequence[object] | None = None
    has_no_agent: bool = False
    call_id: str | None = None
    legs: tuple["Reading", ...] = ()


class RejectFile(Protocol):
    """A file that rejected rows are written to, as the same format can read them again once they are mended."""

    def add(self, reading: Reading, reason: str) -> None:
        """Writes a row with the reason."""
        ...

    def close(self) -> None:
        """Ends the file."""
        ...


class Rows(Protocol):
    """A file's rows in one format."""

    @property
    def skipped(self) -> int:
        """How many rows the mapping skipped so far."""
        ...

    @property
    def observed(self) -> Observed:
        """What the rows so far say together."""
        ...

    @property
    def reject_suffix(self) -> str:
        """Ending of the name of the file for rejected rows."""
        ...

    def readings(self) -> Iterator[Reading]:
        """Every row, in order."""
        ...

    def placed(self, reading: Reading, faults: Sequence[CallFault]) -> tuple[LineFault, ...]:
        """Faults of a call as faults of its row."""
        ...

    def reject_file(self, path: Path) -> RejectFile:
        """Opens the file for rejected rows.

        Raises:
            OSError: it cannot be made.
        """
        ...


class TextRejects:
    """A file of rejected rows that is a text, in UTF-8. It begins with a byte order mark where the rows were read from
    another encoding: a mapping that names that one reads the file nevertheless."""

    def __init__(self, path: Path, begin: str) -> None:
        self._file = path.open("w", encoding="utf-8", errors="surrogateescape", newline="")
        self._file.write(begin)

    def write(self, line: str) -> None:
        """Writes a line."""
        self._file.write(line)

    def close(self) -> None:
        """Ends the file."""
        self._file.close()
