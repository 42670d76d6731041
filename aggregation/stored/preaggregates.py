"""Answers the shapes of a request from pre-aggregates where it can, and queues those that are missing or stale.

A request reads the versions of its snapshot in one statement. Pre-aggregates of exactly these versions are merged.
Slots that the window cuts, and slots that changed since, are read call by call in the same snapshot. Where more is
missing, the shape is computed by plain SQL and its pre-aggregates are built in the background.
"""

import asyncio
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
from aggregation.stored.day import CELL_COLUMNS, ENTRY_COLUMNS, SLOTS_A_DAY, Columns, chosen, empty, joined, stretches
from aggregation.stored.day_building import as_sketch
from aggregation.stored.definition import Definition, Kind, Records
from aggregation.stored.evaluate import Row, rows_of
from aggregation.stored.merge import Frame
from aggregation.stored.quantiles import RELATIVE_ERROR
from aggregation.stored.refresh_queue import RefreshQueue
from aggregation.stored.slot_versions import MIN_WHOLE_SLOTS, MissingSlots, SlotVersions, missing_slots
from aggregation.stored.store import load_days
from aggregation.stored.task import Task
from models.changes import read_total, read_versions
from models.sessions import ReadSession

MAX_SINGLE_CALL_SLOTS = 16
"""How many slots a request reads call by call at most, not counting those already cached."""

BUILT_SHARE = 4
"""A request builds missing pre-aggregates itself where they are at most one part in this many of its window."""

MANY_STALE = 4
"""With so many stale slots in a day, its pre-aggregates are rebuilt."""

MEMORY = 256 * 1024 * 1024

_WEEK = 7


@dataclass(frozen=True, slots=True)
class StoredAnswers:
    """The rows of the shapes that pre-aggregates answered, with their provenance."""

    rows: list[Row] = field(default_factory=list[Row])
    provenances: dict[PlannedShape, Provenance] = field(default_factory=dict[PlannedShape, Provenance])


@dataclass(frozen=True, slots=True)
class _Pending:
    """A task that pre-aggregates can answer once single calls are there."""

    number: int
    task: Task
    entry: list[CacheEntry]
    missing: MissingSlots


