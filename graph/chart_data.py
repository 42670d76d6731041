"""The chart union: what a widget answers, a chart of its kind or the reason why there is none."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

import strawberry

from aggregation.answer.results import ChartResult
from aggregation.question.faults import ChartError
from graph.chart_errors import error_member
from graph.context import Info
from graph.cost.charts import ChartCharge
from graph.errors import (
    ErrorCode,
    InternalError,
    InvalidFilter,
    InvalidWidget,
    QueryTimeout,
    TimeRangeTooLong,
    TimeRangeTooOld,
)
from graph.masking import report
from graph.types.bar_chart import BarChart
from graph.types.histogram_chart import HistogramChart
from graph.types.line_chart import LineChart
from graph.types.list_chart import ListChart
from graph.types.pie_chart import PieChart
from graph.types.stat_chart import StatChart
from models import ChartType
from models.request_use import LimitPassedError

ChartData = Annotated[
    LineChart
    | BarChart
    | PieChart
    | ListChart
    | StatChart
    | HistogramChart
    | InvalidFilter
    | InvalidWidget
    | TimeRangeTooOld
    | TimeRangeTooLong
    | QueryTimeout
    | InternalError,
    strawberry.union(
        "ChartData",
        description="A chart of the widget's type, or the error that prevented it. An error in one widget does "
        "not affect the others.",
    ),
]


async def answer(info: Info, charting: Awaitable[ChartResult | ChartError], charge: ChartCharge) -> ChartData:
    """The member of the union for a chart that is being computed. What fails inside of it stays inside of it.

    Raises:
        LimitPassedError: the chart, or the request with it, is too large.
    """
    try:
        found = await charting
        charge.made(found)
        return chart_data(found)
    except LimitPassedError:
        raise
    except Exception as error:
        path = info.path.as_list()
        told = report(error, path)
        if len(path) == 1 and told.code in (ErrorCode.UNAVAILABLE, ErrorCode.OVERLOADED):
            info.context.unserved[str(path[0])] = told.retry_after
        return InternalError(code=told.code, message=told.message, error_id=told.id)


TYPES: Mapping[ChartType, Callable[[Any], ChartData]] = {
    ChartType.LINE: LineChart.of,
    ChartType.BAR: BarChart.of,
    ChartType.PIE: PieChart.of,
    ChartType.LIST: ListChart.of,
    ChartType.STAT: StatChart.of,
    ChartType.HISTOGRAM: HistogramChart.of,
}
"""How a chart of each type is made from its result."""


def chart_data(result: ChartResult | ChartError) -> ChartData:
    """The member of the union for what the aggregation service answered."""
    return error_member(result) if isinstance(result, ChartError) else TYPES[result.query.chart_type](result)
