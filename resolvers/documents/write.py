"""A state of a dashboard as a document: keys in one order, values by name, nothing that is null."""

from collections.abc import Mapping
from typing import Any, assert_never, cast

from resolvers.dashboard_settings import DASHBOARD_SETTINGS, WIDGET_SETTINGS, Kind, Setting
from resolvers.dashboard_state import DashboardState, WidgetState
from resolvers.documents.names import Names, group_with_names, with_names
from resolvers.layout import from_json

FORMAT = "dialboard-dashboard/1"
"""The format of documents and its version, which every document begins with."""


def to_document(state: DashboardState, names: Names) -> dict[str, Any]:
    """The document. The same state always gives the same text."""
    columns = {**state.columns, "filters": with_names(state.columns["filters"], names)}
    return {
        "format": FORMAT,
        **_written(columns, DASHBOARD_SETTINGS),
        "widgets": [widget_document(widget, names) for widget in state.widgets],
    }


def widget_document(widget: WidgetState, names: Names) -> dict[str, Any]:
    """One widget. A metric that is gone is left out, and so is a place that is none."""
    columns = dict(widget.columns)
    columns["metric_id"] = names.metrics.get(columns["metric_id"])
    columns["filters"] = with_names(columns["filters"], names)
    columns["group_by"] = group_with_names(columns["group_by"], names)
    place = from_json(columns["layout"])
    columns["layout"] = place.to_json() if place is not None else None
    return _written(columns, WIDGET_SETTINGS)


def _written(columns: Mapping[str, Any], settings: tuple[Setting, ...]) -> dict[str, Any]:
    return {
        setting.in_documents: _in_order(setting, setting.written(value))
        for setting in settings
        if setting.in_documents is not None and (value := columns[setting.column]) is not None
    }


def _in_order(setting: Setting, value: Any) -> Any:
    """The value with its objects' keys in alphabetical order; those of a place have an order of their own."""
    match setting.kind:
        case Kind.PLACE:
            return value
        case (
            Kind.NAME
            | Kind.TEXT
            | Kind.ZONE
            | Kind.FLAG
            | Kind.CHOICE
            | Kind.FILTERS
            | Kind.OBJECT
            | Kind.GROUPING
            | Kind.METRIC
        ):
            return _sorted(value)
        case _:
            assert_never(setting.kind)


def _sorted(value: Any) -> Any:
    """JSON with its objects' keys in alphabetical order."""
    match value:
        case dict():
            members = cast("dict[str, Any]", value)
            return {key: _sorted(members[key]) for key in sorted(members)}
        case list():
            return [_sorted(member) for member in cast("list[Any]", value)]
        case _:
            return value