class Preaggregates:
    """The pre-aggregates of all projects, as one process uses them.

    Args:
        memory: about how many bytes of pre-aggregates to cache.
    """

    def __init__(self, cache: int = MEMORY) -> None:
        self.cache = PreaggregateCache(cache)
        self.refresh_queue = RefreshQueue()
        self._locks: WeakValueDictionary[tuple[Records, bool], asyncio.Lock] = WeakValueDictionary()

    def lock(self, records: Records, *, of_single_calls: bool = False) -> asyncio.Lock:
        """Held while pre-aggregates, or single calls, of these records are built, so that it is not done twice."""
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
        """The rows of the shapes that pre-aggregates can answer, numbered as the shapes are.

        What is missing for the others is queued: for ``lasting`` ones at once, for others when they are asked again.
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
        pending = await self._settle(session, slot_versions, tasks, lasting)
        await self._read_single_calls(session, slot_versions, pending)
        answers = StoredAnswers()
        for one in pending:
            self._evaluate(slot_versions, one, answers)
        return answers

    async def want(self, session: ReadSession, planned_shapes: Mapping[PlannedShape, Sequence[Measure]]) -> None:
        """Queues everything that shapes need and that is missing or stale."""
        tasks = [
            task for planned, measures in planned_shapes.items() if (task := Task.of(planned, measures)) is not None
        ]
        if not tasks:
            return
        slot_versions = await self.slot_versions(session, tasks)
        await self._load(session, tasks)
        for task in tasks:
            entry = [self.cache.of(definition) for definition in task.definitions]
            if all(one.unsuited is None for one in entry):
                self.refresh_queue.add(task.definitions, missing_slots(task, entry, slot_versions).days)

    async def slot_versions(self, session: ReadSession, tasks: Sequence[Task]) -> SlotVersions:
        """The versions of the session's snapshot, for the days of all tasks."""
        first_day = min(task.first_day for task in tasks)
        last_day = max(task.first_day + task.days for task in tasks)
        project_id = tasks[0].definitions[0].records.project_id
        return await self.versions(session, project_id, first_day, last_day)

    async def versions(self, session: ReadSession, project_id: int, first_day: int, last_day: int) -> SlotVersions:
        """The versions of the days ``[first_day, last_day)``: those held from before, where nothing changed since."""
        span = (project_id, first_day * SLOTS_A_DAY, last_day * SLOTS_A_DAY)
        total = await read_total(session, *span)
        self.cache.meet(total.server)
        versions = self.cache.versions(span, total)
        if versions is None:
            versions = await read_versions(session, *span)
            self.cache.put_versions(span, total, versions)
        return SlotVersions(versions)

    async def _load(self, session: ReadSession, tasks: Sequence[Task]) -> None:
        spans = [(definition, task.first_day, task.days) for task in tasks for definition in task.definitions]
        await self.load(session, spans)

    async def load(self, session: ReadSession, spans: Iterable[tuple[Definition, int, int]]) -> None:
        """Loads days of definitions, so many from a first one, that memory does not have and the database does."""
        absent: dict[Definition, set[int]] = defaultdict(set)
        for definition, first_day, days in spans:
            entry = self.cache.of(definition)
            if entry.unsuited is None and (missing := entry.absent(first_day, days)):
                absent[definition].update(missing)
        if not absent:
            return
        project_id = next(iter(absent)).records.project_id
        days, unsuited = await load_days(session, project_id, absent)
        self.cache.put(days)
        for definition, reason in unsuited.items():
            self.cache.of(definition).unsuited = reason

    async def _settle(
        self,
        session: ReadSession,
        slot_versions: SlotVersions,
        tasks: Sequence[tuple[int, Task]],
        lasting: Container[PlannedShape],
    ) -> list[_Pending]:
        """The tasks that pre-aggregates can answer. What little is missing is built at once; the rest is queued."""
        pending: list[_Pending] = []
        short: dict[Records, list[tuple[int, Task]]] = defaultdict(list)
        for number, task in tasks:
            one = self._pending(slot_versions, number, task)
            if one is None:
                continue
            if self._is_ready(slot_versions, one):
                pending.append(one)
            elif len(one.missing.slots) * BUILT_SHARE <= one.missing.whole:
                short[one.task.definitions[0].records].append((number, task))
            elif task.planned in lasting or self.cache.was_asked(task.definitions):
                self.refresh_queue.add(task.definitions, one.missing.days)
        for records, own in short.items():
            async with self.lock(records):
                again = [one for number, task in own if (one := self._pending(slot_versions, number, task)) is not None]
                await self._build(
                    session, slot_versions, records, [one for one in again if not self._is_ready(slot_versions, one)]
                )
            again = [one for number, task in own if (one := self._pending(slot_versions, number, task)) is not None]
            pending += [one for one in again if self._is_ready(slot_versions, one)]
        for one in pending:
            self._renew(one)
        return pending

    def _pending(self, slot_versions: SlotVersions, number: int, task: Task) -> _Pending | None:
        entry = [self.cache.of(definition) for definition in task.definitions]
        if any(one.unsuited is not None for one in entry):
            return None
        missing = missing_slots(task, entry, slot_versions)
        if missing.whole < MIN_WHOLE_SLOTS:
            return None
        return _Pending(number, task, entry, missing)

    def _is_ready(self, slot_versions: SlotVersions, one: _Pending) -> bool:
        """Whether all it takes is to read few slots call by call."""
        records = one.task.definitions[0].records
        unread = sum(
            self.cache.single_calls.get(records, slot, slot_versions.of_single_calls(slot), one.task.definitions)
            is None
            for slot in one.missing.single_calls
        )
        return unread <= MAX_SINGLE_CALL_SLOTS and one.missing.has_preaggregates

    def _renew(self, one: _Pending) -> None:
        """Queues days in which much is stale by now."""
        stale = [day for day in one.missing.days if _in_day(one.missing.slots, day) >= MANY_STALE]
        if stale:
            self.refresh_queue.add(one.task.definitions, stale)

    async def _build(
        self, session: ReadSession, slot_versions: SlotVersions, records: Records, short: Sequence[_Pending]
    ) -> None:
        """Builds the missing pre-aggregates of tasks of the same records, day by day."""
        days = sorted({day for one in short for day in one.missing.days})
        definitions = tuple(dict.fromkeys(definition for one in short for definition in one.task.definitions))
        for first, last in stretches(days, longest=_WEEK):
            self.keep(
                await build(session, slot_versions, records, definitions, (first, last - first), self.is_sketched)
            )

    def is_sketched(self, definition: Definition) -> bool:
        """Whether a distribution has been too large to be kept as it is."""
        return self.cache.of(definition).is_sketched

    def keep(self, made: BuiltDays) -> None:
        """Caches what was built, and queues it to be stored."""
        self.cache.put(made.days)
        for definition, reason in made.unsuited.items():
            self.cache.of(definition).unsuited = reason
        self.refresh_queue.unsaved.append(made)

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

    def _evaluate(self, slot_versions: SlotVersions, one: _Pending, answers: StoredAnswers) -> None:
        frames = {entry: self._frame(slot_versions, one, entry) for entry in dict.fromkeys(one.entry)}
        found = [frame for entry in one.entry if (frame := frames[entry]) is not None]
        if len(found) < len(one.entry):
            return
        is_sketch = any(frame.is_sketch for frame in found)
        if is_sketch and one.task.is_exact:
            return
        answers.rows.extend(rows_of(one.task, found, one.number))
        source = ChartSource.MIXED if one.missing.single_calls else ChartSource.STORED
        for definition in one.task.definitions:
            self.refresh_queue.used[definition] = (one.task.first_day, one.task.first_day + one.task.days)
        answers.provenances[one.task.planned] = Provenance(source, RELATIVE_ERROR if is_sketch else 0.0)

    def _frame(self, slot_versions: SlotVersions, one: _Pending, entry: CacheEntry) -> Frame | None:
        """The cells of a task's definition, from pre-aggregates and single calls; None where they do not merge."""
        task, definition = one.task, entry.definition
        parts = entry.read(task.first, task.last, one.missing.single_calls, task.edges)
        for slot in sorted(one.missing.single_calls):
            held = self.cache.single_calls.get(
                definition.records, slot, slot_versions.of_single_calls(slot), (definition,)
            )
            if held is None or not held.single_calls.is_finite:
                return None
            parts.append((*held.cells(entry, task.start, task.end), False))
        is_sketch = any(part[2] for part in parts)
        cells = joined([part[0] for part in parts] or [empty(CELL_COLUMNS[definition.kind])])
        entries = [as_sketch(entries) if is_sketch and not own else entries for _, entries, own in parts]
        if definition.kind is Kind.EXTREMES:
            cells = _by_time(cells)
        return Frame(cells, joined(entries or [empty(ENTRY_COLUMNS)]), entry.texts, is_sketch)


def _by_time(cells: Columns) -> dict[str, np.ndarray]:
    return chosen(cells, np.argsort(cells["at"], kind="stable"))


def _in_day(slots: Iterable[int], day: int) -> int:
    return sum(slot // SLOTS_A_DAY == day for slot in slots)
