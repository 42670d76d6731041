"""Storing what was read: one batch, in one transaction."""

from collections.abc import Sequence

from models.ingest import UpsertResult, upsert_calls
from models.sessions import Sessions
from server.importing.reading import LineFault, Reading, Rows

Refused = tuple[Reading, tuple[LineFault, ...]]
"""A row that was not stored, and why."""


async def store(
    sessions: Sessions, project_id: int, rows: Rows, batch: Sequence[Reading]
) -> tuple[UpsertResult, list[Refused]]:
    """Stores the calls of a batch. The rows that were not stored come back in the order of their lines."""
    good = [(reading, reading.record) for reading in batch if reading.record is not None]
    async with sessions.write(project_id) as session:
        stored = await upsert_calls(session, project_id, [record for _, record in good])
    bad = [(reading, reading.faults) for reading in batch if reading.record is None]
    for refusal in stored.refused:
        reading, _ = good[refusal.index]
        bad.append((reading, rows.placed(reading, refusal.faults)))
    return stored, sorted(bad, key=lambda item: item[0].line)
