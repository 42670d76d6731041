"""Lines: how many points each series has decides whether they are read whole or thinned; then they are put in order."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any

from aggregation.assemble import ordered_series, series_filters
from aggregation.bar_buckets import Series
from aggregation.columns import Columns, constant, in_columns, kept
from aggregation.drill import Behind
from aggregation.grains import Envelope
from aggregation.lines import LineRead
from aggregation.numbers import instants
from aggregation.plan import Answers, Cell, bounds, line_read, needs_of
from aggregation.query import ChartQuery
from aggregation.results import LinePoint, LineResult, LineSeries

Row = tuple[int, str | None, bool, int, float, float]
"""What ``LineRead`` answers: line, label, is_other, id, seconds, value."""

Point = tuple[int, float, float]
"""The last three of them."""

_moment = itemgetter(1, 0, 2)


class LineChart:
    """One line, between the count of its records and the reading of its points.

    A line of one series was thinned in the pass that counted it; where it turns out that it need not be, its few points
    are read. A grouped line is read once its series are known.
    """

    def __init__(self, query: ChartQuery, answers: Answers) -> None:
        assert query.measured is not None
        self.query = query
        needs = needs_of(query)
        self.cells: Sequence[Cell] = answers.cells(needs[0]) if needs else ()
        self.total = sum(cell.samples for cell in self.cells)
        self.series: list[Series] = ordered_series(query, self.cells)
        self.shown = tuple(label for label, is_other in self.series if not is_other)
        self.thinned: dict[int, list[Row]] = {
            max_points: [(0, None, False, *point) for point in answers.envelope(need)]
            for max_points, need in zip(query.line_points, needs, strict=False)
            if isinstance(need.grain, Envelope) and self.total > max_points
        }

    def reads(self) -> dict[int, LineRead]:
        """What is still to be read, for each ``maxPoints``."""
        if not self.total:
            return {}
        return {
            max_points: self._read(max_points)
            for max_points in self.query.line_points
            if max_points not in self.thinned
        }

    def _read(self, max_points: int) -> LineRead:
        read = line_read(self.query, max_points, self.shown, len(self.series))
        return read if self.total > max_points else replace(read, columns=None)

    def result(self, read: dict[int, list[Any]]) -> LineResult:
        """The line, from the rows read for each ``maxPoints``."""
        start, end = bounds(self.query)
        rows = {**read, **self.thinned}
        return LineResult(
            query=self.query,
            start=start,
            end=end,
            sample_count=self.total,
            total_points=self.total,
            by_max_points={
                max_points: self._series(max_points, rows.get(max_points, [])) for max_points in self.query.line_points
            },
        )

    def _series(self, max_points: int, rows: Sequence[Row]) -> tuple[LineSeries, ...]:
        start, end = bounds(self.query)
        points: dict[Series, list[Point]] = defaultdict(list)
        for _, label, is_other, call_log_id, seconds, value in rows:
            points[label, is_other].append((call_log_id, seconds, value))
        answer: list[LineSeries] = []
        for label, is_other in self.series:
            conditions = series_filters(self.query, label, is_other, self.shown)
            answer.append(
                LineSeries(
                    label=label,
                    is_other=is_other,
                    total_points=sum(
                        cell.samples for cell in self.cells if (cell.label, cell.is_other) == (label, is_other)
                    ),
                    is_thinned=self.total > max_points,
                    points=_by_time(points[label, is_other], label),
                    behind=Behind(self.query, start, end, conditions),
                )
            )
        return tuple(answer)


def _by_time(points: list[Point], label: str | None) -> Columns[LinePoint]:
    """The points of a series, by time; of one moment by call and value."""
    ids, seconds, values = zip(*sorted(points, key=_moment), strict=True) if points else ((), (), ())
    return in_columns(
        LinePoint,
        len(points),
        {
            "call_log_id": kept(ids),
            "timestamp": lambda: instants(seconds),
            "value": kept(values),
            "group": constant(label, len(points)),
        },
    )
