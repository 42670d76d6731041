"""The answers of mutations on dashboards."""

import strawberry

from graph.payloads.payload import Payload
from graph.types.dashboard import Dashboard


@strawberry.type(description="The new dashboard.")
class CreateDashboardPayload(Payload):
    dashboard: Dashboard | None = strawberry.field(description="The dashboard; null if the input is invalid.")


@strawberry.type(description="The changed dashboard.")
class UpdateDashboardPayload(Payload):
    dashboard: Dashboard | None = strawberry.field(description="The dashboard; null if the input is invalid.")


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
class ImportDashboardPayload(Payload):
    dashboard: Dashboard | None = strawberry.field(description="The dashboard; null if the input is invalid.")


@strawberry.type(description="The copy of a dashboard.")
class DuplicateDashboardPayload(Payload):
    dashboard: Dashboard | None = strawberry.field(description="The copy; null if the input is invalid.")
