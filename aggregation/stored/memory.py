"""What this process holds of the stored states, bounded: least recently used definitions go first."""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime

from aggregation.stored.definition import Definition
from aggregation.stored.kept import Kept
from aggregation.stored.singles import SinglesCache
from aggregation.stored.state import Day


class Memory:
    """States and single records in memory.

    Args:
        most: about how many bytes of states to hold.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Definition, Kept] = OrderedDict()
        self._server: datetime | None = None
        self.singles = SinglesCache()

    def of(self, definition: Definition) -> Kept:
        """What is held of a definition."""
        kept = self._kept.get(definition)
        if kept is None:
            kept = self._kept[definition] = Kept(definition)
        self._kept.move_to_end(definition)
        return kept

    def put(self, days: Iterable[tuple[Definition, Day]]) -> None:
        """Holds days, and lets go of what was not used for longest where that is too much."""
        for definition, day in days:
            self.of(definition).put(day)
        size = sum(kept.size for kept in self._kept.values())
        while size > self._most and len(self._kept) > 1:
            size -= self._kept.popitem(last=False)[1].size

    def meet(self, server: datetime) -> None:
        """Forgets everything when the database server is another one, or was restarted: it may have lost changes."""
        if self._server != server:
            self.forget()
            self._server = server

    def forget(self) -> None:
        """Forgets everything."""
        self._kept.clear()
        self.singles.clear()
