"""Importing calls from files: JSON, text of rows, workbooks and Parquet, in the native format or with a mapping."""

from server.importing.file_settings import FileSettings
from server.importing.house import keep_house
from server.importing.options import ImportOptions
from server.importing.outcome import ImportFailure, ImportFormat, ImportResult, ImportStopped
from server.importing.service import check_file, import_file

__all__ = [
    "FileSettings",
    "ImportFailure",
    "ImportFormat",
    "ImportOptions",
    "ImportResult",
    "ImportStopped",
    "check_file",
    "import_file",
    "keep_house",
]
