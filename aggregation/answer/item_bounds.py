"""Arguments that bound how many items of a chart are answered: one row each, read by the schema and by exports."""

from collections.abc import Mapping
from dataclasses import dataclass

from aggregation.compute.lines import POINTS_A_COLUMN
from aggregation.question.chart_types import Takes, forms_where
from aggregation.question.query import DEFAULT_MAX_POINTS, DEFAULT_TOP, MAX_POINTS, MAX_TOP
from aggregation.question.value_bins import DEFAULT_BINS, MAX_BINS, MIN_BINS
from models import ChartType


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemBound:
    """An argument that bounds the items of a chart. No entry has a default.

    Attributes:
        takes: what the rows of chart types call it; its value is the argument's name.
        least: the lowest number that can be given.
        most: the highest one.
        default: the number where none is given.
        exported: the number in exports where none is given; None where it is not an argument of exports.
    """

    takes: Takes
    least: int
    most: int
    default: int
    exported: int | None

    @property
    def name(self) -> str:
        """The argument's name."""
        return self.takes.value

    @property
    def chart_types(self) -> tuple[ChartType, ...]:
        """The chart types that have it."""
        return forms_where(lambda form: self.takes in form.takes)


POINTS = ItemBound(
    takes=Takes.POINTS, least=POINTS_A_COLUMN, most=MAX_POINTS, default=DEFAULT_MAX_POINTS, exported=MAX_POINTS
)
BINS = ItemBound(takes=Takes.BINS, least=MIN_BINS, most=MAX_BINS, default=DEFAULT_BINS, exported=DEFAULT_BINS)
TOP = ItemBound(takes=Takes.TOP, least=1, most=MAX_TOP, default=DEFAULT_TOP, exported=DEFAULT_TOP)
ROWS = ItemBound(takes=Takes.ROWS, least=1, most=MAX_TOP, default=DEFAULT_TOP, exported=None)

EXPORTED_ROWS = ItemBound(takes=Takes.ROWS, least=1, most=1_000, default=DEFAULT_TOP, exported=MAX_TOP)
"""The rows of a list in a file, which has no pages."""


def _bound_of(takes: Takes) -> ItemBound | None:
    match takes:
        case Takes.POINTS:
            return POINTS
        case Takes.BINS:
            return BINS
        case Takes.TOP:
            return TOP
        case Takes.ROWS:
            return ROWS
        case Takes.COMPARISON | Takes.INTERVALS:
            return None


ITEM_BOUNDS: Mapping[str, ItemBound] = {bound.name: bound for takes in Takes if (bound := _bound_of(takes))}
"""Every bound by its name."""

EXPORTED_BOUNDS: Mapping[str, ItemBound] = {
    **{name: bound for name, bound in ITEM_BOUNDS.items() if bound.exported is not None},
    EXPORTED_ROWS.name: EXPORTED_ROWS,
}
"""Those that an export takes."""
