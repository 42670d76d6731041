"""Creating, changing and deleting dashboards.

The version of a dashboard rises by one whenever its own columns change, also when another dashboard takes over as the
default, and when its widgets are arranged or changed in a batch. A change of a single widget only renews
``updated_at``. An update that changes nothing leaves both as they are.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select

from models import Dashboard
from models.quotas import Quotas
from models.sessions import QUOTAS
from resolvers.dashboard_state import state_of
from resolvers.history import record
from resolvers.rejections import Rejections
from resolvers.row_changes import assign
from resolvers.setting_checks import checked_settings
from resolvers.writing import Writing, check_version, lock_dashboard, lock_project, widgets_of


async def create_dashboard(writing: Writing, rejections: Rejections, given: Mapping[str, Any]) -> Dashboard:
    """Makes a dashboard without widgets. ``given`` are its settings by column; those left out get their defaults.

    Raises:
        Rejected: with everything that is wrong; nothing is written then.
    """
    values = await checked_settings(writing, rejections, given, "", zone="UTC")
    await lock_project(writing)
    await check_room(writing, rejections)
    rejections.raise_if_any()
    if values.get("is_default"):
        await clear_default(writing)
    dashboard = Dashboard(project_id=writing.project_id, **values)
    await _save(writing, dashboard)
    await record(writing, dashboard.id, None, state_of(dashboard, ()), told="Created.")
    return dashboard


async def update_dashboard(
    writing: Writing, rejections: Rejections, dashboard_id: int | None, expected: int | None, given: Mapping[str, Any]
) -> Dashboard:
    """Changes the settings given; its widgets stay. ``dashboard_id`` is None when the id was refused already."""
    if given.get("is_default") is True:
        await lock_project(writing)
    dashboard = await _locked(writing, rejections, dashboard_id, expected)
    values = await checked_settings(writing, rejections, given, "", zone=dashboard.time_zone if dashboard else "UTC")
    rejections.raise_if_any()
    assert dashboard is not None
    if values.get("is_default") and not dashboard.is_default:
        await clear_default(writing)
    return await change_dashboard(writing, dashboard, values)


async def delete_dashboard(
    writing: Writing, rejections: Rejections, dashboard_id: int | None, expected: int | None
) -> Dashboard:
    """Marks a dashboard as deleted. It keeps its widgets, and can be restored."""
    dashboard = await _locked(writing, rejections, dashboard_id, expected)
    rejections.raise_if_any()
    assert dashboard is not None
    return await change_dashboard(writing, dashboard, {"deleted_at": writing.now})


async def check_room(writing: Writing, rejections: Rejections) -> None:
    """Notes that the project has no room for one more dashboard. The project must be locked."""
    statement = select(func.count()).where(Dashboard.project_id == writing.project_id, Dashboard.deleted_at.is_(None))
    quotas: Quotas = writing.session.info[QUOTAS]
    if (await writing.session.scalar(statement) or 0) >= quotas.dashboards:
        rejections.exceeded(f"A project can have at most {quotas.dashboards:,} dashboards. Delete one first.", "")


async def _locked(
    writing: Writing, rejections: Rejections, dashboard_id: int | None, expected: int | None
) -> Dashboard | None:
    if dashboard_id is None:
        return None
    dashboard = await lock_dashboard(writing, rejections, dashboard_id, "/id")
    if dashboard is not None:
        check_version(rejections, dashboard, expected, "/expectedVersion")
    return dashboard


async def default_dashboard(writing: Writing) -> Dashboard | None:
    """The project's default dashboard, locked. The project must be locked."""
    statement = (
        select(Dashboard)
        .where(Dashboard.project_id == writing.project_id, Dashboard.is_default, Dashboard.deleted_at.is_(None))
        .with_for_update()
    )
    return await writing.session.scalar(statement)


async def clear_default(writing: Writing) -> None:
    """Takes the mark from the default dashboard, so that another can have it, and writes that at once."""
    former = await default_dashboard(writing)
    if former is not None:
        await change_dashboard(writing, former, {"is_default": False})


async def change_dashboard(writing: Writing, dashboard: Dashboard, values: Mapping[str, Any]) -> Dashboard:
    """Sets the columns that differ and records that; the version rises when any does."""
    before = state_of(dashboard, ())
    if not assign(dashboard, values):
        return dashboard
    dashboard.version += 1
    await _save(writing, dashboard)
    after = state_of(dashboard, (await widgets_of(writing, dashboard.id)).values())
    await record(writing, dashboard.id, replace(before, widgets=after.widgets), after)
    return dashboard


async def _save(writing: Writing, dashboard: Dashboard) -> None:
    writing.session.add(dashboard)
    await writing.session.flush()
    await writing.session.refresh(dashboard)
