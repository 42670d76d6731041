"""What every write works with (the transaction, the project, the moment), and the locks that serialise writers.

Writers of one dashboard or of its widgets wait for each other on the dashboard's row. Writers that touch what
dashboards share (which one is the default, how many there are) first wait on the project's row. That order, project
before dashboard, keeps writers from waiting in a circle.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from aggregation.question.query import MetricRef
from models import Dashboard, Metric, Project, Widget
from models.sessions import WriteSession
from resolvers.author import NOWHERE, Author, Origin
from resolvers.rejections import Rejections


@dataclass(slots=True)
class Writing:
    """One transaction of one project.

    Attributes:
        now: the request's moment, against which filters are checked.
        author: who writes, for the history; None where nobody is known.
        origin: where the request came from, for the trail.
        metrics: the project's metrics by id, once they were needed.
        points: what was stored costs beyond the price that was paid before.
    """

    session: WriteSession
    project_id: int
    now: datetime
    author: Author | None = None
    origin: Origin = NOWHERE
    metrics: dict[int, MetricRef] | None = None
    points: float = 0


async def lock_project(writing: Writing) -> None:
    """Waits for other writers of what the project's dashboards share; rows that refer to the project may still come."""
    statement = select(Project.id).where(Project.id == writing.project_id).with_for_update(key_share=True)
    await writing.session.execute(statement)


async def lock_dashboard(
    writing: Writing, rejections: Rejections, dashboard_id: int, path: str, *, deleted: bool = False
) -> Dashboard | None:
    """The dashboard, locked until the transaction ends, as the writer before left it.

    A dashboard that is not there, of another project or (unless ``deleted``) deleted is noted as not found.
    """
    statement = (
        select(Dashboard)
        .where(Dashboard.project_id == writing.project_id, Dashboard.id == dashboard_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    dashboard = await writing.session.scalar(statement)
    if dashboard is None or (dashboard.deleted_at is not None and not deleted):
        rejections.not_found("Dashboard", path)
        return None
    return dashboard


async def widgets_of(writing: Writing, dashboard_id: int) -> dict[int, Widget]:
    """The dashboard's widgets in their order, by id, as the database has them now."""
    statement = (
        select(Widget)
        .where(Widget.project_id == writing.project_id, Widget.dashboard_id == dashboard_id)
        .order_by(Widget.position, Widget.id)
        .execution_options(populate_existing=True)
    )
    return {widget.id: widget for widget in await writing.session.scalars(statement)}


async def metrics_of(writing: Writing) -> dict[int, MetricRef]:
    """The project's metrics by id, read once a write."""
    if writing.metrics is None:
        statement = select(Metric.id, Metric.name, Metric.evaluation_type)
        rows = await writing.session.execute(statement.where(Metric.project_id == writing.project_id))
        writing.metrics = {row_id: MetricRef(row_id, name, kind) for row_id, name, kind in rows.tuples()}
    return writing.metrics


def check_version(rejections: Rejections, row: Dashboard | Widget, expected: int | None, path: str) -> None:
    """Notes a conflict when the client saw another version than the one stored; with no expectation all is well."""
    if expected is not None and expected != row.version:
        rejections.conflict(type(row).__name__, expected, row.version, path)
