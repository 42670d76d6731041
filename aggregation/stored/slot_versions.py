"""The versions of a snapshot's slots, and which slots of a task are missing or stale in the cache."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aggregation.stored.cache_entry import CacheEntry
from aggregation.stored.day import SLOTS_A_DAY
from aggregation.stored.definition import Definition
from aggregation.stored.task import Task
from models.changes import Versions


@dataclass(frozen=True, slots=True)
class SlotVersions:
    """The versions of a snapshot's slots, for whole days."""

    versions: Versions

    def of(self, definition: Definition, first_day: int, days: int) -> NDArray[np.int64]:
        """The version of each slot of these days, for a definition."""
        changes = self.versions.everything
        if definition.names_agents:
            changes += self.versions.agents
        if definition.names_metrics:
            changes += self.versions.metrics
        begin = first_day * SLOTS_A_DAY - self.versions.first
        return self.versions.slots[begin : begin + days * SLOTS_A_DAY] + changes

    def of_single_calls(self, slot: int) -> int:
        """The version of a slot's single calls, whichever of their values are read."""
        versions = self.versions
        changes = versions.everything + versions.agents + versions.metrics
        return changes + int(versions.slots[slot - versions.first])


@dataclass(frozen=True, slots=True)
class MissingSlots:
    """The slots of a task that pre-aggregates cannot answer.

    Attributes:
        slots: slots of the window that are missing or stale.
        days: the UTC days of those slots.
        partial: slots that the window or an edge cuts; they always need single calls.
        whole: how many slots of the window are not partial.
    """

    slots: frozenset[int]
    days: tuple[int, ...]
    partial: frozenset[int]
    whole: int

    @property
    def single_calls(self) -> frozenset[int]:
        """The slots to read call by call."""
        return self.slots | self.partial

    @property
    def has_preaggregates(self) -> bool:
        """Whether any slot can be answered from pre-aggregates."""
        return len(self.slots - self.partial) < self.whole


def missing_slots(task: Task, cache_entries: list[CacheEntry], slot_versions: SlotVersions) -> MissingSlots:
    """Compares the versions of cache entries with those of the snapshot."""
    first_day, days = task.first_day, task.days
    is_missing = np.zeros(days * SLOTS_A_DAY, dtype=bool)
    for one in cache_entries:
        is_missing |= one.known_versions(first_day, days) != slot_versions.of(one.definition, first_day, days)
    begin = first_day * SLOTS_A_DAY
    is_missing[: task.first - begin] = False
    is_missing[task.last - begin :] = False
    slots = np.flatnonzero(is_missing) + begin
    return MissingSlots(
        slots=frozenset(slots.tolist()),
        days=tuple(np.unique(slots // SLOTS_A_DAY).tolist()),
        partial=task.partial(),
        whole=task.whole,
    )
