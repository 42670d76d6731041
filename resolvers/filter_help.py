"""Help with writing filters."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from aggregation.calls.pages import probe_regexes
from aggregation.calls.vocabulary import keys_in_use
from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from aggregation.question.grouping_review import GroupingReport, review_grouping
from aggregation.question.needed_metrics import NeededMetrics, needed_metrics
from aggregation.question.prepare import GRACE
from filters import (
    COMBINED,
    Checked,
    CheckedCondition,
    CheckedGroup,
    FilterError,
    FilterFault,
    FilterWarning,
    Group,
    GroupOperator,
    Node,
    WarningCode,
    Window,
    check,
    check_json,
    describe,
    regexes,
    to_json,
    window,
)
from filters.contradictions import contradictions
from filters.instants import rfc3339
from filters.metadata_keys import NamedKey, named_keys, unknown_key_warnings
from filters.normal import conjoin
from filters.same_row import same_row_warnings
from models.sessions import ReadSession
from resolvers.large_filters import worked_on
from resolvers.reading import read
from resolvers.scope import Scope

COUNTED = timedelta(days=30)
"""How far back calls are counted for a filter that has no lower bound of time."""

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class FilterReport:
    """What there is to say about a filter. All but ``faults`` is empty where there are any."""

    faults: tuple[FilterFault, ...] = ()
    warnings: tuple[FilterWarning, ...] = ()
    normalized: dict[str, Any] | None = None
    description: str | None = None
    window: Window | None = None
    checked: Checked | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many calls pass a filter as written and as probably meant, of all calls or of those since ``since``."""

    as_written: int
    as_suggested: int
    since: datetime | None


async def validate_filters(scope: Scope, filters: object, group_by: object = None) -> FilterReport:
    """Checks a filter as saving it would, and says what it means. ``today`` is a day of UTC.

    Args:
        group_by: a grouping to look at, too, whose faults and warnings have paths that begin with ``/groupBy``.

    Raises:
        ChartError: looking at the calls takes too long.
    """
    grouping = await _grouping(scope, group_by)
    try:
        node, checked = await worked_on(filters, partial(_checked, scope, filters))
    except FilterError as error:
        return FilterReport(faults=(*error.faults, *grouping.faults))
    faults, unknown = await _look_up(scope, checked)
    if faults or grouping.faults:
        return FilterReport(faults=(*faults, *grouping.faults))
    return await worked_on(filters, partial(_report, scope, node, checked, (*unknown, *grouping.warnings)))


def _checked(scope: Scope, filters: object) -> tuple[Node | None, Checked]:
    return check_json(filters, CALL_LOG_FIELDS, now=scope.now, zone=_UTC, masked=scope.rights.masked, limits=COMBINED)


def _report(scope: Scope, node: Node | None, checked: Checked, others: tuple[FilterWarning, ...]) -> FilterReport:
    """The report of a filter without faults. ``others`` are warnings that other places know."""
    warnings = (
        *contradictions(checked, CALL_LOG_FIELDS),
        *_too_old(scope, checked),
        *_same_row(scope, node),
        *others,
    )
    return FilterReport((), warnings, to_json(node), describe(checked), window(checked), checked)


async def count_both(scope: Scope, written: Checked, suggested: Node) -> Counts:
    """How many calls pass a filter, and how many its alternative: one statement for all that are asked for together.

    Raises:
        ChartError: counting takes too long.
    """
    alternative = _check(scope, suggested)
    since = scope.now - COUNTED if window(written).start is None else None
    bound = Checked(None) if since is None else _since(since)
    keys = [(scope.project_id, conjoin(filters, bound)) for filters in (written, alternative)]
    counts = await scope.loaders.call_counts.load_many(keys)
    return Counts(counts[0], counts[1], since)


async def _grouping(scope: Scope, group_by: object) -> GroupingReport:
    if group_by is None:
        return GroupingReport()
    needed = NeededMetrics(needed_metrics(None, None, group_by).ids)
    return review_grouping(group_by, await scope.loaders.chart_metrics.load(needed))


async def _look_up(scope: Scope, checked: Checked) -> tuple[tuple[FilterFault, ...], tuple[FilterWarning, ...]]:
    """What only the database knows: patterns that do not compile, and keys that no call has."""
    named = named_keys(checked)
    if not named and not regexes(checked):
        return (), ()

    async def look_up(session: ReadSession) -> tuple[tuple[FilterFault, ...], tuple[FilterWarning, ...]]:
        faults = await probe_regexes(session, checked)
        return faults, () if faults else await _unknown_keys(session, scope.project_id, named)

    return await read(scope, look_up)


async def _unknown_keys(session: ReadSession, project_id: int, named: dict[str, NamedKey]) -> tuple[FilterWarning, ...]:
    if not named:
        return ()
    used, known = await keys_in_use(session, project_id, tuple(named))
    return unknown_key_warnings(named, used, [word.text for word in known.words], known.calls)


def _too_old(scope: Scope, checked: Checked) -> tuple[FilterWarning, ...]:
    """A filter that charts refuse now, or will once its time has passed."""
    start = window(checked).start
    if scope.max_window is None or start is None or start >= scope.now - scope.max_window - GRACE:
        return ()
    message = (
        f"The filter begins at {rfc3339(start)}. Charts cover the last {scope.max_window.days} days only and "
        "fail with TimeRangeTooOld unless a time range replaces these bounds."
    )
    return (FilterWarning(WarningCode.WINDOW_TOO_OLD, message, _place_of_start(checked, start)),)


def _place_of_start(checked: Checked, start: datetime) -> str:
    """Pointer to the condition that the window begins with; to the whole filter where it is not one alone."""
    match checked.root:
        case CheckedCondition(written=written):
            return written.path
        case CheckedGroup(operator=GroupOperator.AND, conditions=conditions):
            found = (one for one in conditions if window(Checked(one)).start == start)
            return next((one.written.path for one in found if isinstance(one, CheckedCondition)), "")
        case CheckedGroup() | None:
            return ""


def _same_row(scope: Scope, node: Node | None) -> tuple[FilterWarning, ...]:
    def can_hold(row: Group) -> bool:
        return not contradictions(_check(scope, row), CALL_LOG_FIELDS)

    return same_row_warnings(node, can_hold)


def _check(scope: Scope, node: Node) -> Checked:
    return check(node, CALL_LOG_FIELDS, now=scope.now, zone=_UTC)


def _since(at: datetime) -> Checked:
    return check_json({"field": "timestamp", "op": "gte", "value": at.isoformat()}, CALL_LOG_FIELDS, now=at, zone=_UTC)[
        1
    ]
