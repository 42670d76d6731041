"""Histograms: from cells to the result, its comparison, and its table."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from aggregation.answer import drill_down
from aggregation.answer.chart_answer import Cells, Changes, ChartAnswer, ComparedAnswer, Lengths
from aggregation.answer.compared import compared_numbers
from aggregation.answer.drill_down import Behind, FilterJSON
from aggregation.answer.item_changes import changed_bins
from aggregation.answer.item_columns import column_of, constant, in_columns
from aggregation.answer.results import Bin, HistogramResult, HistogramSeries
from aggregation.answer.series import Series, ordered_series, series_filters
from aggregation.answer.slices import share
from aggregation.answer.tables import COMPARED, Row, Table, TableBounds, compared_cells, with_compared
from aggregation.compute.needs import bounds, value_axes
from aggregation.compute.plan import NOTHING, Cell
from aggregation.question.query import ChartQuery, Spread

COLUMNS = ("from", "to", "group", "is_other", "value", "sample_count", "percentage")


@dataclass(frozen=True, slots=True)
class _Ranges:
    """The ranges of one bound, and which records are in each."""

    query: ChartQuery
    edges: tuple[float, ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return max(0, len(self.edges) - 1)

    def conditions(self, at: int) -> list[FilterJSON]:
        """That the number is in a range: not its end, but for the last one."""
        ends_at = "lte" if at == self.count - 1 else "lt"
        measured = self.query.measured
        assert measured is not None
        return [
            drill_down.condition(measured.name, "gte", drill_down.plain_number(self.edges[at])),
            drill_down.condition(measured.name, ends_at, drill_down.plain_number(self.edges[at + 1])),
        ]

    def behind(self, series: Series, shown: Sequence[str | None]) -> list[Behind]:
        """The records of each range of a series."""
        span = bounds(self.query)
        return [
            Behind(self.query, *span, series_filters(self.query, *series, shown, self.conditions(at)))
            for at in range(self.count)
        ]

    def of(self, cells: Sequence[Cell]) -> list[Cell]:
        """The cells of a series in the order of the ranges, with nothing where there is none."""
        found = {cell.position: cell for cell in cells}
        return [found.get(position, NOTHING) for position in range(1, self.count + 1)]


def _ranges(query: ChartQuery) -> list[tuple[int, _Ranges]]:
    """The ranges for each of ``max_bins``; without edges where there are no values."""
    axes = value_axes(query, query.spread or Spread())
    if not axes:
        return [(most, _Ranges(query, ())) for most in query.max_bins]
    return [(most, _Ranges(query, axis.edges)) for most, axis in zip(query.max_bins, axes, strict=True)]


def _assemble(query: ChartQuery, parts: Cells) -> HistogramResult:
    start, end = bounds(query)
    spread = query.spread or Spread()
    found = parts or [[] for _ in query.max_bins]
    return HistogramResult(
        query=query,
        start=start,
        end=end,
        sample_count=spread.values,
        spread=spread,
        by_max_bins={most: _series(ranges, cells) for (most, ranges), cells in zip(_ranges(query), found, strict=True)},
    )


def _series(ranges: _Ranges, cells: Sequence[Cell]) -> tuple[HistogramSeries, ...]:
    query, every, own_cells = ranges.query, ordered_series(ranges.query, cells), _by_series(cells)
    start, end = bounds(query)
    shown = [label for label, is_other in every if not is_other]

    def one(series: Series) -> HistogramSeries:
        own = ranges.of(own_cells[series])
        counts = [cell.samples for cell in own]
        total = sum(counts)
        return HistogramSeries(
            label=series[0],
            is_other=series[1],
            sample_count=total,
            bins=in_columns(
                Bin,
                ranges.count,
                {
                    "start": column_of(ranges.edges[:-1]),
                    "end": column_of(ranges.edges[1:]),
                    "value": column_of(counts),
                    "percentage": lambda: [share(count, total) for count in counts],
                    "group": constant(series[0], ranges.count),
                    "is_other": constant(series[1], ranges.count),
                    "behind": lambda: ranges.behind(series, shown),
                    "compared": constant(None, ranges.count),
                },
            ),
            behind=Behind(query, start, end, series_filters(query, *series, shown)),
        )

    return tuple(map(one, every))


def _by_series(cells: Sequence[Cell]) -> Mapping[Series, Sequence[Cell]]:
    found: dict[Series, list[Cell]] = defaultdict(list)
    for cell in cells:
        found[cell.label, cell.is_other].append(cell)
    return found


def _shown(result: HistogramResult) -> tuple[str | None, ...]:
    return tuple(one.label for one in next(iter(result.by_max_bins.values())) if not one.is_other)


def _beside(result: HistogramResult, earlier: ChartQuery, cells: Cells) -> HistogramResult:
    if not cells:
        return result
    compared = {
        most: tuple(_compared(one, ranges, own[one.label, one.is_other]) for one in result.by_max_bins[most])
        for (most, ranges), own in zip(_ranges(earlier), map(_by_series, cells), strict=True)
    }
    return replace(result, by_max_bins=compared)


def _compared(one: HistogramSeries, ranges: _Ranges, cells: Sequence[Cell]) -> HistogramSeries:
    """A series with its earlier cells beside its own, and how many earlier values are in none of its ranges."""
    query, series = ranges.query, (one.label, one.is_other)
    own = ranges.of(cells)
    beside = compared_numbers(
        query,
        own,
        one.bins.column("value"),
        [bounds(query)] * ranges.count,
        lambda: ranges.behind(series, query.shown or ()),
    )
    every = sum(cell.samples for cell in cells)
    return replace(
        one,
        bins=one.bins.with_column(Bin, "compared", column_of(beside)),
        compared_outside=every - sum(cell.samples for cell in own),
    )


def _lengths(result: HistogramResult) -> Lengths:
    """Those of the most bins that were asked for."""
    every = result.by_max_bins.values()
    return Lengths(
        max((len(series) for series in every), default=0),
        max((sum(len(one.bins) for one in series) for series in every), default=0),
    )


def _rows(series: Sequence[HistogramSeries]) -> Iterator[Row]:
    for one in series:
        outside = () if one.compared_outside is None else (one.compared_outside,)
        for found in one.bins:
            yield (
                found.start,
                found.end,
                found.group,
                found.is_other,
                found.value,
                found.value,
                found.percentage,
                *compared_cells(found.compared),
                *outside,
            )


def _table(result: HistogramResult, table: TableBounds) -> Table:
    series = result.by_max_bins[table.max_bins]
    compared = (*COMPARED, "compared_outside")
    found = with_compared(COLUMNS, _rows(series), has_comparison=result.has_comparison, compared=compared)
    return replace(found, nulls=result.spread.nulls)


HISTOGRAMS = ChartAnswer(
    assemble=_assemble,
    comparison=ComparedAnswer(_shown, _beside),
    lengths=_lengths,
    table=_table,
    changes=Changes(lambda result: (result.sample_count, result.spread), changed_bins),
)
