"""The import of a file: batches of rows read in a thread while the batch before goes into the database."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
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
from server.importing.file_settings import FileSettings
from server.importing.first_rows import check_first_rows
from server.importing.inputs import STANDARD_INPUT, Input, find_inputs
from server.importing.legs import Legs
from server.importing.mapping import CallMapping
from server.importing.mapping_file import read_mapping
from server.importing.options import ImportOptions
from server.importing.outcome import ImportFailure, ImportResult, ImportStopped, PlacedFailure
from server.importing.progress import Advance, progress_bar
from server.importing.reading import Reading
from server.importing.rejects import Rejects
from server.importing.shift import newest_timestamp, shifted
from server.importing.source import Source, open_source
from server.importing.storing import store
from server.importing.tally import Tally

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
    """Imports calls into a project: of a file, of standard input (``-``), of the files of a ZIP archive, a folder or a
    pattern. Importing a file again changes nothing more: calls are known by ``call_id``.

    The first rows of every file are checked before anything is stored. Bad rows are reported and kept in a reject file;
    the others go in, batch by batch. An import that is broken off keeps the batches stored so far, and can be run
    again.

    Raises:
        ImportFailure: when a file as a whole cannot be imported, and nothing was stored; or, in the middle, when a row
            shows that it cannot, or when there are bad rows and no file for them can be made.
        ImportStopped: it was interrupted, or the database failed, after some batches perhaps.
    """
    options = options or ImportOptions()
    plan = await _planned(path, options)
    result = ImportResult()
    for input_ in plan.files:
        try:
            result += await _import_input(sessions, project_id, input_, plan, options)
        except ImportStopped as stopped:
            raise ImportStopped(result + stopped.result, stopped.outage) from stopped.__cause__
    return result


async def check_file(path: Path, options: ImportOptions | None = None) -> ImportResult:
    """Reads everything that ``import_file`` would read, and writes nothing: no calls, and no reject files.

    Raises:
        ImportFailure: as ``import_file``.
        ImportStopped: it was interrupted.
    """
    options = options or ImportOptions()
    plan = await _planned(path, options)
    result = ImportResult()
    for input_ in plan.files:
        try:
            result += await in_background(partial(_checked, input_, plan, options))
        except asyncio.CancelledError:
            raise ImportStopped(result, None) from None
    return result


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be read, how, and by how much its times are moved."""

    files: tuple[Input, ...]
    mapping: CallMapping | None
    file: FileSettings
    shift: timedelta


async def _planned(path: Path, options: ImportOptions) -> _Plan:
    try:
        return await in_background(partial(_plan, path, options))
    except asyncio.CancelledError:
        raise ImportStopped(ImportResult(), None) from None


def _plan(path: Path, options: ImportOptions) -> _Plan:
    """Looks at the first rows of all files, where they are several."""
    given = options.mapping
    mapping = read_mapping(given) if isinstance(given, Path) else given
    found = find_inputs(path)
    for name in found.ignored:
        options.tell(f"{name}: left out, by its name")
    plan = _Plan(found.files, mapping, options.file, timedelta())
    if len(found.files) > 1:
        for input_ in found.files:
            with open_source(input_, mapping, options.file) as source:
                next(_Reader(input_.name, source, plan).batches(), None)
    if options.shift_to_now:
        return replace(plan, shift=_shift_to_now(found.files, mapping, options.file))
    return plan


async def _import_input(
    sessions: Sessions, project_id: int, input_: Input, plan: _Plan, options: ImportOptions
) -> ImportResult:
    with ExitStack() as stack:
        try:
            opening = open_source(input_, plan.mapping, plan.file)
            source = await in_background(partial(stack.enter_context, opening))
        except asyncio.CancelledError:
            raise ImportStopped(ImportResult(), None) from None
        options.tell(f"{input_.name}: {source.found}")
        rejects = stack.enter_context(Rejects(input_, source.rows))
        advance = stack.enter_context(progress_bar(input_.name, source.size, enabled=options.progress))
        reader = _Reader(input_.name, source, plan)
        stored = _Stored(reader)
        try:
            await _import(sessions, project_id, reader, rejects, advance, stored)
            if stored.created or stored.updated:
                await keep_house(sessions, project_id, is_done=True)
        except asyncio.CancelledError:
            raise ImportStopped(stored.result(rejects), None) from None
        except ImportFailure as failure:
            if not stored.batches:
                raise
            raise ImportFailure(
                f"{failure}. The import stopped there: {stored.created:,} calls created and {stored.updated:,} updated "
                "before are kept; import the mended file again, which updates them"
            ) from None
        except DBAPIError as error:
            outage = outage_of(error)
            if outage is None:
                raise
            raise ImportStopped(stored.result(rejects), outage) from error
        return stored.result(rejects)


