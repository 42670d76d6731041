"""Charts as tables: the columns and rows in which a chart's data leaves for other programs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aggregation.answer.results import Compared
from aggregation.question.query import FIRST_ROWS, MAX_POINTS
from aggregation.question.row_order import RowPage
from aggregation.question.value_bins import DEFAULT_BINS

Cell = str | int | float | bool | datetime | None
Row = tuple[Cell, ...]

COMPARED = ("compared_start", "compared_end", "compared_value", "compared_date_time_value", "compared_sample_count")
"""Columns that a comparison adds to bars, slices, rows and stats."""


@dataclass(frozen=True, slots=True)
class Table:
    """A chart's data.

    Attributes:
        total: counts the chart's items, and is more than the rows where some were left out.
        nulls: how many records had no value, where the chart leaves those out and says so.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    total: int
    nulls: int | None = None


@dataclass(frozen=True, slots=True)
class TableBounds:
    """How much of a chart its table has.

    Attributes:
        top: how many slices of a pie are rows of their own; None for as many as usual.
        rows: which page of a list's rows.
        max_points: which of the bounds that a line was read with.
        max_bins: which of the bounds that a histogram was computed with.
    """

    top: int | None = None
    rows: RowPage = FIRST_ROWS
    max_points: int = MAX_POINTS
    max_bins: int = DEFAULT_BINS


def compared_cells(past: Compared | None) -> Row:
    """The cells of ``COMPARED``; none where there is no comparison."""
    return () if past is None else (past.start, past.end, past.value, past.date_time_value, past.sample_count)


def with_compared(
    columns: tuple[str, ...],
    rows: Iterable[Row],
    total: int | None = None,
    *,
    has_comparison: bool,
    compared: tuple[str, ...] = COMPARED,
) -> Table:
    """A table whose rows end in the cells of ``compared``. ``total`` is None where every item is a row."""
    columns = (*columns, *(compared if has_comparison else ()))
    filled = tuple(row + (None,) * (len(columns) - len(row)) for row in rows)
    return Table(columns, filled, len(filled) if total is None else total)
