"""Changing many widgets of one dashboard at once, all or nothing: arranging them, and saving an edited dashboard.

Both raise the dashboard's version, which guards the arrangement as a whole.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from models import Dashboard, Widget
from resolvers.absent import ABSENT
from resolvers.board import MAX_WIDGETS, Board, open_board
from resolvers.layout import Placement, check_placement
from resolvers.rejections import Rejections
from resolvers.widget_definitions import WidgetChanges, checked_columns
from resolvers.widget_quotas import held_to_widget_quotas, in_widget_quotas
from resolvers.writing import Writing, check_version, lock_project


@dataclass(frozen=True, slots=True)
class WidgetUpdate:
    """New values for a widget of the dashboard. The id is None when it was refused already."""

    widget_id: int | None
    expected: int | None
    changes: WidgetChanges


@dataclass(frozen=True, slots=True)
class WidgetBatch:
    """What to create, update and delete, each in the order in which the input has it."""

    create: Sequence[WidgetChanges] = ()
    update: Sequence[WidgetUpdate] = ()
    delete: Sequence[int | None] = ()


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The dashboard after a batch, all its widgets in order, and those of the batch."""

    dashboard: Dashboard
    widgets: tuple[Widget, ...]
    created: tuple[Widget, ...] = ()
    updated: tuple[Widget, ...] = ()
    deleted: tuple[int, ...] = ()


@dataclass(slots=True)
class _Once:
    """Finds the widgets that a batch names, each of which it may name once."""

    board: Board
    rejections: Rejections
    seen: dict[int, str] = field(default_factory=dict[int, str])

    def find(self, widget_id: int | None, path: str) -> Widget | None:
        """The widget of the dashboard; None, and noted, when it has none or the batch named it before."""
        if widget_id is None:
            return None
        widget = self.board.stored.get(widget_id)
        if widget is None:
            self.rejections.not_found("Widget", path)
            return None
        first = self.seen.setdefault(widget_id, path)
        if first != path:
            self.rejections.invalid(f"This widget is already listed at {first}.", path)
            return None
        return widget


async def arrange_widgets(
    writing: Writing,
    rejections: Rejections,
    dashboard_id: int | None,
    expected: int | None,
    placements: Sequence[tuple[int | None, Placement]],
) -> BatchResult:
    """Puts widgets of one dashboard in the places given; those not named stay or are pushed down."""
    _check_length(rejections, len(placements), "/widgets")
    for index, (_, placement) in enumerate(placements):
        check_placement(rejections, placement, f"/widgets/{index}/layout")
    board = None
    if dashboard_id is not None:
        board = await open_board(writing, rejections, dashboard_id, expected, "/dashboardId")
    if board is not None:
        once = _Once(board, rejections)
        for index, (widget_id, placement) in enumerate(placements):
            widget = once.find(widget_id, f"/widgets/{index}/id")
            if widget is not None:
                board.change(widget, {}, placement)
    rejections.raise_if_any()
    assert board is not None
    await board.close(raise_version=True)
    return BatchResult(board.dashboard, tuple(board.stored.values()))


async def apply_widget_changes(
    writing: Writing, rejections: Rejections, dashboard_id: int | None, expected: int | None, batch: WidgetBatch
) -> BatchResult:
    """Deletes, updates and creates widgets of one dashboard in one transaction.

    Layouts given by updates come before those of new widgets where both want the same place. Paths of what is wrong
    begin with "/create/0", "/update/0" or "/delete/0".
    """
    for name, given in (("create", batch.create), ("update", batch.update), ("delete", batch.delete)):
        _check_length(rejections, len(given), f"/{name}")
    held = await _held(writing, rejections, batch)
    board = None
    if dashboard_id is not None:
        board = await open_board(writing, rejections, dashboard_id, expected, "/dashboardId")
    if board is None:
        rejections.raise_if_any()
    assert board is not None
    once = _Once(board, rejections)
    for index, widget_id in enumerate(batch.delete):
        widget = once.find(widget_id, f"/delete/{index}")
        if widget is not None:
            board.remove(widget)
    updated = [widget for index, update in enumerate(batch.update) if (widget := await _update(once, index, update))]
    created = [widget for index, changes in enumerate(batch.create) if (widget := await _create(once, index, changes))]
    board.check_room(rejections, "/create")
    rejections.raise_if_any()
    deleted = tuple(widget.id for widget in board.removed)
    async with held:
        await board.close(raise_version=True)
    widgets = tuple(board.stored.values())
    return BatchResult(board.dashboard, widgets, tuple(created), tuple(updated), deleted)


async def _held(writing: Writing, rejections: Rejections, batch: WidgetBatch) -> AbstractAsyncContextManager[None]:
    if not batch.create:
        return await held_to_widget_quotas(writing, rejections, "/update", [update.changes for update in batch.update])
    await lock_project(writing)
    return in_widget_quotas(writing, rejections, "/create")


async def _update(once: _Once, index: int, update: WidgetUpdate) -> Widget | None:
    path, board, rejections = f"/update/{index}", once.board, once.rejections
    widget = once.find(update.widget_id, f"{path}/id")
    if widget is None:
        return None
    check_version(rejections, widget, update.expected, f"{path}/expectedVersion")
    zone = ZoneInfo(board.dashboard.time_zone)
    columns = await checked_columns(board.writing, rejections, update.changes, path, zone=zone, before=widget)
    board.change(widget, columns, update.changes.layout)
    return widget


async def _create(once: _Once, index: int, changes: WidgetChanges) -> Widget | None:
    board, rejections, before = once.board, once.rejections, once.rejections.count
    zone = ZoneInfo(board.dashboard.time_zone)
    columns = await checked_columns(board.writing, rejections, changes, f"/create/{index}", zone=zone)
    if rejections.count > before:
        return None
    return board.add(columns, None if changes.layout is ABSENT else changes.layout)


def _check_length(rejections: Rejections, length: int, path: str) -> None:
    if length > MAX_WIDGETS:
        rejections.exceeded(f"At most {MAX_WIDGETS} widgets are accepted at once, but {length:,} were given.", path)
        rejections.raise_if_any()
