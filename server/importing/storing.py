"""Storing what was read: one batch, in one transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime

from models.ingest import UpsertResult, upsert_calls
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


async def store(sessions: Sessions, project_id: int, rows: Rows, batch: Sequence[Reading]) -> Stored:
    """Stores the calls of a batch of a file in a transaction of their own."""
    async with sessions.write(project_id) as session:
        stored, refused = await store_within(session, project_id, rows, batch)
        counts = {"created": stored.created, "updated": stored.updated, "rejected": len(refused)}
        writing = Writing(session, project_id, datetime.now(UTC), AUTHOR)
        await record_event(writing, Event(AuditAction.CALLS_IMPORT, counts=counts))
    return stored, refused


async def store_within(session: WriteSession, project_id: int, rows: Rows, batch: Sequence[Reading]) -> Stored:
    """Stores the calls of a batch."""
    good = [(reading, reading.record) for reading in batch if reading.record is not None]
    stored = await upsert_calls(session, project_id, [record for _, record in good])
    bad = [(reading, reading.faults) for reading in batch if reading.record is None]
    for refusal in stored.refused:
        reading, _ = good[refusal.index]
        bad.append((reading, rows.placed(reading, refusal.faults)))
    return stored, sorted(bad, key=lambda item: item[0].line)
