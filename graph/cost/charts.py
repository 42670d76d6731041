"""Charges what a chart costs once its size is known: before it is computed by its buckets, and then by its series.

Until then a price has usual sizes. Only what is selected under each item multiplies, such as the calls behind it.
"""

from collections.abc import Mapping
from typing import assert_never

from graphql import FieldNode

from aggregation.answer.results import (
    BarResult,
    ChartResult,
    HistogramResult,
    LineResult,
    ListResult,
    PieResult,
    StatResult,
)
from aggregation.question.faults import ChartError
from aggregation.question.query import ChartQuery
from graph.context import Info
from graph.cost.walk import Walk
from models import ChartType

_TYPES: Mapping[ChartType, str] = {kind: f"{kind.value.capitalize()}Chart" for kind in ChartType}
_ADVICE = "Request `calls` only for selected items, use a longer timePeriod, or a shorter window."


class ChartCharge:
    """What one chart of a request is charged."""

    def __init__(self, info: Info) -> None:
        self._info = info
        self._charged = 0.0

    def planned(self, query: ChartQuery) -> None:
        """Charges a chart that is about to be computed.

        Raises:
            LimitPassedError: the request costs too much with it.
        """
        lengths: dict[str, float] = {}
        if query.chart_type is ChartType.BAR and query.edges:
            count = len(query.edges) - 1
            lengths = {"BarChart.buckets": count, "BarSeries.buckets": count, "BarChart.series": 1}
        self._charge(_TYPES[query.chart_type], lengths)

    def made(self, result: ChartResult | ChartError) -> None:
        """Charges what a computed chart has beyond that: its series.

        Raises:
            LimitPassedError: the request costs too much with it.
        """
        match result:
            case BarResult():
                count = sum(len(one.buckets) for one in result.series)
                series = len(result.series)
                lengths = {
                    "BarChart.buckets": count,
                    "BarChart.series": series,
                    "BarSeries.buckets": count / (series or 1),
                }
                self._charge("BarChart", lengths)
            case HistogramResult():
                series = max((len(every) for every in result.by_max_bins.values()), default=0)
                bins = max((sum(len(one.bins) for one in every) for every in result.by_max_bins.values()), default=0)
                lengths = {"HistogramChart.bins": bins, "HistogramChart.series": series}
                self._charge("HistogramChart", {**lengths, "HistogramSeries.bins": bins / (series or 1)})
            case LineResult() | PieResult() | ListResult() | StatResult() | ChartError():
                pass  # their items are bounded by arguments, and priced by them
            case _:
                assert_never(result)

    def _charge(self, type_name: str, lengths: Mapping[str, float]) -> None:
        points = _below(self._info, type_name, lengths)
        if points > self._charged:
            more, self._charged = points - self._charged, points
            place = ".".join(str(key) for key in self._info.path.as_list())
            self._info.context.scope.meter.charge(more, f"{place} (a {type_name})", _ADVICE)


def _below(info: Info, type_name: str, lengths: Mapping[str, float]) -> float:
    nodes: list[FieldNode] = info.execution.field_nodes
    key = (id(nodes[0]), id(info.variable_values), type_name, *lengths.values())
    known = info.context.chart_points.get(key)
    if known is None:
        walk = Walk(info.execution.schema, info.execution.fragments, info.variable_values, lengths)
        known = info.context.chart_points[key] = walk.below(nodes, type_name)
    return known
