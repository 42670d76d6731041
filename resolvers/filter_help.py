"""Help with writing filters."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from aggregation.call_log_fields import CALL_LOG_FIELDS
from aggregation.calls import probe_regexes
from filters import (
    Checked,
    Condition,
    FilterError,
    FilterFault,
    Group,
    GroupOperator,
    Node,
    Window,
    check_json,
    describe,
    regexes,
    to_json,
    window,
)
from resolvers.scope import Scope

_EVALUATIONS = "metric_evaluations."
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class FilterWarning:
    """Something about a valid filter that was probably not meant: EMPTY_WINDOW or SAME_ROW."""

    code: str
    message: str
    path: str


@dataclass(frozen=True, slots=True)
class FilterReport:
    """What there is to say about a filter. All but ``faults`` is empty where there are any."""

    faults: tuple[FilterFault, ...] = ()
    warnings: tuple[FilterWarning, ...] = ()
    normalized: dict[str, Any] | None = None
    description: str | None = None
    window: Window | None = None


async def validate_filters(scope: Scope, filters: object) -> FilterReport:
    """Checks a filter as saving it would, and says what it means. ``today`` is a day of UTC."""
    try:
        node, checked = check_json(filters, CALL_LOG_FIELDS, now=scope.now, zone=_UTC)
    except FilterError as error:
        return FilterReport(faults=error.faults)
    if faults := await _regex_faults(scope, checked):
        return FilterReport(faults=faults)
    bounds = window(checked)
    warnings = (*_window_warnings(bounds), *_same_row_warnings(node))
    return FilterReport((), warnings, to_json(node), describe(checked), bounds)


async def _regex_faults(scope: Scope, checked: Checked) -> tuple[FilterFault, ...]:
    if not regexes(checked):
        return ()
    async with scope.sessions.read(scope.project_id) as session:
        return await probe_regexes(session, checked)


def _window_warnings(bounds: Window) -> Iterator[FilterWarning]:
    if bounds.is_empty:
        yield FilterWarning("EMPTY_WINDOW", "The bounds on timestamp exclude each other: no call can pass.", "")


def _same_row_warnings(node: Node | None) -> Iterator[FilterWarning]:
    match node:
        case Group(GroupOperator.AND, members, path):
            fields = set(_evaluation_fields(members))
            if len(fields) > 1:
                yield FilterWarning(
                    "SAME_ROW",
                    "Each condition on metric_evaluations may hold for another evaluation of the call. "
                    'Where one evaluation must fulfil them all, join them by "same_row".',
                    path,
                )
            for member in members:
                yield from _same_row_warnings(member)
        case Group(GroupOperator.OR | GroupOperator.NOT, members):
            for member in members:
                yield from _same_row_warnings(member)
        case _:
            pass


def _evaluation_fields(members: tuple[Node, ...]) -> Iterator[str]:
    for member in members:
        if isinstance(member, Condition) and member.field.startswith(_EVALUATIONS):
            yield member.field
