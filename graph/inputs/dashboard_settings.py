"""The settings of dashboards in what makes and changes them: the members of inputs, from one table."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import strawberry
from strawberry import Maybe

from graph.dashboard_settings import type_of
from graph.inputs.call_log_filter import CallLogFilter
from graph.inputs.given import given, given_or_default
from graph.inputs.reader import InputReader
from graph.made_types import Member, class_of
from resolvers.absent import ABSENT
from resolvers.dashboard_settings import DASHBOARD_SETTINGS, Kind, Setting

_WHERE = "Filters for all widgets in typed form, stored as JSON. Cannot be combined with `filters`."


def _inputs(*, new: bool) -> Iterator[Member]:
    for setting in DASHBOARD_SETTINGS:
        text = _described(setting) if new else setting.input_description or setting.description
        if new and setting.is_needed:
            yield setting.column, type_of(setting), strawberry.field(name=setting.key, description=text)
        else:
            field = strawberry.field(name=setting.key, description=text, default=None)
            yield setting.column, Maybe[type_of(setting) | None], field
        if setting.kind is Kind.FILTERS:
            yield "where", CallLogFilter | None, strawberry.field(default=None, description=_WHERE)


def _described(setting: Setting) -> str:
    """What is to be given for a new dashboard, and what nothing means."""
    text, default = setting.input_description or setting.description, setting.written(setting.default)
    if setting.is_needed or setting.is_nullable:
        return text
    shown = str(default).lower() if isinstance(default, bool) else default
    return f"{text.removesuffix('.')}; {shown} by default."


if TYPE_CHECKING:

    class NewDashboardSettings:
        """The settings of a new dashboard."""

        where: CallLogFilter | None

    class ChangedDashboardSettings:
        """New values for a dashboard's settings."""

        where: CallLogFilter | None
else:
    NewDashboardSettings = strawberry.input(class_of("NewDashboardSettings", _inputs(new=True), __name__))
    ChangedDashboardSettings = strawberry.input(class_of("ChangedDashboardSettings", _inputs(new=False), __name__))


def given_settings(input: NewDashboardSettings | ChangedDashboardSettings, reader: InputReader) -> dict[str, Any]:
    """The settings that an input gives, by column. For a new dashboard, null means the default."""
    read = given_or_default if isinstance(input, NewDashboardSettings) else given
    found: dict[str, Any] = {}
    for setting in DASHBOARD_SETTINGS:
        value: Any = getattr(input, setting.column)
        if setting.kind is Kind.FILTERS:
            found[setting.column] = reader.filters(value, input.where, "", origin="dashboard")
        elif setting.is_needed and isinstance(input, NewDashboardSettings):
            found[setting.column] = value
        else:
            found[setting.column] = read(value)
    return {column: value for column, value in found.items() if value is not ABSENT}
