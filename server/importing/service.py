"""The import of a file: batches of rows read in a thread while the batch before goes into the database."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy.exc import DBAPIError

from models.changes import compact_changes
from models.ingest import UpsertResult, refresh_statistics
from models.outages import outage_of
from models.sessions import Sessions
from server.beside import started
from server.importing.background import in_background
from server.importing.mapping import CallMapping
from server.importing.mapping_file import read_mapping
from server.importing.outcome import ImportFailure, ImportFormat, ImportOptions, ImportResult, ImportStopped
from server.importing.progress import Advance, progress_bar
from server.importing.reading import Reading
from server.importing.rejects import Rejects
from server.importing.shift import newest_timestamp, shifted
from server.importing.source import STANDARD_INPUT, Source, open_source
from server.importing.storing import store

BATCH_ROWS = 10_000
"""Most rows of a batch, which is one transaction."""
BATCH_CHARACTERS = 8 * 1024 * 1024
"""A batch also ends once its text is this long: memory stays bounded for long rows too."""

_REFRESHED_AFTER = frozenset(2**power for power in range(32))
"""After so many batches the planner is told what the tables hold by then: its plans for a new project are poor."""

_log: structlog.stdlib.BoundLogger = structlog.get_logger("dialboard.import")


async def import_file(
    sessions: Sessions, project_id: int, path: Path, options: ImportOptions | None = None
) -> ImportResult:
    """Imports calls into a project. Importing a file again changes nothing more: calls are known by ``call_id``.

    Bad lines are reported and kept in a reject file; the others go in, batch by batch. An import that is broken off
    keeps the batches stored so far, and can be run again.

    Raises:
        ImportFailure: when the file as a whole cannot be imported, and nothing was stored; or, in the middle, when
            there are bad lines and no file for them can be made.
        ImportStopped: it was interrupted, or the database failed, after some batches perhaps.
    """
    options = options or ImportOptions()
    mapping = await asyncio.to_thread(read_mapping, options.mapping) if options.mapping else None
    with ExitStack() as stack:
        try:
            shift = timedelta()
            if options.shift_to_now:
                shift = await in_background(partial(_shift_to_now, path, mapping, options.format))
            source = await in_background(partial(stack.enter_context, open_source(path, mapping, options.format)))
        except asyncio.CancelledError:
            raise ImportStopped(ImportResult(0, 0, 0, None), None) from None
        rejects = stack.enter_context(Rejects(path, source.rows))
        advance = stack.enter_context(progress_bar(path.name, source.size, enabled=options.progress))
        readings = (shifted(reading, shift) for reading in source.rows.readings())
        stored = _Stored()
        try:
            await _import(sessions, project_id, source, readings, rejects, advance, stored)
            if stored.created or stored.updated:
                await keep_house(sessions, project_id, is_done=True)
        except asyncio.CancelledError:
            raise ImportStopped(stored.result(rejects), None) from None
        except DBAPIError as error:
            outage = outage_of(error)
            if outage is None:
                raise
            raise ImportStopped(stored.result(rejects), outage) from error
        return stored.result(rejects)


@dataclass(slots=True)
class _Stored:
    """What went in so far."""

    created: int = 0
    updated: int = 0
    batches: int = 0

    def add(self, result: UpsertResult) -> None:
        self.created += result.created
        self.updated += result.updated
        self.batches += 1

    def result(self, rejects: Rejects) -> ImportResult:
        return ImportResult(self.created, self.updated, rejects.count, rejects.path)


async def _import(
    sessions: Sessions,
    project_id: int,
    source: Source,
    readings: Iterator[Reading],
    rejects: Rejects,
    advance: Advance,
    stored: _Stored,
) -> None:
    take = partial(next, _batches(readings), None)
    batch = await in_background(take)
    while batch is not None:
        position = source.lines.position
        upcoming = started(in_background(take))
        try:
            result, refused = await store(sessions, project_id, source.rows, batch)
            for reading, faults in refused:
                rejects.add(reading, faults)
            stored.add(result)
            batch = await upcoming
        finally:
            upcoming.cancel()
        if batch is not None and stored.batches in _REFRESHED_AFTER:
            await keep_house(sessions, project_id, is_done=False)
        advance(position)


async def keep_house(sessions: Sessions, project_id: int, *, is_done: bool) -> None:
    """What makes the next queries faster. The calls are stored: whatever fails here is only logged."""
    try:
        async with sessions.write(project_id) as session:
            await refresh_statistics(session)
        if is_done:
            async with sessions.write(project_id) as session:
                await compact_changes(session, project_id)
    except DBAPIError as error:
        _log.warning("housekeeping after an import failed", project_id=project_id, reason=str(error.orig))


def _batches(readings: Iterable[Reading]) -> Iterator[list[Reading]]:
    batch: list[Reading] = []
    characters = 0
    for reading in readings:
        batch.append(reading)
        characters += len(reading.text)
        if len(batch) == BATCH_ROWS or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _shift_to_now(path: Path, mapping: CallMapping | None, format: ImportFormat | None) -> timedelta:
    if path == STANDARD_INPUT:
        raise ImportFailure("-: standard input cannot be read twice, as --shift-to-now requires; use a file")
    with open_source(path, mapping, format) as source:
        newest = newest_timestamp(source.rows.readings())
    return datetime.now(UTC) - newest if newest else timedelta()
