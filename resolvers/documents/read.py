"""Taking a document apart: its keys and the types of their values, every fault with a JSON pointer into it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from filters.faults import echo, pointer
from filters.suggestions import nearest
from resolvers.board import MAX_WIDGETS
from resolvers.dashboard_state import DASHBOARD_KEYS, ENUMS, WIDGET_KEYS
from resolvers.documents.write import FORMAT
from resolvers.json_values import check_storable
from resolvers.layout import Placement, check_placement
from resolvers.rejections import Rejections

DASHBOARD_COLUMNS = {key: column for column, key in DASHBOARD_KEYS.items()}
WIDGET_COLUMNS = {
    "metric" if column == "metric_id" else key: "metric" if column == "metric_id" else column
    for column, key in WIDGET_KEYS.items()
}
_SIDES = ("x", "y", "width", "height")
_FLAGS = ("is_default", "include_in_daily_report")
_TEXTS = ("name", "time_zone", "field", "metric")


@dataclass(frozen=True, slots=True)
class WidgetDraft:
    """A widget of a document.

    Attributes:
        columns: its values by column, but for the layout; ``metric`` is a name. What the document leaves out is null.
        layout: its place; None where the document has none.
        path: JSON pointer to it.
    """

    columns: Mapping[str, Any]
    layout: Placement | None
    path: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A document of a sound shape, whose names, filters and combinations are yet to be checked."""

    columns: Mapping[str, Any]
    widgets: tuple[WidgetDraft, ...]
    path: str


def read_document(rejections: Rejections, document: Any, path: str) -> Draft:
    """Takes a document apart.

    Raises:
        Rejected: with everything that is wrong with its shape.
    """
    members = _object(rejections, document, path, "A dashboard's document")
    if members is not None and check_storable(rejections, members, path):
        if members.get("format") != FORMAT:
            message = f"The format of the document is {echo(members.get('format'))}; it must be {FORMAT!r}."
            rejections.invalid(message, f"{path}/format", [FORMAT])
            rejections.raise_if_any()
        _keys(rejections, members, ("format", *DASHBOARD_COLUMNS, "widgets"), path)
        columns = _values(rejections, members, DASHBOARD_COLUMNS, path)
        _needed(rejections, members, "name", path)
        widgets = _widgets(rejections, members.get("widgets"), f"{path}/widgets")
        rejections.raise_if_any()
        return Draft(columns, widgets, path)
    rejections.raise_if_any()
    raise AssertionError("a document that is no object was noted")


def _widgets(rejections: Rejections, given: Any, path: str) -> tuple[WidgetDraft, ...]:
    if given is None:
        return ()
    if not isinstance(given, list):
        rejections.invalid("The widgets of a dashboard are a list.", path)
        return ()
    members = cast("list[Any]", given)
    if len(members) > MAX_WIDGETS:
        rejections.exceeded(f"A dashboard has at most {MAX_WIDGETS} widgets; these are {len(members):,}.", path)
        return ()
    drafts = (_widget(rejections, member, f"{path}/{index}") for index, member in enumerate(members))
    return tuple(draft for draft in drafts if draft is not None)


def _widget(rejections: Rejections, given: Any, path: str) -> WidgetDraft | None:
    members = _object(rejections, given, path, "A widget")
    if members is None:
        return None
    _keys(rejections, members, WIDGET_COLUMNS, path)
    for key in ("name", "chartType"):
        _needed(rejections, members, key, path)
    columns = _values(rejections, members, WIDGET_COLUMNS, path)
    del columns["layout"]
    return WidgetDraft(columns, _layout(rejections, members.get("layout"), f"{path}/layout"), path)


def _layout(rejections: Rejections, given: Any, path: str) -> Placement | None:
    if given is None:
        return None
    members = _object(rejections, given, path, "A layout")
    if members is None:
        return None
    _keys(rejections, members, _SIDES, path)
    sides = [members.get(side) for side in _SIDES]
    for side, value in zip(_SIDES, sides, strict=True):
        if type(value) is not int:
            rejections.invalid(f"{side} must be a whole number, not {echo(value)}.", f"{path}/{side}")
            return None
    placement = Placement(*cast("list[int]", sides))
    before = rejections.count
    check_placement(rejections, placement, path)
    return placement if rejections.count == before else None


def _object(rejections: Rejections, given: Any, path: str, what: str) -> dict[str, Any] | None:
    if isinstance(given, dict):
        return cast("dict[str, Any]", given)
    rejections.invalid(f"{what} is a JSON object, not {echo(given)}.", path)
    return None


def _keys(rejections: Rejections, members: Mapping[str, Any], known: Iterable[str], path: str) -> None:
    names = tuple(known)
    for key in members:
        if key not in names:
            near = nearest(key, names)
            hint = f' Did you mean "{near}"?' if near else ""
            message = f"There is no key {echo(key)}.{hint} Allowed here: {', '.join(names)}."
            rejections.invalid(message, pointer(path, key), names)


def _needed(rejections: Rejections, members: Mapping[str, Any], key: str, path: str) -> None:
    if members.get(key) is None:
        allowed = [choice.name for choice in ENUMS["chart_type"]] if key == "chartType" else ()
        rejections.invalid(f"{key} is missing.", f"{path}/{key}", allowed)


def _values(
    rejections: Rejections, members: Mapping[str, Any], columns: Mapping[str, str], path: str
) -> dict[str, Any]:
    return {column: _value(rejections, column, members.get(key), f"{path}/{key}") for key, column in columns.items()}


def _value(rejections: Rejections, column: str, value: Any, path: str) -> Any:
    if value is None:
        return None
    if column in ENUMS:
        return _choice(rejections, ENUMS[column], value, path)
    if column in _FLAGS and not isinstance(value, bool):
        rejections.invalid(f"This is true or false, not {echo(value)}.", path, ("true", "false"))
    elif column in _TEXTS and not isinstance(value, str):
        rejections.invalid(f"This is a text, not {echo(value)}.", path)
    else:
        return value
    return None


def _choice(rejections: Rejections, kind: type[StrEnum], value: Any, path: str) -> StrEnum | None:
    if isinstance(value, str) and value in kind.__members__:
        return kind[value]
    names = tuple(kind.__members__)
    rejections.invalid(f"{echo(value)} is none of these. Allowed here: {', '.join(names)}.", path, names)
    return None
