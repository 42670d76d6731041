"""The buckets of a bar chart, as columns: what all series share is made once, the rest when it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aggregation.answer.drill_down import Behind, FilterJSON
from aggregation.answer.item_columns import Columns, column_of, constant, in_columns
from aggregation.answer.numbers import as_time, interval_of, is_time
from aggregation.answer.results import Bucket
from aggregation.answer.series import Series
from aggregation.compute.intervals import Interval
from aggregation.compute.needs import bounds
from aggregation.compute.plan import Cell
from aggregation.functions.table import FUNCTIONS
from aggregation.question.query import ChartQuery


@dataclass(frozen=True, slots=True)
class Axis:
    """The buckets' times, which all series of a chart share."""

    query: ChartQuery
    count: int
    starts: Sequence[datetime]
    ends: Sequence[datetime]
    are_partial: Sequence[bool]

    @classmethod
    def of(cls, query: ChartQuery) -> "Axis":
        """The axis of a bar chart whose edges are settled."""
        start, end = bounds(query)
        starts, ends = query.edges[:-1], query.edges[1:]
        partial = [begin < start or finish > end for begin, finish in zip(starts, ends, strict=True)]
        return cls(query, len(starts), starts, ends, partial)

    def behind(self, conditions: Sequence[FilterJSON]) -> list[Behind]:
        """The records of each bucket, within the window."""
        start, end = bounds(self.query)
        return [
            Behind(self.query, max(begin, start), min(finish, end), conditions)
            for begin, finish in zip(self.starts, self.ends, strict=True)
        ]


def buckets_of(
    axis: Axis,
    parts: Sequence[Sequence[Cell | None]],
    series: Series,
    totals: Sequence[int],
    conditions: Sequence[FilterJSON],
) -> Columns[Bucket]:
    """The buckets of one series.

    Args:
        parts: for each measure, the cell of each bucket: the value's first, then those of its confidence interval.
        totals: how many values went into each bucket over all series.
        conditions: that a record is of the series.
    """
    query, count = axis.query, axis.count
    assert query.aggregation is not None
    cells = parts[0] if parts else [None] * count
    empty = FUNCTIONS[query.aggregation].empty
    values = [empty if cell is None or cell.value is None else cell.value for cell in cells]
    samples = [0 if cell is None else cell.samples for cell in cells]

    def times() -> list[datetime | None]:
        return [as_time(query, value) for value in values]

    def intervals() -> list[Interval | None]:
        return [interval_of(query, own) for own in zip(*parts, strict=True)]

    def shares() -> list[float | None]:
        return [own / total if total else None for own, total in zip(samples, totals, strict=True)]

    nothing = constant(None, count)
    return in_columns(
        Bucket,
        count,
        {
            "start": column_of(axis.starts),
            "end": column_of(axis.ends),
            "value": column_of(values),
            "date_time_value": times if is_time(query) else nothing,
            "sample_count": column_of(samples),
            "is_partial": column_of(axis.are_partial),
            "is_filled": lambda: [cell is None for cell in cells],
            "group": constant(series[0], count),
            "is_other": constant(series[1], count),
            "behind": lambda: axis.behind(conditions),
            "interval": intervals if query.options.intervals and parts else nothing,
            "compared": nothing,
            "share": shares,
        },
    )
