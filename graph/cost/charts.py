"""Charges what a chart costs once its size is known: before it is computed by its buckets, and then by its series.

Until then a price has usual sizes. Only what is selected under each item multiplies, such as the calls behind it.
"""

from graphql import FieldNode

from aggregation.answer.chart_answer import Lengths
from aggregation.answer.charts import lengths_of
from aggregation.answer.results import ChartResult
from aggregation.question.faults import ChartError
from aggregation.question.query import ChartQuery
from graph.chart_names import CHART_NAMES
from graph.context import Info
from graph.cost.walk import Walk
from models import ChartType

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
        self._charge(query.chart_type, Lengths(series=1, items=len(query.edges) - 1) if query.edges else None)

    def made(self, result: ChartResult | ChartError) -> None:
        """Charges what a computed chart has beyond that: its series.

        Raises:
            LimitPassedError: the request costs too much with it.
        """
        if not isinstance(result, ChartError) and (lengths := lengths_of(result)) is not None:
            self._charge(result.query.chart_type, lengths)

    def _charge(self, chart_type: ChartType, lengths: Lengths | None) -> None:
        type_name = CHART_NAMES[chart_type]
        points = _below(self._info, type_name, lengths)
        if points > self._charged:
            more, self._charged = points - self._charged, points
            place = ".".join(str(key) for key in self._info.path.as_list())
            self._info.context.scope.meter.charge(more, f"{place} (a {type_name})", _ADVICE)


def _below(info: Info, type_name: str, lengths: Lengths | None) -> float:
    nodes: list[FieldNode] = info.execution.field_nodes
    key = (id(nodes[0]), id(info.variable_values), type_name, lengths)
    known = info.context.chart_points.get(key)
    if known is None:
        walk = Walk(info.execution.schema, info.execution.fragments, info.variable_values, lengths)
        known = info.context.chart_points[key] = walk.below(nodes, type_name)
    return known
