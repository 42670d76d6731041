"""The answers of mutations on dashboards."""

import strawberry

from graph.payloads.payload import Payload
from graph.types.dashboard import Dashboard


@strawberry.type(description="The new dashboard.")
class CreateDashboardPayload(Payload):
    dashboard: Dashboard | None = strawberry.field(description="The dashboard; null when the input is wrong.")


@strawberry.type(description="The changed dashboard.")
class UpdateDashboardPayload(Payload):
    dashboard: Dashboard | None = strawberry.field(description="The dashboard; null when the input is wrong.")


@strawberry.type(description="The deleted dashboard.")
class DeleteDashboardPayload(Payload):
    deleted_id: strawberry.ID | None = strawberry.field(description="Its id; null when the input is wrong.")
    dashboard: Dashboard | None = strawberry.field(
        description="The dashboard as it was, without its widgets; null when the input is wrong. `restoreDashboard` "
        "brings it back with them."
    )


@strawberry.type(description="The dashboard that is there again.")
class RestoreDashboardPayload(Payload):
    dashboard: Dashboard | None = strawberry.field(description="The dashboard; null when the input is wrong.")


@strawberry.type(description="The dashboard as it was before the change that was undone.")
class UndoDashboardPayload(Payload):
    dashboard: Dashboard | None = strawberry.field(
        description="The dashboard; null when the input is wrong, or there is nothing to undo. When a restoring was "
        "undone, it is deleted."
    )


@strawberry.type(description="The dashboard that was made of a document.")
class ImportDashboardPayload(Payload):
    dashboard: Dashboard | None = strawberry.field(description="The dashboard; null when the input is wrong.")


@strawberry.type(description="The copy of a dashboard.")
class DuplicateDashboardPayload(Payload):
    dashboard: Dashboard | None = strawberry.field(description="The copy; null when the input is wrong.")
