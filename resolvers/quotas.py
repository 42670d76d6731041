"""Reads how much of its quotas a project uses."""

from dataclasses import dataclass

from sqlalchemy import func, select

from models import Agent, Dashboard, Metric
from resolvers.api_keys import count_in_force
from resolvers.scope import Scope
from resolvers.widget_quotas import count_charted_keys, count_widgets


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """How many of one kind a project may have, and has."""

    name: str
    limit: int
    used: int


async def quotas(scope: Scope) -> list[QuotaUse]:
    """The quotas of the project, counted in one statement."""
    limits = scope.sessions.quotas
    counts = (
        select(func.count()).select_from(Metric).where(Metric.project_id == scope.project_id),
        select(func.count()).select_from(Agent).where(Agent.project_id == scope.project_id),
        select(func.count())
        .select_from(Dashboard)
        .where(Dashboard.project_id == scope.project_id, Dashboard.deleted_at.is_(None)),
        count_in_force(scope.project_id, scope.now),
        count_widgets(scope.project_id),
        count_charted_keys(scope.project_id),
    )
    async with scope.sessions.read(scope.project_id) as session:
        used = (await session.execute(select(*(count.scalar_subquery() for count in counts)))).one()
    named = (
        ("metrics", limits.metrics),
        ("agents", limits.agents),
        ("dashboards", limits.dashboards),
        ("apiKeys", limits.api_keys),
        ("widgets", limits.widgets),
        ("chartedKeys", limits.charted_keys),
    )
    return [QuotaUse(name, limit, count) for (name, limit), count in zip(named, used, strict=True)]
