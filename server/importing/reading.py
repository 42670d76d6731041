"""One line of a file, read: a checked call, or what is wrong with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from models.call_record import CallFault, CallRecord


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is wrong, and in which column: of characters in JSON lines, of cells in CSV. The first is 1."""

    column: int
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A line (or a CSV row of several lines) with its number, its text, and either its call or its faults.

    Bytes that are not UTF-8 stand in ``text`` as lone surrogates, so that they can be written out as they came in.
    """

    line: int
    text: str
    record: CallRecord | None
    faults: tuple[LineFault, ...] = ()


class Rows(Protocol):
    """A file's rows in one format."""

    @property
    def reject_suffix(self) -> str:
        """Ending of the name of the file for rejected rows."""
        ...

    @property
    def reject_header(self) -> str:
        """First line of that file, or nothing."""
        ...

    def readings(self) -> Iterator[Reading]:
        """Every row, in order."""
        ...

    def placed(self, reading: Reading, faults: Sequence[CallFault]) -> tuple[LineFault, ...]:
        """Faults of a call as faults of its line."""
        ...

    def reject_line(self, reading: Reading, reason: str) -> str:
        """A rejected row with the reason, as the same format can read it again once it is mended."""
        ...
