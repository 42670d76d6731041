"""A dashboard with its widgets as one value: what a revision keeps, what changes are told from, what can be put back.

Rows become states, and states become JSON for the history. That JSON has row numbers, which only this database
knows; the documents of ``resolvers.documents``, which travel, have names instead.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from models import Aggregation, ChartType, Dashboard, TimePeriod, Weekday, Widget

DASHBOARD_KEYS = {
    "name": "name",
    "filters": "filters",
    "time_zone": "timeZone",
    "week_start": "weekStart",
    "is_default": "isDefault",
    "include_in_daily_report": "includeInDailyReport",
}
"""A dashboard's columns that clients set, by the keys that they have in JSON."""

WIDGET_KEYS = {
    "name": "name",
    "chart_type": "chartType",
    "field": "field",
    "metric_id": "metricId",
    "aggregation": "aggregation",
    "time_period": "timePeriod",
    "group_by": "groupBy",
    "filters": "filters",
    "layout": "layout",
    "widget_metadata": "metadata",
}
"""A widget's columns that clients set, by the keys that they have in JSON."""

ENUMS: dict[str, type[StrEnum]] = {
    "week_start": Weekday,
    "chart_type": ChartType,
    "aggregation": Aggregation,
    "time_period": TimePeriod,
}
"""Columns of closed sets; JSON writes their values by name, as GraphQL does."""


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
        {column: getattr(dashboard, column) for column in DASHBOARD_KEYS},
        dashboard.deleted_at is not None,
        tuple(
            WidgetState(
                widget.id, {column: getattr(widget, column) for column in WIDGET_KEYS}, widget.position, widget.version
            )
            for widget in widgets
        ),
    )


def to_json(state: DashboardState) -> dict[str, Any]:
    """The state as the history keeps it."""
    return {
        **_written(state.columns, DASHBOARD_KEYS),
        "deleted": state.deleted,
        "widgets": [
            {
                "id": widget.id,
                **_written(widget.columns, WIDGET_KEYS),
                "position": widget.position,
                "version": widget.version,
            }
            for widget in state.widgets
        ],
    }


def from_json(document: Mapping[str, Any]) -> DashboardState:
    """The state that ``to_json`` wrote."""
    return DashboardState(
        _read(document, DASHBOARD_KEYS),
        document["deleted"],
        tuple(
            WidgetState(widget["id"], _read(widget, WIDGET_KEYS), widget["position"], widget["version"])
            for widget in document["widgets"]
        ),
    )


def _written(columns: Mapping[str, Any], keys: Mapping[str, str]) -> dict[str, Any]:
    return {
        key: columns[column].name if isinstance(columns[column], StrEnum) else columns[column]
        for column, key in keys.items()
    }


def _read(document: Mapping[str, Any], keys: Mapping[str, str]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for column, key in keys.items():
        value = document.get(key)
        read[column] = ENUMS[column][value] if value is not None and column in ENUMS else value
    return read
