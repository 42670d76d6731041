"""What an import is asked to do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from server.importing.file_settings import FileSettings
from server.importing.mapping import CallMapping


def _say_nothing(message: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to import.

    Attributes:
        mapping: a mapping, or the file that it is in; None where files have the native format.
        file: what is known of the files; each counts more than what the mapping says. The rest is found.
        shift_to_now: move all timestamps by the same time, so that the newest call is now.
        progress: show a bar on standard error.
        tell: takes lines about what was found.
    """

    mapping: Path | CallMapping | None = None
    file: FileSettings = field(default_factory=FileSettings)
    shift_to_now: bool = False
    progress: bool = False
    tell: Callable[[str], None] = _say_nothing
