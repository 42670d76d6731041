"""The settings of dashboards in the schema: the fields of their type, from one table."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import strawberry

import models
from graph.context import Info
from graph.made_types import Member, class_of
from graph.scalars import JSON, TimeZone
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


def type_of(setting: Setting) -> Any:
    """What the schema says a setting is, but for whether it can be null."""
    return setting.choices or _TYPES[setting.kind]


def _fields() -> Iterator[Member]:
    for setting in DASHBOARD_SETTINGS:
        shown = type_of(setting) | None if setting.is_nullable else type_of(setting)
        said: Any = {"name": setting.key, "description": setting.description}
        if setting.kind is Kind.FILTERS:
            said["resolver"] = _shown_filters(setting.column)
        yield setting.column, shown, strawberry.field(**said)


def _shown_filters(column: str) -> Any:
    def shown(self: Any, info: Info) -> JSON | None:
        return info.context.scope.rights.masked.filters(getattr(self.row, column))

    return shown


if TYPE_CHECKING:

    class DashboardSettings:
        """A dashboard's settings."""
else:
    DashboardSettings = strawberry.type(class_of("DashboardSettings", _fields(), __name__))


def settings_of(row: models.Dashboard) -> dict[str, Any]:
    """The values of ``DashboardSettings``, but for filters: what is shown of those depends on who reads them."""
    return {
        setting.column: getattr(row, setting.column)
        for setting in DASHBOARD_SETTINGS
        if setting.kind is not Kind.FILTERS
    }
