"""Storing what was read: one batch, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from models.ingest import Prepared, UpsertResult, prepare, upsert_prepared
from models.sessions import Sessions, WriteSession
from models.types import AuditAction
from resolvers.author import Author
from resolvers.trail import Event, record_event
from resolvers.writing import Writing
from server.importing.reading import LineFault, Reading, Rows

AUTHOR = Author(None, "dialboard import")
"""Who the trail says stored the calls of a file."""

Refused = tuple[Reading, tuple[LineFault, ...]]
"""A row that was not stored, and why."""

Stored = tuple[UpsertResult, list[Refused]]
"""What was stored of a batch, and the rows that were not, in the order of their lines."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that go in by one transaction: all of them, those that are calls, and these made ready to be stored."""

    readings: Sequence[Reading]
    good: Sequence[Reading]
    prepared: Prepared

    @classmethod
    def of(cls, readings: Sequence[Reading]) -> Self:
        """Makes the calls of rows ready, which takes a while for many."""
        good = [reading for reading in readings if reading.record is not None]
        return cls(readings, good, prepare([reading.record for reading in good if reading.record is not None]))


async def store(sessions: Sessions, project_id: int, rows: Rows, batch: Batch) -> Stored:
    """Stores the calls of a batch of a file in a transaction of their own."""
    async with sessions.write(project_id) as session:
        stored, refused = await store_within(session, project_id, rows, batch)
        counts = {"created": stored.created, "updated": stored.updated, "rejected": len(refused)}
        writing = Writing(session, project_id, datetime.now(UTC), AUTHOR)
        await record_event(writing, Event(AuditAction.CALLS_IMPORT, counts=counts))
    return stored, refused


async def store_within(session: WriteSession, project_id: int, rows: Rows, batch: Batch) -> Stored:
    """Stores the calls of a batch."""
    stored = await upsert_prepared(session, project_id, batch.prepared)
    if len(batch.good) == len(batch.readings) and not stored.refused:
        return stored, []
    bad = [(reading, reading.faults) for reading in batch.readings if reading.record is None]
    for refusal in stored.refused:
        reading = batch.good[refusal.index]
        bad.append((reading, rows.placed(reading, refusal.faults)))
    return stored, sorted(bad, key=lambda item: item[0].line)
