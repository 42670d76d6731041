"""Answers the shapes of a request from pre-aggregates where possible, and queues missing and stale ones.

A request reads the versions of its snapshot in one statement and merges pre-aggregates of exactly these versions.
Partial slots and a few stale slots are read call by call in the same snapshot. If more is missing, the shape is
computed by plain SQL and its pre-aggregates are built in the background.
"""

import asyncio
import importlib
import time
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

import numpy as np

from aggregation.compute.measures import Measure
from aggregation.compute.plan import PlannedShape
from aggregation.compute.provenance import Provenance
from aggregation.question.query import ChartSource
from aggregation.stored.build import BuiltDays, build
from aggregation.stored.cache import PreaggregateCache
from aggregation.stored.cache_entry import CacheEntry
from aggregation.stored.day import CELL_COLUMNS, ENTRY_COLUMNS, SLOTS_A_DAY, Columns, chosen, empty, joined, ranges
from aggregation.stored.day_building import as_sketch
from aggregation.stored.definition import Definition, Kind, Records
from aggregation.stored.evaluate import Row, rows_of
from aggregation.stored.merge import Frame
from aggregation.stored.quantiles import RELATIVE_ERROR
from aggregation.stored.refresh_queue import RefreshQueue
from aggregation.stored.slot_versions import MissingSlots, SlotVersions, missing_slots
from aggregation.stored.store import load_days
from aggregation.stored.task import Task
from models.changes import read_total, read_versions
from models.sessions import ReadSession

MAX_SINGLE_CALL_SLOTS = 16
"""The most slots that a request reads call by call, not counting those already cached."""

BUILT_SHARE = 4
"""A request builds missing pre-aggregates itself if they are at most one in this many slots of its window."""

MANY_STALE = 4
"""A day with this many stale slots is queued to be rebuilt."""

MEMORY = 256 * 1024 * 1024

_WEEK = 7

_AT_ONCE = 16
"""Days that are put into the cache between two pauses."""

_STEP = 0.005
"""Seconds of processor time between two pauses."""

_ATTEMPTS = 3

# numpy imports it at the first use of np.unique, which would hold up the first charts for a tenth of a second.
importlib.import_module("numpy.ma")


@dataclass(frozen=True, slots=True)
class StoredAnswers:
    """The rows of the shapes that were answered from pre-aggregates, with their provenance."""

    rows: list[Row] = field(default_factory=list[Row])
    provenances: dict[PlannedShape, Provenance] = field(default_factory=dict[PlannedShape, Provenance])


@dataclass(frozen=True, slots=True)
class _Pending:
    """A task that can be answered from pre-aggregates once its single calls are read."""

    number: int
    task: Task
    cache_entries: list[CacheEntry]
    missing: MissingSlots


