"""Going back: undoing the last change of a dashboard, and restoring a deleted one or an earlier revision.

Both are changes of their own, with a revision. An undo remembers whose state it went back to, so that the next undo
goes one step further back; after any other change, it starts from that change. What was undone is
restored by its revision's number.
"""

from dataclasses import replace

from sqlalchemy import func, select

from models import Dashboard, DashboardRevision, Widget
from resolvers.dashboard_state import DashboardState, from_json, state_of
from resolvers.dashboard_writes import change_dashboard, check_room, default_dashboard
from resolvers.history import MAX_REVISIONS, head_of, record
from resolvers.rejections import Rejections
from resolvers.state_writes import put_state
from resolvers.widget_quotas import in_widget_quotas
from resolvers.writing import Writing, check_version, lock_dashboard, lock_project, metrics_of, widgets_of


async def undo_dashboard(
    writing: Writing,
    rejections: Rejections,
    dashboard_id: int | None,
    expected: int | None,
    expected_revision: int | None = None,
) -> Dashboard:
    """Goes back to the state before the last change that was not undone, a deletion included.

    ``expected_revision`` guards against undoing the change of another: the dashboard's version leaves out changes of
    single widgets.

    Raises:
        Rejected: there is no such dashboard, another version, or nothing (kept) to go back to.
    """
    dashboard = await _opened(writing, rejections, dashboard_id, expected)
    stored = await widgets_of(writing, dashboard.id)
    head = await head_of(writing, dashboard.id, state_of(dashboard, stored.values()))
    if expected_revision is not None and expected_revision != head.number:
        rejections.conflict("newest DashboardRevision", expected_revision, head.number, "/expectedRevision")
        rejections.raise_if_any()
    found = {row.number: row for row in await _revisions(writing, dashboard.id, head.state_of - 1, head.state_of)}
    target, undone = found.get(head.state_of - 1), found.get(head.state_of)
    if target is None or undone is None:
        message = "There is nothing to undo: no earlier revision is stored."
        rejections.invalid(f"{message} A dashboard keeps its newest {MAX_REVISIONS} revisions.", "/id")
        rejections.raise_if_any()
    assert target is not None
    assert undone is not None
    told = f"Undid revision {undone.number}: {undone.summary}"
    await _go_back(writing, rejections, dashboard, stored, target, head.number, told, undo=True)
    return dashboard


async def restore_dashboard(
    writing: Writing,
    rejections: Rejections,
    dashboard_id: int | None,
    revision: int | None = None,
    expected: int | None = None,
) -> Dashboard:
    """Brings a deleted dashboard back with its widgets, with ``revision`` as it was after that revision.

    Without a revision, a dashboard that is not deleted stays as it is. It is the default again only when no other
    dashboard has become that meanwhile.
    """
    dashboard = await _opened(writing, rejections, dashboard_id, expected)
    if revision is None:
        if dashboard.deleted_at is None:
            return dashboard
        await check_room(writing, rejections)
        rejections.raise_if_any()
        is_default = dashboard.is_default and await default_dashboard(writing) is None
        async with in_widget_quotas(writing, rejections, "/id"):
            return await change_dashboard(writing, dashboard, {"deleted_at": None, "is_default": is_default})
    stored = await widgets_of(writing, dashboard.id)
    head = await head_of(writing, dashboard.id, state_of(dashboard, stored.values()))
    found = await _revisions(writing, dashboard.id, revision)
    if not found:
        oldest = await _oldest(writing, dashboard.id)
        message = f"The dashboard has no revision {revision}; it has revisions {oldest} to {head.number}."
        rejections.invalid(message, "/revision")
        rejections.raise_if_any()
    told = f"Restored to revision {revision}."
    await _go_back(writing, rejections, dashboard, stored, found[0], head.number, told, undo=False)
    return dashboard


async def _opened(
    writing: Writing, rejections: Rejections, dashboard_id: int | None, expected: int | None
) -> Dashboard:
    await lock_project(writing)
    dashboard = None
    if dashboard_id is not None:
        dashboard = await lock_dashboard(writing, rejections, dashboard_id, "/id", deleted=True)
    if dashboard is not None:
        check_version(rejections, dashboard, expected, "/expectedVersion")
    rejections.raise_if_any()
    assert dashboard is not None
    return dashboard


async def _go_back(
    writing: Writing,
    rejections: Rejections,
    dashboard: Dashboard,
    stored: dict[int, Widget],
    revision: DashboardRevision,
    newest: int,
    told: str,
    *,
    undo: bool,
) -> None:
    target = from_json(revision.document)
    target = replace(target, deleted=target.deleted and undo)
    if dashboard.deleted_at is not None and not target.deleted:
        await check_room(writing, rejections)
    await _check_metrics(writing, rejections, target, "/id" if undo else "/revision")
    rejections.raise_if_any()
    other = await default_dashboard(writing)
    is_default = bool(target.columns["is_default"]) and (other is None or other.id == dashboard.id)
    before = state_of(dashboard, stored.values())
    columns = {**target.columns, "is_default": is_default}
    # No change raises a widget's version by more than one, so a widget made again has one that it never had.
    widgets = tuple(replace(widget, version=widget.version + newest - revision.number) for widget in target.widgets)
    async with in_widget_quotas(writing, rejections, "/id" if undo else "/revision"):
        after = await put_state(writing, dashboard, stored, DashboardState(columns, target.deleted, widgets))
    state = (revision.state_of or revision.number) if undo else None
    await record(
        writing, dashboard.id, before, state_of(dashboard, after.values()), told=told, state_of=state, even_same=undo
    )


async def _check_metrics(writing: Writing, rejections: Rejections, target: DashboardState, path: str) -> None:
    """Notes widgets of metrics that are gone."""
    plotted = [widget for widget in target.widgets if widget.columns["metric_id"] is not None]
    known = await metrics_of(writing) if plotted else {}
    for widget in plotted:
        if widget.columns["metric_id"] not in known:
            rejections.invalid(
                f"The metric that the widget “{widget.name}” plotted at that time no longer exists.", path
            )


async def _revisions(writing: Writing, dashboard_id: int, *numbers: int) -> list[DashboardRevision]:
    statement = select(DashboardRevision).where(
        DashboardRevision.project_id == writing.project_id,
        DashboardRevision.dashboard_id == dashboard_id,
        DashboardRevision.number.in_(numbers),
    )
    return list(await writing.session.scalars(statement))


async def _oldest(writing: Writing, dashboard_id: int) -> int:
    statement = select(func.min(DashboardRevision.number)).where(
        DashboardRevision.project_id == writing.project_id, DashboardRevision.dashboard_id == dashboard_id
    )
    return await writing.session.scalar(statement) or 1
