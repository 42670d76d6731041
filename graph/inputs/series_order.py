"""How a client orders the series of a chart."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, assert_never

import strawberry

from aggregation.answer.series import Ordered, in_stable_order
from aggregation.question.query import ChartQuery
from graph.enums import register


class SeriesOrder(StrEnum):
    """Orders of series."""

    RANKED = "ranked"
    STABLE = "stable"


register(
    SeriesOrder,
    "Orders of the series of a chart.",
    {
        SeriesOrder.RANKED: "Largest first, ties by label; hours and days in the order of the clock and the calendar. "
        "The series for all others is last.",
        SeriesOrder.STABLE: "By label, whatever the numbers: ranges as they were written, agents by number, hours and "
        "days in the order of the clock and the calendar. The series without a label and the one for all others are "
        "last.",
    },
)

OrderOfSeries = Annotated[
    SeriesOrder,
    strawberry.argument(
        description="The order of the series. With STABLE, a series keeps its place, and so its colour, when numbers "
        "change."
    ),
]


def ordered(query: ChartQuery, series: Sequence[Ordered], order: SeriesOrder) -> Sequence[Ordered]:
    """Series, which are ranked, in another order."""
    match order:
        case SeriesOrder.RANKED:
            return series
        case SeriesOrder.STABLE:
            return in_stable_order(query, series)
        case _:
            assert_never(order)
