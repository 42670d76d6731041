"""What an import is asked, and what it answers."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to import.

    ``mapping`` is a mapping file for CSV. ``shift_to_now`` moves all timestamps by the same time, so that the newest
    call is now. ``progress`` shows a bar on the standard error output.
    """

    mapping: Path | None = None
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
