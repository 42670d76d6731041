"""Lists and counts of calls: drill-down and ``callLogs``. Pages by keyset, many in one statement."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg.errors
from sqlalchemy import Select, Text, cast, func, literal, select, union_all
from sqlalchemy.exc import DBAPIError

from aggregation.calls.order import NEWEST_FIRST, CallOrder, CallPlace, in_order, segmentes
from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from filters import Checked, FilterFault, compile_filter, regexes
from models import CallLog
from models.sessions import ReadSession

_SURELY_SMALL = 64
"""Calls whose metadata need not be measured: a call has 64 KiB of it at most."""


_MANY = 200
"""Conditions of a statement that are more than usual."""


@dataclass(frozen=True, slots=True)
class CallsQuery:
    """A page of the calls that pass ``filters``, in an order, after a place in that order and before another.

    Attributes:
        size: the most calls of the page.
        is_last: whether these are the last ones there, and not the first.
    """

    project_id: int
    filters: Checked
    size: int
    after: CallPlace | None = None
    order: CallOrder = NEWEST_FIRST
    before: CallPlace | None = None
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class CallsPage:
    """Calls, in the order asked for, and whether there are more: after these, or before them if they are the last."""

    calls: tuple[CallLog, ...]
    has_more: bool


async def list_calls(
    session: ReadSession, queries: Sequence[CallsQuery], measured: Callable[[int], None] | None = None
) -> list[CallsPage]:
    """The pages, in the order of the queries, in two statements: which calls, then the calls.

    Args:
        measured: sees how many bytes of metadata the calls of these pages have, before they are read; it may raise.
    """
    if not queries:
        return []
    parts = [part.subquery() for number, query in enumerate(queries) for part in _page(number, query)]
    statement = union_all(*(select(part) for part in parts))
    found = (await session.execute(statement, execution_options=_options(query.filters for query in queries))).all()
    ids: dict[int, list[int]] = {number: [] for number in range(len(queries))}
    for number, call_log_id in found:
        ids[number].append(call_log_id)
    numbers = {call_log_id for page in ids.values() for call_log_id in page}
    if measured is not None and len(numbers) > _SURELY_SMALL:
        measured(await _metadata_bytes(session, queries[0].project_id, numbers))
    rows = await session.scalars(
        select(CallLog).where(CallLog.project_id == queries[0].project_id, CallLog.id.in_(numbers))
    )
    by_id = {call.id: call for call in rows} if numbers else {}
    pages_found: list[CallsPage] = []
    for query, page in zip(queries, ids.values(), strict=True):
        calls = in_order([by_id[one] for one in page], query.order)
        shown = calls[-query.size :] if query.is_last else calls[: query.size]
        pages_found.append(CallsPage(tuple(shown), len(calls) > query.size))
    return pages_found


async def _metadata_bytes(session: ReadSession, project_id: int, ids: Collection[int]) -> int:
    size = func.coalesce(func.sum(func.octet_length(cast(CallLog.call_metadata, Text))), 0)
    return int(await session.scalar(select(size).where(CallLog.project_id == project_id, CallLog.id.in_(ids))) or 0)


def build_ahead(filters: Checked, project_id: int) -> None:
    """Builds the conditions of a filter, which are kept for the statements that need them. For a thread beside the
    event loop: of a thousand conditions that takes long."""
    compile_filter(filters, CALL_LOG_FIELDS, project_id)


def _options(filters: Iterable[Checked]) -> dict[str, Any]:
    """Statements of very many conditions are not looked up among those that were compiled before: they hardly come
    again, and telling them from others holds the event loop for longer than compiling does."""
    return {"compiled_cache": None} if sum(one.size[0] for one in filters) > _MANY else {}


def _page(number: int, query: CallsQuery) -> list[Select[*tuple[Any, ...]]]:
    passing = (CallLog.project_id == query.project_id, compile_filter(query.filters, CALL_LOG_FIELDS, query.project_id))
    return [
        select(literal(number).label("page"), CallLog.id)
        .where(*passing, *segment.conditions)
        .order_by(*segment.ordering)
        .limit(query.size + 1)
        for segment in segmentes(query.order, query.after, query.before, is_backward=query.is_last)
    ]


async def count_calls(session: ReadSession, keys: Sequence[tuple[int, Checked]]) -> list[int]:
    """How many calls pass each filter, in one statement."""
    if not keys:
        return []
    parts = [
        select(literal(number).label("number"), func.count())
        .select_from(CallLog)
        .where(CallLog.project_id == project_id, compile_filter(filters, CALL_LOG_FIELDS, project_id))
        for number, (project_id, filters) in enumerate(keys)
    ]
    options = _options(filters for _, filters in keys)
    counts = dict((await session.execute(union_all(*parts), execution_options=options)).tuples().all())
    return [counts[number] for number in range(len(keys))]


async def probe_regexes(session: ReadSession, checked: Checked) -> tuple[FilterFault, ...]:
    """The faults of the regular expressions that PostgreSQL cannot compile."""
    faults: list[FilterFault] = []
    for pattern, path in regexes(checked):
        try:
            async with session.begin_nested():
                await session.execute(select(literal("").regexp_match(pattern)))
        except DBAPIError as error:
            if not isinstance(error.orig, psycopg.errors.InvalidRegularExpression):
                raise
            reason = error.orig.diag.message_primary or "it cannot be compiled"
            faults.append(
                FilterFault("INVALID_REGEX", f"The pattern is not a valid regular expression: {reason}.", path)
            )
    return tuple(faults)
