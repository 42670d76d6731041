"""Labels that are parts of a zone's clock, from the slots that cells are of: pre-aggregates serve every zone.

That is so where the zone's offset from UTC is whole slots all the time, as it is everywhere since 1972.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aggregation.compute.labels import Labelled
from aggregation.compute.lines import SLOT
from aggregation.question.query import FieldGroup
from aggregation.stored.day import SLOT_MICROSECONDS, SLOTS_A_DAY
from aggregation.stored.merge import Frame
from filters.clock_fields import ClockField, ClockPart, clock_field, known_zone, offsets_of
from filters.instants import EPOCH

_THURSDAY = 3
"""The day of the week of 1 January 1970, counted from Monday as 0."""

_SLOTS_AN_HOUR = SLOTS_A_DAY // 24


@dataclass(frozen=True, eq=False)
class ClockLabels:
    """The labels of the slots from the one numbered ``first``: ``codes`` index into ``labels``."""

    labels: tuple[str, ...]
    first: int
    codes: NDArray[np.int64]

    @classmethod
    def of(cls, labelled: Labelled | None, first: int, last: int) -> "ClockLabels | None":
        """The labels of the slots ``[first, last)``; None where records are labelled by anything else, or where slots
        are not whole in the zone."""
        group = None if labelled is None else labelled.group
        clock = clock_field(group.field) if isinstance(group, FieldGroup) else None
        if clock is None:
            return None
        codes = _codes(clock, first, last)
        return None if codes is None else cls(clock.part.labels, first, codes)

    def on(self, frame: Frame) -> Frame:
        """The cells of all records together, labelled."""
        cells, entries = (
            {**columns, "label": self.codes[columns["at"] // SLOT_MICROSECONDS - self.first]}
            for columns in (frame.cells, frame.entries)
        )
        return Frame(cells, entries, self.labels, frame.is_sketch)

    def cuts(self) -> NDArray[np.int64]:
        """Where the labels change, in microseconds: cells must not be merged over these."""
        return (np.flatnonzero(np.diff(self.codes)) + 1 + self.first) * SLOT_MICROSECONDS


def _codes(clock: ClockField, first: int, last: int) -> NDArray[np.int64] | None:
    offsets = offsets_of(known_zone(clock.zone or "UTC"))
    edges = [(edge - EPOCH) / SLOT for edge in offsets.edges]
    slots = np.arange(first, last, dtype=np.int64)
    number = np.searchsorted(np.array(edges), slots, side="right")
    steps = [step / SLOT for step in offsets.steps]
    used = range(int(number[0]), int(number[-1]) + 1) if len(slots) else range(0)
    inside = [edges[at] for at in used[:-1]]
    if any(not part.is_integer() for part in (*(steps[at] for at in used), *inside)):
        return None
    local = slots + np.array(steps)[number].astype(np.int64)
    match clock.part:
        case ClockPart.HOUR_OF_DAY:
            return local // _SLOTS_AN_HOUR % 24
        case ClockPart.DAY_OF_WEEK:
            return (local // SLOTS_A_DAY + _THURSDAY) % len(clock.part.labels)
