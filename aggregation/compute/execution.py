"""Running the statements of charts, and reading what they return without holding others up."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from sqlalchemy import union_all

from aggregation.compute.lines import LineRead
from aggregation.compute.plan import Statement
from aggregation.question.query import ChartQuery
from models.large_results import all_rows
from models.sessions import NoSpareConnectionError, ReadSession, Sessions

Part = TypeVar("Part")


async def rows_of_all(sessions: Sessions, session: ReadSession, statements: Sequence[Statement]) -> Sequence[Any]:
    """The rows of all statements. All but the first run concurrently on other connections, in the same
    snapshot, where there are any."""

    async def here(statement: Statement) -> Sequence[Any]:
        return await _rows_of(session, statement)

    async def beside(statement: Statement) -> Sequence[Any] | None:
        try:
            async with sessions.join(session) as other:
                return await _rows_of(other, statement)
        except NoSpareConnectionError:
            return None

    running = [here(statement) if number == 0 else beside(statement) for number, statement in enumerate(statements)]
    parts = await all_of(running)
    # What found no connection beside runs on this one, which is free now.
    done = [await here(statements[number]) if part is None else part for number, part in enumerate(parts)]
    return done[0] if len(done) == 1 else [row for part in done for row in part]


async def _rows_of(session: ReadSession, statement: Statement) -> list[Any]:
    """The rows of a statement, with pauses: there can be as many as a large chart has buckets. The session itself would
    turn all of them at once into what it returns; its connection does not."""
    connection = await session.connection()
    return await all_rows(await connection.execute(statement))


async def all_of(running: Sequence[Coroutine[Any, Any, Part]]) -> list[Part]:
    """Awaits all of them, even if one fails: a session must not be closed while one of its statements runs."""
    parts = await asyncio.gather(*running, return_exceptions=True)
    for part in parts:
        if isinstance(part, BaseException):
            raise part
    return [part for part in parts if not isinstance(part, BaseException)]


async def read_points(
    session: ReadSession, reads: Sequence[tuple[ChartQuery, int, LineRead]]
) -> dict[ChartQuery, dict[int, list[Any]]]:
    """The rows of the points of lines, by the line and by how many points were asked for."""
    points: dict[ChartQuery, dict[int, list[Any]]] = {query: {} for query, _, _ in reads}
    if not reads:
        return points
    parts = [read.statement(number) for number, (_, _, read) in enumerate(reads)]
    statement = parts[0] if len(parts) == 1 else union_all(*parts)
    rows: Sequence[Sequence[Any]] = await _rows_of(session, statement)
    of_read: list[list[Any]] = [[] for _ in reads]
    for row in rows:
        of_read[row[0]].append(row)
    for (query, max_points, _), own in zip(reads, of_read, strict=True):
        if own:
            points[query].setdefault(max_points, []).extend(own)
    return points
