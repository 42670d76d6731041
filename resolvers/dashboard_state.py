"""A dashboard with its widgets as one value: what a revision keeps, what changes are told from, what can be put back.

Rows become states, and states become JSON for the history. That JSON has row numbers, which only this database
knows; the documents of ``resolvers.documents``, which travel, have names instead.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from filters import MaskedFields
from models import Dashboard, Widget
from resolvers.dashboard_settings import DASHBOARD_SETTINGS, WIDGET_SETTINGS, Kind, Setting


@dataclass(frozen=True, slots=True)
class WidgetState:
    """One widget. ``id`` is None for one that is yet to be made; ``version`` guards it against lost updates."""

    id: int | None
    columns: Mapping[str, Any]
    position: int
    version: int = 0

    @property
    def name(self) -> str:
        """Its title."""
        return self.columns["name"]


@dataclass(frozen=True, slots=True)
class DashboardState:
    """A dashboard's own columns, whether it is deleted, and its widgets in their order."""

    columns: Mapping[str, Any]
    deleted: bool
    widgets: tuple[WidgetState, ...]

    @property
    def name(self) -> str:
        """Its title."""
        return self.columns["name"]


def state_of(dashboard: Dashboard, widgets: Iterable[Widget]) -> DashboardState:
    """What the rows say now. Later changes of the rows leave it as it is."""
    return DashboardState(
        _columns(dashboard, DASHBOARD_SETTINGS),
        dashboard.deleted_at is not None,
        tuple(
            WidgetState(widget.id, _columns(widget, WIDGET_SETTINGS), widget.position, widget.version)
            for widget in widgets
        ),
    )


def to_json(state: DashboardState) -> dict[str, Any]:
    """The state as the history keeps it."""
    return {
        **_written(state.columns, DASHBOARD_SETTINGS),
        "deleted": state.deleted,
        "widgets": [
            {
                "id": widget.id,
                **_written(widget.columns, WIDGET_SETTINGS),
                "position": widget.position,
                "version": widget.version,
            }
            for widget in state.widgets
        ],
    }


def from_json(document: Mapping[str, Any]) -> DashboardState:
    """The state that ``to_json`` wrote, maybe before there were all of today's settings."""
    return DashboardState(
        _read(document, DASHBOARD_SETTINGS),
        document["deleted"],
        tuple(
            WidgetState(widget["id"], _read(widget, WIDGET_SETTINGS), widget["position"], widget["version"])
            for widget in document["widgets"]
        ),
    )


def _columns(row: Dashboard | Widget, settings: Iterable[Setting]) -> dict[str, Any]:
    return {setting.column: getattr(row, setting.column) for setting in settings}


def _written(columns: Mapping[str, Any], settings: Iterable[Setting]) -> dict[str, Any]:
    return {setting.key: setting.written(columns[setting.column]) for setting in settings}


def _read(document: Mapping[str, Any], settings: Iterable[Setting]) -> dict[str, Any]:
    return {setting.column: setting.of_revision(document) for setting in settings}


def without_values(state: DashboardState, masked: MaskedFields) -> DashboardState:
    """The state with the values of masked fields hidden in its filters."""
    if not masked:
        return state
    return replace(
        state,
        columns=_hidden(state.columns, DASHBOARD_SETTINGS, masked),
        widgets=tuple(
            replace(widget, columns=_hidden(widget.columns, WIDGET_SETTINGS, masked)) for widget in state.widgets
        ),
    )


def _hidden(columns: Mapping[str, Any], settings: Iterable[Setting], masked: MaskedFields) -> dict[str, Any]:
    filters = {setting.column for setting in settings if setting.kind is Kind.FILTERS}
    return {name: masked.filters(value) if name in filters else value for name, value in columns.items()}
