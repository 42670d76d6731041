"""What clients give to write dashboards."""

import strawberry
from strawberry import Maybe

from graph.inputs.call_log_filter import CallLogFilter
from graph.inputs.given import given, given_or_default
from graph.scalars import JSON, TimeZone
from graph.write import Write
from models import Weekday
from resolvers.dashboard_writes import DashboardChanges


@strawberry.input(description="A new dashboard. It begins without widgets, at version 1.")
class CreateDashboardInput:
    name: str = strawberry.field(description="Its title: 1 to 200 characters; spaces at its ends are taken off.")
    filters: Maybe[JSON | None] = strawberry.field(
        default=None, description="Filters for all its widgets; null or nothing for none."
    )
    where: CallLogFilter | None = strawberry.field(
        default=None, description="Filters for all its widgets in typed form, kept as JSON; not beside `filters`."
    )
    time_zone: Maybe[TimeZone | None] = strawberry.field(
        default=None, description="The zone in which its charts cut days, weeks and months; UTC when not given."
    )
    week_start: Maybe[Weekday | None] = strawberry.field(
        default=None, description="The day on which its charts' weeks begin; MONDAY when not given."
    )
    is_default: Maybe[bool | None] = strawberry.field(
        default=None,
        description="Whether it becomes the one to open first, in place of the one that is; false when not given.",
    )
    include_in_daily_report: Maybe[bool | None] = strawberry.field(
        default=None, description="Whether the daily report has it; false when not given."
    )

    def changes(self, write: Write) -> DashboardChanges:
        return DashboardChanges(
            name=self.name,
            filters=write.filters(self.filters, self.where, "", origin="dashboard"),
            time_zone=given_or_default(self.time_zone),
            week_start=given_or_default(self.week_start),
            is_default=given_or_default(self.is_default),
            include_in_daily_report=given_or_default(self.include_in_daily_report),
        )


@strawberry.input(description="New values for a dashboard. What is left out stays; only `filters` can be null.")
class UpdateDashboardInput:
    id: strawberry.ID = strawberry.field(description="Which dashboard.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version that the client saw; another one stored is a VersionConflict."
    )
    name: Maybe[str | None] = strawberry.field(
        default=None, description="Its title: 1 to 200 characters; spaces at its ends are taken off."
    )
    filters: Maybe[JSON | None] = strawberry.field(
        default=None, description="Filters for all its widgets; null removes them."
    )
    where: CallLogFilter | None = strawberry.field(
        default=None, description="Filters for all its widgets in typed form, kept as JSON; not beside `filters`."
    )
    time_zone: Maybe[TimeZone | None] = strawberry.field(
        default=None, description="The zone in which its charts cut days, weeks and months."
    )
    week_start: Maybe[Weekday | None] = strawberry.field(
        default=None, description="The day on which its charts' weeks begin."
    )
    is_default: Maybe[bool | None] = strawberry.field(
        default=None, description="True makes it the one to open first, in place of the one that is."
    )
    include_in_daily_report: Maybe[bool | None] = strawberry.field(
        default=None, description="Whether the daily report has it."
    )

    def changes(self, write: Write) -> DashboardChanges:
        return DashboardChanges(
            name=given(self.name),
            filters=write.filters(self.filters, self.where, "", origin="dashboard"),
            time_zone=given(self.time_zone),
            week_start=given(self.week_start),
            is_default=given(self.is_default),
            include_in_daily_report=given(self.include_in_daily_report),
        )


@strawberry.input(description="A dashboard to delete. It can be restored.")
class DeleteDashboardInput:
    id: strawberry.ID = strawberry.field(description="Which dashboard.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version that the client saw; another one stored is a VersionConflict."
    )


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
