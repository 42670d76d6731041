"""What is measured of each operation, for whoever watches the server. It never has data of a project."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OperationReport:
    """One operation that is done.

    Attributes:
        kind: ``query`` or ``mutation``; ``invalid`` where the document could not be executed.
        name: the operation's name; None where it has none.
        text: the document. Literals in it may be data: it is for hashes only.
        started: when it began, in nanoseconds since 1970.
        seconds: how long it took.
        cost: its price in points; 0 where it was refused before it had one.
        codes: the codes of its errors, and how often each.
        charts: where the numbers of its charts came from, and how often.
    """

    kind: str
    name: str | None
    text: str
    started: int
    seconds: float
    cost: float
    codes: Mapping[str, int]
    charts: Mapping[str, int]


Report = Callable[[OperationReport], None]