class Preaggregates:
    """The pre-aggregates of all projects, as used by one process.

    Args:
        cache: about how many bytes of pre-aggregates to cache.
    """

    def __init__(self, cache: int = MEMORY) -> None:
        self.cache = PreaggregateCache(cache)
        self.refresh_queue = RefreshQueue()
        self._locks: WeakValueDictionary[tuple[Records, bool], asyncio.Lock] = WeakValueDictionary()

    def lock(self, records: Records, *, of_single_calls: bool = False) -> asyncio.Lock:
        """The lock to hold while building pre-aggregates, or reading single calls, of these records."""
        lock = self._locks.get((records, of_single_calls))
        if lock is None:
            lock = self._locks[records, of_single_calls] = asyncio.Lock()
        return lock

    async def answer(
        self,
        session: ReadSession,
        planned_shapes: Mapping[PlannedShape, Sequence[Measure]],
        lasting: Container[PlannedShape],
    ) -> StoredAnswers:
        """The rows of the shapes that can be answered from pre-aggregates, with the numbers of the shapes.

        What is missing for the other shapes is queued: at once for ``lasting`` shapes, and on the second request for
        shapes of previews and overridden filters.
        """
        tasks = [
            (number, task)
            for number, (planned, measures) in enumerate(planned_shapes.items())
            if (task := Task.of(planned, measures)) is not None
        ]
        if not tasks:
            return StoredAnswers()
        slot_versions = await self.slot_versions(session, [task for _, task in tasks])
        await self._load(session, [task for _, task in tasks])
        merged: list[tuple[_Pending, list[Frame]]] = []
        for _ in range(_ATTEMPTS):
            tasks = await self._merge(session, slot_versions, tasks, lasting, merged)
            if not tasks:
                break
        answers = StoredAnswers()
        for (one, frames), rows in zip(merged, await asyncio.to_thread(_rows_of, merged), strict=True):
            self._add(one, frames, rows, answers)
        return answers

    async def _merge(
        self,
        session: ReadSession,
        slot_versions: SlotVersions,
        tasks: Sequence[tuple[int, Task]],
        lasting: Container[PlannedShape],
        merged: list[tuple[_Pending, list[Frame]]],
    ) -> list[tuple[int, Task]]:
        """Merges what can be answered from pre-aggregates, with pauses for the event loop.

        Returns the tasks whose days in the cache were replaced meanwhile, maybe by those of a later snapshot.
        """
        changes, replaced = self.cache.changes, list[tuple[int, Task]]()
        pending = await self._answerable(session, slot_versions, tasks, lasting)
        await self._read_single_calls(session, slot_versions, pending)
        until = time.thread_time() + _STEP
        for one in pending:
            if self.cache.changes != changes and self._has_changed(slot_versions, one):
                replaced.append((one.number, one.task))
                continue
            frames = self._frames(slot_versions, one)
            if frames is not None:
                merged.append((one, frames))
            if time.thread_time() > until:
                await asyncio.sleep(0)
                until = time.thread_time() + _STEP
        return replaced

    async def queue_missing(
        self, session: ReadSession, planned_shapes: Mapping[PlannedShape, Sequence[Measure]]
    ) -> None:
        """Queues all missing and stale pre-aggregates that the shapes need."""
        tasks = [
            task for planned, measures in planned_shapes.items() if (task := Task.of(planned, measures)) is not None
        ]
        if not tasks:
            return
        slot_versions = await self.slot_versions(session, tasks)
        await self._load(session, tasks)
        for task in tasks:
            cache_entries = [self.cache.of(definition) for definition in task.definitions]
            if all(one.unsuited is None for one in cache_entries):
                self.refresh_queue.add(task.definitions, missing_slots(task, cache_entries, slot_versions).days)

    async def slot_versions(self, session: ReadSession, tasks: Sequence[Task]) -> SlotVersions:
        """The versions of the session's snapshot for the days of all tasks."""
        first_day = min(task.first_day for task in tasks)
        last_day = max(task.first_day + task.days for task in tasks)
        project_id = tasks[0].definitions[0].records.project_id
        return await self.versions(session, project_id, first_day, last_day)

    async def versions(self, session: ReadSession, project_id: int, first_day: int, last_day: int) -> SlotVersions:
        """The versions of the days ``[first_day, last_day)``: the cached ones if nothing changed since."""
        span = (project_id, first_day * SLOTS_A_DAY, last_day * SLOTS_A_DAY)
        total = await read_total(session, *span)
        self.cache.clear_if_replaced(total.server)
        versions = self.cache.versions(span, total)
        if versions is None:
            versions = await read_versions(session, *span)
            self.cache.put_versions(span, total, versions)
        return SlotVersions(versions)

    async def _load(self, session: ReadSession, tasks: Sequence[Task]) -> None:
        spans = [(definition, task.first_day, task.days) for task in tasks for definition in task.definitions]
        await self.load(session, spans)

    async def load(self, session: ReadSession, spans: Iterable[tuple[Definition, int, int]]) -> None:
        """Loads stored days that are not cached. A span is a definition, its first day, and the number of days."""
        absent: dict[Definition, set[int]] = defaultdict(set)
        for definition, first_day, days in spans:
            entry = self.cache.of(definition)
            if entry.unsuited is None and (missing := entry.absent(first_day, days)):
                absent[definition].update(missing)
        if not absent:
            return
        project_id = next(iter(absent)).records.project_id
        days, unsuited = await load_days(session, project_id, absent)
        for first in range(0, len(days), _AT_ONCE):
            self.cache.put(days[first : first + _AT_ONCE])
            await asyncio.sleep(0)
        for definition, reason in unsuited.items():
            self.cache.of(definition).unsuited = reason

    async def _answerable(
        self,
        session: ReadSession,
        slot_versions: SlotVersions,
        tasks: Sequence[tuple[int, Task]],
        lasting: Container[PlannedShape],
    ) -> list[_Pending]:
        """The tasks that can be answered from pre-aggregates. Builds small gaps at once and queues the rest."""
        pending: list[_Pending] = []
        to_build: dict[Records, list[tuple[int, Task]]] = defaultdict(list)
        for number, task in tasks:
            one = self._pending(slot_versions, number, task)
            if one is None:
                continue
            if self._is_ready(slot_versions, one):
                pending.append(one)
            elif len(one.missing.slots) * BUILT_SHARE <= one.missing.whole:
                to_build[one.task.definitions[0].records].append((number, task))
            elif task.planned in lasting or self.cache.was_asked(task.definitions):
                self.refresh_queue.add(task.definitions, one.missing.days)
        for records, own in to_build.items():
            async with self.lock(records):
                again = [one for number, task in own if (one := self._pending(slot_versions, number, task)) is not None]
                await self._build(
                    session, slot_versions, records, [one for one in again if not self._is_ready(slot_versions, one)]
                )
            again = [one for number, task in own if (one := self._pending(slot_versions, number, task)) is not None]
            pending += [one for one in again if self._is_ready(slot_versions, one)]
        for one in pending:
            self._queue_stale(one)
        return pending

    def _pending(self, slot_versions: SlotVersions, number: int, task: Task) -> _Pending | None:
        cache_entries = [self.cache.of(definition) for definition in task.definitions]
        if any(one.unsuited is not None for one in cache_entries):
            return None
        return _Pending(number, task, cache_entries, missing_slots(task, cache_entries, slot_versions))

    def _is_ready(self, slot_versions: SlotVersions, one: _Pending) -> bool:
        """Whether only few slots remain to be read call by call."""
        records = one.task.definitions[0].records
        unread = sum(
            self.cache.single_calls.get(records, slot, slot_versions.of_single_calls(slot), one.task.definitions)
            is None
            for slot in one.missing.single_calls
        )
        return unread <= MAX_SINGLE_CALL_SLOTS and one.missing.has_preaggregates

    def _queue_stale(self, one: _Pending) -> None:
        """Queues days with many stale slots."""
        stale = [day for day in one.missing.days if _in_day(one.missing.slots, day) >= MANY_STALE]
        if stale:
            self.refresh_queue.add(one.task.definitions, stale)

    async def _build(
        self, session: ReadSession, slot_versions: SlotVersions, records: Records, pending: Sequence[_Pending]
    ) -> None:
        """Builds the missing pre-aggregates of tasks of the same records, day by day."""
        days = sorted({day for one in pending for day in one.missing.days})
        definitions = tuple(dict.fromkeys(definition for one in pending for definition in one.task.definitions))
        for first, last in ranges(days, longest=_WEEK):
            self.add_built(
                await build(session, slot_versions, records, definitions, (first, last - first), self.is_sketched)
            )

    def is_sketched(self, definition: Definition) -> bool:
        """Whether a distribution was already found to be too large to store every value."""
        return self.cache.of(definition).is_sketched

    def add_built(self, built: BuiltDays) -> None:
        """Caches what was built, and queues it to be stored."""
        self.cache.put(built.days)
        for definition, reason in built.unsuited.items():
            self.cache.of(definition).unsuited = reason
        self.refresh_queue.unsaved.append(built)

    async def _read_single_calls(
        self, session: ReadSession, slot_versions: SlotVersions, pending: Sequence[_Pending]
    ) -> None:
        definitions: dict[Records, dict[Definition, None]] = defaultdict(dict)
        slots: dict[Records, set[int]] = defaultdict(set)
        for one in pending:
            records = one.task.definitions[0].records
            definitions[records].update(dict.fromkeys(one.task.definitions))
            slots[records] |= one.missing.single_calls
        for records, needed in slots.items():
            own = tuple(definitions[records])
            if self._unread(slot_versions, records, own, needed):
                async with self.lock(records, of_single_calls=True):
                    unread = self._unread(slot_versions, records, own, needed)
                    if unread:
                        await self.cache.single_calls.load(session, slot_versions, records, own, unread)

    def _unread(
        self, slot_versions: SlotVersions, records: Records, own: Sequence[Definition], needed: Iterable[int]
    ) -> list[int]:
        single_calls = self.cache.single_calls
        return [
            slot for slot in needed if single_calls.get(records, slot, slot_versions.of_single_calls(slot), own) is None
        ]

    def _has_changed(self, slot_versions: SlotVersions, one: _Pending) -> bool:
        again = self._pending(slot_versions, one.number, one.task)
        return again is None or again.missing != one.missing

    def _frames(self, slot_versions: SlotVersions, one: _Pending) -> list[Frame] | None:
        """The cells of a task's definitions, in their order; None if they cannot be merged, or not exactly."""
        frames = {entry: self._frame(slot_versions, one, entry) for entry in dict.fromkeys(one.cache_entries)}
        found = [frame for entry in one.cache_entries if (frame := frames[entry]) is not None]
        is_inexact = one.task.is_exact and any(frame.is_sketch for frame in found)
        return None if is_inexact or len(found) < len(one.cache_entries) else found

    def _add(self, one: _Pending, frames: Sequence[Frame], rows: Iterable[Row], answers: StoredAnswers) -> None:
        is_sketch = any(frame.is_sketch for frame in frames)
        answers.rows.extend(rows)
        source = ChartSource.MIXED if one.missing.single_calls else ChartSource.STORED
        for definition in one.task.definitions:
            self.refresh_queue.used[definition] = (one.task.first_day, one.task.first_day + one.task.days)
        answers.provenances[one.task.planned] = Provenance(source, RELATIVE_ERROR if is_sketch else 0.0)

    def _frame(self, slot_versions: SlotVersions, one: _Pending, entry: CacheEntry) -> Frame | None:
        """The cells of a task's definition, from pre-aggregates and single calls; None if they cannot be merged."""
        task, definition = one.task, entry.definition
        parts = entry.read(task.first, task.last, one.missing.single_calls, task.cuts)
        for slot in sorted(one.missing.single_calls):
            cached = self.cache.single_calls.get(
                definition.records, slot, slot_versions.of_single_calls(slot), (definition,)
            )
            if cached is None or not cached.single_calls.is_finite:
                return None
            parts.append((*cached.cells(entry, task.start, task.end), False))
        is_sketch = any(part[2] for part in parts)
        cells = joined([part[0] for part in parts] or [empty(CELL_COLUMNS[definition.kind])])
        entries = [as_sketch(entries) if is_sketch and not own else entries for _, entries, own in parts]
        if definition.kind is Kind.EXTREMES:
            cells = _by_time(cells)
        frame = Frame(cells, joined(entries or [empty(ENTRY_COLUMNS)]), entry.texts, is_sketch)
        return frame if task.clock is None else task.clock.on(frame)


def _rows_of(merged: Iterable[tuple[_Pending, Sequence[Frame]]]) -> list[list[Row]]:
    return [rows_of(one.task, frames, one.number) for one, frames in merged]


def _by_time(cells: Columns) -> dict[str, np.ndarray]:
    return chosen(cells, np.argsort(cells["at"], kind="stable"))


def _in_day(slots: Iterable[int], day: int) -> int:
    return sum(slot // SLOTS_A_DAY == day for slot in slots)
