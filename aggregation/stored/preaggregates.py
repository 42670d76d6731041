"""Stored states: answers the grains of a request from them where they can, and has them made where they are missing.

A request reads the versions of its snapshot in one statement. States of these very versions are merged; grains that the
window cuts, and grains that changed since, are read from the calls record by record, in the same snapshot. What more is
missing makes the grain one for plain SQL, and its states are made behind the request.
"""

import asyncio
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

import numpy as np

from aggregation.compute.measures import Measure
from aggregation.compute.provenance import How
from aggregation.compute.shapes import AnyGrain
from aggregation.question.query import ChartSource
from aggregation.stored.build import Filled, fill
from aggregation.stored.cache import Memory
from aggregation.stored.cache_entry import Kept
from aggregation.stored.day import CELL_COLUMNS, ENTRY_COLUMNS, SLOTS_A_DAY, Columns, chosen, empty, joined, stretches
from aggregation.stored.day_building import as_sketch
from aggregation.stored.definition import Definition, Kind, Records
from aggregation.stored.evaluate import Row, rows_of
from aggregation.stored.merge import Frame
from aggregation.stored.quantiles import RELATIVE_ERROR
from aggregation.stored.refresh_queue import Wanted
from aggregation.stored.slot_versions import LEAST_GRAINS, Lack, View, lack_of
from aggregation.stored.store import load_days
from aggregation.stored.task import Task
from models.changes import read_total, read_versions
from models.sessions import ReadSession

MAX_SINGLES = 16
"""How many grains a request reads record by record at most, beside those held from before."""

FILLED_SHARE = 4
"""A request makes missing states itself where they are at most one part in this many of its window."""

MANY_STALE = 4
"""With so many stale grains in a day, its states are made anew."""

MEMORY = 256 * 1024 * 1024

_WEEK = 7


@dataclass(frozen=True, slots=True)
class StoredAnswers:
    """The rows of the grains that states answered, and how."""

    rows: list[Row] = field(default_factory=list[Row])
    hows: dict[AnyGrain, How] = field(default_factory=dict[AnyGrain, How])


@dataclass(frozen=True, slots=True)
class _Pending:
    """A task that states can answer once single records are there."""

    number: int
    task: Task
    kept: list[Kept]
    lack: Lack


