"""Dashboards."""

from datetime import datetime
from typing import cast

import strawberry

import models
from graph.arguments import After, First
from graph.context import Info
from graph.dashboard_settings import DashboardSettings, settings_of
from graph.node_ids import encode
from graph.pagination import Connection, connect, decode_cursor, encode_cursor, page_size
from graph.scalars import JSON
from graph.types.dashboard_revision import DashboardRevision
from graph.types.node import Node
from graph.types.widget import Widget
from resolvers import revisions as revision_rows
from resolvers import widgets
from resolvers.documents import export
from resolvers.history import MAX_REVISIONS


@strawberry.type(
    description="A container of widgets, with filters, a time zone and a week start that hold for all of them."
)
class Dashboard(Node, DashboardSettings):
    row: strawberry.Private[models.Dashboard]
    database_id: int = strawberry.field(description="The dashboard's number.")
    version: int = strawberry.field(
        description="Rises by one with every change of these values, and when its widgets are arranged or changed in a "
        "batch; guards against lost updates. A change of one widget raises that widget's version alone."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When it, or a widget of it, was last changed.")
    deleted_at: datetime | None = strawberry.field(description="When it was deleted; null when it was not.")

    @strawberry.field(description="Its widgets, in their order.")
    async def widgets(self, info: Info) -> list[Widget]:
        return [Widget.of(row) for row in await widgets.widgets_of(info.context.scope, self.database_id)]

    @strawberry.field(description="How many widgets it has.")
    async def widget_count(self, info: Info) -> int:
        return await widgets.widget_count(info.context.scope, self.database_id)

    @strawberry.field(
        description="It with its widgets as one JSON document, which `importDashboard` and `dialboard apply` take: "
        "docs/dashboard-documents.md. Metrics and agents have names in it, not numbers."
    )
    async def document(self, info: Info) -> JSON:
        return cast("JSON", await export.document_of(info.context.scope, self.row))

    @strawberry.field(
        description="Its changes and those of its widgets, newest first: one revision each. The newest "
        f"{MAX_REVISIONS} are kept; older ones are dropped for good."
    )
    async def revisions(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[DashboardRevision] | None:
        scope, row_id = info.context.scope, self.database_id
        size, place = page_size(first), decode_cursor("DashboardRevision", after, 1)
        page = await revision_rows.revisions_of(scope, row_id, size, place[0] if place else None)
        return connect(
            page.rows,
            node=DashboardRevision.of,
            cursor=lambda revision: encode_cursor("DashboardRevision", revision.number),
            has_next=page.has_next,
            after=after,
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
