"""A first dashboard for a project that has calls and no dashboards."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from models import CallLog, Dashboard, Metric
from models.sessions import Sessions, WriteSession
from models.types import AuditAction, EvaluationType
from resolvers.author import Author
from resolvers.documents.apply import import_document
from resolvers.documents.read import FORMAT
from resolvers.rejections import Rejections
from resolvers.trail import Event, record_event
from resolvers.widget_templates import TEMPLATES, WidgetTemplate
from resolvers.writing import Writing

NAME = "Call overview"
_MOST_METRICS = 6
"""Metrics that get a widget of their own."""
_PLOTTED = ("duration", "success", "call_ended_reason", "dropoff_point", "topic")
"""Columns that templates plot and that not every call has."""


@dataclass(frozen=True, slots=True)
class FirstDashboard:
    """The dashboard that was made."""

    name: str
    widgets: int


async def make_first_dashboard(sessions: Sessions, project_id: int, author: Author) -> FirstDashboard | None:
    """Makes a dashboard of the predefined widgets for which there are values, and of widgets for the first metrics.

    Returns:
        None where the project has a dashboard already.
    """
    async with sessions.write(project_id) as session:
        if await session.scalar(sa.select(sa.exists().where(*_there(project_id)))):
            return None
        writing = Writing(session, project_id, datetime.now(UTC), author)
        metrics = await _metrics(session, project_id)
        widgets = [*_predefined(await _filled(session, project_id), metrics), *map(_of_metric, _further(metrics))]
        document: dict[str, Any] = {"format": FORMAT, "name": NAME, "isDefault": True, "widgets": widgets}
        made = await import_document(writing, Rejections(), document, None)
        await record_event(writing, Event(AuditAction.DASHBOARD_IMPORT, "Dashboard", made.id, made.name))
        return FirstDashboard(made.name, len(widgets))


def _there(project_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return Dashboard.project_id == project_id, Dashboard.deleted_at.is_(None)


async def _metrics(session: WriteSession, project_id: int) -> dict[str, EvaluationType]:
    statement = sa.select(Metric.name, Metric.evaluation_type).where(Metric.project_id == project_id)
    rows = await session.execute(statement.order_by(Metric.id))
    return dict(rows.tuples().all())


async def _filled(session: WriteSession, project_id: int) -> set[str]:
    """Those of the plotted columns that some call has a value in."""
    columns = [getattr(CallLog, name) for name in _PLOTTED]
    checks = [
        sa.exists().where(CallLog.project_id == project_id, column.is_not(None)).label(name)
        for name, column in zip(_PLOTTED, columns, strict=True)
    ]
    row = (await session.execute(sa.select(*checks))).one()
    return {name for name, is_there in zip(_PLOTTED, row, strict=True) if is_there}


def _predefined(filled: set[str], metrics: dict[str, EvaluationType]) -> Iterable[dict[str, Any]]:
    for template in TEMPLATES:
        if template.metric_name is not None:
            if metrics.get(template.metric_name) not in (EvaluationType.NUMERIC, EvaluationType.RATING):
                continue
        elif template.field in _PLOTTED and template.field not in filled:
            continue
        yield _of_template(template)


def _of_template(template: WidgetTemplate) -> dict[str, Any]:
    values = {
        "name": template.name,
        "chartType": template.chart_type,
        "field": template.field,
        "metric": template.metric_name,
        "aggregation": template.aggregation,
        "timePeriod": template.time_period,
    }
    return {key: getattr(value, "name", value) for key, value in values.items() if value is not None}


def _further(metrics: dict[str, EvaluationType]) -> list[tuple[str, EvaluationType]]:
    """The first metrics that no template plots."""
    templated = {template.metric_name for template in TEMPLATES}
    return [item for item in metrics.items() if item[0] not in templated][:_MOST_METRICS]


def _of_metric(item: tuple[str, EvaluationType]) -> dict[str, Any]:
    name, type_ = item
    widget: dict[str, Any] = {"name": name, "field": "metric_evaluations.value", "metric": name}
    match type_:
        case EvaluationType.ENUM | EvaluationType.BINARY:
            return {**widget, "chartType": "PIE"}
        case EvaluationType.NUMERIC | EvaluationType.RATING:
            return {
                **widget,
                "name": f"{name} per day",
                "chartType": "BAR",
                "aggregation": "AVG",
                "timePeriod": "DAY",
            }
