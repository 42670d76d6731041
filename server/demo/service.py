"""Loading the demo project into a database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

import sqlalchemy as sa

from models.call_record import CallRecord
from models.changes import compact_changes
from models.dashboard import Dashboard, Widget
from models.ingest import refresh_statistics, upsert_calls
from models.metric import Metric
from models.project import Project
from models.sessions import Sessions, WriteSession
from models.types import AuditAction
from resolvers.author import Author
from resolvers.trail import Event, record_event
from resolvers.writing import Writing
from server.demo.calls import draw_calls
from server.demo.dashboards import DASHBOARDS, DashboardPlan, layouts
from server.importing.progress import progress_bar
from server.owner import owner_of
from server.projects import record_made
from server.user_error import UserError

PROJECT_NAME = "Demo"
_COMMAND = "dialboard demo"
"""Who the trail says made it."""
BATCH_CALLS = 10_000


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What was loaded."""

    project_id: int
    project_name: str
    calls: int


class NameTakenError(UserError):
    """A project has the demo's name and is not the demo's; nothing is written to it."""

    def __init__(self) -> None:
        super().__init__(
            f"The project {PROJECT_NAME!r} is not the demo's, and nothing is written to it. Use another database."
        )


async def load_demo(sessions: Sessions, *, calls: int = 20_000, seed: int = 1, progress: bool = False) -> DemoResult:
    """Makes the project ``Demo`` where it is missing, loads calls of the last 30 days, and makes its dashboards.

    Doing it again with the same seed moves the same calls to the 30 days before now; dashboards that are there by
    their name stay as they are.
    """
    project_id = await _ensure_project(sessions)
    records = draw_calls(calls, seed, datetime.now(UTC))
    with progress_bar("demo calls", calls, enabled=progress, unit="calls") as advance:
        loaded = 0
        for batch in _batches(records):
            async with sessions.write(project_id) as session:
                stored = await upsert_calls(session, project_id, batch)
                counts = {"created": stored.created, "updated": stored.updated, "rejected": len(stored.refused)}
                await record_event(_writing(session, project_id), Event(AuditAction.CALLS_IMPORT, counts=counts))
            loaded += len(batch)
            advance(loaded)
    async with sessions.write(project_id) as session:
        await refresh_statistics(session)
        await _make_dashboards(session, project_id)
    async with sessions.write(project_id) as session:
        await compact_changes(session, project_id)
    return DemoResult(project_id, PROJECT_NAME, calls)


async def _ensure_project(sessions: Sessions) -> int:
    """The demo's project.

    Raises:
        NameTakenError: somebody else's project has its name.
    """
    async with owner_of(sessions.engine).begin() as connection:
        statement = sa.select(Project.id, Project.is_demo).where(Project.name == PROJECT_NAME)
        found = (await connection.execute(statement)).one_or_none()
        if found is not None:
            project_id, is_demo = found.tuple()
            if not is_demo:
                raise NameTakenError
            return project_id
        made = await connection.execute(
            sa.insert(Project).values(name=PROJECT_NAME, is_demo=True).returning(Project.id)
        )
        project_id = made.scalar_one()
        await record_made(connection, project_id, PROJECT_NAME, _COMMAND)
        return project_id


def _writing(session: WriteSession, project_id: int) -> Writing:
    return Writing(session, project_id, datetime.now(UTC), Author(None, _COMMAND))


def _batches(records: Iterator[CallRecord]) -> Iterator[list[CallRecord]]:
    while batch := list(islice(records, BATCH_CALLS)):
        yield batch


async def _make_dashboards(session: WriteSession, project_id: int) -> None:
    mine = (Dashboard.project_id == project_id, Dashboard.deleted_at.is_(None))
    there = (await session.execute(sa.select(Dashboard.name, Dashboard.is_default).where(*mine))).tuples().all()
    names = {name for name, _ in there}
    has_default = any(is_default for _, is_default in there)
    metrics = await session.execute(sa.select(Metric.name, Metric.id).where(Metric.project_id == project_id))
    ids = dict(metrics.tuples().all())
    for plan in DASHBOARDS:
        if plan.name not in names:
            await _make_dashboard(session, project_id, plan, ids, is_default=plan.is_default and not has_default)


async def _make_dashboard(
    session: WriteSession, project_id: int, plan: DashboardPlan, metrics: dict[str, int], *, is_default: bool
) -> None:
    dashboard = Dashboard(
        project_id=project_id,
        name=plan.name,
        filters=plan.filters,
        time_zone=plan.time_zone,
        week_start=plan.week_start,
        is_default=is_default,
    )
    session.add(dashboard)
    await session.flush()
    event = Event(AuditAction.DASHBOARD_CREATE, "Dashboard", dashboard.id, dashboard.name)
    await record_event(_writing(session, project_id), event)
    session.add_all(
        Widget(
            project_id=project_id,
            dashboard_id=dashboard.id,
            name=widget.name,
            chart_type=widget.chart_type,
            field=widget.field,
            metric_id=metrics[widget.metric] if widget.metric else None,
            aggregation=widget.aggregation,
            time_period=widget.time_period,
            group_by=widget.group_by,
            filters=widget.filters,
            layout=layout,
            position=position,
        )
        for position, (widget, layout) in enumerate(zip(plan.widgets, layouts(plan.widgets), strict=True))
    )
