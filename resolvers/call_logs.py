"""Reads calls: one, a filtered list, and the list behind an item of a chart."""

import asyncio
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from aggregation.calls.pages import CallsPage, CallsQuery, build_ahead
from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from aggregation.question.faults import ChartError, InvalidFilterError
from filters import COMBINED, NOTHING_MASKED, Checked, FilterError, MaskedFields, check_json
from models import CallFeedback, CallLog, CallTranscript, MetricEvaluation
from resolvers.large_filters import is_large
from resolvers.regex_faults import located
from resolvers.scope import Scope

_UTC = ZoneInfo("UTC")


def check_filters(scope: Scope, filters: object) -> Checked:
    """A reader's filter of calls, checked. ``today`` is a day of UTC.

    It may be larger than one that is saved: what an item of a chart hands out is accepted back.

    Raises:
        InvalidFilterError: with all its faults; one is that it compares a field that is masked for the reader.
    """
    return _checked(scope, filters, scope.rights.masked)


async def check_large_filters(scope: Scope, filters: object) -> Checked:
    """The same, in a thread where the filter has very many conditions.

    Raises:
        InvalidFilterError: with all its faults.
    """
    return await asyncio.to_thread(_built, scope, filters) if is_large(filters) else check_filters(scope, filters)


def _built(scope: Scope, filters: object) -> Checked:
    checked = check_filters(scope, filters)
    build_ahead(checked, scope.project_id)
    return checked


def check_selection(scope: Scope, filters: object) -> Checked:
    """The filter behind an item of a chart, which the reader has not written and need not see whole.

    Raises:
        InvalidFilterError: with all its faults.
    """
    return _checked(scope, filters, NOTHING_MASKED)


def _checked(scope: Scope, filters: object, masked: MaskedFields) -> Checked:
    try:
        return check_json(filters, CALL_LOG_FIELDS, now=scope.now, zone=_UTC, limits=COMBINED, masked=masked)[1]
    except FilterError as error:
        raise InvalidFilterError("request", error.faults) from error


async def list_calls(scope: Scope, query: CallsQuery) -> CallsPage:
    """Calls that pass the filters, in an order.

    Raises:
        ChartError: the filters cannot be run, or take too long.
    """
    try:
        return await scope.loaders.call_pages.load(query)
    except ChartError as error:
        raise await located(scope, error, [("request", query.filters)]) from error


async def count_calls(scope: Scope, filters: Checked) -> int:
    """How many calls pass the filters.

    Raises:
        ChartError: the filters cannot be run, or take too long.
    """
    try:
        return await scope.loaders.call_counts.load((scope.project_id, filters))
    except ChartError as error:
        raise await located(scope, error, [("request", filters)]) from error


async def call_log(scope: Scope, row_id: int) -> CallLog | None:
    """One call."""
    return await scope.loaders.calls.load(row_id)


async def evaluations_of(scope: Scope, call_log_ids: Iterable[int]) -> Sequence[Sequence[MetricEvaluation]]:
    """The metric evaluations of calls, each call's by metric."""
    return await scope.loaders.evaluations.load_many(call_log_ids)


async def transcript_of(scope: Scope, call_log_id: int) -> CallTranscript | None:
    """What was said in a call, where that is known."""
    return await scope.loaders.transcripts.load(call_log_id)


async def feedback_of(scope: Scope, call_log_id: int) -> CallFeedback | None:
    """What a reviewer thought of a call, where one said so."""
    return await scope.loaders.feedback.load(call_log_id)
