"""Cached single calls, of partial slots and of slots that are stale or missing."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from weakref import WeakKeyDictionary

import numpy as np

from aggregation.stored.cache_entry import CacheEntry
from aggregation.stored.day import SLOT_MICROSECONDS, Columns, chosen, ranges
from aggregation.stored.day_building import SingleCalls
from aggregation.stored.definition import Definition, Records
from aggregation.stored.scan import record_statement
from aggregation.stored.slot_versions import SlotVersions
from models.large_results import all_rows
from models.sessions import ReadSession

MAX_SLOTS = 512
"""The most slots whose single calls are cached, over all definitions."""


class CachedSlot:
    """The records of one slot, and the cells that definitions have computed from them."""

    def __init__(self, version: int, single_calls: SingleCalls) -> None:
        self.version = version
        self.single_calls = single_calls
        self._cells: WeakKeyDictionary[CacheEntry, tuple[Columns, Columns]] = WeakKeyDictionary()

    def has(self, definitions: Iterable[Definition]) -> bool:
        """Whether the values and labels that these definitions need were read."""
        return all(
            (one.field is None or one.field in self.single_calls.values)
            and (one.label is None or one.label in self.single_calls.labels)
            for one in definitions
        )

    def cells(self, entry: CacheEntry, start: int, end: int) -> tuple[Columns, Columns]:
        """Cells and entries of ``[start, end)``, in microseconds, one for each record."""
        definition = entry.definition
        found = self._cells.get(entry)
        if found is None:
            label = definition.label
            codes = None if label is None else entry.codes(self.single_calls.labels[label])
            found = self._cells[entry] = self.single_calls.cells(definition, codes)
        return _between(found[0], start, end), _between(found[1], start, end)


def _between(columns: Columns, start: int, end: int) -> Columns:
    at = columns["at"]
    if not len(at) or (at[0] >= start and at[-1] < end):
        return columns
    low, high = np.searchsorted(at, (start, end))
    return chosen(columns, slice(low, high))


class SingleCallCache:
    """The records of recently used slots. Evicts the least recently used slots first."""

    def __init__(self) -> None:
        self._slots: OrderedDict[tuple[Records, int], CachedSlot] = OrderedDict()

    def get(self, records: Records, slot: int, version: int, definitions: Iterable[Definition]) -> CachedSlot | None:
        """The cached records of a slot; None if they have another version or lack what the definitions need."""
        cached = self._slots.get((records, slot))
        if cached is None or cached.version != version or not cached.has(definitions):
            return None
        self._slots.move_to_end((records, slot))
        return cached

    async def load(
        self,
        session: ReadSession,
        slot_versions: SlotVersions,
        records: Records,
        definitions: Sequence[Definition],
        slots: Iterable[int],
    ) -> None:
        """Reads what the definitions need of these slots, in one statement."""
        spans = ranges(sorted(slots))
        statement, fields, labels = record_statement(records, definitions, spans)
        rows = await all_rows(await session.execute(statement))
        single_calls = SingleCalls.of(rows, fields, labels)
        for first, last in spans:
            for slot in range(first, last):
                own = single_calls.between(slot * SLOT_MICROSECONDS, (slot + 1) * SLOT_MICROSECONDS)
                self._slots[records, slot] = CachedSlot(slot_versions.of_single_calls(slot), own)
                self._slots.move_to_end((records, slot))
        while len(self._slots) > MAX_SLOTS:
            self._slots.popitem(last=False)

    def clear(self) -> None:
        """Clears the cache."""
        self._slots.clear()
