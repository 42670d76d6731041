"""How the numbers of a chart were got: from the calls, from pre-aggregates, or from both; and how exact they are."""

from dataclasses import dataclass
from functools import reduce

from aggregation.question.query import ChartSource


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where numbers come from. ``relative_error`` is the most that percentiles are off, relative to themselves."""

    source: ChartSource = ChartSource.RAW
    relative_error: float = 0.0

    def beside(self, other: "Provenance") -> "Provenance":
        """How both together were got."""
        source = self.source if self.source is other.source else ChartSource.MIXED
        return Provenance(source, max(self.relative_error, other.relative_error))

    def and_points(self, were_read: bool) -> "Provenance":
        """The same where points were read from the calls as well."""
        return self.beside(RAW) if were_read else self


RAW = Provenance()
"""From the calls themselves."""


def together(*parts: Provenance | None) -> Provenance:
    """How all parts were got, of which some may be nothing; from the calls where all are."""
    found = [part for part in parts if part is not None]
    return reduce(Provenance.beside, found) if found else RAW
