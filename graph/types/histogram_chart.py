"""Histograms."""

from typing import Annotated

import strawberry

from aggregation.answer.agents import agent_of
from aggregation.answer.item_bounds import BINS
from aggregation.answer.item_columns import Columns, chained
from aggregation.answer.item_keys import keys_of, keys_of_all, of_group, of_series
from aggregation.answer.results import Bin as Range
from aggregation.answer.results import HistogramResult
from aggregation.answer.results import HistogramSeries as Series
from graph.bounds import bounded
from graph.columns import as_list
from graph.context import Info
from graph.cost.weight import Counted, bounded_items, items_of_a_series, weighs
from graph.cost.weight import series as usual_series
from graph.inputs.series_order import OrderOfSeries, SeriesOrder, ordered
from graph.scalars import BigInt
from graph.types.agent_group import AgentGroup
from graph.types.chart import READ_METRIC, Chart, common, values_shown
from graph.types.comparison import COMPARED, Comparison, comparisons
from graph.types.drill_down import DrillDown
from models.types import ValueFormat

MaxBins = Annotated[
    int | None,
    strawberry.argument(
        description=f"The maximum number of bins; the bins have the narrowest round width that fits. {BINS.least} "
        f"to {BINS.most}; other values are an error. The default is {BINS.default}."
    ),
]


@strawberry.type(description="One range of values in one series.")
class HistogramBin(DrillDown):
    key: str = strawberry.field(
        description="Its lower bound and its series as a string: stable, and unique among the bins of the chart. It is "
        "not a global ID."
    )
    from_: float = strawberry.field(
        name="from", description="The lower bound (inclusive): a multiple of the bins' width."
    )
    to: float = strawberry.field(
        description="The upper bound: exclusive, except in the last bin, where it is inclusive."
    )
    value: int = strawberry.field(graphql_type=BigInt, description="The number of the series' values in the bin.")
    sample_count: int = strawberry.field(graphql_type=BigInt, description="The same as `value`.")
    percentage: float = strawberry.field(
        description="The bin's share of the series' values in percent, with one decimal."
    )
    group: str | None = strawberry.field(description="The label of its series; null if the chart is not grouped.")
    is_other: bool = strawberry.field(description="Whether its series combines the groups beyond the largest ones.")
    comparison: Comparison | None = strawberry.field(description=COMPARED)

    @classmethod
    def of(cls, found: Range) -> "HistogramBin":
        return cls(
            behind=found.behind,
            key=keys_of([found.start], of_series(found.group, found.is_other))[0],
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
            "key": lambda: keys_of_all(*map(bins.column, ("start", "group", "is_other"))),
            "from_": lambda: bins.column("start"),
            "to": lambda: bins.column("end"),
            "sample_count": lambda: bins.column("value"),
            "comparison": lambda: comparisons(bins.column("compared")),
        },
    )


@strawberry.type(description="The bins of one group, or of the whole chart if it is not grouped.")
class HistogramSeries(AgentGroup, DrillDown):
    label: str | None = strawberry.field(
        description="The group's label; null if the chart is not grouped, and for records without a value to group by."
    )
    is_other: bool = strawberry.field(
        description="Whether it combines the groups beyond the largest ones, computed from their records."
    )
    sample_count: int = strawberry.field(
        graphql_type=BigInt, description="The number of values in the series, over all its bins."
    )
    compared_outside: int | None = strawberry.field(
        graphql_type=BigInt | None,
        description="The number of values in the window given by `compareTo` that are below or above all bins; "
        "null without `compareTo`, and if there are no bins.",
    )
    bins: list[HistogramBin] = strawberry.field(
        description="Every bin, including empty ones, by value.", metadata=items_of_a_series(20)
    )

    @classmethod
    def of(cls, series: Series) -> "HistogramSeries":
        return cls(
            behind=series.behind,
            key=of_group(series.label, series.is_other),
            agent_key=agent_of(series.behind.query, series.label),
            label=series.label,
            is_other=series.is_other,
            sample_count=series.sample_count,
            compared_outside=series.compared_outside,
            bins=as_list(bins_of(series.bins)),
        )


@strawberry.type(description="The distribution of a number: the count of values in ranges of equal width.")
class HistogramChart(Chart):
    result: strawberry.Private[HistogramResult]
    null_count: int = strawberry.field(
        graphql_type=BigInt,
        description="The number of records that are left out because they have no value. Evaluations of a metric "
        "without a value are not counted as records.",
    )
    least: float | None = strawberry.field(name="min", description="The lowest value; null if there are no values.")
    greatest: float | None = strawberry.field(name="max", description="The highest value; null if there are no values.")

    @strawberry.field(
        description="The unit of the values on the axis, which `from` and `to` are in.",
        metadata=weighs(READ_METRIC),
    )
    async def bin_unit(self, info: Info) -> str | None:
        shown = await values_shown(info.context.scope, self.query)
        return shown and shown.unit

    @strawberry.field(
        description="How the values on the axis are meant to be shown: `from` and `to`.",
        metadata=weighs(READ_METRIC),
    )
    async def bin_format(self, info: Info) -> ValueFormat | None:
        shown = await values_shown(info.context.scope, self.query)
        return shown and shown.format

    def _series(self, max_bins: int | None) -> tuple[Series, ...]:
        return self.result.by_max_bins[bounded(BINS, max_bins)]

    @strawberry.field(
        description="One series per group, in the given order; a single series if the chart is not "
        "grouped. All series have the same bins. If a call is in several groups, the groups add up "
        "to more than the number of values.",
        metadata=usual_series(),
    )
    def series(
        self, max_bins: MaxBins = None, order: OrderOfSeries = SeriesOrder.RANKED
    ) -> list[HistogramSeries] | None:
        return [HistogramSeries.of(series) for series in ordered(self.result.query, self._series(max_bins), order)]

    @strawberry.field(
        description="The bins of all series, ordered by series and then by value. The same as in `series`. Null "
        "with an error if `maxBins` is invalid.",
        metadata=bounded_items(BINS, Counted.ITEMS),
    )
    def bins(self, max_bins: MaxBins = None) -> list[HistogramBin] | None:
        return as_list(bins_of(chained([series.bins for series in self._series(max_bins)])))

    @classmethod
    def of(cls, result: HistogramResult) -> "HistogramChart":
        spread = result.spread
        return cls(
            **common(result), result=result, null_count=spread.nulls, least=spread.least, greatest=spread.greatest
        )
