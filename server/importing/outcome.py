"""What comes of an import."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from models.outages import Outage


class ImportFormat(StrEnum):
    """What a file is written in. ``JSON`` is a list of calls, or a document with one; ``CSV`` any text of rows."""

    JSONL = "jsonl"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


Span = tuple[datetime, datetime]
"""The first and the last of some times."""


def joined_span(one: Span | None, other: Span | None) -> Span | None:
    """From the first to the last of both."""
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), max(one[1], other[1])


def _of_both(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """What is missing in both of two files; None says nothing of one."""
    if one is None or other is None:
        return other if one is None else one
    return tuple(name for name in one if name in other)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of the rows of one file or several.

    Attributes:
        created: rows that made a call.
        updated: rows that updated one.
        rejected: rows that are not calls; they are in the reject files.
        reject_files: where they are, one file for each input that has any.
        skipped: rows that the mapping skips.
        merged: rows of a file whose call an earlier row of the same file had.
        checked: rows that are calls, of a dry run, which creates and updates nothing.
        joined: rows that became part of the call of another row, as the mapping joins them.
        without_agent: calls that have no agent, but the one for those.
        span: from the first start of a call to the last one.
        unfound: paths of the mapping at which no row had anything; None without rows.
        unread_sheets: sheets of workbooks that have rows and were not read.
    """

    created: int = 0
    updated: int = 0
    rejected: int = 0
    reject_files: tuple[Path, ...] = ()
    skipped: int = 0
    merged: int = 0
    checked: int = 0
    joined: int = 0
    without_agent: int = 0
    span: Span | None = field(default=None, compare=False)
    unfound: tuple[str, ...] | None = field(default=None, compare=False)
    unread_sheets: tuple[str, ...] = ()

    def __add__(self, other: "ImportResult") -> "ImportResult":
        """Both together."""
        return ImportResult(
            self.created + other.created,
            self.updated + other.updated,
            self.rejected + other.rejected,
            self.reject_files + other.reject_files,
            self.skipped + other.skipped,
            self.merged + other.merged,
            self.checked + other.checked,
            self.joined + other.joined,
            self.without_agent + other.without_agent,
            joined_span(self.span, other.span),
            _of_both(self.unfound, other.unfound),
            tuple(dict.fromkeys((*self.unread_sheets, *other.unread_sheets))),
        )


class ImportFailure(Exception):
    """The file as a whole cannot be imported. The message says what is wrong, where, and what is allowed."""


class PlacedFailure(ImportFailure):
    """The same, of which a row gives proof: with its line and column, and without the file's name."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(f"line {line}:{column}: {reason}")
        self.reason = reason
        self.line = line
        self.column = column


@contextmanager
def of_file(name: str) -> Generator[None]:
    """Puts the name of a file, and the place in it, in front of failures that do not begin with it."""
    try:
        yield
    except PlacedFailure as failure:
        raise ImportFailure(f"{name}:{failure.line}:{failure.column}: {failure.reason}") from None
    except ImportFailure as failure:
        raise failure if str(failure).startswith(name) else ImportFailure(f"{name}: {failure}") from None


class ImportStopped(Exception):
    """The import was interrupted, or by ``outage`` the database failed. ``result`` counts what is stored, which stays;
    importing the same again is safe."""

    def __init__(self, result: ImportResult, outage: Outage | None) -> None:
        super().__init__(outage.message if outage else "The import was interrupted.")
        self.result = result
        self.outage = outage
