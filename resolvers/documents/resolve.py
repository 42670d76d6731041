"""From a document to the state that it means, beside the dashboard that it is to change.

What a document says as the dashboard's own export would say it stays as it is stored, numbers of metrics and agents
included. So an export that is applied again changes nothing. Widgets are known by name, those of one name by order.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from aggregation.question.zones import zone_of
from models import Weekday
from resolvers.dashboard_state import DashboardState, WidgetState
from resolvers.documents.names import Names, group_with_numbers, with_names
from resolvers.documents.read import Draft, WidgetDraft
from resolvers.documents.write import widget_document
from resolvers.json_values import json_text
from resolvers.layout import DEFAULT_SIZES, Placement, first_free, from_json, settle
from resolvers.names import clean_name
from resolvers.rejections import Rejections, WrongWidget
from resolvers.saved_filters import check_filters
from resolvers.widget_definitions import WidgetChanges, checked_columns
from resolvers.writing import Writing


async def resolve(
    writing: Writing, rejections: Rejections, draft: Draft, present: DashboardState | None, names: Names
) -> DashboardState:
    """The state. ``present`` is the dashboard as it is; None for one that is yet to be made.

    Raises:
        Rejected: with every wrong name, filter, zone and combination.
    """
    zone = _zone(rejections, draft.columns["time_zone"], f"{draft.path}/timeZone")
    columns = {
        "name": clean_name(rejections, draft.columns["name"], f"{draft.path}/name"),
        "filters": await _filters(writing, rejections, draft, present, names, zone),
        "time_zone": draft.columns["time_zone"] or "UTC",
        "week_start": draft.columns["week_start"] or Weekday.MONDAY,
        "is_default": bool(draft.columns["is_default"]),
        "include_in_daily_report": bool(draft.columns["include_in_daily_report"]),
    }
    matched = _matched(draft.widgets, present.widgets if present else ())
    widgets = [
        await _widget(writing, rejections, one, former, names, zone)
        for one, former in zip(draft.widgets, matched, strict=True)
    ]
    rejections.raise_if_any()
    return DashboardState(columns, False, _placed(draft.widgets, matched, widgets, present))


def _zone(rejections: Rejections, name: str | None, path: str) -> ZoneInfo:
    try:
        return zone_of(name or "UTC")
    except ValueError as error:
        rejections.invalid(str(error), path)
        return ZoneInfo("UTC")


async def _filters(
    writing: Writing,
    rejections: Rejections,
    draft: Draft,
    present: DashboardState | None,
    names: Names,
    zone: ZoneInfo,
) -> Any:
    given = draft.columns["filters"]
    if present is not None and _same(given, with_names(present.columns["filters"], names)):
        return present.columns["filters"]
    await check_filters(writing, rejections, given, f"{draft.path}/filters", origin="dashboard", zone=zone)
    return given


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
        _same(draft.columns[column], _of_export(former, exported, column)) for column in draft.columns
    ):
        return {column: value for column, value in former.columns.items() if column != "layout"}
    columns: dict[str, Any] = dict(draft.columns)
    columns["metric_id"] = _metric(rejections, columns.pop("metric"), names, f"{draft.path}/metric")
    for column, key in (("filters", "filters"), ("group_by", "groupBy")):
        if former is not None and _same(columns[column], exported.get(key)):
            columns[column] = former.columns[column]
        elif column == "group_by":
            columns[column] = _group(rejections, columns[column], names, f"{draft.path}/groupBy/field")
    changes = WidgetChanges(metadata=columns.pop("widget_metadata"), **columns)
    checked = await checked_columns(writing, rejections, changes, draft.path, zone=zone)
    _name_metric(rejections, draft.path)
    return checked


def _of_export(former: WidgetState, exported: Mapping[str, Any], column: str) -> Any:
    match column:
        case "metric":
            return exported.get("metric")
        case "filters":
            return exported.get("filters")
        case "group_by":
            return exported.get("groupBy")
        case _:
            return former.columns[column]


def _metric(rejections: Rejections, name: str | None, names: Names, path: str) -> int | None:
    if name is None:
        return None
    number = names.metric_id(name)
    if number is None:
        known = sorted(names.metrics.values())
        message = f"There is no metric “{name[:80]}” in this project. There are: {', '.join(known) or 'none'}."
        rejections.invalid(message, path, known)
    return number


def _group(rejections: Rejections, group_by: Any, names: Names, path: str) -> Any:
    numbered = group_with_numbers(group_by, names)
    if numbered is None and group_by is not None:
        known = [f"metric:{name}" for name in sorted(names.metrics.values())]
        rejections.invalid("There is no metric of that name in this project.", path, known)
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
            rejections.found[index] = WrongWidget(fault, right)


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
        for index, widget in enumerate(matched):
            if widget is None and index not in places:
                places[index] = first_free(DEFAULT_SIZES[columns[index]["chart_type"]], places.values())
    return tuple(_state(matched[index], columns[index], places.get(index)) for index in range(len(drafts)))


def _state(former: WidgetState | None, columns: dict[str, Any], place: Placement | None) -> WidgetState:
    if former is None:
        return WidgetState(None, {**columns, "layout": place.to_json() if place else None}, place.order if place else 0)
    if place is None or place == from_json(former.columns["layout"]):
        return replace(former, columns={**columns, "layout": former.columns["layout"]})
    return replace(former, columns={**columns, "layout": place.to_json()}, position=place.order)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, (dict, list)) or isinstance(other, (dict, list)):
        return json_text(one) == json_text(other)
    return one == other
