"""Standard input, of which the beginning can be looked at before it is read."""

import io
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from server.importing.outcome import ImportFailure


class _Kept:
    """What was read of standard input to be read again, on the disk."""

    def __init__(self) -> None:
        self.file: BinaryIO | None = None
        self.size = 0
        self.is_keeping = False

    def part(self, place: int, most: int) -> bytes:
        """What is kept from a place on."""
        if self.file is None or place >= self.size:
            return b""
        self.file.seek(place)
        return self.file.read(most)

    def add(self, part: bytes) -> None:
        """Keeps some more."""
        if self.file is None:
            self.file = cast("BinaryIO", tempfile.TemporaryFile(prefix="dialboard-import-"))  # noqa: SIM115
        self.file.seek(self.size)
        self.file.write(part)
        self.size += len(part)


_kept = _Kept()


@contextmanager
def looked_at() -> Generator[None]:
    """While it lasts, all that is read of standard input is kept, and whoever opens it later begins with that."""
    _kept.file, _kept.size, _kept.is_keeping = None, 0, True
    try:
        yield
    finally:
        _kept.is_keeping = False


class _StandardInput(io.RawIOBase):
    """A reader of its own: Python's waits, at its end, for whoever still reads from it."""

    def __init__(self, raw: io.FileIO) -> None:
        self._raw = raw
        self._place = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = _kept.part(self._place, len(buffer))
        if not part:
            part = self._raw.read(len(buffer)) or b""
            if _kept.is_keeping:
                _kept.add(part)
        self._place += len(part)
        buffer[: len(part)] = part
        return len(part)


def open_standard_input() -> BinaryIO:
    """Standard input, from its first byte if what was read of it before was kept.

    Raises:
        ImportFailure: it is closed.
    """
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise ImportFailure("standard input is closed")
    return cast("BinaryIO", _StandardInput(io.FileIO(sys.stdin.fileno(), closefd=False)))
