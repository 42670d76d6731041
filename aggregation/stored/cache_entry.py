"""Cache entries: the cached days of one definition, its labels numbered across days, and totals of whole days."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aggregation.stored.day import SLOT_MICROSECONDS, SLOTS_A_DAY, Columns, Day, chosen, joined
from aggregation.stored.definition import Definition, Kind
from aggregation.stored.merge import extreme, means, spread

Part = tuple[Columns, Columns, bool]
"""Cells, entries, and whether the entries are those of a sketch."""

_MOST_JOINED = 32
"""The most ranges of slots cached in joined form: most requests ask for the same ones."""

_NEVER = np.full(SLOTS_A_DAY, -1, dtype=np.int64)


class CacheEntry:
    """What is cached for one definition.

    ``unsuited`` is the reason why the definition has no pre-aggregates, if it has none. ``was_asked`` is whether a
    preview or a chart with overridden filters requested it before.
    """

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.unsuited: str | None = None
        self.is_sketched = False
        self.was_asked = False
        self.size = 0
        self._days: dict[int, Day] = {}
        self._totals: dict[int, tuple[Columns, Columns]] = {}
        self._joined: dict[tuple[int, int, object], list[Part]] = {}
        self._codes: dict[str | None, int] = {}
        self._texts: list[str | None] = []
        if definition.label is None:
            self.codes([None])

    def codes(self, labels: Iterable[str | None]) -> NDArray[np.int32]:
        """The numbers of labels; a new label gets the next number."""
        known, texts = self._codes, self._texts
        found: list[int] = []
        for label in labels:
            code = known.get(label)
            if code is None:
                code = known[label] = len(texts)
                texts.append(label)
            found.append(code)
        return np.array(found, dtype=np.int32)

    @property
    def texts(self) -> tuple[str | None, ...]:
        """The labels in the order of their numbers."""
        return tuple(self._texts)

    def put(self, day: Day) -> None:
        """Caches a day, unless a newer version of it is already cached."""
        earlier = self._days.get(day.number)
        if earlier is not None:
            if int(earlier.versions.sum()) > int(day.versions.sum()):
                return
            self.size -= earlier.size
        codes = self.codes(day.labels)
        cells, entries = dict(day.cells), dict(day.entries)
        if len(codes):
            cells["label"], entries["label"] = codes[cells["label"]], codes[entries["label"]]
        self._days[day.number] = replace(day, labels=(), cells=cells, entries=entries)
        self._totals.pop(day.number, None)
        self._joined.clear()
        self.is_sketched |= day.is_sketch
        self.size += day.size

    def absent(self, first_day: int, days: int) -> list[int]:
        """Which of these days are not cached."""
        return [number for number in range(first_day, first_day + days) if number not in self._days]

    def known_versions(self, first_day: int, days: int) -> NDArray[np.int64]:
        """The version that each slot of these days was computed from; -1 for days that are not cached."""
        known = [self._days.get(number) for number in range(first_day, first_day + days)]
        return np.concatenate([_NEVER if day is None else day.versions for day in known])

    def read(self, first: int, last: int, left_out: frozenset[int], edges: NDArray[np.int64]) -> list[Part]:
        """Cells and entries of the slots ``[first, last)`` except ``left_out``, and whether they are from a sketch.

        A day without an edge inside is one cell for each label. ``edges`` are in microseconds, sorted.
        """
        first_day, last_day = first // SLOTS_A_DAY, -(-last // SLOTS_A_DAY)
        begins = np.arange(first_day, last_day + 1) * (SLOTS_A_DAY * SLOT_MICROSECONDS)
        inside = np.searchsorted(edges, begins[1:], side="left") - np.searchsorted(edges, begins[:-1], side="right")
        touched = {slot // SLOTS_A_DAY for slot in left_out}
        if first % SLOTS_A_DAY:
            touched.add(first_day)
        if last % SLOTS_A_DAY:
            touched.add(last_day - 1)
        is_cut = (inside > 0).tolist()
        parts: list[Part] = []
        run = first_day
        for number in range(first_day, last_day):
            begin, follows = number - first_day, number + 1 - first_day
            if number in touched:
                parts += self._part_of_day(number, first, last, left_out)
            elif number + 1 < last_day and number + 1 not in touched and is_cut[begin] == is_cut[follows]:
                continue
            else:
                parts += self._run(run, number + 1, is_cut[begin])
            run = number + 1
        return parts

    def _part_of_day(self, number: int, first: int, last: int, left_out: frozenset[int]) -> list[Part]:
        day = self._days.get(number)
        if day is None:
            return []
        skipped = tuple(sorted(slot for slot in left_out if slot // SLOTS_A_DAY == number))
        begin, end = max(first, number * SLOTS_A_DAY), min(last, (number + 1) * SLOTS_A_DAY)
        found = self._joined.get((begin, end, skipped))
        if found is None:
            cells, entries = (_within(columns, begin, end, skipped) for columns in (day.cells, day.entries))
            found = self._cache_joined((begin, end, skipped), [(cells, entries, day.is_sketch)])
        return found

    def _cache_joined(self, key: tuple[int, int, object], parts: list[Part]) -> list[Part]:
        if len(self._joined) >= _MOST_JOINED:
            self._joined.clear()
        self._joined[key] = parts
        return parts

    def _run(self, first_day: int, last_day: int, is_cut: bool) -> list[Part]:
        """Consecutive whole days, joined; most requests need the same ones."""
        found = self._joined.get((first_day, last_day, is_cut))
        if found is None:
            days = [day for number in range(first_day, last_day) if (day := self._days.get(number)) is not None]
            days = [day for day in days if len(day.cells["at"])]
            as_cells = is_cut or self.definition.kind is Kind.EXTREMES
            found = list[Part]()
            for is_sketch in (False, True):
                columns = [
                    (day.cells, day.entries) if as_cells else self._total(day)
                    for day in days
                    if day.is_sketch == is_sketch
                ]
                if columns:
                    found.append((joined([one for one, _ in columns]), joined([one for _, one in columns]), is_sketch))
            self._cache_joined((first_day, last_day, is_cut), found)
        return found

    def _total(self, day: Day) -> tuple[Columns, Columns]:
        found = self._totals.get(day.number)
        if found is None:
            found = self._totals[day.number] = _total_cells(day.cells), _total_entries(day)
        return found


def _within(columns: Columns, first: int, last: int, skipped: Sequence[int]) -> Columns:
    low, high = np.searchsorted(columns["at"], (first * SLOT_MICROSECONDS, last * SLOT_MICROSECONDS)).tolist()
    if not skipped:
        return chosen(columns, slice(low, high))
    slots = columns["at"][low:high] // SLOT_MICROSECONDS
    return chosen(columns, low + np.flatnonzero(~np.isin(slots, skipped)))


def _total_cells(cells: Columns) -> Columns:
    """One cell for each label."""
    labels, groups = np.unique(cells["label"], return_inverse=True)
    number = len(labels)

    def sums(column: NDArray[Any]) -> NDArray[Any]:
        return np.bincount(groups, weights=column, minlength=number).astype(column.dtype)

    found: dict[str, NDArray[Any]] = {
        "at": np.full(number, cells["at"][0] // (SLOTS_A_DAY * SLOT_MICROSECONDS) * SLOTS_A_DAY * SLOT_MICROSECONDS),
        "label": labels,
        "records": sums(cells["records"]),
        "samples": sums(cells["samples"]),
    }
    if "total" not in cells:
        return found
    found["total"] = sums(cells["total"])
    found["spread"] = spread(cells, groups, means(found["total"], found["samples"]))
    found["low"] = extreme(np.fmin, cells["low"], groups, number)
    found["high"] = extreme(np.fmax, cells["high"], groups, number)
    return found


def _total_entries(day: Day) -> Columns:
    """One entry for each label and value."""
    entries = day.entries
    if not len(entries["at"]):
        return entries
    order = np.lexsort((entries["value"], entries["label"]))
    label, value, count = (entries[name][order] for name in ("label", "value", "count"))
    starts = np.flatnonzero(np.concatenate([[True], (label[1:] != label[:-1]) | (value[1:] != value[:-1])]))
    at = np.full(len(starts), day.number * SLOTS_A_DAY * SLOT_MICROSECONDS)
    return {"at": at, "label": label[starts], "value": value[starts], "count": np.add.reduceat(count, starts)}
