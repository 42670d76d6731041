"""What clients give to write dashboards."""

import strawberry

from graph.inputs.dashboard_settings import ChangedDashboardSettings, NewDashboardSettings
from graph.scalars import JSON


@strawberry.input(description="A new dashboard. It begins without widgets, at version 1.")
class CreateDashboardInput(NewDashboardSettings):
    pass


@strawberry.input
class _OneDashboard:
    id: strawberry.ID = strawberry.field(description="Which dashboard.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version that the client saw; another one stored is a VersionConflict."
    )


@strawberry.input(description="New values for a dashboard. What is left out stays; only `filters` can be null.")
class UpdateDashboardInput(_OneDashboard, ChangedDashboardSettings):
    pass


@strawberry.input(description="A dashboard to delete. It can be restored.")
class DeleteDashboardInput(_OneDashboard):
    pass


@strawberry.input(description="A deleted dashboard to bring back, or an earlier state to go back to.")
class RestoreDashboardInput:
    id: strawberry.ID = strawberry.field(
        description="Which dashboard, deleted or not. Without `revision`, one that is not deleted stays as it is."
    )
    revision: int | None = strawberry.field(
        default=None,
        description="The number of one of its `revisions`, after which it was as it is to be again. Widgets that are "
        "gone come back with their ids, later ones go.",
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version that the client saw; another one stored is a VersionConflict."
    )


@strawberry.input(description="A dashboard whose last change is to be undone.")
class UndoDashboardInput:
    id: strawberry.ID = strawberry.field(description="Which dashboard. It may be deleted: that is undone, too.")
    expected_revision: int | None = strawberry.field(
        default=None,
        description="The number of the newest of its `revisions` that the client saw; when there is a newer one, that "
        "is a VersionConflict and nothing is undone. Unlike the version it also tells changes of single widgets.",
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version that the client saw; another one stored is a VersionConflict."
    )


@strawberry.input(description="A document to make a new dashboard of.")
class ImportDashboardInput:
    document: JSON = strawberry.field(
        description="What `Dashboard.document` gave, here or in another project: docs/dashboard-documents.md. Metrics "
        "are looked up by name."
    )
    name: str | None = strawberry.field(
        default=None, description="Another title than the document's: 1 to 200 characters."
    )


@strawberry.input(description="A dashboard to copy, with its widgets and their places.")
class DuplicateDashboardInput:
    id: strawberry.ID = strawberry.field(description="Which dashboard.")
    name: str | None = strawberry.field(
        default=None, description='The copy\'s title; without it "Copy of …", or "Copy of … (2)" where that is taken.'
    )
