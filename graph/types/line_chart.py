"""Line charts."""

from datetime import datetime
from typing import Annotated

import strawberry

from aggregation.answer.agents import agent_of
from aggregation.answer.item_bounds import POINTS
from aggregation.answer.item_columns import Columns, chained
from aggregation.answer.item_keys import of_group
from aggregation.answer.results import LinePoint as Point
from aggregation.answer.results import LineResult
from aggregation.answer.results import LineSeries as Series
from graph.bounds import bounded
from graph.columns import as_list
from graph.context import Info
from graph.cost.weight import Weight, bounded_items, items_of_a_series, weighs
from graph.cost.weight import series as usual_series
from graph.errors import ErrorCode, RequestError
from graph.inputs.series_order import OrderOfSeries, SeriesOrder, ordered
from graph.node_ids import encode
from graph.scalars import BigInt
from graph.types.agent_group import AgentGroup
from graph.types.call_log import CallLog
from graph.types.chart import Chart, common
from graph.types.drill_down import DrillDown
from resolvers import call_logs

MaxPoints = Annotated[
    int | None,
    strawberry.argument(
        description="Above this number, the points are thinned: only the first, last, lowest and highest point "
        f"of each of many equal parts of the window remain, at least {POINTS.least} points per "
        f"series. {POINTS.least} to {POINTS.most:,}; other values are an error. The default is "
        f"{POINTS.default:,}."
    ),
]


@strawberry.type(description="One call with its value.")
class LinePoint(DrillDown):
    key: str = strawberry.field(
        description="The call's number as a string: stable, and unique among the points of a series unless a "
        "call has several evaluations of the metric. Intended as a key for lists in user interfaces; "
        "it is not a global ID."
    )
    database_id: int = strawberry.field(
        graphql_type=BigInt, description="The call's number, as used in filters in `id`."
    )
    call_log_id: strawberry.ID = strawberry.field(description="The call's global ID.")
    timestamp: datetime = strawberry.field(description="When the call began.")
    value: float = strawberry.field(description="The value. Datetimes are in POSIX seconds.")
    group: str | None = strawberry.field(description="The label of its series; null if the chart is not grouped.")

    @strawberry.field(
        description="The call; null with an error if it was deleted after the chart was computed.",
        metadata=weighs(Weight(0.05, note="a statement for all")),
    )
    async def call(self, info: Info) -> CallLog | None:
        scope = info.context.scope
        row = await call_logs.call_log(scope, self.database_id)
        if row is None:
            raise RequestError(ErrorCode.NOT_FOUND, f"The call {self.call_log_id!r} has been deleted.")
        return CallLog.of(row, scope.rights.masked)

    @classmethod
    def of(cls, point: Point) -> "LinePoint":
        return cls(
            behind=point.behind,
            key=str(point.call_log_id),
            database_id=point.call_log_id,
            call_log_id=encode("CallLog", point.call_log_id),
            timestamp=point.timestamp,
            value=point.value,
            group=point.group,
        )


def points_of(points: Columns[Point]) -> Columns[LinePoint]:
    """The points as the schema has them."""

    def ids() -> list[strawberry.ID]:
        return [encode("CallLog", number) for number in points.column("call_log_id")]

    return points.seen_as(
        LinePoint.of,
        {
            "key": lambda: list(map(str, points.column("call_log_id"))),
            "database_id": lambda: points.column("call_log_id"),
            "call_log_id": ids,
        },
    )


@strawberry.type(description="The points of one group, or of the whole chart if it is not grouped.")
class LineSeries(AgentGroup, DrillDown):
    label: str | None = strawberry.field(
        description="The group's label; null if the chart is not grouped, and for records without a value to group by."
    )
    is_other: bool = strawberry.field(description="Whether it combines the groups beyond the largest ones.")
    total_points: int = strawberry.field(graphql_type=BigInt, description="The number of points before thinning.")
    is_thinned: bool = strawberry.field(description="Whether points were left out to stay within `maxPoints`.")
    points: list[LinePoint] = strawberry.field(description="Its points, by time.", metadata=items_of_a_series(200))

    @classmethod
    def of(cls, series: Series) -> "LineSeries":
        return cls(
            behind=series.behind,
            key=of_group(series.label, series.is_other),
            agent_key=agent_of(series.behind.query, series.label),
            label=series.label,
            is_other=series.is_other,
            total_points=series.total_points,
            is_thinned=series.is_thinned,
            points=as_list(points_of(series.points)),
        )


@strawberry.type(description="One point per record, ordered by time. Records without a value are left out.")
class LineChart(Chart):
    result: strawberry.Private[LineResult]
    total_points: int = strawberry.field(graphql_type=BigInt, description="The number of points before thinning.")

    @strawberry.field(
        description="The line over the window given by `compareTo`, with the original times; null without it."
    )
    def comparison(self) -> "LineChart | None":
        return LineChart.of(self.result.earlier) if self.result.earlier else None

    def _series(self, max_points: int | None) -> tuple[Series, ...]:
        return self.result.by_max_points[bounded(POINTS, max_points)]

    @strawberry.field(
        description="One series per group, in the given order; a single series if the chart is not grouped.",
        metadata=usual_series(),
    )
    def series(
        self, max_points: MaxPoints = None, order: OrderOfSeries = SeriesOrder.RANKED
    ) -> list[LineSeries] | None:
        return [LineSeries.of(series) for series in ordered(self.result.query, self._series(max_points), order)]

    @strawberry.field(
        description="The points of all series, by time. The same as in `series`.", metadata=bounded_items(POINTS)
    )
    def points(self, max_points: MaxPoints = None) -> list[LinePoint] | None:
        parts = [series.points for series in self._series(max_points)]
        points = chained(parts)
        return as_list(points_of(points if len(parts) == 1 else points.ordered_by("timestamp", "call_log_id")))

    @strawberry.field(
        description="Whether points are left out of `points` with the same `maxPoints`.", metadata=weighs(Weight())
    )
    def is_thinned(self, max_points: MaxPoints = None) -> bool | None:
        return any(series.is_thinned for series in self._series(max_points))

    @classmethod
    def of(cls, result: LineResult) -> "LineChart":
        return cls(**common(result), result=result, total_points=result.total_points)
