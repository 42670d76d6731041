"""The refresh queue: days of definitions that requests found missing or stale, newest first, and what is not stored.

``used`` are the days ``[first, last)`` of definitions that answered requests since that was last stored.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from aggregation.stored.build import BuiltDays
from aggregation.stored.definition import Definition, Records

Days = dict[Definition, set[int]]

MAX_WAITING = 1_000
"""For how many filters pre-aggregates can be queued at once."""


@dataclass(slots=True)
class RefreshQueue:
    """Shared by requests, which add to it, and the builder.

    A request sets ``awake`` once it has its own numbers: until then, building pre-aggregates would only slow it down.
    """

    by_records: dict[Records, Days] = field(default_factory=dict[Records, Days])
    unsaved: list[BuiltDays] = field(default_factory=list[BuiltDays])
    used: dict[Definition, tuple[int, int]] = field(default_factory=dict[Definition, tuple[int, int]])
    awake: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, definitions: Iterable[Definition], days: Iterable[int]) -> None:
        """Asks for days of definitions."""
        numbers = set(days)
        for definition in definitions:
            if definition.records not in self.by_records and len(self.by_records) >= MAX_WAITING:
                continue  # whoever asks again, asks for it again
            self.by_records.setdefault(definition.records, {}).setdefault(definition, set()).update(numbers)

    def take(self, most: int) -> tuple[Records, tuple[Definition, ...], int, int] | None:
        """Takes the newest queued days of some records: the definitions, the first day, how many days.

        All definitions with one of these days queued are named, so that one pass serves them.
        """
        for records, wanted in list(self.by_records.items()):
            every = set[int]().union(*wanted.values())
            if not every:
                del self.by_records[records]
                continue
            last = max(every)
            days = {day for day in every if last - day < most}
            first = min(days)
            definitions = tuple(definition for definition, own in wanted.items() if own & days)
            for own in wanted.values():
                own -= days
            return records, definitions, first, last + 1 - first
        return None

    @property
    def days(self) -> int:
        """How many days of definitions are queued."""
        return sum(len(days) for wanted in self.by_records.values() for days in wanted.values())

    @property
    def is_empty(self) -> bool:
        """Whether nothing is queued and everything is stored."""
        return not self.by_records and not self.unsaved
