"""Changes of dashboards, as they happen."""

from collections.abc import AsyncGenerator

from graph.arguments import Id
from graph.context import Info
from graph.errors import ErrorCode, RequestError
from graph.node_ids import row_id
from graph.subscriptions.version import Since, checked_version
from graph.types.dashboard_event import DashboardEvent
from resolvers.dashboard_feed import GONE, following_dashboard


async def dashboard_changed(info: Info, id: Id, since: Since = None) -> AsyncGenerator[DashboardEvent | None]:
    """A dashboard, whenever it, its settings or its widgets change, or it is deleted or restored."""
    number, place = row_id(id, "Dashboard"), checked_version(since)
    async with following_dashboard(info.context.scope, number) as feed:
        async for news in feed.events(place):
            if news.version == GONE and place is None:
                raise RequestError(ErrorCode.NOT_FOUND, "The dashboard does not exist in this project.")
            place = news.version
            yield DashboardEvent.of(news)
