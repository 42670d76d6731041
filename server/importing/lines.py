"""Lines of a file, none longer than a limit: memory stays bounded whatever the file holds."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

LINE_LIMIT = 1024 * 1024
"""Most bytes of a line of CSV, or of JSON in the native format."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """A line with its ending. One that is too long is cut, and its rest skipped."""

    number: int
    content: bytes
    is_cut: bool


class Lines:
    """Reads lines one after the other."""

    def __init__(self, stream: BinaryIO, limit: int = LINE_LIMIT) -> None:
        self._stream = stream
        self._limit = limit

    def __iter__(self) -> Iterator[Line]:
        number = 0
        while content := self._read():
            number += 1
            if number == 1:
                content = content.removeprefix(BYTE_ORDER_MARK)
            is_cut = len(content) >= self._limit and not content.endswith(b"\n")
            yield Line(number, content, is_cut)
            while is_cut and (rest := self._read()) and not rest.endswith(b"\n"):
                pass

    def _read(self) -> bytes:
        return self._stream.readline(self._limit)
