"""Lines: how many points each series has decides whether they are read whole or thinned; then they are put in order."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from aggregation.answer.chart_answer import Changes, ChartAnswer, Lengths
from aggregation.answer.drill_down import Behind
from aggregation.answer.item_changes import changed_points
from aggregation.answer.line_points import NO_POINTS, Points, Row, kept_points, read_points
from aggregation.answer.results import LineResult, LineSeries
from aggregation.answer.series import Series, ordered_series, series_filters
from aggregation.answer.tables import Row as TableRow
from aggregation.answer.tables import Table, TableBounds
from aggregation.compute.lines import LineRead
from aggregation.compute.needs import bounds, line_read, needs_of, total_need
from aggregation.compute.plan import Answers, Cell
from aggregation.compute.shapes import Envelope
from aggregation.question.query import ChartQuery


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
        self.shown_points = sum(cell.samples for cell in self.cells)
        self.total = self.shown_points
        if needs and total_need(query) is not None:
            self.total = sum(cell.samples for cell in answers.cells(needs[-1]))
        self.series: list[Series] = ordered_series(query, self.cells)
        self.shown = tuple(label for label, is_other in self.series if not is_other)
        self.thinned: dict[int, Points] = {
            max_points: kept_points(answers.envelope(need))
            for max_points, need in zip(query.options.line_points, needs, strict=False)
            if isinstance(need.shape, Envelope) and self.shown_points > max_points
        }

    def reads(self) -> dict[int, LineRead]:
        """What is still to be read, for each ``maxPoints``."""
        if not self.shown_points:
            return {}
        return {
            max_points: self._read(max_points)
            for max_points in self.query.options.line_points
            if max_points not in self.thinned
        }

    def _read(self, max_points: int) -> LineRead:
        read = line_read(self.query, max_points, self.shown, len(self.series))
        return read if self.shown_points > max_points else replace(read, columns=None)

    def result(self, read: dict[int, list[Any]]) -> LineResult:
        """The line, from the rows read for each ``maxPoints``."""
        start, end = bounds(self.query)
        return LineResult(
            query=self.query,
            start=start,
            end=end,
            sample_count=self.total,
            total_points=self.total,
            by_max_points={
                max_points: self._series(max_points, self._points(max_points, read))
                for max_points in self.query.options.line_points
            },
        )

    def _points(self, max_points: int, read: dict[int, list[Row]]) -> dict[Series, Points]:
        if max_points in self.thinned:
            return dict.fromkeys(self.series, self.thinned[max_points])
        rows: dict[Series, list[Row]] = defaultdict(list)
        for row in read.get(max_points, []):
            rows[row[1], row[2]].append(row)
        return {series: read_points(own) for series, own in rows.items()}

    def _series(self, max_points: int, points: dict[Series, Points]) -> tuple[LineSeries, ...]:
        start, end = bounds(self.query)
        totals = Counter[Series]()
        for cell in self.cells:
            totals[cell.label, cell.is_other] += cell.samples
        answer: list[LineSeries] = []
        for label, is_other in self.series:
            conditions = series_filters(self.query, label, is_other, self.shown)
            answer.append(
                LineSeries(
                    label=label,
                    is_other=is_other,
                    total_points=totals[label, is_other],
                    is_thinned=self.shown_points > max_points,
                    points=points.get((label, is_other), NO_POINTS).columns(label),
                    behind=Behind(self.query, start, end, conditions),
                )
            )
        return tuple(answer)


COLUMNS = ("id", "timestamp", "value", "group", "is_other")


def _table(result: LineResult, table: TableBounds) -> Table:
    """The points; those of the comparison are rows of their own."""
    rows = tuple(_rows(result.by_max_points[table.max_points]))
    if result.earlier is None:
        return Table(COLUMNS, rows, result.total_points)
    past = _rows(result.earlier.by_max_points[table.max_points])
    both = (*((*row, False) for row in rows), *((*row, True) for row in past))
    return Table((*COLUMNS, "is_earlier"), both, result.total_points + result.earlier.total_points)


def _rows(found: Iterable[LineSeries]) -> Iterator[TableRow]:
    for series in found:
        for point in series.points:
            yield point.call_log_id, point.timestamp, point.value, point.group, series.is_other


def _lengths(result: LineResult) -> Lengths:
    """Those of the most points that were asked for."""
    every = result.by_max_points.values()
    return Lengths(
        max((len(series) for series in every), default=0),
        max((sum(len(one.points) for one in series) for series in every), default=0),
    )


LINES: ChartAnswer[LineResult] = ChartAnswer(
    assemble=None,
    comparison=None,
    lengths=_lengths,
    table=_table,
    changes=Changes(lambda result: (result.sample_count, result.total_points), changed_points),
)
