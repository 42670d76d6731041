"""Filters on their way into a row: they are kept as given, once they are known to be sound."""

from typing import Any
from zoneinfo import ZoneInfo

from aggregation.calls.pages import probe_regexes
from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from filters import FilterError, FilterFault, Translated, check_json
from models.sessions import ReadSession
from resolvers.json_values import FILTER_BYTES, check_object
from resolvers.rejections import Rejections
from resolvers.writing import Writing


async def check_filters(
    writing: Writing, rejections: Rejections, filters: Any, path: str, *, origin: str, zone: ZoneInfo
) -> None:
    """Notes every fault of a filter that is to be saved, a regular expression that PostgreSQL refuses among them.

    Args:
        path: JSON pointer to the filter in the input; the faults' own pointers are put behind it. What was given in
            typed form stands beside it, under ``where``.
        origin: whose filter it is, "dashboard" or "widget".
        zone: the dashboard's time zone, in which ``today`` is meant.
    """
    if filters is None:
        return
    if isinstance(filters, Translated):
        path = f"{path.rpartition('/')[0]}/where"
    before = rejections.count
    faults = await _faults(writing, filters, zone)
    for fault in faults:
        rejections.wrong_filter(fault, origin, path)
    if rejections.count == before:
        check_object(rejections, filters, path, most_bytes=FILTER_BYTES)


async def _faults(writing: Writing, filters: Any, zone: ZoneInfo) -> tuple[FilterFault, ...]:
    try:
        _, checked = check_json(filters, CALL_LOG_FIELDS, now=writing.now, zone=zone)
    except FilterError as error:
        return error.faults
    return await probe_regexes(ReadSession(writing.session), checked)
