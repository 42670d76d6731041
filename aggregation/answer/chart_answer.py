"""What there is to know of how a chart type is answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from aggregation.answer.item_changes import ChartChange
from aggregation.answer.results import ChartResult
from aggregation.answer.tables import Table, TableBounds
from aggregation.compute.needs import total_need
from aggregation.compute.plan import Cell
from aggregation.question.query import ChartQuery

Result = TypeVar("Result", bound=ChartResult)

Cells = Sequence[Sequence[Cell]]
"""The cells of each need of a chart, in the order of ``aggregation.compute.needs``."""


def with_totals(query: ChartQuery, parts: Cells) -> tuple[Cells, Sequence[Cell]]:
    """The cells of a chart's groups, and those of all its records in each bucket, each record counted once."""
    if parts and total_need(query) is not None:
        return parts[:-1], parts[-1]
    return parts, parts[0] if parts else ()


@dataclass(frozen=True, slots=True)
class Lengths:
    """How many series a chart has, and how many items they have together."""

    series: int
    items: int


@dataclass(frozen=True, slots=True)
class ComparedAnswer(Generic[Result]):
    """How a comparison is put beside a chart that is there.

    Attributes:
        shown: the labels that have a number of their own.
        beside: the chart with the numbers of the earlier window, from its query and its cells.
    """

    shown: Callable[[Result], tuple[str | None, ...]]
    beside: Callable[[Result, ChartQuery, Cells], Result]


@dataclass(frozen=True, slots=True)
class Changes(Generic[Result]):
    """How it is told what has changed of a chart.

    Attributes:
        shown: all that it shows, apart from the times of its window; of a chart whose items are told one by one, what
            it shows beside them.
        items: what leads from one answer to a later one; None where a chart is told whole.
    """

    shown: Callable[[Result], object]
    items: Callable[[Result, Result], ChartChange] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartAnswer(Generic[Result]):
    """How a chart type is answered. No entry has a default.

    Attributes:
        assemble: the result, from its cells; None for lines, whose points are read apart.
        comparison: how a comparison is put beside it; None where that is a chart of its own, as of lines.
        lengths: how long its lists are, which price what is selected under them; None where an argument of the request
            bounds each list, so that its price is known before.
        table: what is exported of it.
        changes: how subscribers are told of its changes.
    """

    assemble: Callable[[ChartQuery, Cells], Result] | None
    comparison: ComparedAnswer[Result] | None
    lengths: Callable[[Result], Lengths] | None
    table: Callable[[Result, TableBounds], Table]
    changes: Changes[Result]
