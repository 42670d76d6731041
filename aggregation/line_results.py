"""Lines: how many points each series has decides whether they are read whole or thinned; then they are put in order."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from aggregation import drill
from aggregation.assemble import Series, instant, ordered_series, series_filters
from aggregation.labels import Labelled
from aggregation.lines import LineRead
from aggregation.plan import Answers, Cell, bounds, needs_of, source_of
from aggregation.query import ChartQuery
from aggregation.results import LinePoint, LineResult, LineSeries

POINTS_A_COLUMN = 4
"""M4 keeps at most four points of a column."""


class LineChart:
    """One line, between the count of its records and the reading of its points."""

    def __init__(self, query: ChartQuery, answers: Answers) -> None:
        assert query.measured is not None
        self.query = query
        needs = needs_of(query)
        self.cells: Sequence[Cell] = answers.cells(needs[0]) if needs else ()
        self.total = sum(cell.samples for cell in self.cells)
        self.series: list[Series] = ordered_series(query, self.cells)
        self.shown = tuple(label for label, is_other in self.series if not is_other)

    def reads(self) -> dict[int, LineRead]:
        """What to read for each ``maxPoints`` asked for."""
        if not self.total:
            return {}
        return {max_points: self._read(max_points) for max_points in self.query.line_points}

    def _read(self, max_points: int) -> LineRead:
        measured, source = self.query.measured, source_of(self.query)
        assert measured is not None
        labelled = None if self.query.group is None else Labelled(source, self.query.group, measured.name)
        columns = None
        if self.total > max_points:
            columns = max(1, max_points // (POINTS_A_COLUMN * max(1, len(self.series))))
        return LineRead(source, labelled, measured.name, measured.data_type, self.shown, columns)

    def result(self, rows: dict[int, list[Any]]) -> LineResult:
        """The line, from the rows read for each ``maxPoints``."""
        start, end = bounds(self.query)
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

    def _series(self, max_points: int, rows: list[Any]) -> tuple[LineSeries, ...]:
        start, end = bounds(self.query)
        points: dict[Series, list[LinePoint]] = defaultdict(list)
        for _, label, is_other, call_log_id, seconds, value in rows:
            point = LinePoint(call_log_id=call_log_id, timestamp=instant(seconds), value=value, group=label)
            points[label, is_other].append(point)
        answer: list[LineSeries] = []
        for label, is_other in self.series:
            conditions = series_filters(self.query, label, is_other, self.shown)
            own = points[label, is_other]
            own.sort(key=lambda point: (point.timestamp, point.call_log_id, point.value))
            answer.append(
                LineSeries(
                    label=label,
                    is_other=is_other,
                    total_points=sum(
                        cell.samples for cell in self.cells if (cell.label, cell.is_other) == (label, is_other)
                    ),
                    is_thinned=self.total > max_points,
                    points=tuple(own),
                    filters=drill.records(self.query, start, end, *conditions),
                )
            )
        return tuple(answer)
