"""From a document to the state that it means, beside the dashboard that it is to change.

What a document says as the dashboard's own export would say it stays as it is stored, numbers of metrics and agents
included. So an export that is applied again changes nothing. Widgets are known by name, those of one name by order.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from aggregation.question.grouping import SECOND
from aggregation.question.needed_metrics import groupings
from resolvers.dashboard_settings import DASHBOARD_SETTINGS, WIDGET_SETTINGS, Kind, Setting, defaults
from resolvers.dashboard_state import DashboardState, WidgetState
from resolvers.documents.names import Names, group_with_numbers, with_names, with_number
from resolvers.documents.read import Draft, WidgetDraft
from resolvers.documents.write import widget_document
from resolvers.json_values import json_text
from resolvers.layout import DEFAULT_SIZES, Grid, Placement, from_json, settle
from resolvers.rejections import Rejections, WrongWidget
from resolvers.setting_checks import checked_settings
from resolvers.widget_definitions import WidgetChanges, checked_columns
from resolvers.writing import Writing


async def resolve(
    writing: Writing, rejections: Rejections, draft: Draft, present: DashboardState | None, names: Names
) -> DashboardState:
    """The state. ``present`` is the dashboard as it is; None for one that is yet to be made.

    Raises:
        Rejected: with every wrong name, filter, zone and combination, and what was noted of the document's shape.
    """
    columns = await _columns(writing, rejections, draft, present, names)
    zone = ZoneInfo(columns["time_zone"] or "UTC")
    matched = _matched(draft.widgets, present.widgets if present else ())
    widgets = [
        await _widget(writing, rejections, one, former, names, zone)
        for one, former in zip(draft.widgets, matched, strict=True)
    ]
    rejections.raise_if_any()
    return DashboardState(columns, False, _placed(draft.widgets, matched, widgets, present))


async def _columns(
    writing: Writing, rejections: Rejections, draft: Draft, present: DashboardState | None, names: Names
) -> dict[str, Any]:
    """The dashboard's own settings. Those that documents do not have stay as they are."""
    stored = present.columns if present else defaults(DASHBOARD_SETTINGS)
    as_exported = {
        setting.column
        for setting in DASHBOARD_SETTINGS
        if setting.kind is Kind.FILTERS and present is not None
        if _same(draft.columns[setting.column], with_names(stored[setting.column], names))
    }
    noted = {
        setting.column
        for setting in DASHBOARD_SETTINGS
        if rejections.has(f"{draft.path}/{setting.in_documents}")  # of the wrong type; its value was left out
    }
    given = {column: value for column, value in draft.columns.items() if column not in as_exported | noted}
    zone = present.columns["time_zone"] if present else "UTC"
    return {**stored, **await checked_settings(writing, rejections, given, draft.path, zone=zone)}


def _matched(drafts: Iterable[WidgetDraft], present: Iterable[WidgetState]) -> list[WidgetState | None]:
    waiting: defaultdict[str, list[WidgetState]] = defaultdict(list)
    for widget in present:
        waiting[widget.name].append(widget)
    return [
        waiting[name].pop(0) if waiting.get(name := str(draft.columns["name"]).strip()) else None for draft in drafts
    ]


async def _widget(
    writing: Writing,
    rejections: Rejections,
    draft: WidgetDraft,
    former: WidgetState | None,
    names: Names,
    zone: ZoneInfo,
) -> dict[str, Any]:
    """The widget's columns but for its layout."""
    exported = widget_document(former, names) if former is not None else {}
    if former is not None and all(
        _same(draft.columns[setting.column], _of_export(former, exported, setting))
        for setting in WIDGET_SETTINGS
        if setting.column in draft.columns
    ):
        return {column: value for column, value in former.columns.items() if column != "layout"}
    columns: dict[str, Any] = dict(draft.columns)
    columns["metric_id"] = _metric(rejections, columns["metric_id"], names, f"{draft.path}/metric")
    for column, key in (("filters", "filters"), ("group_by", "groupBy")):
        if former is not None and _same(columns[column], exported.get(key)):
            columns[column] = former.columns[column]
        elif column == "group_by":
            columns[column] = _group(rejections, columns[column], names, f"{draft.path}/groupBy")
    changes = WidgetChanges(metadata=columns.pop("widget_metadata"), **columns)
    checked = await checked_columns(writing, rejections, changes, draft.path, zone=zone)
    _name_metric(rejections, draft.path)
    return checked


