"""The import of a file: batches of rows read in a thread while the batch before goes into the database."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from models.ingest import UpsertResult
from models.outages import outage_of
from models.sessions import Sessions
from server.beside import started
from server.importing.background import in_background
from server.importing.batches import Reader
from server.importing.file_settings import FileSettings
from server.importing.house import keep_house, keeping_house
from server.importing.inputs import STANDARD_INPUT, Input, find_inputs
from server.importing.mapping import CallMapping
from server.importing.mapping_file import read_mapping
from server.importing.options import ImportOptions
from server.importing.outcome import ImportFailure, ImportResult, ImportStopped
from server.importing.pace import reading_beside
from server.importing.progress import Advance, progress_bar
from server.importing.reading import Reading
from server.importing.rejects import Rejects
from server.importing.shift import newest_timestamp
from server.importing.source import Source, open_source
from server.importing.storing import Batch, store
from server.importing.tally import Tally


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
    with reading_beside():
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

    def reader(self, input_: Input, source: Source) -> Reader:
        """Reads one of the files, which is open."""
        return Reader(input_.name, source, self.shift, self.mapping)


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
                next(plan.reader(input_, source).batches(), None)
    if options.shift_to_now:
        return replace(plan, shift=_shift_to_now(plan))
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
        reader = plan.reader(input_, source)
        stored = _Stored(reader)
        try:
            await _import(sessions, project_id, reader, rejects, advance, stored)
            if stored.created or stored.updated:
                await keep_house(sessions, project_id)
        except asyncio.CancelledError:
            raise ImportStopped(stored.result(rejects), None) from None
        except ImportFailure as failure:
            if not stored.batches:
                raise
            raise ImportFailure(
                f"{failure}. The import stopped there: {stored.created:,} calls created and {stored.updated:,} updated "
                "before are kept; import the same again with the setting, or the mended file, which updates them"
            ) from None
        except DBAPIError as error:
            outage = outage_of(error)
            if outage is None:
                raise
            raise ImportStopped(stored.result(rejects), outage) from error
        result = stored.result(rejects)
        _tell_of_none(input_, source, result, options)
        return result


def _checked(input_: Input, plan: _Plan, options: ImportOptions) -> ImportResult:
    with open_source(input_, plan.mapping, plan.file) as source:
        options.tell(f"{input_.name}: {source.found}")
        with Rejects(input_, source.rows, is_kept=False) as rejects:
            reader, tally = plan.reader(input_, source), Tally()
            for batch in reader.batches():
                for reading in batch:
                    if reading.record is None:
                        rejects.add(reading, reading.faults)
                tally.add(batch)
            told = ImportResult(rejected=rejects.count, skipped=source.rows.skipped, checked=tally.calls)
            _tell_of_none(input_, source, told, options)
            return _told(told, reader, tally)


def _tell_of_none(input_: Input, source: Source, result: ImportResult, options: ImportOptions) -> None:
    """Tells why a file has no calls."""
    if result.created or result.updated or result.checked:
        return
    if result.rejected:
        why = (
            f"all rows ({result.rejected:,}) were rejected; a mapping or preset that is meant for other files does that"
        )
    elif result.skipped:
        why = f"all rows ({result.skipped:,}) are left out by skip in the mapping; it may be meant for other files"
    else:
        why = "it has no rows"
    options.tell(f"{input_.name}: no calls: {why}. The file was read as {source.found}")


def _told(result: ImportResult, reader: Reader, tally: Tally) -> ImportResult:
    return replace(
        result,
        merged=tally.merged,
        joined=reader.joined,
        without_agent=tally.without_agent,
        span=tally.span,
        unfound=reader.source.rows.observed.unfound,
        unread_sheets=reader.source.unread_sheets,
    )


@dataclass(slots=True)
class _Stored:
    """What went in so far."""

    reader: Reader
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
    sessions: Sessions, project_id: int, reader: Reader, rejects: Rejects, advance: Advance, stored: _Stored
) -> None:
    rows = reader.source.rows
    take = partial(next, map(Batch.of, reader.batches()), None)
    async with keeping_house(sessions, project_id) as house:
        batch = await in_background(take)
        while batch is not None:
            position = reader.source.position()
            upcoming = started(in_background(take))
            try:
                result, refused = await store(sessions, project_id, rows, batch)
                for reading, faults in refused:
                    rejects.add(reading, faults)
                stored.add(result, batch.readings, [reading for reading, _ in refused])
                batch = await upcoming
            finally:
                upcoming.cancel()
            advance(position)
            if batch is not None:
                house.stored(stored.created + stored.updated)


def _shift_to_now(plan: _Plan) -> timedelta:
    """How far the newest call of all files is from now. A call of several rows begins with the first of them."""
    newest: datetime | None = None
    for input_ in plan.files:
        if input_.is_read_once:
            what = "standard input" if input_.path == STANDARD_INPUT else "a pipe"
            raise ImportFailure(f"{input_.name}: {what} cannot be read twice, as --shift-to-now requires; use a file")
        with open_source(input_, plan.mapping, plan.file) as source:
            batches = plan.reader(input_, source).batches()
            found = newest_timestamp(reading for batch in batches for reading in batch)
        newest = found if newest is None or (found is not None and found > newest) else newest
    return datetime.now(UTC) - newest if newest else timedelta()
