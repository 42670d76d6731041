"""A dashboard with its widgets, locked for one write: every change of widgets goes through it.

The steps of a write are those of ``Board``: ``open_board``, then ``remove``, ``change`` and ``add`` in any order, then
``close``, which settles the grid and writes. Nothing is written before ``close``.

A widget's version rises by one whenever its row changes, also when another widget pushed it down. Its
``position`` follows the reading order of the grid.
"""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from models import Dashboard, Widget
from resolvers.absent import ABSENT, Absent
from resolvers.dashboard_state import DashboardState, state_of
from resolvers.history import record
from resolvers.layout import DEFAULT_SIZES, Grid, Placement, from_json, settle
from resolvers.rejections import Rejections
from resolvers.row_changes import assign
from resolvers.writing import Writing, check_version, lock_dashboard, widgets_of

MAX_WIDGETS = 100
"""The most widgets of a dashboard."""


@dataclass(slots=True)
class Board:
    """A locked dashboard and its widgets in memory, with the changes collected so far.

    Attributes:
        stored: the widgets that the database has, by id.
        before: all of it as it was found.
        placed: the placements given by this write, in the order given.
        unplaced: widgets that are to get the next free place, in order, with the size they keep.
    """

    writing: Writing
    dashboard: Dashboard
    stored: dict[int, Widget]
    before: DashboardState
    values: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])
    added: list[Widget] = field(default_factory=list[Widget])
    removed: list[Widget] = field(default_factory=list[Widget])
    placed: list[tuple[Widget, Placement]] = field(default_factory=list[tuple[Widget, Placement]])
    unplaced: list[tuple[Widget, Placement]] = field(default_factory=list[tuple[Widget, Placement]])

    def add(self, columns: dict[str, Any], layout: Placement | None, size: Placement | None = None) -> Widget:
        """A new widget at the layout given, or at the next free place."""
        ids = {"project_id": self.writing.project_id, "dashboard_id": self.dashboard.id}
        widget = Widget(**ids, **columns, version=1)
        self.added.append(widget)
        self._place(widget, layout, size or DEFAULT_SIZES[widget.chart_type])
        return widget

    def change(self, widget: Widget, columns: dict[str, Any], layout: Placement | Absent | None = ABSENT) -> None:
        """New values for a stored widget."""
        self.values[widget.id] = columns
        if layout is not ABSENT:
            kind = columns.get("chart_type", widget.chart_type)
            self._place(widget, layout, from_json(widget.layout) or DEFAULT_SIZES[kind])

    def remove(self, widget: Widget) -> None:
        """Takes a stored widget off the dashboard."""
        self.removed.append(widget)

    def check_room(self, rejections: Rejections, path: str) -> None:
        """Notes that there are more widgets than a dashboard may have."""
        if self.added and len(self.stored) - len(self.removed) + len(self.added) > MAX_WIDGETS:
            rejections.exceeded(f"A dashboard can have at most {MAX_WIDGETS} widgets.", path)

    async def close(self, *, raise_version: bool) -> bool:
        """Settles the grid and writes, with a revision; whether anything changed.

        The dashboard's ``updated_at`` is renewed by any change, its version rises only with ``raise_version``.
        """
        session = self.writing.session
        changed = bool(self.added or self.removed)
        for widget in self.removed:
            await session.delete(widget)
        settled = self._settled()
        for widget in self.stored.values():
            columns = dict(self.values.get(widget.id, {}))
            if widget in settled:
                columns["layout"] = settled[widget].to_json()
            if widget not in self.removed and assign(widget, columns):
                widget.version += 1
                changed = True
        session.add_all(self.added)
        for widget, placement in settled.items():
            widget.layout, widget.position = placement.to_json(), placement.order
        if changed:
            self.dashboard.version += 1 if raise_version else 0
            flag_modified(self.dashboard, "version")
        await session.flush()
        self.stored = await widgets_of(self.writing, self.dashboard.id)
        if changed:
            await record(self.writing, self.dashboard.id, self.before, state_of(self.dashboard, self.stored.values()))
        return changed

    def _place(self, widget: Widget, layout: Placement | None, size: Placement) -> None:
        if layout is None:
            self.unplaced.append((widget, size))
        else:
            self.placed.append((widget, layout))

    def _settled(self) -> dict[Widget, Placement]:
        """Where every widget lies that lies on the grid; empty when this write places none."""
        if not self.placed and not self.unplaced:
            return {}
        given = dict(self.placed)
        moving = {*given, *(widget for widget, _ in self.unplaced), *self.removed}
        standing = {
            widget: placement
            for widget in self.stored.values()
            if widget not in moving and (placement := from_json(widget.layout)) is not None
        }
        settled = settle(given, standing)
        grid = Grid(settled.values())
        for widget, size in self.unplaced:
            settled[widget] = grid.put(grid.first_free(size))
        return settled


async def open_board(
    writing: Writing, rejections: Rejections, dashboard_id: int, expected: int | None, path: str
) -> Board | None:
    """The dashboard with its widgets, locked; None, and noted, when the project has no such dashboard."""
    dashboard = await lock_dashboard(writing, rejections, dashboard_id, path)
    if dashboard is None:
        return None
    check_version(rejections, dashboard, expected, "/expectedVersion")
    stored = await widgets_of(writing, dashboard_id)
    return Board(writing, dashboard, stored, state_of(dashboard, stored.values()))