class StoredStates:
    """The stored states of all projects, as one process uses them.

    Args:
        memory: about how many bytes of states to hold in memory.
    """

    def __init__(self, memory: int = MEMORY) -> None:
        self.memory = Memory(memory)
        self.wanted = Wanted()
        self._locks: WeakValueDictionary[tuple[Records, bool], asyncio.Lock] = WeakValueDictionary()

    def lock(self, records: Records, *, of_singles: bool = False) -> asyncio.Lock:
        """Held while states, or single records, of these records are made, so that nobody makes them twice at once."""
        lock = self._locks.get((records, of_singles))
        if lock is None:
            lock = self._locks[records, of_singles] = asyncio.Lock()
        return lock

    async def answer(
        self, session: ReadSession, grains: Mapping[AnyGrain, Sequence[Measure]], lasting: Container[AnyGrain]
    ) -> StoredAnswers:
        """The rows of the grains that states can answer, numbered as the grains are.

        What the others lack is noted as wanted: for ``lasting`` ones at once, for others when they are asked again.
        """
        tasks = [
            (number, task)
            for number, (grain, measures) in enumerate(grains.items())
            if (task := Task.of(grain, measures)) is not None
        ]
        if not tasks:
            return StoredAnswers()
        view = await self.view(session, [task for _, task in tasks])
        await self._load(session, [task for _, task in tasks])
        pending = await self._settle(session, view, tasks, lasting)
        await self._read_singles(session, view, pending)
        answers = StoredAnswers()
        for one in pending:
            self._evaluate(view, one, answers)
        return answers

    async def want(self, session: ReadSession, grains: Mapping[AnyGrain, Sequence[Measure]]) -> None:
        """Has everything made that grains need and that is missing or stale."""
        tasks = [task for grain, measures in grains.items() if (task := Task.of(grain, measures)) is not None]
        if not tasks:
            return
        view = await self.view(session, tasks)
        await self._load(session, tasks)
        for task in tasks:
            kept = [self.memory.of(definition) for definition in task.definitions]
            if all(one.unsuited is None for one in kept):
                self.wanted.add(task.definitions, lack_of(task, kept, view).days)

    async def view(self, session: ReadSession, tasks: Sequence[Task]) -> View:
        """The versions of the session's snapshot, for the days of all tasks."""
        first_day = min(task.first_day for task in tasks)
        last_day = max(task.first_day + task.days for task in tasks)
        project_id = tasks[0].definitions[0].records.project_id
        return await self.versions(session, project_id, first_day, last_day)

    async def versions(self, session: ReadSession, project_id: int, first_day: int, last_day: int) -> View:
        """The versions of the days ``[first_day, last_day)``: those held from before, where nothing changed since."""
        span = (project_id, first_day * SLOTS_A_DAY, last_day * SLOTS_A_DAY)
        total = await read_total(session, *span)
        self.memory.meet(total.server)
        versions = self.memory.versions(span, total)
        if versions is None:
            versions = await read_versions(session, *span)
            self.memory.put_versions(span, total, versions)
        return View(versions)

    async def _load(self, session: ReadSession, tasks: Sequence[Task]) -> None:
        spans = [(definition, task.first_day, task.days) for task in tasks for definition in task.definitions]
        await self.load(session, spans)

    async def load(self, session: ReadSession, spans: Iterable[tuple[Definition, int, int]]) -> None:
        """Loads days of definitions, so many from a first one, that memory does not have and the database does."""
        absent: dict[Definition, set[int]] = defaultdict(set)
        for definition, first_day, days in spans:
            kept = self.memory.of(definition)
            if kept.unsuited is None and (missing := kept.absent(first_day, days)):
                absent[definition].update(missing)
        if not absent:
            return
        project_id = next(iter(absent)).records.project_id
        days, unsuited = await load_days(session, project_id, absent)
        self.memory.put(days)
        for definition, reason in unsuited.items():
            self.memory.of(definition).unsuited = reason

    async def _settle(
        self, session: ReadSession, view: View, tasks: Sequence[tuple[int, Task]], lasting: Container[AnyGrain]
    ) -> list[_Pending]:
        """The tasks that states can answer. What little they lack is made at once, and all else is noted as wanted."""
        pending: list[_Pending] = []
        short: dict[Records, list[tuple[int, Task]]] = defaultdict(list)
        for number, task in tasks:
            one = self._pending(view, number, task)
            if one is None:
                continue
            if self._is_ready(view, one):
                pending.append(one)
            elif len(one.lack.slots) * FILLED_SHARE <= one.lack.whole:
                short[one.task.definitions[0].records].append((number, task))
            elif task.grain in lasting or self.memory.was_asked(task.definitions):
                self.wanted.add(task.definitions, one.lack.days)
        for records, own in short.items():
            async with self.lock(records):
                again = [one for number, task in own if (one := self._pending(view, number, task)) is not None]
                await self._fill(session, view, records, [one for one in again if not self._is_ready(view, one)])
            again = [one for number, task in own if (one := self._pending(view, number, task)) is not None]
            pending += [one for one in again if self._is_ready(view, one)]
        for one in pending:
            self._renew(one)
        return pending

    def _pending(self, view: View, number: int, task: Task) -> _Pending | None:
        kept = [self.memory.of(definition) for definition in task.definitions]
        if any(one.unsuited is not None for one in kept):
            return None
        lack = lack_of(task, kept, view)
        if lack.whole < LEAST_GRAINS:
            return None
        return _Pending(number, task, kept, lack)

    def _is_ready(self, view: View, one: _Pending) -> bool:
        """Whether all it takes is to read few grains record by record."""
        records = one.task.definitions[0].records
        unread = sum(
            self.memory.singles.get(records, slot, view.of_singles(slot), one.task.definitions) is None
            for slot in one.lack.singles
        )
        return unread <= MAX_SINGLES and one.lack.has_states

    def _renew(self, one: _Pending) -> None:
        """Has days made anew in which much is stale by now."""
        stale = [day for day in one.lack.days if _in_day(one.lack.slots, day) >= MANY_STALE]
        if stale:
            self.wanted.add(one.task.definitions, stale)

    async def _fill(self, session: ReadSession, view: View, records: Records, short: Sequence[_Pending]) -> None:
        """Makes the states that tasks of the same records lack, day by day."""
        days = sorted({day for one in short for day in one.lack.days})
        definitions = tuple(dict.fromkeys(definition for one in short for definition in one.task.definitions))
        for first, last in stretches(days, longest=_WEEK):
            self.keep(await fill(session, view, records, definitions, (first, last - first), self.is_sketched))

    def is_sketched(self, definition: Definition) -> bool:
        """Whether a distribution has been too large to be kept as it is."""
        return self.memory.of(definition).is_sketched

    def keep(self, made: Filled) -> None:
        """Holds what was made, and has it stored."""
        self.memory.put(made.days)
        for definition, reason in made.unsuited.items():
            self.memory.of(definition).unsuited = reason
        self.wanted.unsaved.append(made)

    async def _read_singles(self, session: ReadSession, view: View, pending: Sequence[_Pending]) -> None:
        definitions: dict[Records, dict[Definition, None]] = defaultdict(dict)
        slots: dict[Records, set[int]] = defaultdict(set)
        for one in pending:
            records = one.task.definitions[0].records
            definitions[records].update(dict.fromkeys(one.task.definitions))
            slots[records] |= one.lack.singles
        for records, needed in slots.items():
            own = tuple(definitions[records])
            if self._unread(view, records, own, needed):
                async with self.lock(records, of_singles=True):
                    unread = self._unread(view, records, own, needed)
                    if unread:
                        await self.memory.singles.load(session, view, records, own, unread)

    def _unread(self, view: View, records: Records, own: Sequence[Definition], needed: Iterable[int]) -> list[int]:
        singles = self.memory.singles
        return [slot for slot in needed if singles.get(records, slot, view.of_singles(slot), own) is None]

    def _evaluate(self, view: View, one: _Pending, answers: StoredAnswers) -> None:
        frames = {kept: self._frame(view, one, kept) for kept in dict.fromkeys(one.kept)}
        found = [frame for kept in one.kept if (frame := frames[kept]) is not None]
        if len(found) < len(one.kept):
            return
        is_sketch = any(frame.is_sketch for frame in found)
        if is_sketch and one.task.is_exact:
            return
        answers.rows.extend(rows_of(one.task, found, one.number))
        source = ChartSource.MIXED if one.lack.singles else ChartSource.STORED
        for definition in one.task.definitions:
            self.wanted.used[definition] = (one.task.first_day, one.task.first_day + one.task.days)
        answers.hows[one.task.grain] = How(source, RELATIVE_ERROR if is_sketch else 0.0)

    def _frame(self, view: View, one: _Pending, kept: Kept) -> Frame | None:
        """The cells of a task's definition, from states and single records; None where they do not merge."""
        task, definition = one.task, kept.definition
        parts = kept.read(task.first, task.last, one.lack.singles, task.edges)
        for slot in sorted(one.lack.singles):
            held = self.memory.singles.get(definition.records, slot, view.of_singles(slot), (definition,))
            if held is None or not held.singles.is_finite:
                return None
            parts.append((*held.cells(kept, task.start, task.end), False))
        is_sketch = any(part[2] for part in parts)
        cells = joined([part[0] for part in parts] or [empty(CELL_COLUMNS[definition.kind])])
        entries = [as_sketch(entries) if is_sketch and not own else entries for _, entries, own in parts]
        if definition.kind is Kind.EXTREMES:
            cells = _by_time(cells)
        return Frame(cells, joined(entries or [empty(ENTRY_COLUMNS)]), kept.texts, is_sketch)


def _by_time(cells: Columns) -> dict[str, np.ndarray]:
    return chosen(cells, np.argsort(cells["at"], kind="stable"))


def _in_day(slots: Iterable[int], day: int) -> int:
    return sum(slot // SLOTS_A_DAY == day for slot in slots)
