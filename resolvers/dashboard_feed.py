"""The feed of a dashboard: it moves when the dashboard, its settings or its widgets change."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import text

from models.notices import Topic
from resolvers.feeds import Feed
from resolvers.scope import Scope

# The transaction that made a row's present state tells it from every other one, whoever changed it.
_STATE = text("""
    select dashboard.deleted_at is not null as deleted, md5(concat_ws(' ', dashboard.xmin, (
        select string_agg(concat_ws(':', widget.id, widget.xmin), ' ' order by widget.id) from widgets widget
        where widget.project_id = :project and widget.dashboard_id = :id
    ))) as state
    from dashboards dashboard where dashboard.project_id = :project and dashboard.id = :id
""")


@dataclass(frozen=True, slots=True)
class DashboardNews:
    """What subscribers of a dashboard are told.

    Attributes:
        row_id: the dashboard's number.
        version: its state, for those who subscribe again.
        is_deleted: whether it is deleted, or has gone altogether.
        shared: what is made of it once for all of them.
    """

    row_id: int
    version: str
    is_deleted: bool
    shared: dict[Any, Any] = field(default_factory=dict[Any, Any], compare=False)


GONE = "gone"
"""The state of a dashboard that there is none of."""


class DashboardFeed(Feed[DashboardNews]):
    """Follows one dashboard.

    Args:
        renew: makes a scope for each look.
    """

    topics = (Topic.DASHBOARDS,)

    def __init__(self, project_id: int, row_id: int, renew: Callable[[], Scope]) -> None:
        super().__init__(project_id)
        self._row_id = row_id
        self._renew = renew
        self._is_deleted = False

    async def look(self) -> str:
        """The state of the dashboard with its widgets."""
        async with self._renew().sessions.read(self.project_id) as session:
            found = (await session.execute(_STATE, {"project": self.project_id, "id": self._row_id})).one_or_none()
        self._is_deleted = found is None or found.deleted
        return GONE if found is None else found.state

    async def make(self, since: str | None, position: str) -> DashboardNews:
        """The state that it has now: it stands for all before."""
        return DashboardNews(self._row_id, position, self._is_deleted)


def following_dashboard(scope: Scope, row_id: int) -> Any:
    """The feed of a dashboard, as a block."""
    make = partial(DashboardFeed, scope.project_id, row_id, scope.renewed)
    return scope.feeds.following(("dashboard", scope.project_id, row_id), make)
