"""Rejected lines: reported on the standard error output, and kept in a file from which they can be imported again."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from server.importing.inputs import Input
from server.importing.outcome import ImportFailure
from server.importing.reading import LineFault, Reading, RejectFile, Rows

REPORT_LIMIT = 20
"""Most lines reported one by one; the file has them all."""


def report_to_stderr(message: str) -> None:
    """Writes a line to the standard error output."""
    sys.stderr.write(f"{message}\n")


class Rejects:
    """Collects the rejected rows of one file. The reject file is made with the first of them.

    It stands beside the input where that folder can be written to, else in the current one, and takes the place of
    one left by an earlier import.

    Args:
        is_kept: whether there is a reject file at all.
    """

    def __init__(
        self, source: Input, rows: Rows, report: Callable[[str], None] = report_to_stderr, *, is_kept: bool = True
    ) -> None:
        self._source = source
        self._rows = rows
        self._report = report
        self._is_kept = is_kept
        self._file: RejectFile | None = None
        self.count = 0
        self.path: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
        if self.count > REPORT_LIMIT:
            where = f", see {self.path}" if self.path else ""
            self._report(f"{self._source.name}: {self.count - REPORT_LIMIT:,} more rejected lines{where}")

    def add(self, reading: Reading, faults: tuple[LineFault, ...]) -> None:
        """Reports and keeps a row."""
        self.count += 1
        if self.count <= REPORT_LIMIT:
            for fault in faults:
                self._report(f"{self._source.name}:{fault.line or reading.line}:{fault.column}: {fault.reason}")
        if not self._is_kept:
            return
        reason = "; ".join(
            f"{f'{fault.line}:' if fault.line else ''}{fault.column}: {fault.reason}" for fault in faults
        )
        file = self._file or self._open()
        for row in reading.legs or (reading,):
            file.add(row, f"{row.line}:{reason}")

    def _open(self) -> RejectFile:
        beside = self._source.path.parent
        folder = beside if os.access(beside, os.W_OK) and not self._source.is_read_once else Path()
        self.path = folder / f"{self._source.stem}{self._rows.reject_suffix}"
        try:
            self._file = self._rows.reject_file(self.path)
        except OSError as error:
            raise ImportFailure(f"{self.path}: rejected lines cannot be written: {error.strerror}") from None
        return self._file
