"""What differs between two states of a dashboard, in words. Pure functions.

The place of a widget in the reading order (``position``) follows from its layout, and its version counts changes: both
are left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, assert_never, cast

from resolvers.dashboard_settings import DASHBOARD_SETTINGS, WIDGET_SETTINGS, Kind, Setting
from resolvers.dashboard_state import DashboardState, WidgetState
from resolvers.json_values import json_text

MAX_TOLD = 3
"""How many changes a summary tells; further ones it counts."""

_SHOWN = 60

_FILTERS = frozenset(setting.key for setting in (*DASHBOARD_SETTINGS, *WIDGET_SETTINGS) if setting.kind is Kind.FILTERS)


class ChangeAction(StrEnum):
    """The kind of change to a part of a dashboard."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        text: the difference as an English sentence.
        key: the value that changed, as JSON names it; None for a widget that was added or removed.
        widget_id: the widget's number; None for the dashboard's own values and for widgets that are yet to be made.
        widget_name: the widget's title, after the change.
    """

    action: ChangeAction
    text: str
    key: str | None = None
    widget_id: int | None = None
    widget_name: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As the history keeps it."""
        return {
            "action": self.action.name,
            "text": self.text,
            "key": self.key,
            "widgetId": self.widget_id,
            "widgetName": self.widget_name,
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> "Change":
        """The change that ``to_json`` wrote."""
        action = ChangeAction[value["action"]]
        return Change(action, value["text"], value["key"], value["widgetId"], value["widgetName"])


def compare(
    before: DashboardState, after: DashboardState, metrics: Mapping[int, str] | None = None
) -> tuple[Change, ...]:
    """Every difference, the dashboard's own first, then widget by widget. ``metrics`` are names by number."""
    names = metrics or {}
    return (*_of_dashboard(before, after), *_of_widgets(before, after, names))


def changes_metric(before: DashboardState, after: DashboardState) -> bool:
    """Whether a widget plots another metric afterwards, so that its name is needed to tell so."""
    former = {widget.id: widget.columns["metric_id"] for widget in before.widgets}
    return any(widget.id in former and former[widget.id] != widget.columns["metric_id"] for widget in after.widgets)


def summary(changes: Sequence[Change]) -> str:
    """The changes in one line."""
    told = " ".join(change.text for change in changes[:MAX_TOLD])
    further = len(changes) - MAX_TOLD
    return f"{told} And {further:,} more {('change' if further == 1 else 'changes')}." if further > 0 else told


def told_without_values(told: str, changes: Sequence[Change], *, is_undo: bool) -> tuple[str, tuple[Change, ...]]:
    """A revision's summary and changes without the values of filters, for a reader who must not see some of them.

    The summary of an undo repeats that of what was undone, so it is written again, too.
    """
    shown = tuple(map(_without_values, changes))
    if is_undo or shown != tuple(changes):
        told = summary(shown) or "Undid an earlier change."
    return told, shown


def _without_values(change: Change) -> Change:
    if change.key not in _FILTERS:
        return change
    where = "" if change.widget_name is None else f"Widget “{change.widget_name}”: "
    return replace(change, text=f"{where}{'C' if not where else 'c'}hanged the filters.")


def _of_dashboard(before: DashboardState, after: DashboardState) -> Iterator[Change]:
    if before.deleted != after.deleted:
        action = ChangeAction.REMOVED if after.deleted else ChangeAction.ADDED
        yield Change(action, "Deleted." if after.deleted else "Restored.", "deleted")
    for setting in DASHBOARD_SETTINGS:
        old, new = before.columns[setting.column], after.columns[setting.column]
        if _differ(old, new):
            sentences = setting.sentences
            text = sentences[bool(new)] if sentences else f"Changed the {_told(setting, old, new, {})}"
            yield Change(ChangeAction.CHANGED, f"{text}.", setting.key)


def _of_widgets(before: DashboardState, after: DashboardState, metrics: Mapping[int, str]) -> Iterator[Change]:
    former = {widget.id: widget for widget in before.widgets if widget.id is not None}
    kept = {widget.id for widget in after.widgets}
    for widget in before.widgets:
        if widget.id not in kept:
            yield _whole(ChangeAction.REMOVED, "Removed", widget)
    for widget in after.widgets:
        old = former.get(widget.id) if widget.id is not None else None
        if old is None:
            yield _whole(ChangeAction.ADDED, "Added", widget)
        else:
            yield from _of_widget(old, widget, metrics)


def _whole(action: ChangeAction, verb: str, widget: WidgetState) -> Change:
    text = f"{verb} the {widget.columns['chart_type'].name} widget “{widget.name}”."
    return Change(action, text, None, widget.id, widget.name)


def _of_widget(old: WidgetState, new: WidgetState, metrics: Mapping[int, str]) -> Iterator[Change]:
    for setting in WIDGET_SETTINGS:
        former, now = old.columns[setting.column], new.columns[setting.column]
        if _differ(former, now):
            text = f"Widget “{old.name}”: changed the {_told(setting, former, now, metrics)}."
            yield Change(ChangeAction.CHANGED, text, setting.key, new.id, new.name)


def _told(setting: Setting, old: Any, new: Any, metrics: Mapping[int, str]) -> str:
    return f"{setting.label} from {_shown(setting, old, metrics)} to {_shown(setting, new, metrics)}"


def _shown(setting: Setting, value: Any, metrics: Mapping[int, str]) -> str:
    if value is None:
        return "nothing"
    match setting.kind:
        case Kind.NAME:
            return f"“{value}”"
        case Kind.METRIC:
            return f"“{metrics[value]}”" if value in metrics else f"number {value}"
        case Kind.PLACE if isinstance(value, dict):
            sides = cast("dict[str, Any]", value)
            x, y, width, height = (sides.get(side) for side in ("x", "y", "width", "height"))
            return f"column {x}, row {y}, {width} × {height}"
        case Kind.TEXT | Kind.ZONE | Kind.CHOICE:
            return _cut(setting.written(value))
        case Kind.FLAG | Kind.FILTERS | Kind.OBJECT | Kind.GROUPING | Kind.PLACE:
            return _cut(json_text(value))
        case _:
            assert_never(setting.kind)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _differ(old: Any, new: Any) -> bool:
    if isinstance(old, (dict, list)) or isinstance(new, (dict, list)):
        return json_text(old) != json_text(new)
    return old != new
