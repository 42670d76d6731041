"""Importing calls from files: JSON lines in the native format, and CSV with a mapping."""

from server.importing.outcome import ImportFailure, ImportFormat, ImportOptions, ImportResult, ImportStopped
from server.importing.service import import_file, keep_house

__all__ = [
    "ImportFailure",
    "ImportFormat",
    "ImportOptions",
    "ImportResult",
    "ImportStopped",
    "import_file",
    "keep_house",
]
