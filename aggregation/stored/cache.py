"""The in-memory cache of pre-aggregates. It is bounded and evicts the least recently used definitions first."""

from collections import OrderedDict
from collections.abc import Iterable

from aggregation.stored.cache_entry import CacheEntry
from aggregation.stored.day import Day
from aggregation.stored.definition import Definition
from aggregation.stored.single_calls import SingleCallCache
from models.changes import Total, Versions

Span = tuple[int, int, int]
"""A project, and its slots ``[first, last)``."""

MOST_SPANS, MOST_DEFINITIONS = 64, 4_096
"""The most spans whose versions are cached, and the most definitions."""


class PreaggregateCache:
    """Cached pre-aggregates and single calls.

    Args:
        most: about how many bytes of pre-aggregates to cache.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[Definition, CacheEntry] = OrderedDict()
        self._server: str | None = None
        self.changes = 0
        """How often days were put into the cache, or taken out of it."""
        self._versions: OrderedDict[Span, tuple[Total, Versions]] = OrderedDict()
        self.single_calls = SingleCallCache()

    def of(self, definition: Definition) -> CacheEntry:
        """The cache entry of a definition, created if it does not exist."""
        entry = self._entries.get(definition)
        if entry is None:
            entry = self._entries[definition] = CacheEntry(definition)
            if len(self._entries) > MOST_DEFINITIONS:
                self._entries.popitem(last=False)
        self._entries.move_to_end(definition)
        return entry

    def was_asked(self, definitions: Iterable[Definition]) -> bool:
        """Whether all of these definitions were requested before. Records that they were requested now."""
        entries = [self.of(definition) for definition in definitions]
        before = all(one.was_asked for one in entries)
        for one in entries:
            one.was_asked = True
        return before

    def put(self, days: Iterable[tuple[Definition, Day]]) -> None:
        """Caches days, and evicts the least recently used definitions if the cache is then too large."""
        self.changes += 1
        for definition, day in days:
            self.of(definition).put(day)
        size = sum(entry.size for entry in self._entries.values())
        while size > self._most and len(self._entries) > 1:
            size -= self._entries.popitem(last=False)[1].size

    def versions(self, span: Span, total: Total) -> Versions | None:
        """The cached versions of a span; None if there are none or if anything in the span changed since."""
        cached = self._versions.get(span)
        return cached[1] if cached is not None and cached[0] == total else None

    def put_versions(self, span: Span, total: Total, versions: Versions) -> None:
        """Caches the versions of a span."""
        self._versions[span] = total, versions
        self._versions.move_to_end(span)
        while len(self._versions) > MOST_SPANS:
            self._versions.popitem(last=False)

    def clear_if_replaced(self, server: str) -> None:
        """Clears the cache if the server or its table of change marks was replaced: changes may have been lost."""
        if self._server != server:
            self.clear()
            self._server = server

    def clear(self) -> None:
        """Clears the cache."""
        self.changes += 1
        self._entries.clear()
        self._versions.clear()
        self.single_calls.clear()
