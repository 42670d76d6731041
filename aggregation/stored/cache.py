"""The cache of pre-aggregates in this process. It is bounded; the least recently used definitions go first."""

from collections import OrderedDict
from collections.abc import Iterable

from aggregation.stored.cache_entry import CacheEntry
from aggregation.stored.day import Day
from aggregation.stored.definition import Definition
from aggregation.stored.single_calls import SingleCallCache
from models.changes import Total, Versions

Span = tuple[int, int, int]
"""A project and slots ``[first, last)`` of it."""

MOST_SPANS, MOST_DEFINITIONS = 64, 4_096
"""How many spans' versions, and how many definitions, are held at most."""


class PreaggregateCache:
    """Pre-aggregates and single calls in memory.

    Args:
        most: about how many bytes of pre-aggregates to hold.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._entry: OrderedDict[Definition, CacheEntry] = OrderedDict()
        self._server: str | None = None
        self._versions: OrderedDict[Span, tuple[Total, Versions]] = OrderedDict()
        self.single_calls = SingleCallCache()

    def of(self, definition: Definition) -> CacheEntry:
        """What is held of a definition."""
        entry = self._entry.get(definition)
        if entry is None:
            entry = self._entry[definition] = CacheEntry(definition)
            if len(self._entry) > MOST_DEFINITIONS:
                self._entry.popitem(last=False)
        self._entry.move_to_end(definition)
        return entry

    def was_asked(self, definitions: Iterable[Definition]) -> bool:
        """Whether all of these were asked for before; from now on they were."""
        entry = [self.of(definition) for definition in definitions]
        before = all(one.was_asked for one in entry)
        for one in entry:
            one.was_asked = True
        return before

    def put(self, days: Iterable[tuple[Definition, Day]]) -> None:
        """Holds days, and lets go of what was not used for longest where that is too much."""
        for definition, day in days:
            self.of(definition).put(day)
        size = sum(entry.size for entry in self._entry.values())
        while size > self._most and len(self._entry) > 1:
            size -= self._entry.popitem(last=False)[1].size

    def versions(self, span: Span, total: Total) -> Versions | None:
        """The versions read before for a span, where nothing changed in it since."""
        held = self._versions.get(span)
        return held[1] if held is not None and held[0] == total else None

    def put_versions(self, span: Span, total: Total, versions: Versions) -> None:
        """Holds versions for when the span is asked for again."""
        self._versions[span] = total, versions
        self._versions.move_to_end(span)
        while len(self._versions) > MOST_SPANS:
            self._versions.popitem(last=False)

    def meet(self, server: str) -> None:
        """Forgets everything when the server or the table of marks is another one: changes may have been lost."""
        if self._server != server:
            self.forget()
            self._server = server

    def forget(self) -> None:
        """Forgets everything."""
        self._entry.clear()
        self._versions.clear()
        self.single_calls.clear()
