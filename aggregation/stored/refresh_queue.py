"""The refresh queue: missing and stale days to build, newest first, and built days that are not stored yet.

``used`` holds the days ``[first, last)`` of definitions that were used since their use was last stored.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from aggregation.stored.build import BuiltDays
from aggregation.stored.definition import Definition, Records

Days = dict[Definition, set[int]]

MAX_RECORDS = 1_000
"""The most filters with queued pre-aggregates."""


@dataclass(slots=True)
class RefreshQueue:
    """Filled by requests and emptied by the builder.

    A request sets ``awake`` only when it has its numbers, so that the builder does not slow it down.
    """

    by_records: dict[Records, Days] = field(default_factory=dict[Records, Days])
    unsaved: list[BuiltDays] = field(default_factory=list[BuiltDays])
    used: dict[Definition, tuple[int, int]] = field(default_factory=dict[Definition, tuple[int, int]])
    awake: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, definitions: Iterable[Definition], days: Iterable[int]) -> None:
        """Queues days of definitions."""
        numbers = set(days)
        for definition in definitions:
            if definition.records not in self.by_records and len(self.by_records) >= MAX_RECORDS:
                continue  # the next request of the same chart queues it again
            self.by_records.setdefault(definition.records, {}).setdefault(definition, set()).update(numbers)

    def take(self, most: int) -> tuple[Records, tuple[Definition, ...], int, int] | None:
        """Takes the newest queued days of one filter: the definitions, the first day, and the number of days.

        Every definition with one of these days queued is included, so that one pass builds all of them.
        """
        for records, queued in list(self.by_records.items()):
            every = set[int]().union(*queued.values())
            if not every:
                del self.by_records[records]
                continue
            last = max(every)
            days = {day for day in every if last - day < most}
            first = min(days)
            definitions = tuple(definition for definition, own in queued.items() if own & days)
            for own in queued.values():
                own -= days
            return records, definitions, first, last + 1 - first
        return None

    @property
    def days(self) -> int:
        """The number of queued days, over all definitions."""
        return sum(len(days) for queued in self.by_records.values() for days in queued.values())

    @property
    def is_empty(self) -> bool:
        """Whether nothing is queued and everything built is stored."""
        return not self.by_records and not self.unsaved
