"""What clients give to write dashboards."""

import strawberry

from graph.inputs.dashboard_settings import ChangedDashboardSettings, NewDashboardSettings
from graph.scalars import JSON
from resolvers.dashboard_settings import DASHBOARD_SETTINGS
from resolvers.names import NAME_LENGTH

_NULLABLE = ", ".join(f"`{setting.key}`" for setting in DASHBOARD_SETTINGS if setting.is_nullable)


@strawberry.input(description="A new dashboard. It has no widgets and starts at version 1.")
class CreateDashboardInput(NewDashboardSettings):
    pass


@strawberry.input
class _OneDashboard:
    id: strawberry.ID = strawberry.field(description="The ID of the dashboard.")
    expected_version: int | None = strawberry.field(
        default=None,
        description="The version that the client last read. If the current version differs, the "
        "result is a VersionConflict.",
    )


@strawberry.input(
    description=f"New values for a dashboard. Omitted fields are left unchanged; only {_NULLABLE} can be null."
)
class UpdateDashboardInput(_OneDashboard, ChangedDashboardSettings):
    pass


@strawberry.input(description="A dashboard to delete. It can be restored later.")
class DeleteDashboardInput(_OneDashboard):
    pass


@strawberry.input(description="A deleted dashboard to restore, or an earlier state to return to.")
class RestoreDashboardInput:
    id: strawberry.ID = strawberry.field(
        description="The ID of the dashboard, deleted or not. Without `revision`, a dashboard that is not "
        "deleted is left unchanged."
    )
    revision: int | None = strawberry.field(
        default=None,
        description="The number of one of its `revisions`: the dashboard returns to its state after that "
        "revision. Widgets that were removed since are restored with their IDs, and widgets that "
        "were added since are removed.",
    )
    expected_version: int | None = strawberry.field(
        default=None,
        description="The version that the client last read. If the current version differs, the "
        "result is a VersionConflict.",
    )


@strawberry.input(description="A dashboard whose last change is to be undone.")
class UndoDashboardInput:
    id: strawberry.ID = strawberry.field(
        description="The ID of the dashboard. It can be a deleted one: then the deletion is undone."
    )
    expected_revision: int | None = strawberry.field(
        default=None,
        description="The number of the newest of its `revisions` that the client has read. If there is a newer "
        "one, the result is a VersionConflict and nothing is undone. Unlike the version, it also "
        "covers changes to single widgets.",
    )
    expected_version: int | None = strawberry.field(
        default=None,
        description="The version that the client last read. If the current version differs, the "
        "result is a VersionConflict.",
    )


@strawberry.input(description="A document from which to create a new dashboard.")
class ImportDashboardInput:
    document: JSON = strawberry.field(
        description="A value of `Dashboard.document`, from this or another project: docs/dashboard-documents.md. "
        "Metrics are looked up by name."
    )
    name: str | None = strawberry.field(
        default=None, description=f"A title to use instead of the document's: 1 to {NAME_LENGTH} characters."
    )


@strawberry.input(description="A dashboard to copy, with its widgets and their positions.")
class DuplicateDashboardInput:
    id: strawberry.ID = strawberry.field(description="The ID of the dashboard.")
    name: str | None = strawberry.field(
        default=None,
        description='The title of the copy; the default is "Copy of …", or "Copy of … (2)" if that name is taken.',
    )
