"""Lines of a body as it arrives: in batches, none longer than a limit, never the whole body."""

from collections.abc import AsyncIterable, AsyncIterator

from server.importing.lines import BYTE_ORDER_MARK, LINE_LIMIT, Line

BATCH_LINES = 1_000
"""Most lines of a batch, which is one transaction."""
BATCH_BYTES = 1024 * 1024
"""A batch also ends once it is this long: reading and storing it take the other requests' time in small pieces."""


class ArrivingLines:
    """Cuts parts of a body into batches of lines."""

    def __init__(self, parts: AsyncIterable[bytes]) -> None:
        self._parts = parts
        self._number = 0
        self._rest = bytearray()  # of a line whose end has not arrived
        self._is_skipping = False  # whether the rest of a line that is too long is still arriving
        self._full: list[list[Line]] = []
        self._batch: list[Line] = []
        self._size = 0

    async def batches(self) -> AsyncIterator[list[Line]]:
        """Every line, in order. The next part is asked for once the batch before it has been worked off."""
        async for part in self._parts:
            for batch in self._taken(part):
                yield batch
        if self._rest and not self._is_skipping:
            self._add(bytes(self._rest))
        for batch in (*self._full, self._batch):
            if batch:
                yield batch

    def _taken(self, part: bytes) -> list[list[Line]]:
        """The batches that a part fills."""
        end = part.rfind(b"\n")
        if end < 0:
            self._rest += part
        else:
            lines = (bytes(self._rest) + part[:end]).split(b"\n")
            self._rest = bytearray(part[end + 1 :])
            for line in lines[1:] if self._is_skipping else lines:
                self._add(line)
            self._is_skipping = False
        if len(self._rest) >= LINE_LIMIT:
            if not self._is_skipping:
                self._add(bytes(self._rest))
            self._rest, self._is_skipping = bytearray(), True
        full, self._full = self._full, []
        return full

    def _add(self, content: bytes) -> None:
        self._number += 1
        if self._number == 1:
            content = content.removeprefix(BYTE_ORDER_MARK)
        is_cut, content = len(content) >= LINE_LIMIT, content[:LINE_LIMIT]
        if content and not content.isspace():
            # Where a batch ends follows from the lines alone, and not from the parts in which they arrive.
            self._size += len(content)
            self._batch.append(Line(self._number, content, is_cut))
            if len(self._batch) == BATCH_LINES or self._size >= BATCH_BYTES:
                self._full.append(self._batch)
                self._batch, self._size = [], 0
