"""The settings of dashboards in the schema: fields of their type and of what makes and changes them, from one table."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import strawberry
from strawberry import Maybe

import models
from graph.inputs.call_log_filter import CallLogFilter
from graph.inputs.given import given, given_or_default
from graph.scalars import JSON, TimeZone
from graph.write import Write
from resolvers.absent import ABSENT
from resolvers.dashboard_settings import DASHBOARD_SETTINGS, Kind, Setting

_TYPES: Mapping[Kind, Any] = {
    Kind.NAME: str,
    Kind.TEXT: str,
    Kind.ZONE: TimeZone,
    Kind.FLAG: bool,
    Kind.FILTERS: JSON,
    Kind.OBJECT: JSON,
}
"""The types of the kinds that dashboards have, but for choices, which have types of their own."""

_WHERE = "Filters for all its widgets in typed form, kept as JSON; not beside `filters`."

Member = tuple[str, Any, Any]
"""A field of a class: its name, its type, its definition."""


def _type(setting: Setting) -> Any:
    return setting.choices or _TYPES[setting.kind]


def _fields() -> Iterator[Member]:
    for setting in DASHBOARD_SETTINGS:
        shown = _type(setting) | None if setting.is_nullable else _type(setting)
        yield setting.column, shown, strawberry.field(name=setting.key, description=setting.description)


def _inputs(*, new: bool) -> Iterator[Member]:
    for setting in DASHBOARD_SETTINGS:
        text = _described(setting) if new else setting.input_description or setting.description
        if new and setting.is_needed:
            yield setting.column, _type(setting), strawberry.field(name=setting.key, description=text)
        else:
            field = strawberry.field(name=setting.key, description=text, default=None)
            yield setting.column, Maybe[_type(setting) | None], field
        if setting.kind is Kind.FILTERS:
            yield "where", CallLogFilter | None, strawberry.field(default=None, description=_WHERE)


def _described(setting: Setting) -> str:
    """What is to be given for a new dashboard, and what nothing means."""
    text, default = setting.input_description or setting.description, setting.written(setting.default)
    if setting.is_needed or setting.is_nullable:
        return text
    return f"{text.removesuffix('.')}; {str(default).lower() if isinstance(default, bool) else default} when not given."


def _class(name: str, members: Iterator[Member]) -> Any:
    namespace: dict[str, Any] = {"__annotations__": {}, "__module__": __name__}
    for attribute, kind, definition in members:
        namespace["__annotations__"][attribute] = kind
        namespace[attribute] = definition
    return type(name, (), namespace)


if TYPE_CHECKING:

    class DashboardSettings:
        """A dashboard's settings."""

    class NewDashboardSettings:
        """The settings of a new dashboard."""

        where: CallLogFilter | None

    class ChangedDashboardSettings:
        """New values for a dashboard's settings."""

        where: CallLogFilter | None
else:
    DashboardSettings = strawberry.type(_class("DashboardSettings", _fields()))
    NewDashboardSettings = strawberry.input(_class("NewDashboardSettings", _inputs(new=True)))
    ChangedDashboardSettings = strawberry.input(_class("ChangedDashboardSettings", _inputs(new=False)))


def settings_of(row: models.Dashboard) -> dict[str, Any]:
    """The values of ``DashboardSettings``."""
    return {setting.column: getattr(row, setting.column) for setting in DASHBOARD_SETTINGS}


def given_settings(input: NewDashboardSettings | ChangedDashboardSettings, write: Write) -> dict[str, Any]:
    """The settings that an input gives, by column. For a new dashboard, null means the default."""
    read = given_or_default if isinstance(input, NewDashboardSettings) else given
    found: dict[str, Any] = {}
    for setting in DASHBOARD_SETTINGS:
        value: Any = getattr(input, setting.column)
        if setting.kind is Kind.FILTERS:
            found[setting.column] = write.filters(value, input.where, "", origin="dashboard")
        elif setting.is_needed and isinstance(input, NewDashboardSettings):
            found[setting.column] = value
        else:
            found[setting.column] = read(value)
    return {column: value for column, value in found.items() if value is not ABSENT}
