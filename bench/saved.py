"""Saving a dashboard of the benchmark's charts."""

from typing import Any

from bench.dozen import WINDOW, Chart
from graph.node_ids import encode
from models import Dashboard, Widget
from models.sessions import Sessions


def harmless(number: int) -> dict[str, Any]:
    """A filter that every call passes, another one for each number: definitions that were never asked before."""
    return {"field": "id", "op": "lt", "value": 10**15 + number}


async def save(sessions: Sessions, project_id: int, charts: list[Chart], number: int | None = None) -> str:
    """Saves a dashboard of the charts, with the harmless filter of a number if one is given; returns its global id."""
    filters = WINDOW if number is None else {"operator": "and", "conditions": [WINDOW, harmless(number)]}
    async with sessions.write(project_id) as session:
        dashboard = Dashboard(project_id=project_id, name="Bench", filters=filters, time_zone="UTC")
        session.add(dashboard)
        await session.flush()
        for position, chart in enumerate(charts):
            definition = chart.definition
            session.add(
                Widget(
                    project_id=project_id,
                    dashboard_id=dashboard.id,
                    name=chart.name,
                    chart_type=definition.chart_type,
                    field=definition.field,
                    metric_id=definition.metric_id,
                    aggregation=definition.aggregation,
                    time_period=definition.time_period,
                    group_by=definition.group_by,
                    position=position,
                )
            )
        return encode("Dashboard", dashboard.id)
