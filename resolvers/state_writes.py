"""Making a dashboard and its widgets what a state says: the write behind undo, restoring, importing and applying."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from models import Dashboard, Widget
from resolvers.dashboard_state import DashboardState, WidgetState
from resolvers.row_changes import assign
from resolvers.writing import Writing, widgets_of


async def put_state(
    writing: Writing, dashboard: Dashboard, stored: Mapping[int, Widget], target: DashboardState
) -> dict[int, Widget]:
    """Changes only the rows that differ, and returns the widgets as they are then.

    A widget that is no longer there is made again under its old number. The dashboard's version rises by one when
    anything changed. The dashboard must be locked, a mark of the default taken from others before, and the state sound.

    Args:
        stored: the dashboard's widgets now, by number.
    """
    deleted_at = (dashboard.deleted_at or writing.now) if target.deleted else None
    changed = assign(dashboard, {**target.columns, "deleted_at": deleted_at})
    kept = {widget.id for widget in target.widgets}
    for row in [row for row_id, row in stored.items() if row_id not in kept]:
        await writing.session.delete(row)
        changed = True
    for widget in target.widgets:
        row = stored.get(widget.id) if widget.id is not None else None
        if row is None:
            writing.session.add(_new(dashboard, widget))
            changed = True
        elif assign(row, {**widget.columns, "position": widget.position}):
            row.version += 1
            changed = True
    if changed:
        dashboard.version += 1
        flag_modified(dashboard, "version")
    await writing.session.flush()
    await writing.session.refresh(dashboard)
    return await widgets_of(writing, dashboard.id)


def _new(dashboard: Dashboard, widget: WidgetState) -> Widget:
    own: dict[str, Any] = {} if widget.id is None else {"id": widget.id}
    return Widget(
        project_id=dashboard.project_id,
        dashboard_id=dashboard.id,
        position=widget.position,
        version=widget.version + 1,
        **widget.columns,
        **own,
    )
