"""Builds queued pre-aggregates in the background, newest days first, and stores each as soon as it is built."""

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
from models.lanes import Lane
from models.sessions import ReadSession, Sessions

MAX_DAYS = 32
"""The most days that one pass reads."""

_SHORT, _LONG = 0.25, 1.0
_PAUSE = 1.0
_HOUSEKEEPING = 60.0
_NOTED = 600.0

_log: structlog.stdlib.BoundLogger = structlog.get_logger("dialboard.preaggregates")


class PreaggregateBuilder:
    """Builds and stores pre-aggregates, one pass at a time.

    Args:
        sessions: opens sessions on the database.
        preaggregates: the cache that requests are answered from, and the refresh queue.
        most_stored: the most bytes of pre-aggregates to store for each project.
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
        """Runs until cancelled. A failed build is logged, and queued again by the next request that needs it."""
        queue = self._preaggregates.refresh_queue
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(queue.awake.wait(), _HOUSEKEEPING)
            queue.awake.clear()
            try:
                await self.work()
                for project_id in {one.records.project_id for one in queue.used}:
                    await self._keep_house(project_id)
                if time.monotonic() - self._noted >= _NOTED:
                    await self.note_use()
            except Exception:
                _log.exception("building pre-aggregates failed")
                await asyncio.sleep(_PAUSE)

    async def work(self, progress: Callable[[], None] = lambda: None) -> None:
        """Builds and stores everything in the queue. Calls ``progress`` after each pass."""
        queue = self._preaggregates.refresh_queue
        while True:
            progress()
            await self._save()
            taken = queue.take(self._days)
            if taken is None:
                break
            records, definitions, first, days = taken
            try:
                await self.build(records, definitions, first, days)
            except DBAPIError as error:
                _log.warning("pre-aggregates were not built", project_id=records.project_id, reason=str(error.orig))
        stored, self._stored = self._stored, set[int]()
        for project_id in stored:
            await self._keep_house(project_id)

    async def build(self, records: Records, definitions: Sequence[Definition], first: int, days: int) -> None:
        """Builds missing and stale pre-aggregates, unless another process is already building them."""
        begin = time.perf_counter()
        # Take the connection before the lock, as requests do: the other order could deadlock with them.
        async with (
            self._sessions.read(records.project_id, lane=Lane.BUILDER, patient=True) as session,
            self._preaggregates.lock(records),
        ):
            is_ours = await _is_ours(session, records)
            slot_versions = await self._preaggregates.versions(session, records.project_id, first, first + days)
            await self._preaggregates.load(session, ((one, first, days) for one in definitions))
            outdated = [one for one in definitions if self._is_outdated(slot_versions, one, first, days)]
            if outdated and is_ours:
                self._preaggregates.add_built(
                    await build(
                        session, slot_versions, records, outdated, (first, days), self._preaggregates.is_sketched
                    )
                )
        if outdated and not is_ours:
            self._preaggregates.refresh_queue.add(outdated, range(first, first + days))
            await asyncio.sleep(_PAUSE)
            return
        took = time.perf_counter() - begin
        if took < _SHORT:
            self._days = min(MAX_DAYS, self._days * 2)
        elif took > _LONG:
            self._days = max(1, self._days // 2)

    def _is_outdated(self, slot_versions: SlotVersions, definition: Definition, first: int, days: int) -> bool:
        entry = self._preaggregates.cache.of(definition)
        if entry.unsuited is not None:
            return False
        return bool((entry.known_versions(first, days) != slot_versions.of(definition, first, days)).any())

    async def _save(self) -> None:
        unsaved = self._preaggregates.refresh_queue.unsaved
        while unsaved:
            built = unsaved.pop(0)
            try:
                await self._store(built)
            except DBAPIError as error:
                _log.warning("pre-aggregates were not stored", reason=str(error.orig))

    async def _store(self, built: BuiltDays) -> None:
        self._stored.add(built.project_id)
        async with self._sessions.write(built.project_id, lane=Lane.BUILDER) as session:
            await save_days(session, built.project_id, built.days)
            for definition, reason in built.unsuited.items():
                await save_unsuited(session, built.project_id, definition, reason)

    async def note_use(self) -> None:
        """Stores which days were used, so that the least recently used ones are evicted first."""
        self._noted = time.monotonic()
        used, self._preaggregates.refresh_queue.used = self._preaggregates.refresh_queue.used, {}
        by_span: dict[tuple[int, int, int], list[Definition]] = defaultdict(list)
        for definition, (first, last) in used.items():
            by_span[definition.records.project_id, first, last].append(definition)
        for (project_id, first, last), definitions in by_span.items():
            try:
                async with self._sessions.write(project_id, lane=Lane.BUILDER) as session:
                    await mark_used(session, project_id, definitions, first, last)
            except DBAPIError as error:
                _log.warning(
                    "the use of pre-aggregates was not recorded", project_id=project_id, reason=str(error.orig)
                )

    async def _keep_house(self, project_id: int) -> None:
        """Evicts days beyond the storage limit and compacts change marks, at most once a minute for each project."""
        now = time.monotonic()
        if now - self._projects.get(project_id, -_HOUSEKEEPING) < _HOUSEKEEPING:
            return
        self._projects[project_id] = now
        try:
            async with self._sessions.write(project_id, lane=Lane.BUILDER) as session:
                await evict(session, project_id, self._most_stored)
            async with self._sessions.write(project_id, lane=Lane.BUILDER) as session:
                await compact_changes(session, project_id)
        except DBAPIError as error:
            _log.warning("housekeeping failed", project_id=project_id, reason=str(error.orig))


async def _is_ours(session: ReadSession, records: Records) -> bool:
    """Whether this process may build pre-aggregates of these records; the lock is held until the session ends."""
    lock = func.pg_try_advisory_xact_lock(func.hashtextextended(records.name, 0))
    return bool(await session.scalar(select(lock)))
