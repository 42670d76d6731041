"""Reads in one snapshot, whose failures that the client has a part in are told as a chart's would be."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from aggregation.question.faults import Asked
from aggregation.service import chart_error
from models.lanes import Lane
from models.outages import DeadlinePassed
from models.sessions import ReadSession
from resolvers.scope import Scope

Found = TypeVar("Found")


async def read(scope: Scope, run: Callable[[ReadSession], Awaitable[Found]]) -> Found:
    """What ``run`` reads of the request's project.

    Raises:
        ChartError: it took too long, or a regular expression does not compile.
    """
    try:
        async with scope.sessions.read(scope.project_id, lane=Lane.CHARTS) as session:
            return await run(session)
    except (DBAPIError, DeadlinePassed) as error:
        fault = chart_error(error, scope.sessions, Asked.OTHER)
        if fault is None:
            raise
        raise fault from error
