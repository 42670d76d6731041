"""The answers of mutations on dashboards."""

import strawberry

from aggregation.question.faults import ChartError
from graph.chart_errors import request_error
from graph.context import Info
from graph.payloads.payload import Payload
from graph.types.dashboard import Dashboard
from graph.types.filter_warning import FilterWarning
from resolvers.filter_help import validate_filters


@strawberry.type
class _SavedDashboard(Payload):
    dashboard: Dashboard | None = strawberry.field(description="The dashboard; null if the input is invalid.")

    @strawberry.field(
        description="Parts of the saved filters that are valid but probably not intended, such as bounds that begin "
        "before the time that charts may cover. Looked up only if requested."
    )
    async def warnings(self, info: Info) -> list[FilterWarning] | None:
        filters = self.dashboard.row.filters if self.dashboard else None
        try:
            report = await validate_filters(info.context.scope, filters)
        except ChartError as error:
            raise request_error(error) from error
        return [FilterWarning.of(warning, report.checked) for warning in report.warnings]


@strawberry.type(description="The new dashboard.")
class CreateDashboardPayload(_SavedDashboard):
    pass


@strawberry.type(description="The changed dashboard.")
class UpdateDashboardPayload(_SavedDashboard):
    pass


@strawberry.type(description="The deleted dashboard.")
class DeleteDashboardPayload(Payload):
    deleted_id: strawberry.ID | None = strawberry.field(description="Its id; null if the input is invalid.")
    dashboard: Dashboard | None = strawberry.field(
        description="The dashboard as it was, without its widgets; null if the input is invalid. "
        "`restoreDashboard` restores it together with them."
    )


@strawberry.type(description="The restored dashboard.")
class RestoreDashboardPayload(Payload):
    dashboard: Dashboard | None = strawberry.field(description="The dashboard; null if the input is invalid.")


@strawberry.type(description="The dashboard as it was before the change that was undone.")
class UndoDashboardPayload(Payload):
    dashboard: Dashboard | None = strawberry.field(
        description="The dashboard; null if the input is invalid or there is nothing to undo. If the undone "
        "change was a restore, the dashboard is deleted again."
    )


@strawberry.type(description="The dashboard that was created from a document.")
class ImportDashboardPayload(_SavedDashboard):
    pass


@strawberry.type(description="The copy of a dashboard.")
class DuplicateDashboardPayload(Payload):
    dashboard: Dashboard | None = strawberry.field(description="The copy; null if the input is invalid.")
