"""What this process holds of the stored states, bounded: least recently used definitions go first."""

from collections import OrderedDict
from collections.abc import Iterable

from aggregation.stored.cache_entry import Kept
from aggregation.stored.day import Day
from aggregation.stored.definition import Definition
from aggregation.stored.single_calls import SinglesCache
from models.changes import Total, Versions

Span = tuple[int, int, int]
"""A project and grains ``[first, last)`` of it."""

MOST_SPANS, MOST_DEFINITIONS = 64, 4_096
"""How many spans' versions, and how many definitions, are held at most."""


class Memory:
    """States and single records in memory.

    Args:
        most: about how many bytes of states to hold.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Definition, Kept] = OrderedDict()
        self._server: str | None = None
        self._versions: OrderedDict[Span, tuple[Total, Versions]] = OrderedDict()
        self.singles = SinglesCache()

    def of(self, definition: Definition) -> Kept:
        """What is held of a definition."""
        kept = self._kept.get(definition)
        if kept is None:
            kept = self._kept[definition] = Kept(definition)
            if len(self._kept) > MOST_DEFINITIONS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(definition)
        return kept

    def was_asked(self, definitions: Iterable[Definition]) -> bool:
        """Whether all of these were asked for before; from now on they were."""
        kept = [self.of(definition) for definition in definitions]
        before = all(one.was_asked for one in kept)
        for one in kept:
            one.was_asked = True
        return before

    def put(self, days: Iterable[tuple[Definition, Day]]) -> None:
        """Holds days, and lets go of what was not used for longest where that is too much."""
        for definition, day in days:
            self.of(definition).put(day)
        size = sum(kept.size for kept in self._kept.values())
        while size > self._most and len(self._kept) > 1:
            size -= self._kept.popitem(last=False)[1].size

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
        self._kept.clear()
        self._versions.clear()
        self.singles.clear()
