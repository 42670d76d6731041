"""Builds the pre-aggregates that requests queued, in the background: newest days first, stored as they are built."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from aggregation.stored.build import BuiltDays, build
from aggregation.stored.definition import Definition, Records
from aggregation.stored.preaggregates import Preaggregates
from aggregation.stored.slot_versions import SlotVersions
from aggregation.stored.store import evict, mark_used, save_days, save_unsuited
from models.changes import compact_changes
from models.sessions import ReadSession, Sessions

MAX_DAYS = 32
"""How many days a pass reads at most."""

_SHORT, _LONG = 0.25, 1.0
_PAUSE = 1.0
_HOUSEKEEPING = 60.0
_NOTED = 600.0

_log: structlog.stdlib.BoundLogger = structlog.get_logger("dialboard.preaggregates")


class PreaggregateBuilder:
    """Builds and stores pre-aggregates, one pass at a time.

    Args:
        sessions: opens sessions on the database.
        preaggregates: what requests are answered from, with the refresh queue.
        most_stored: how many bytes of pre-aggregates to store for a project.
    """

    def __init__(self, sessions: Sessions, preaggregates: Preaggregates, most_stored: int) -> None:
        self._sessions = sessions
        self._preaggregates = preaggregates
        self._most_stored = most_stored
        self._days = 1
        self._projects: dict[int, float] = {}
        self._stored: set[int] = set()
        self._noted = time.monotonic()

    async def run(self) -> None:
        """Works until it is cancelled. What fails is logged and left to the next request that needs it."""
        wanted = self._preaggregates.refresh_queue
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(wanted.awake.wait(), _HOUSEKEEPING)
            wanted.awake.clear()
            try:
                await self.work()
                for project_id in {one.records.project_id for one in wanted.used}:
                    await self._keep_house(project_id)
                if time.monotonic() - self._noted >= _NOTED:
                    await self.note_use()
            except Exception:
                _log.exception("building pre-aggregates failed")
                await asyncio.sleep(_PAUSE)

    async def work(self, progress: Callable[[], None] = lambda: None) -> None:
        """Builds and stores everything that is queued now. ``progress`` is called after every pass."""
        wanted = self._preaggregates.refresh_queue
        while True:
            progress()
            await self._save()
            taken = wanted.take(self._days)
            if taken is None:
                break
            records, definitions, first, days = taken
            try:
                await self.make(records, definitions, first, days)
            except DBAPIError as error:
                _log.warning("pre-aggregates were not built", project_id=records.project_id, reason=str(error.orig))
        stored, self._stored = self._stored, set[int]()
        for project_id in stored:
            await self._keep_house(project_id)

    async def make(self, records: Records, definitions: Sequence[Definition], first: int, days: int) -> None:
        """Builds the missing and stale pre-aggregates of some days, unless another process is already building them."""
        begin = time.perf_counter()
        # The connection first, as requests have it: who held the lock and waited for one of theirs would wait for ever.
        async with self._sessions.read(records.project_id, patient=True) as session, self._preaggregates.lock(records):
            is_ours = await _is_ours(session, records)
            slot_versions = await self._preaggregates.versions(session, records.project_id, first, first + days)
            await self._preaggregates.load(session, ((one, first, days) for one in definitions))
            short = [one for one in definitions if self._is_short(slot_versions, one, first, days)]
            if short and is_ours:
                self._preaggregates.keep(
                    await build(session, slot_versions, records, short, (first, days), self._preaggregates.is_sketched)
                )
        if short and not is_ours:
            self._preaggregates.refresh_queue.add(short, range(first, first + days))
            await asyncio.sleep(_PAUSE)
            return
        took = time.perf_counter() - begin
        if took < _SHORT:
            self._days = min(MAX_DAYS, self._days * 2)
        elif took > _LONG:
            self._days = max(1, self._days // 2)

    def _is_short(self, slot_versions: SlotVersions, definition: Definition, first: int, days: int) -> bool:
        entry = self._preaggregates.cache.of(definition)
        if entry.unsuited is not None:
            return False
        return bool((entry.known_versions(first, days) != slot_versions.of(definition, first, days)).any())

    async def _save(self) -> None:
        unsaved = self._preaggregates.refresh_queue.unsaved
        while unsaved:
            made = unsaved.pop(0)
            try:
                await self._store(made)
            except DBAPIError as error:
                _log.warning("pre-aggregates were not stored", reason=str(error.orig))

    async def _store(self, made: BuiltDays) -> None:
        self._stored.add(made.project_id)
        async with self._sessions.write(made.project_id) as session:
            await save_days(session, made.project_id, made.days)
            for definition, reason in made.unsuited.items():
                await save_unsuited(session, made.project_id, definition, reason)

    async def note_use(self) -> None:
        """Stores which days were used: those used least recently go first where there are too many."""
        self._noted = time.monotonic()
        used, self._preaggregates.refresh_queue.used = self._preaggregates.refresh_queue.used, {}
        by_span: dict[tuple[int, int, int], list[Definition]] = defaultdict(list)
        for definition, (first, last) in used.items():
            by_span[definition.records.project_id, first, last].append(definition)
        for (project_id, first, last), definitions in by_span.items():
            try:
                async with self._sessions.write(project_id) as session:
                    await mark_used(session, project_id, definitions, first, last)
            except DBAPIError as error:
                _log.warning(
                    "the use of pre-aggregates was not recorded", project_id=project_id, reason=str(error.orig)
                )

    async def _keep_house(self, project_id: int) -> None:
        """From time to time: bounds what is stored, and folds marks of changes."""
        now = time.monotonic()
        if now - self._projects.get(project_id, -_HOUSEKEEPING) < _HOUSEKEEPING:
            return
        self._projects[project_id] = now
        try:
            async with self._sessions.write(project_id) as session:
                await evict(session, project_id, self._most_stored)
            async with self._sessions.write(project_id) as session:
                await compact_changes(session, project_id)
        except DBAPIError as error:
            _log.warning("housekeeping failed", project_id=project_id, reason=str(error.orig))


async def _is_ours(session: ReadSession, records: Records) -> bool:
    """Whether no other process builds pre-aggregates of these records, until the session ends."""
    lock = func.pg_try_advisory_xact_lock(func.hashtextextended(records.name, 0))
    return bool(await session.scalar(select(lock)))