def _checked(input_: Input, plan: _Plan, options: ImportOptions) -> ImportResult:
    with open_source(input_, plan.mapping, plan.file) as source:
        options.tell(f"{input_.name}: {source.found}")
        with Rejects(input_, source.rows, is_kept=False) as rejects:
            reader, tally = _Reader(input_.name, source, plan), Tally()
            for batch in reader.batches():
                for reading in batch:
                    if reading.record is None:
                        rejects.add(reading, reading.faults)
                tally.add(batch)
            told = ImportResult(rejected=rejects.count, skipped=source.rows.skipped, checked=tally.calls)
            return _told(told, reader, tally)


def _told(result: ImportResult, reader: "_Reader", tally: Tally) -> ImportResult:
    return replace(
        result,
        merged=tally.merged,
        joined=reader.joined,
        without_agent=tally.without_agent,
        span=tally.span,
    )


class _Reader:
    """Reads an open file in batches. The first rows are checked before they are handed out."""

    def __init__(self, name: str, source: Source, plan: _Plan) -> None:
        self.source = source
        self._name = name
        self._shift = plan.shift
        self.legs = Legs(plan.mapping.join) if plan.mapping and plan.mapping.join else None

    @property
    def joined(self) -> int:
        """How many rows became part of the call of another row so far."""
        return self.legs.count if self.legs else 0

    def batches(self) -> Iterator[list[Reading]]:
        """Batches of rows.

        Raises:
            ImportFailure: the file as a whole is not what it was taken for.
        """
        readings = self.source.rows.readings()
        calls = self.legs.joined(readings) if self.legs else readings
        batches = _batches(shifted(reading, self._shift) for reading in calls)
        try:
            if (first := next(batches, None)) is not None:
                check_first_rows(self._name, self.source, first)
                yield first
            yield from batches
        except PlacedFailure as failure:
            raise ImportFailure(f"{self._name}:{failure.line}:{failure.column}: {failure.reason}") from None
        except ImportFailure as failure:
            known = str(failure).startswith(self._name)
            raise failure if known else ImportFailure(f"{self._name}: {failure}") from None


@dataclass(slots=True)
class _Stored:
    """What went in so far."""

    reader: _Reader
    created: int = 0
    updated: int = 0
    batches: int = 0
    tally: Tally = field(default_factory=Tally)

    def add(self, result: UpsertResult, batch: Sequence[Reading], refused: Sequence[Reading]) -> None:
        self.created += result.created
        self.updated += result.updated
        self.batches += 1
        left_out = set(map(id, refused))
        self.tally.add([reading for reading in batch if id(reading) not in left_out] if left_out else batch)

    def result(self, rejects: Rejects) -> ImportResult:
        kept = (rejects.path,) if rejects.path else ()
        skipped = self.reader.source.rows.skipped
        result = ImportResult(self.created, self.updated, rejects.count, kept, skipped)
        return _told(result, self.reader, self.tally)


async def _import(
    sessions: Sessions, project_id: int, reader: _Reader, rejects: Rejects, advance: Advance, stored: _Stored
) -> None:
    rows = reader.source.rows
    take = partial(next, reader.batches(), None)
    batch = await in_background(take)
    while batch is not None:
        position = reader.source.position()
        upcoming = started(in_background(take))
        try:
            result, refused = await store(sessions, project_id, rows, batch)
            for reading, faults in refused:
                rejects.add(reading, faults)
            stored.add(result, batch, [reading for reading, _ in refused])
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


def _shift_to_now(files: Sequence[Input], mapping: CallMapping | None, file: FileSettings) -> timedelta:
    newest: datetime | None = None
    for input_ in files:
        if input_.is_read_once:
            what = "standard input" if input_.path == STANDARD_INPUT else "a pipe"
            raise ImportFailure(f"{input_.name}: {what} cannot be read twice, as --shift-to-now requires; use a file")
        with open_source(input_, mapping, file) as source:
            found = newest_timestamp(source.rows.readings())
        newest = found if newest is None or (found is not None and found > newest) else newest
    return datetime.now(UTC) - newest if newest else timedelta()
