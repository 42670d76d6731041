"""Numbers of an earlier window, beside those of a chart."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aggregation.answer.drill_down import Behind
from aggregation.answer.item_columns import Column, Columns, column_of, in_columns
from aggregation.answer.numbers import as_time
from aggregation.answer.results import Compared
from aggregation.compute.plan import Cell
from aggregation.functions.table import FUNCTIONS
from aggregation.question.earlier_window import Change
from aggregation.question.query import ChartQuery
from models import Aggregation

Span = tuple[datetime, datetime]


def compared_number(
    query: ChartQuery, cell: Cell, value: float | None, span: Span, conditions: Sequence[Any]
) -> Compared:
    """One number of the earlier window, whose query it is; ``value`` is the present one."""
    number = FUNCTIONS[query.aggregation or Aggregation.COUNT].or_empty(cell.value)
    return Compared(
        start=span[0],
        end=span[1],
        value=number,
        date_time_value=as_time(query, number),
        sample_count=cell.samples,
        change=Change.of(value, number),
        behind=Behind(query, *span, conditions),
    )


def compared_numbers(
    query: ChartQuery,
    cells: Sequence[Cell],
    present: Sequence[float | None],
    spans: Sequence[Span],
    behind: Column,
) -> Columns[Compared]:
    """The same for many numbers at once, as columns; ``behind`` makes the records behind each."""
    function = FUNCTIONS[query.aggregation or Aggregation.COUNT]
    numbers = [function.or_empty(cell.value) for cell in cells]
    columns: dict[str, Column] = {
        "start": lambda: [start for start, _ in spans],
        "end": lambda: [end for _, end in spans],
        "value": column_of(numbers),
        "date_time_value": lambda: [as_time(query, number) for number in numbers],
        "sample_count": lambda: [cell.samples for cell in cells],
        "change": lambda: [Change.of(value, number) for value, number in zip(present, numbers, strict=True)],
        "behind": behind,
    }
    return in_columns(Compared, len(numbers), columns)
