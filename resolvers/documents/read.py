"""Taking a document apart: its keys and the types of their values, every fault with a JSON pointer into it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never, cast

from filters.faults import echo, pointer
from filters.suggestions import nearest
from resolvers.board import MAX_WIDGETS
from resolvers.dashboard_settings import DASHBOARD_SETTINGS, WIDGET_SETTINGS, Kind, Setting
from resolvers.documents.write import FORMAT
from resolvers.json_values import check_storable
from resolvers.layout import Placement, check_placement
from resolvers.rejections import Rejections

Keys = Mapping[str, Setting]
"""Settings by their names in documents."""

_SIDES = ("x", "y", "width", "height")


@dataclass(frozen=True, slots=True)
class WidgetDraft:
    """A widget of a document.

    Attributes:
        columns: its values by column, but for the layout; that of ``metric_id`` is the metric's name. What the document
            leaves out is what it means to leave it out.
        layout: its place; None where the document has none.
        path: JSON pointer to it.
    """

    columns: Mapping[str, Any]
    layout: Placement | None
    path: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What a document says, as far as its shape is sound. Names, filters and combinations are yet to be checked.

    ``columns`` are the settings that documents have; what this one leaves out is what it means to leave it out.
    """

    columns: Mapping[str, Any]
    widgets: tuple[WidgetDraft, ...]
    path: str


def read_document(rejections: Rejections, document: Any, path: str) -> Draft:
    """Takes a document apart. What is wrong with its shape is noted, and left out of the draft.

    Raises:
        Rejected: it is not an object of this format, so that nothing else can be said of it.
    """
    members = _object(rejections, document, path, "A dashboard's document")
    if members is not None and check_storable(rejections, members, path):
        if members.get("format") != FORMAT:
            message = f"The format of the document is {echo(members.get('format'))}; it must be {FORMAT!r}."
            rejections.invalid(message, f"{path}/format", [FORMAT])
            rejections.raise_if_any()
        keys = _named(DASHBOARD_SETTINGS)
        _keys(rejections, members, ("format", *keys, "widgets"), path)
        columns = _values(rejections, members, keys, path)
        return Draft(columns, _widgets(rejections, members.get("widgets"), f"{path}/widgets"), path)
    rejections.raise_if_any()
    raise AssertionError("a document that is no object was noted")


def _widgets(rejections: Rejections, given: Any, path: str) -> tuple[WidgetDraft, ...]:
    if given is None:
        return ()
    if not isinstance(given, list):
        rejections.invalid("The widgets of a dashboard must be a list.", path)
        return ()
    members = cast("list[Any]", given)
    if len(members) > MAX_WIDGETS:
        rejections.exceeded(
            f"A dashboard can have at most {MAX_WIDGETS} widgets, but the document has {len(members):,}.", path
        )
        return ()
    drafts = (_widget(rejections, member, f"{path}/{index}") for index, member in enumerate(members))
    return tuple(draft for draft in drafts if draft is not None)


def _widget(rejections: Rejections, given: Any, path: str) -> WidgetDraft | None:
    before = rejections.count
    members = _object(rejections, given, path, "A widget")
    if members is None:
        return None
    keys = _named(WIDGET_SETTINGS)
    _keys(rejections, members, keys, path)
    columns = _values(rejections, members, keys, path)
    del columns["layout"]
    layout = _layout(rejections, members.get("layout"), f"{path}/layout")
    return WidgetDraft(columns, layout, path) if rejections.count == before else None


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
    rejections.invalid(f"{what} must be a JSON object, not {echo(given)}.", path)
    return None


def _keys(rejections: Rejections, members: Mapping[str, Any], known: Iterable[str], path: str) -> None:
    names = tuple(known)
    for key in members:
        if key not in names:
            near = nearest(key, names)
            hint = f' Did you mean "{near}"?' if near else ""
            message = f"{echo(key)} is not a valid key.{hint} Allowed here: {', '.join(names)}."
            rejections.invalid(message, pointer(path, key), names)


def _named(settings: Sequence[Setting]) -> Keys:
    return {setting.in_documents: setting for setting in settings if setting.in_documents is not None}


def _values(rejections: Rejections, members: Mapping[str, Any], keys: Keys, path: str) -> dict[str, Any]:
    sound = {key: members[key] for key in keys if key in members and _fits(rejections, keys[key], members[key], path)}
    values: dict[str, Any] = {}
    for key, setting in keys.items():
        if setting.is_needed and sound.get(key) is None:
            if members.get(key) is None:
                rejections.invalid(f"{key} is missing.", f"{path}/{key}", _choices(setting))
            values[setting.column] = None
        else:
            values[setting.column] = setting.of_document(sound)
    return values


def _fits(rejections: Rejections, setting: Setting, value: Any, path: str) -> bool:
    """Whether a value is of its setting's type; null is, and what null means is read from the setting."""
    place = f"{path}/{setting.in_documents}"
    if value is None:
        return True
    match setting.kind:
        case Kind.FLAG if not isinstance(value, bool):
            rejections.invalid(f"The value must be true or false, not {echo(value)}.", place, ("true", "false"))
        case Kind.NAME | Kind.TEXT | Kind.ZONE | Kind.METRIC if not isinstance(value, str):
            rejections.invalid(f"The value must be a string, not {echo(value)}.", place)
        case Kind.CHOICE if not (isinstance(value, str) and value in _choices(setting)):
            names = _choices(setting)
            message = f"{echo(value)} is not valid. Allowed here: {', '.join(names)}."
            rejections.invalid(message, place, names)
        case (
            Kind.FLAG
            | Kind.NAME
            | Kind.TEXT
            | Kind.ZONE
            | Kind.METRIC
            | Kind.CHOICE
            | Kind.FILTERS
            | Kind.OBJECT
            | Kind.GROUPING
            | Kind.PLACE
        ):
            return True
        case _:
            assert_never(setting.kind)
    return False


def _choices(setting: Setting) -> tuple[str, ...]:
    return tuple(choice.name for choice in setting.choices or ())