def _of_export(former: WidgetState, exported: Mapping[str, Any], setting: Setting) -> Any:
    """What the widget's own export says, where names stand in it for numbers."""
    match setting.kind:
        case Kind.METRIC | Kind.FILTERS | Kind.GROUPING:
            return exported.get(setting.in_documents or "")
        case Kind.NAME | Kind.TEXT | Kind.ZONE | Kind.FLAG | Kind.CHOICE | Kind.OBJECT | Kind.PLACE:
            return former.columns[setting.column]
        case _:
            assert_never(setting.kind)


def _metric(rejections: Rejections, name: str | None, names: Names, path: str) -> int | None:
    if name is None:
        return None
    number = names.metric_id(name)
    if number is None:
        known = sorted(names.metrics.values())
        message = (
            f"The metric “{name[:80]}” does not exist in this project. Existing metrics: {', '.join(known) or 'none'}."
        )
        rejections.invalid(message, path, known)
    return number


def _group(rejections: Rejections, group_by: Any, names: Names, path: str) -> Any:
    numbered = group_with_numbers(group_by, names)
    if numbered is None and group_by is not None:
        known = [f"metric:{name}" for name in sorted(names.metrics.values())]
        for place, one in zip((path, f"{path}/{SECOND}"), groupings(group_by), strict=False):
            if with_number(one, names) is None:
                rejections.invalid("No metric of this project has that name.", f"{place}/field", known)
                break
    return numbered


def _name_metric(rejections: Rejections, path: str) -> None:
    """Documents have ``metric`` where inputs have ``metricId``; a metric that is unknown was noted already."""
    wrong, right = f"{path}/metricId", f"{path}/metric"
    noted = rejections.has(right)
    for index, rejection in reversed(list(enumerate(rejections.found))):
        if rejection.path == wrong and isinstance(rejection, WrongWidget):
            if noted:
                del rejections.found[index]
                continue
            fault = replace(rejection.fault, message=rejection.fault.message.replace("metricId", "metric"))
            rejections.found[index] = WrongWidget(fault.message, right, fault)


def _placed(
    drafts: tuple[WidgetDraft, ...],
    matched: list[WidgetState | None],
    columns: list[dict[str, Any]],
    present: DashboardState | None,
) -> tuple[WidgetState, ...]:
    """The widgets with their places: those of the document first, then where they lie now, else the first free ones."""
    former = [from_json(widget.columns["layout"]) if widget else None for widget in matched]
    places: dict[int, Placement] = {index: place for index, place in enumerate(former) if place is not None}
    moved = any(draft.layout is not None and draft.layout != former[index] for index, draft in enumerate(drafts))
    if moved or present is None or None in matched:
        given = {index: draft.layout for index, draft in enumerate(drafts) if draft.layout is not None}
        places = settle(given, {index: place for index, place in places.items() if index not in given})
        grid = Grid(places.values())
        for index, widget in enumerate(matched):
            if widget is None and index not in places:
                places[index] = grid.put(grid.first_free(DEFAULT_SIZES[columns[index]["chart_type"]]))
    return tuple(_state(matched[index], columns[index], places.get(index)) for index in range(len(drafts)))


def _state(former: WidgetState | None, columns: dict[str, Any], place: Placement | None) -> WidgetState:
    if former is None:
        new = {**defaults(WIDGET_SETTINGS), **columns, "layout": place.to_json() if place else None}
        return WidgetState(None, new, place.order if place else 0)
    if place is None or place == from_json(former.columns["layout"]):
        return replace(former, columns={**former.columns, **columns})
    return replace(former, columns={**former.columns, **columns, "layout": place.to_json()}, position=place.order)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, (dict, list)) or isinstance(other, (dict, list)):
        return json_text(one) == json_text(other)
    return one == other
