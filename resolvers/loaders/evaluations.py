"""Loads the metric evaluations of calls."""

from sqlalchemy import select

from models import MetricEvaluation
from models.lanes import Lane
from models.sessions import Sessions


async def load_evaluations(
    sessions: Sessions, project_id: int, call_log_ids: list[int]
) -> list[tuple[MetricEvaluation, ...]]:
    """The evaluations of each call, by metric: one statement."""
    statement = (
        select(MetricEvaluation)
        .where(MetricEvaluation.project_id == project_id, MetricEvaluation.call_log_id.in_(call_log_ids))
        .order_by(MetricEvaluation.call_log_id, MetricEvaluation.metric_id, MetricEvaluation.id)
    )
    found: dict[int, list[MetricEvaluation]] = {call_log_id: [] for call_log_id in call_log_ids}
    async with sessions.read(project_id, lane=Lane.CHARTS) as session:
        for row in await session.scalars(statement):
            found[row.call_log_id].append(row)
    return [tuple(rows) for rows in found.values()]
