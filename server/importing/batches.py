"""The rows of an open file in batches."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from server.importing.first_rows import check_first_rows
from server.importing.legs import Legs
from server.importing.mapping import CallMapping
from server.importing.outcome import of_file
from server.importing.reading import Reading
from server.importing.shift import shifted
from server.importing.source import Source

FIRST_ROWS = 1_000
"""Rows of the first batch: storing begins soon. Each further one has twice as many."""
CHECKED_ROWS = 10_000
"""Rows that are read before anything is stored: what the mapping leaves open is asked before."""
BATCH_ROWS = 10_000
"""Most rows of a batch, which is one transaction."""
BATCH_CHARACTERS = 8 * 1024 * 1024
"""A batch also ends once its text is this long: memory stays bounded for long rows too."""


class Reader:
    """Reads an open file in batches. The first rows are checked before they are handed out.

    Args:
        mapping: None for the native format, which leaves no questions: then the first batch is handed out at once.
    """

    def __init__(self, name: str, source: Source, shift: timedelta, mapping: CallMapping | None) -> None:
        self.source = source
        self._name = name
        self._shift = shift
        self._legs = Legs(mapping.join) if mapping and mapping.join else None
        self._ahead = CHECKED_ROWS if mapping else 0

    @property
    def joined(self) -> int:
        """How many rows became part of the call of another row so far."""
        return self._legs.count if self._legs else 0

    def batches(self) -> Iterator[list[Reading]]:
        """Batches of rows.

        Raises:
            ImportFailure: the file as a whole is not what it was taken for.
        """
        readings = self.source.rows.readings()
        calls = self._legs.joined(readings) if self._legs else readings
        batches = _batches(shifted(reading, self._shift) for reading in calls)
        with of_file(self._name):
            if (first := next(batches, None)) is not None:
                check_first_rows(self._name, self.source, first)
                checked = [first, *_until(batches, self._ahead - len(first))]
                self.source.rows.observed.check()
                yield from checked
            for batch in batches:
                self.source.rows.observed.check()
                yield batch


def _until(batches: Iterator[list[Reading]], rows: int) -> Iterator[list[Reading]]:
    """Batches of so many rows, or of as much text as one may have."""
    characters = 0
    while rows > 0 and characters < BATCH_CHARACTERS and (batch := next(batches, None)) is not None:
        yield batch
        rows -= len(batch)
        characters += sum(len(reading.text) for reading in batch)


def _batches(readings: Iterable[Reading]) -> Iterator[list[Reading]]:
    batch: list[Reading] = []
    characters = 0
    most = min(FIRST_ROWS, BATCH_ROWS)
    for reading in readings:
        batch.append(reading)
        characters += len(reading.text)
        if len(batch) == most or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
            most = min(2 * most, BATCH_ROWS)
    if batch:
        yield batch
