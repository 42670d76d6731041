"""Loads pages of calls, and how many there are."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from aggregation.calls.pages import CallsPage, CallsQuery, count_calls, list_calls
from aggregation.question.faults import Asked, ChartError
from aggregation.service import chart_error
from filters import Checked
from models.lanes import Lane
from models.outages import DeadlinePassed
from models.sessions import ReadSession, Sessions
from resolvers.loaders.meter import Meter

BATCH = 50
"""How many pages or counts share a statement."""

CountKey = tuple[int, Checked]

Key = TypeVar("Key")
Found = TypeVar("Found")


async def _together_or_alone(
    sessions: Sessions,
    project_id: int,
    run: Callable[[ReadSession, Sequence[Key]], Awaitable[list[Found]]],
    keys: Sequence[Key],
    asked: Asked,
) -> list[Found | ChartError]:
    """All keys in one statement; when that fails, each by itself, so that the one at fault fails alone."""
    try:
        async with sessions.read(project_id, lane=Lane.CHARTS) as session:
            return [*await run(session, keys)]
    except (DBAPIError, DeadlinePassed) as error:
        fault = chart_error(error, sessions, asked)
        if fault is None:
            raise
        if len(keys) == 1:
            return [fault]
    return [(await _together_or_alone(sessions, project_id, run, [key], asked))[0] for key in keys]


async def load_call_pages(
    sessions: Sessions, project_id: int, meter: Meter, queries: list[CallsQuery]
) -> list[CallsPage | ChartError]:
    """A page of calls each, in one snapshot.

    Raises:
        LimitPassedError: the metadata of the calls is larger than an answer may be.
    """

    async def run(session: ReadSession, asked: Sequence[CallsQuery]) -> list[CallsPage]:
        return await list_calls(session, asked, lambda count: meter.check_bytes(count, "the calls' metadata"))

    return await _together_or_alone(sessions, project_id, run, queries, Asked.CALLS)


async def load_call_counts(sessions: Sessions, project_id: int, keys: list[CountKey]) -> list[int | ChartError]:
    """How many calls pass each filter, in one snapshot."""
    return await _together_or_alone(sessions, project_id, count_calls, keys, Asked.CALL_COUNT)
