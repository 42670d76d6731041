"""Rejected lines: reported on the standard error output, and kept in a file from which they can be imported again."""

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from server.importing.outcome import ImportFailure
from server.importing.reading import LineFault, Reading, Rows

REPORT_LIMIT = 20
"""Most lines reported one by one; the file has them all."""


def report_to_stderr(message: str) -> None:
    """Writes a line to the standard error output."""
    sys.stderr.write(f"{message}\n")


class Rejects:
    """Collects the rejected lines of one file. The reject file is made with the first of them.

    It stands beside the input where that folder can be written to, else in the current one, and takes the place of
    one left by an earlier import.
    """

    def __init__(self, source: Path, rows: Rows, report: Callable[[str], None] = report_to_stderr) -> None:
        self._source = source
        self._rows = rows
        self._report = report
        self._file: TextIO | None = None
        self._resources = ExitStack()
        self.count = 0
        self.path: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._resources.close()
        if self.count > REPORT_LIMIT:
            self._report(f"{self._source}: {self.count - REPORT_LIMIT:,} more rejected lines, see {self.path}")

    def add(self, reading: Reading, faults: tuple[LineFault, ...]) -> None:
        """Reports and keeps a line."""
        self.count += 1
        if self.count <= REPORT_LIMIT:
            for fault in faults:
                self._report(f"{self._source}:{reading.line}:{fault.column}: {fault.reason}")
        reason = "; ".join(f"{fault.column}: {fault.reason}" for fault in faults)
        file = self._file or self._open()
        file.write(self._rows.reject_line(reading, f"{reading.line}:{reason}"))

    def _open(self) -> TextIO:
        name = f"{self._source.stem if str(self._source) != '-' else 'stdin'}{self._rows.reject_suffix}"
        folder = self._source.parent if os.access(self._source.parent, os.W_OK) else Path()
        self.path = folder / name
        try:
            opened = self.path.open("w", encoding="utf-8", errors="surrogateescape", newline="")
        except OSError as error:
            raise ImportFailure(f"{self.path}: rejected lines cannot be written: {error.strerror}") from None
        self._file = self._resources.enter_context(opened)
        self._file.write(self._rows.reject_header)
        return self._file
