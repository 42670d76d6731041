"""Creating, changing, deleting and duplicating one widget.

These renew the dashboard's ``updated_at`` and leave its version: two people may change different widgets of one
dashboard at the same time. The widget's own version guards the widget.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select

from models import Dashboard, Widget
from resolvers.absent import ABSENT
from resolvers.board import Board, open_board
from resolvers.dashboard_settings import WIDGET_SETTINGS, copied
from resolvers.layout import from_json
from resolvers.names import clean_name, copy_name
from resolvers.rejections import Rejected, Rejections
from resolvers.widget_definitions import WidgetChanges, checked_columns
from resolvers.widget_quotas import held_to_widget_quotas, in_widget_quotas
from resolvers.writing import Writing, check_version, lock_project


@dataclass(frozen=True, slots=True)
class WrittenWidget:
    """A widget after a write, and the dashboard that it lies or lay on."""

    widget: Widget
    dashboard: Dashboard


async def create_widget(
    writing: Writing, rejections: Rejections, dashboard_id: int | None, changes: WidgetChanges
) -> WrittenWidget:
    """Adds a widget to a dashboard. ``dashboard_id`` is None when the id was refused already.

    Raises:
        Rejected: with everything that is wrong; nothing is written then.
    """
    await lock_project(writing)
    board = None
    if dashboard_id is not None:
        board = await open_board(writing, rejections, dashboard_id, None, "/dashboardId")
    zone = ZoneInfo(board.dashboard.time_zone if board else "UTC")
    columns = await checked_columns(writing, rejections, changes, "", zone=zone)
    rejections.raise_if_any()
    assert board is not None
    widget = board.add(columns, None if changes.layout is ABSENT else changes.layout)
    board.check_room(rejections, "/dashboardId")
    rejections.raise_if_any()
    async with in_widget_quotas(writing, rejections, "/dashboardId"):
        await board.close(raise_version=False)
    return WrittenWidget(widget, board.dashboard)


async def update_widget(
    writing: Writing, rejections: Rejections, widget_id: int | None, expected: int | None, changes: WidgetChanges
) -> WrittenWidget:
    """Changes a widget; what is absent stays. Widgets that its new layout covers are pushed down."""
    held = await held_to_widget_quotas(writing, rejections, "/id", [changes])
    board, widget = await _opened(writing, rejections, widget_id)
    check_version(rejections, widget, expected, "/expectedVersion")
    zone = ZoneInfo(board.dashboard.time_zone)
    columns = await checked_columns(writing, rejections, changes, "", zone=zone, before=widget)
    rejections.raise_if_any()
    async with held:
        board.change(widget, columns, changes.layout)
        await board.close(raise_version=False)
    return WrittenWidget(widget, board.dashboard)


async def delete_widget(
    writing: Writing, rejections: Rejections, widget_id: int | None, expected: int | None
) -> WrittenWidget:
    """Removes a widget; only the history keeps it. The others stay where they are."""
    board, widget = await _opened(writing, rejections, widget_id)
    check_version(rejections, widget, expected, "/expectedVersion")
    rejections.raise_if_any()
    board.remove(widget)
    await board.close(raise_version=False)
    return WrittenWidget(widget, board.dashboard)


async def duplicate_widget(
    writing: Writing, rejections: Rejections, widget_id: int | None, name: str | None
) -> WrittenWidget:
    """Copies a widget to the next free place of its dashboard, in its size. Without a name it is "Copy of …"."""
    await lock_project(writing)
    board, widget = await _opened(writing, rejections, widget_id)
    if name is not None:
        name = clean_name(rejections, name, "/name")
    taken = {other.name for other in board.stored.values()}
    columns = copied(widget, WIDGET_SETTINGS)
    columns["name"] = name if name is not None else copy_name(widget.name, taken)
    copy = board.add(columns, None, from_json(widget.layout))
    board.check_room(rejections, "/id")
    rejections.raise_if_any()
    async with in_widget_quotas(writing, rejections, "/id"):
        await board.close(raise_version=False)
    return WrittenWidget(copy, board.dashboard)


async def _opened(writing: Writing, rejections: Rejections, widget_id: int | None) -> tuple[Board, Widget]:
    """The widget and its locked dashboard. Without it there is nothing to check the rest of an input against.

    Raises:
        Rejected: the project has no such widget, or its dashboard is deleted.
    """
    board = await _board_of(writing, widget_id) if widget_id is not None else None
    widget = board.stored.get(widget_id) if board is not None and widget_id is not None else None
    if board is None or widget is None:
        if widget_id is not None:
            rejections.not_found("Widget", "/id")
        raise Rejected(rejections.listed())
    return board, widget


async def _board_of(writing: Writing, widget_id: int) -> Board | None:
    statement = select(Widget.dashboard_id).where(Widget.project_id == writing.project_id, Widget.id == widget_id)
    dashboard_id = await writing.session.scalar(statement)
    return None if dashboard_id is None else await open_board(writing, Rejections(), dashboard_id, None, "/id")
