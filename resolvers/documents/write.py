"""A state of a dashboard as a document: keys in one order, values by name, nothing that is null."""

from typing import Any, cast

from resolvers.dashboard_state import DASHBOARD_KEYS, ENUMS, WIDGET_KEYS, DashboardState, WidgetState
from resolvers.documents.names import Names, group_with_names, with_names
from resolvers.layout import from_json

FORMAT = "dialboard-dashboard/1"
"""The format of documents and its version, which every document begins with."""


def to_document(state: DashboardState, names: Names) -> dict[str, Any]:
    """The document. The same state always gives the same text."""
    columns = {**state.columns, "filters": with_names(state.columns["filters"], names)}
    written = {key: _value(column, columns[column]) for column, key in DASHBOARD_KEYS.items()}
    return {
        "format": FORMAT,
        **{key: value for key, value in written.items() if value is not None},
        "widgets": [widget_document(widget, names) for widget in state.widgets],
    }


def widget_document(widget: WidgetState, names: Names) -> dict[str, Any]:
    """One widget. A metric that is gone is left out, and so is a place that is none."""
    columns = dict(widget.columns)
    columns["metric_id"] = names.metrics.get(columns["metric_id"])
    columns["filters"] = with_names(columns["filters"], names)
    columns["group_by"] = group_with_names(columns["group_by"], names)
    place = from_json(columns["layout"])
    columns["layout"] = None
    written = {
        "metric" if column == "metric_id" else key: _value(column, columns[column])
        for column, key in WIDGET_KEYS.items()
    }
    if place is not None:
        written["layout"] = place.to_json()
    return {key: value for key, value in written.items() if value is not None}


def _value(column: str, value: Any) -> Any:
    return value.name if column in ENUMS and value is not None else _sorted(value)


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
