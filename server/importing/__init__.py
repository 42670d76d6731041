"""Importing calls from files: JSON lines in the native format, and CSV with a mapping."""

from server.importing.outcome import ImportFailure, ImportOptions, ImportResult
from server.importing.service import import_file

__all__ = ["ImportFailure", "ImportOptions", "ImportResult", "import_file"]
