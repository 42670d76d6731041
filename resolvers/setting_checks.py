"""Checking the settings of a dashboard on their way into its row, from inputs and from documents alike."""

from collections.abc import Mapping
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from filters.zones import zone_of
from resolvers.dashboard_settings import DASHBOARD_SETTINGS, Kind, Setting
from resolvers.json_values import METADATA_BYTES, check_object
from resolvers.names import clean_name, is_storable
from resolvers.rejections import Rejections
from resolvers.saved_filters import check_filters
from resolvers.writing import Writing


async def checked_settings(
    writing: Writing, rejections: Rejections, given: Mapping[str, Any], path: str, *, zone: str
) -> dict[str, Any]:
    """The columns to set; everything that is wrong is noted.

    Args:
        given: settings by column, each of its type.
        path: JSON pointer to what holds them.
        zone: the time zone in which ``today`` is meant in filters, where none is given.
    """
    values: dict[str, Any] = {}
    present = [setting for setting in DASHBOARD_SETTINGS if setting.column in given]
    for setting in present:
        if setting.kind is not Kind.FILTERS:
            values[setting.column] = check_value(rejections, setting, given[setting.column], f"{path}/{setting.key}")
    meant = ZoneInfo(values.get("time_zone") or zone)
    for setting in present:
        if setting.kind is Kind.FILTERS:
            filters, place = given[setting.column], f"{path}/{setting.key}"
            await check_filters(writing, rejections, filters, place, origin="dashboard", zone=meant)
            values[setting.column] = filters
    return values


def check_value(rejections: Rejections, setting: Setting, value: Any, path: str) -> Any:
    """The value to store; None, and noted, for one that cannot be stored. Filters are checked elsewhere."""
    if setting.kind is Kind.NAME:
        return clean_name(rejections, value, path)
    if value is None:
        if not setting.is_nullable:
            rejections.invalid(f"{setting.key} cannot be null; leave it out to keep the current value.", path)
        return None
    match setting.kind:
        case Kind.ZONE:
            return _zone(rejections, value, path)
        case Kind.TEXT:
            return _text(rejections, value, setting.longest, path)
        case Kind.OBJECT:
            check_object(rejections, value, path, most_bytes=METADATA_BYTES)
            return value
        case Kind.FLAG | Kind.CHOICE | Kind.FILTERS | Kind.GROUPING | Kind.METRIC | Kind.PLACE:
            return value
        case _:
            assert_never(setting.kind)


def _zone(rejections: Rejections, name: str, path: str) -> str | None:
    try:
        return zone_of(name).key
    except ValueError as error:
        rejections.invalid(str(error), path)
        return None


def _text(rejections: Rejections, text: str, longest: int | None, path: str) -> str:
    if longest is not None and len(text) > longest:
        rejections.exceeded(f"The text has {len(text):,} characters; at most {longest:,} are allowed.", path)
    elif not is_storable(text):
        rejections.invalid("The text must be Unicode without NUL characters.", path)
    return text
