"""Dashboards."""

from datetime import datetime
from typing import cast

import strawberry

import models
from graph.arguments import After, Before, FirstFewer, Last
from graph.context import Info
from graph.dashboard_settings import DashboardSettings, settings_of
from graph.node_ids import encode
from graph.numbered_pages import numbered_page
from graph.pagination import FEWER, Connection, paging
from graph.scalars import JSON, BigInt
from graph.types.dashboard_revision import DashboardRevision
from graph.types.filter_part import WHERE, FilterPart, part_of
from graph.types.node import Node
from graph.types.widget import Widget
from resolvers import revisions as revision_rows
from resolvers import widgets
from resolvers.documents import export
from resolvers.history import MAX_REVISIONS


@strawberry.type(
    description="A collection of widgets, with filters, a time zone and a week start that apply to all of them."
)
class Dashboard(Node, DashboardSettings):
    row: strawberry.Private[models.Dashboard]
    database_id: int = strawberry.field(graphql_type=BigInt, description="The dashboard's number.")
    version: int = strawberry.field(
        description="Increases by one with every change to these values, and when its widgets are arranged or "
        "changed in a batch; prevents lost updates. A change to a single widget increases only that "
        "widget's version."
    )
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When the dashboard or one of its widgets was last changed.")
    deleted_at: datetime | None = strawberry.field(description="When it was deleted; null if it is not deleted.")

    @strawberry.field(description=f"{WHERE}; null if there are none.")
    def where(self, info: Info) -> FilterPart | None:
        return part_of(info.context.scope.rights.masked.filters(self.row.filters))

    @strawberry.field(description="Its widgets, in their order.")
    async def widgets(self, info: Info) -> list[Widget]:
        return [Widget.of(row) for row in await widgets.widgets_of(info.context.scope, self.database_id)]

    @strawberry.field(description="The number of widgets.")
    async def widget_count(self, info: Info) -> int:
        return await widgets.widget_count(info.context.scope, self.database_id)

    @strawberry.field(
        description="The dashboard with its widgets as a JSON document for `importDashboard` and `dialboard "
        "apply`: docs/dashboard-documents.md. Metrics and agents are referred to by name, not by "
        "number."
    )
    async def document(self, info: Info) -> JSON:
        return cast("JSON", await export.document_of(info.context.scope, self.row))

    @strawberry.field(
        description="Changes to the dashboard and its widgets, newest first, one revision each. The newest "
        f"{MAX_REVISIONS} are kept; older ones are permanently deleted."
    )
    async def revisions(
        self, info: Info, first: FirstFewer = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[DashboardRevision] | None:
        scope, row_id = info.context.scope, self.database_id
        return await numbered_page(
            "DashboardRevision",
            paging(first, after, last, before, default=FEWER),
            page=lambda part: revision_rows.revisions_of(scope, row_id, part),
            node=lambda revision: DashboardRevision.of(revision, scope.rights.masked),
            number=lambda revision: revision.number,
            count=lambda: revision_rows.revision_count(scope, row_id),
        )

    @classmethod
    def of(cls, row: models.Dashboard) -> "Dashboard":
        return cls(
            row=row,
            id=encode("Dashboard", row.id),
            database_id=row.id,
            **settings_of(row),
            version=row.version,
            created_at=row.created_at,
            updated_at=row.updated_at,
            deleted_at=row.deleted_at,
        )
