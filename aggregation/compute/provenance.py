"""The provenance of a chart's numbers: from the calls, from pre-aggregates or from both, and how exact they are."""

from dataclasses import dataclass
from functools import reduce

from aggregation.question.query import ChartSource


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where numbers come from. ``relative_error`` is the largest relative error of percentiles."""

    source: ChartSource = ChartSource.RAW
    relative_error: float = 0.0

    def combined_with(self, other: "Provenance") -> "Provenance":
        """The provenance of numbers from both."""
        source = self.source if self.source is other.source else ChartSource.MIXED
        return Provenance(source, max(self.relative_error, other.relative_error))

    def with_points(self, were_read: bool) -> "Provenance":
        """The same, combined with points read from the calls if there are any."""
        return self.combined_with(RAW) if were_read else self


RAW = Provenance()
"""Computed from the calls, exactly."""


def combined(*parts: Provenance | None) -> Provenance:
    """The provenance of numbers from all parts, ignoring those without numbers; ``RAW`` if none has any."""
    found = [part for part in parts if part is not None]
    return reduce(Provenance.combined_with, found) if found else RAW
