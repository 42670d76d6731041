"""What subscribers of a dashboard are told."""

import strawberry

from graph.context import Info
from graph.node_ids import encode
from graph.types.dashboard import Dashboard
from resolvers import dashboards
from resolvers.dashboard_feed import DashboardNews

VERSION = "The state that the event leads to, for `since`. It is not ordered, and says nothing else."


@strawberry.type(description="A dashboard, after it or its widgets have changed.")
class DashboardEvent:
    news: strawberry.Private[DashboardNews]
    dashboard_id: strawberry.ID = strawberry.field(description="The dashboard's global ID.")
    version: str = strawberry.field(description=VERSION)
    is_deleted: bool = strawberry.field(
        description="Whether the dashboard is deleted. It can be restored, which is a further event."
    )

    @strawberry.field(description="The dashboard as it is now; null if it is deleted.")
    async def dashboard(self, info: Info) -> Dashboard | None:
        row = await dashboards.dashboard(info.context.scope, self.news.row_id, with_widgets=True)
        return Dashboard.of(row) if row and row.deleted_at is None else None

    @classmethod
    def of(cls, news: DashboardNews) -> "DashboardEvent":
        return cls(
            news=news, dashboard_id=encode("Dashboard", news.row_id), version=news.version, is_deleted=news.is_deleted
        )
