"""The points of a series, in columns and by time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aggregation.answer.instants import Instants
from aggregation.answer.item_columns import Columns, column_of, constant, in_columns
from aggregation.answer.results import LinePoint
from aggregation.compute.lines import HALF

Row = tuple[int, str | None, bool, int, float, float]
"""What ``LineRead`` answers: line, label, is_other, id, seconds, value."""


@dataclass(frozen=True, slots=True)
class Points:
    """Points by time; those of one moment by call and value. ``seconds`` is POSIX time."""

    ids: Sequence[int]
    seconds: Sequence[float]
    values: Sequence[float]

    def columns(self, label: str | None) -> Columns[LinePoint]:
        """The points of the series with that label."""
        count = len(self.ids)
        return in_columns(
            LinePoint,
            count,
            {
                "call_log_id": column_of(self.ids),
                "timestamp": lambda: Instants.of(self.seconds),
                "value": column_of(self.values),
                "group": constant(label, count),
            },
        )


NO_POINTS = Points((), (), ())


def read_points(rows: Sequence[Row]) -> Points:
    """The points of rows in no order."""
    if not rows:
        return NO_POINTS
    _, _, _, ids, seconds, values = zip(*rows, strict=True)
    order: list[int] = np.lexsort((values, ids, seconds)).tolist()
    return Points(
        [ids[number] for number in order],
        [seconds[number] for number in order],
        [values[number] for number in order],
    )


def kept_points(numbers: Sequence[Sequence[float]]) -> Points:
    """The points that the numbers of an ``Envelope`` name, each once."""
    if not numbers:
        return NO_POINTS
    table: np.ndarray[Any, np.dtype[np.float64]] = np.array(numbers, dtype=np.float64)
    # The first and last point come as (seconds, id, value), the lowest and highest one as (value, seconds, id).
    parts = [table[:, at : at + 4] for at in (1, 5)] + [table[:, (at + 1, at + 2, at + 3, at)] for at in (9, 13)]
    points = np.concatenate(parts)
    points = points[np.lexsort(points.T[::-1])]
    is_new = np.ones(len(points), dtype=np.bool_)
    is_new[1:] = (points[1:] != points[:-1]).any(axis=1)
    seconds, upper, lower, values = points[is_new].T
    ids = upper.astype(np.int64) * HALF + lower.astype(np.int64)
    return Points(ids.tolist(), seconds.tolist(), values.tolist())
