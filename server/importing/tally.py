"""What is told of the calls of a file once it is read."""

from collections.abc import Sequence

from server.importing.outcome import Span, joined_span
from server.importing.reading import Reading
from server.importing.repeated import Repeated


class Tally:
    """Counts calls.

    Attributes:
        calls: how many there were.
        span: from the first start of one to the last.
        without_agent: how many have the agent of calls without one.
    """

    def __init__(self) -> None:
        self._repeated = Repeated()
        self.calls = 0
        self.span: Span | None = None
        self.without_agent = 0

    @property
    def merged(self) -> int:
        """How many have the id of an earlier one."""
        return self._repeated.count

    def add(self, readings: Sequence[Reading]) -> None:
        """Counts some more; rows that are not calls are none."""
        records = [reading.record for reading in readings if reading.record is not None]
        if not records:
            return
        self.calls += len(records)
        self._repeated.add([record.call_id for record in records])
        starts = [record.timestamp for record in records]
        self.span = joined_span(self.span, (min(starts), max(starts)))
        self.without_agent += sum(reading.has_no_agent for reading in readings)
