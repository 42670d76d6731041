"""Duplicating a dashboard."""

from sqlalchemy import select

from models import Dashboard, Widget
from resolvers.dashboard_settings import DASHBOARD_SETTINGS, WIDGET_SETTINGS, copied
from resolvers.dashboard_state import state_of
from resolvers.dashboard_writes import check_room
from resolvers.history import record
from resolvers.names import clean_name, copy_name
from resolvers.rejections import Rejections
from resolvers.widget_quotas import in_widget_quotas
from resolvers.writing import Writing, lock_dashboard, lock_project, widgets_of


async def duplicate_dashboard(
    writing: Writing, rejections: Rejections, dashboard_id: int | None, name: str | None
) -> Dashboard:
    """Copies a dashboard with its widgets and their places. Without a name it is "Copy of …".

    The copy is neither the default nor in the daily report: there is one default, and nobody asked for a second mail.
    """
    await lock_project(writing)
    original = None
    if dashboard_id is not None:
        original = await lock_dashboard(writing, rejections, dashboard_id, "/id")
    if name is not None:
        name = clean_name(rejections, name, "/name")
    await check_room(writing, rejections)
    rejections.raise_if_any()
    assert original is not None
    copy = Dashboard(
        project_id=writing.project_id,
        name=name if name is not None else copy_name(original.name, await _names(writing)),
        **copied(original, DASHBOARD_SETTINGS),
    )
    writing.session.add(copy)
    await writing.session.flush()
    async with in_widget_quotas(writing, rejections, "/id"):
        for widget in (await widgets_of(writing, original.id)).values():
            writing.session.add(_copied(widget, copy))
    await writing.session.refresh(copy)
    told = f"Created as a copy of “{original.name}”."
    made = state_of(copy, (await widgets_of(writing, copy.id)).values())
    await record(writing, copy.id, None, made, told=told)
    return copy


def _copied(widget: Widget, dashboard: Dashboard) -> Widget:
    return Widget(
        project_id=dashboard.project_id,
        dashboard_id=dashboard.id,
        name=widget.name,
        layout=widget.layout,
        position=widget.position,
        **copied(widget, WIDGET_SETTINGS),
    )


async def _names(writing: Writing) -> set[str]:
    statement = select(Dashboard.name).where(Dashboard.project_id == writing.project_id, Dashboard.deleted_at.is_(None))
    return set(await writing.session.scalars(statement))
