"""Widgets."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, cast

import strawberry

import models
from aggregation.question.faults import ChartError
from aggregation.question.query import Precision
from graph.chart_data import ChartData, answer, chart_data
from graph.chart_errors import request_error
from graph.context import Info
from graph.cost.charts import ChartCharge
from graph.node_ids import encode
from graph.scalars import JSON, BigInt
from graph.types.comparison import comparison_of
from graph.types.export import ExpiresIn, Format, export_url, linked
from graph.types.filter_part import WHERE, FilterPart, part_of
from graph.types.metric import Metric
from graph.types.node import Node
from graph.types.overrides import (
    CompareTo,
    OverrideFilters,
    OverrideRange,
    OverrideScope,
    OverrideScopeWhere,
    OverrideWeek,
    OverrideWhere,
    OverrideZone,
    RequestedPrecision,
    export_parameters,
    options_of,
    overrides_of,
)
from models import Aggregation, ChartType, DataType, TimePeriod
from resolvers import charts, widgets
from resolvers.dashboard_settings import WIDGET_SETTINGS
from resolvers.layout import from_json

if TYPE_CHECKING:
    from graph.types.dashboard import Dashboard

_SAID = {setting.column: setting.description for setting in WIDGET_SETTINGS}


@strawberry.type(description="The position of a widget on its dashboard's grid.")
class WidgetLayout:
    x: int = strawberry.field(description="Columns from the left edge.")
    y: int = strawberry.field(description="Rows from the top.")
    width: int = strawberry.field(description="How many columns wide.")
    height: int = strawberry.field(description="How many rows high.")

    @classmethod
    def of(cls, layout: dict[str, Any] | None) -> "WidgetLayout | None":
        place = from_json(layout)
        return cls(x=place.x, y=place.y, width=place.width, height=place.height) if place else None


@strawberry.type(description="One chart of a dashboard: what it plots, and how.")
class Widget(Node):
    row: strawberry.Private[models.Widget]
    database_id: int = strawberry.field(graphql_type=BigInt, description="The widget's number.")
    name: str = strawberry.field(description=_SAID["name"])
    field: str | None = strawberry.field(description=_SAID["field"])
    chart_type: ChartType = strawberry.field(description=_SAID["chart_type"])
    aggregation: Aggregation | None = strawberry.field(description=_SAID["aggregation"])
    time_period: TimePeriod | None = strawberry.field(description=_SAID["time_period"])
    group_by: JSON | None = strawberry.field(description=_SAID["group_by"])

    @strawberry.field(description=_SAID["filters"])
    def filters(self, info: Info) -> JSON | None:
        return cast("JSON | None", info.context.scope.rights.masked.filters(self.row.filters))

    @strawberry.field(description=f"{WHERE}; null if there are none.")
    def where(self, info: Info) -> FilterPart | None:
        return part_of(info.context.scope.rights.masked.filters(self.row.filters))

    layout: WidgetLayout | None = strawberry.field(description=_SAID["layout"])
    metadata: JSON = strawberry.field(description=_SAID["widget_metadata"] + " `{}` if there is none.")
    version: int = strawberry.field(description="Increases by one with every change; prevents lost updates.")
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When it was last changed.")

    @strawberry.field(description="The dashboard it belongs to.")
    async def dashboard(self, info: Info) -> Annotated["Dashboard", strawberry.lazy("graph.types.dashboard")]:
        from graph.types.dashboard import Dashboard

        row = await info.context.scope.loaders.dashboards.load(self.row.dashboard_id)
        assert row is not None, "a widget is only found with its dashboard"
        return Dashboard.of(row)

    @strawberry.field(description=_SAID["metric_id"])
    async def metric(self, info: Info) -> Metric | None:
        row = await widgets.metric_of(info.context.scope, self.row)
        return Metric.of(row) if row else None

    @strawberry.field(description="The data type of the plotted values; null for the overview of a STAT.")
    async def data_type(self, info: Info) -> DataType | None:
        return await widgets.data_type_of(info.context.scope, self.row)

    @strawberry.field(
        description="The filters that select the records of `data` with the same arguments: the dashboard's "
        "filters, the widget's own or those given instead, and the scope, combined by AND; null if "
        "there are none. The filters are returned as written; a time range is included with its "
        "resolved times. `weekStart` and `compareTo` have no effect here."
    )
    async def effective_filters(
        self,
        info: Info,
        time_range: OverrideRange = None,
        scope: OverrideScope = None,
        scope_where: OverrideScopeWhere = None,
        filters: OverrideFilters = strawberry.UNSET,
        where: OverrideWhere = None,
        time_zone: OverrideZone = None,
        week_start: OverrideWeek = None,
        compare_to: CompareTo = None,
    ) -> JSON | None:
        try:
            overrides = overrides_of(filters, where, scope, scope_where, time_range, time_zone, week_start)
            compare = comparison_of(compare_to)
            found = await widgets.effective_filters(info.context.scope, self.row, overrides, compare)
        except ChartError as error:
            raise request_error(error) from error
        return cast("JSON | None", found)

    @strawberry.field(
        description="The chart. All charts of one request are computed together, in one snapshot of the data."
    )
    async def data(
        self,
        info: Info,
        time_range: OverrideRange = None,
        scope: OverrideScope = None,
        scope_where: OverrideScopeWhere = None,
        filters: OverrideFilters = strawberry.UNSET,
        where: OverrideWhere = None,
        time_zone: OverrideZone = None,
        week_start: OverrideWeek = None,
        compare_to: CompareTo = None,
        precision: RequestedPrecision = Precision.SKETCH,
    ) -> ChartData | None:
        try:
            overrides = overrides_of(filters, where, scope, scope_where, time_range, time_zone, week_start)
            options = options_of(info, compare_to, precision, is_one_off=overrides.has_one_off_filters)
        except ChartError as error:
            return chart_data(error)
        charge = ChartCharge(info)
        charting = charts.widget_chart(info.context.scope, self.row, overrides, options, charge.planned)
        return await answer(info, charting, charge)

    @strawberry.field(
        description="The URL, relative to the server, for downloading the chart's data as a file, with the same "
        "API key, or without one if `expiresIn` is given. The other arguments are the same as those of `data`."
    )
    def export_url(
        self,
        info: Info,
        format: Format,
        expires_in: ExpiresIn = None,
        time_range: OverrideRange = None,
        scope: OverrideScope = None,
        scope_where: OverrideScopeWhere = None,
        filters: OverrideFilters = strawberry.UNSET,
        where: OverrideWhere = None,
        time_zone: OverrideZone = None,
        week_start: OverrideWeek = None,
        compare_to: CompareTo = None,
    ) -> str | None:
        try:
            overrides = overrides_of(filters, where, scope, scope_where, time_range, time_zone, week_start)
        except ChartError as error:
            raise request_error(error) from error
        url = export_url(f"widgets/{self.id}", format, **export_parameters(overrides, compare_to))
        return linked(info.context.scope, url, expires_in)

    @classmethod
    def of(cls, row: models.Widget) -> "Widget":
        return cls(
            row=row,
            id=encode("Widget", row.id),
            database_id=row.id,
            name=row.name,
            field=row.field,
            chart_type=row.chart_type,
            aggregation=row.aggregation,
            time_period=row.time_period,
            group_by=cast("JSON | None", row.group_by),
            layout=WidgetLayout.of(row.layout),
            metadata=cast("JSON", row.widget_metadata or {}),
            version=row.version,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
