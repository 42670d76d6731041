"""Storing what was read: one batch, in one transaction."""

from collections.abc import Sequence

from models.ingest import UpsertResult, upsert_calls
from models.sessions import Sessions, WriteSession
from server.importing.reading import LineFault, Reading, Rows

Refused = tuple[Reading, tuple[LineFault, ...]]
"""A row that was not stored, and why."""

Stored = tuple[UpsertResult, list[Refused]]
"""What was stored of a batch, and the rows that were not, in the order of their lines."""


async def store(sessions: Sessions, project_id: int, rows: Rows, batch: Sequence[Reading]) -> Stored:
    """Stores the calls of a batch in a transaction of their own."""
    async with sessions.write(project_id) as session:
        return await store_within(session, project_id, rows, batch)


async def store_within(session: WriteSession, project_id: int, rows: Rows, batch: Sequence[Reading]) -> Stored:
    """Stores the calls of a batch."""
    good = [(reading, reading.record) for reading in batch if reading.record is not None]
    stored = await upsert_calls(session, project_id, [record for _, record in good])
    bad = [(reading, reading.faults) for reading in batch if reading.record is None]
    for refusal in stored.refused:
        reading, _ = good[refusal.index]
        bad.append((reading, rows.placed(reading, refusal.faults)))
    return stored, sorted(bad, key=lambda item: item[0].line)
