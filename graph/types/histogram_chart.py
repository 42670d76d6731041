"""Histograms."""

from typing import Annotated

import strawberry

from aggregation.answer.item_columns import Columns, chained
from aggregation.answer.results import Bin as Range
from aggregation.answer.results import HistogramResult
from aggregation.answer.results import HistogramSeries as Series
from aggregation.question.value_bins import DEFAULT_BINS, MAX_BINS, MIN_BINS
from graph.columns import as_list
from graph.lookahead import bin_limit
from graph.types.chart import Chart, common
from graph.types.comparison import COMPARED, Comparison, comparisons
from graph.types.drill_down import DrillDown

MaxBins = Annotated[
    int | None,
    strawberry.argument(
        description=f"How many bins at most: they are as narrow as round widths allow. {MIN_BINS} to {MAX_BINS}; "
        f"others are an error. Without it {DEFAULT_BINS}."
    ),
]


@strawberry.type(description="One range of values of one series.")
class HistogramBin(DrillDown):
    from_: float = strawberry.field(
        name="from", description="Where it begins: a multiple of the bins' width. This value is in it."
    )
    to: float = strawberry.field(
        description="Where it ends. This value is in the next bin; in the last bin of all it is in it."
    )
    value: int = strawberry.field(description="How many of the series' values are in it; 0 where none is.")
    sample_count: int = strawberry.field(description="The same as `value`.")
    percentage: float = strawberry.field(description="Their share of the series' values in percent, with one decimal.")
    group: str | None = strawberry.field(description="The label of its series; null without grouping.")
    is_other: bool = strawberry.field(description="Whether its series holds the groups beyond the largest ones.")
    comparison: Comparison | None = strawberry.field(description=COMPARED)

    @classmethod
    def of(cls, found: Range) -> "HistogramBin":
        return cls(
            behind=found.behind,
            from_=found.start,
            to=found.end,
            value=found.value,
            sample_count=found.value,
            percentage=found.percentage,
            group=found.group,
            is_other=found.is_other,
            comparison=Comparison.of(found.compared),
        )


def bins_of(bins: Columns[Range]) -> Columns[HistogramBin]:
    """The bins as the schema has them."""
    return bins.seen_as(
        HistogramBin.of,
        {
            "from_": lambda: bins.column("start"),
            "to": lambda: bins.column("end"),
            "sample_count": lambda: bins.column("value"),
            "comparison": lambda: comparisons(bins.column("compared")),
        },
    )


@strawberry.type(description="The bins of one group, or of the whole chart when it is not grouped.")
class HistogramSeries(DrillDown):
    label: str | None = strawberry.field(
        description="The group's label; null without grouping, and for records whose group has no value."
    )
    is_other: bool = strawberry.field(
        description="Whether it holds the groups beyond the largest ones, computed from their records."
    )
    sample_count: int = strawberry.field(description="How many values went in, over all its bins.")
    compared_outside: int | None = strawberry.field(
        description="How many values of the stretch of time that `compareTo` names are below or above all bins; null "
        "without it, and where there are no bins."
    )
    bins: list[HistogramBin] = strawberry.field(description="Every bin, empty ones too, by value.")

    @classmethod
    def of(cls, series: Series) -> "HistogramSeries":
        return cls(
            behind=series.behind,
            label=series.label,
            is_other=series.is_other,
            sample_count=series.sample_count,
            compared_outside=series.compared_outside,
            bins=as_list(bins_of(series.bins)),
        )


@strawberry.type(description="The distribution of a number: how many values are in each of some ranges of equal width.")
class HistogramChart(Chart):
    result: strawberry.Private[HistogramResult]
    null_count: int = strawberry.field(
        description="How many records are left out because they have no value. Evaluations of a metric without a value "
        "are no records."
    )
    least: float | None = strawberry.field(name="min", description="The lowest value; null when there is none.")
    greatest: float | None = strawberry.field(name="max", description="The highest value; null when there is none.")

    def _series(self, max_bins: int | None) -> tuple[Series, ...]:
        return self.result.by_max_bins[bin_limit(max_bins)]

    @strawberry.field(
        description="A series a group, largest first and Other last; one series without grouping. All have the same "
        "bins. Where a call is in several groups, the groups add up to more than there are values."
    )
    def series(self, max_bins: MaxBins = None) -> list[HistogramSeries] | None:
        return [HistogramSeries.of(series) for series in self._series(max_bins)]

    @strawberry.field(
        description="The bins of all series, series by series, by value. The same as in `series`. Null with an error "
        "where `maxBins` is wrong."
    )
    def bins(self, max_bins: MaxBins = None) -> list[HistogramBin] | None:
        return as_list(bins_of(chained([series.bins for series in self._series(max_bins)])))

    @classmethod
    def of(cls, result: HistogramResult) -> "HistogramChart":
        spread = result.spread
        return cls(
            **common(result), result=result, null_count=spread.nulls, least=spread.least, greatest=spread.greatest
        )
