"""Loads charts: all that one request asks for at a time, in one snapshot of the data."""

from collections.abc import Sequence

from aggregation.answer.results import ChartResult
from aggregation.question.faults import ChartError
from aggregation.question.query import ChartQuery
from aggregation.service import run_charts
from aggregation.stored.preaggregates import Preaggregates
from models.outages import outage_of
from models.sessions import Sessions


async def load_charts(
    sessions: Sessions, preaggregates: Preaggregates | None, queries: list[ChartQuery]
) -> Sequence[ChartResult | ChartError | Exception]:
    """One result or error a query. When all fail together unexpectedly, each is tried alone: one then fails alone.
    Where the database is away or has too much to do, trying again would not help."""
    try:
        return await run_charts(sessions, queries, preaggregates)
    except Exception as error:
        if len(queries) == 1:
            return [error]
        if outage_of(error) is not None:
            return [error] * len(queries)
    return [(await load_charts(sessions, preaggregates, [query]))[0] for query in queries]
