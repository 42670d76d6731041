"""What an import is asked, and what it answers."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from models.outages import Outage


class ImportFormat(StrEnum):
    """What a file is written in."""

    JSONL = "jsonl"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to import.

    ``mapping`` is a mapping file for CSV. ``format`` is the file's; without it, it is found out. ``shift_to_now`` moves
    all timestamps by the same time, so that the newest call is now. ``progress`` shows a bar on standard error.
    """

    mapping: Path | None = None
    format: ImportFormat | None = None
    shift_to_now: bool = False
    progress: bool = False


@dataclass(frozen=True, slots=True)
class ImportResult:
    """How many lines made a call, updated one, or were rejected; the rejected ones are in ``reject_file``."""

    created: int
    updated: int
    rejected: int
    reject_file: Path | None


class ImportFailure(Exception):
    """The file as a whole cannot be imported. The message says what is wrong, where, and what is allowed."""


class ImportStopped(Exception):
    """The import was interrupted, or by ``outage`` the database failed. ``result`` counts what is stored, which stays;
    importing the same again is safe."""

    def __init__(self, result: ImportResult, outage: Outage | None) -> None:
        super().__init__(outage.message if outage else "The import was interrupted.")
        self.result = result
        self.outage = outage
