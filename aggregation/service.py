"""The aggregation service: many charts in, a result or an error for each out, in few statements.

All charts of a request are computed in one read-only snapshot: one statement for every grouping they need, and one for
the points of all lines. When one fails, the charts are run one by one, in one snapshot again, so that the one at
fault fails alone.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar, cast

import psycopg.errors
from sqlalchemy import func, literal, union_all
from sqlalchemy.exc import DBAPIError

from aggregation.answer.charts import assemble, earlier_query, with_comparison
from aggregation.answer.line_results import LineChart
from aggregation.answer.results import ChartResult, LineResult
from aggregation.compute.execution import all_of, read_points, rows_of_all
from aggregation.compute.measures import Measure
from aggregation.compute.needs import FIRST_INSTANT, is_empty
from aggregation.compute.plan import Answers, Plan, PlannedShape
from aggregation.compute.provenance import Provenance, combined
from aggregation.compute.source import Source
from aggregation.compute.spreads import spread_of
from aggregation.question.chart_types import FORMS
from aggregation.question.earlier_window import compared
from aggregation.question.faults import (
    Asked,
    ChartError,
    FaultOrigin,
    InvalidFilterError,
    InvalidWidgetError,
    QueryTimeoutError,
    WidgetFault,
    WidgetFaultCode,
)
from aggregation.question.prepare import settle
from aggregation.question.query import ChartQuery, ResolvedWindow
from aggregation.question.value_ranges import with_ranges
from aggregation.stored.preaggregates import Preaggregates, StoredAnswers
from filters import FilterFault
from models import CallLog, ChartType
from models.in_thread import in_thread_if_large
from models.lanes import Lane
from models.outages import DeadlinePassed
from models.sessions import NoSpareConnectionError, ReadSession, Sessions

Computed = TypeVar("Computed", bound=ChartResult)

_TOGETHER = 0.6
"""The part of a request's time in which its charts are computed together. The rest is for computing each alone."""
_ALONE = 0.5
"""The part of what is then left that one chart may take: there is always some for the next."""


@dataclass(frozen=True, slots=True)
class _Run:
    """What the charts of one request are computed with: connections, and pre-aggregates if they are enabled."""

    sessions: Sessions
    session: ReadSession
    connections: int
    preaggregates: Preaggregates | None


async def run_charts(
    sessions: Sessions, queries: Sequence[ChartQuery], preaggregates: Preaggregates | None = None
) -> list[ChartResult | ChartError]:
    """Runs charts of one project together.

    Args:
        preaggregates: the pre-aggregates to use; None to compute everything from the calls.

    Returns:
        One result for each query, in order, or a ``ChartError`` for a chart that cannot be computed.

    Raises:
        sqlalchemy.exc.DBAPIError: the database failed in a way that no chart caused.
    """
    if not queries:
        return []
    try:
        part = _TOGETHER if len(queries) > 1 else 1
        async with sessions.read(queries[0].project_id, lane=Lane.CHARTS, shared=True, part=part) as session:
            return await _run(_Run(sessions, session, sessions.spare_connections(), preaggregates), queries)
    except (DBAPIError, DeadlinePassed) as error:
        fault = chart_error(error, sessions)
        if fault is None:
            raise
        if len(queries) == 1:
            return [fault]
    return await _one_by_one(sessions, queries, preaggregates)


async def compute_in(
    sessions: Sessions, session: ReadSession, queries: Sequence[ChartQuery], preaggregates: Preaggregates | None = None
) -> list[ChartResult | ChartError]:
    """Runs charts in the snapshot of an open session, on its connection only.

    Raises:
        sqlalchemy.exc.DBAPIError: a chart cannot be computed; the session cannot be used afterwards.
    """
    return await _run(_Run(sessions, session, 1, preaggregates), queries)


async def shapes_of(session: ReadSession, queries: Sequence[ChartQuery]) -> Mapping[PlannedShape, Sequence[Measure]]:
    """The shapes that charts are computed in, with their measures. Charts that cannot be computed are left out."""
    begun = await _with_starts(session, queries)
    return Plan.of((query for query in begun if isinstance(query, ChartQuery)), is_split=True, is_ahead=True).measures


async def _one_by_one(
    sessions: Sessions, queries: Sequence[ChartQuery], preaggregates: Preaggregates | None
) -> list[ChartResult | ChartError]:
    project_id = queries[0].project_id
    waiting = iter(enumerate(queries))
    found: dict[int, ChartResult | ChartError] = {}

    async def work(session: ReadSession) -> None:
        for number, query in waiting:
            found[number] = await _alone(_Run(sessions, session, 1, preaggregates), query)

    async def beside(leader: ReadSession) -> None:
        with suppress(NoSpareConnectionError):
            async with sessions.join(leader) as session:
                await work(session)

    try:
        async with sessions.read(project_id, lane=Lane.CHARTS, shared=True) as session:
            await all_of([work(session), *(beside(session) for _ in range(sessions.spare_connections() - 1))])
    except DeadlinePassed:
        late = QueryTimeoutError(sessions.seconds)
        return [found.get(number, late) for number in range(len(queries))]
    return [found[number] for number in range(len(queries))]


async def _alone(run: _Run, query: ChartQuery) -> ChartResult | ChartError:
    """Runs one chart within a savepoint, so that its failure leaves the session and its snapshot usable."""
    try:
        async with run.session.begin_nested():
            await run.sessions.hurry(run.session, _ALONE)
            return (await _run(run, [query]))[0]
    except DBAPIError as error:
        fault = chart_error(error, run.sessions)
        if fault is None:
            raise
        return fault


def chart_error(
    error: DBAPIError | DeadlinePassed, sessions: Sessions, asked: Asked = Asked.CHART
) -> ChartError | None:
    """The fault that caused an error, if a chart or other request caused it; else None."""
    if isinstance(error, DeadlinePassed):
        return QueryTimeoutError(sessions.seconds, asked)
    match error.orig:
        case psycopg.errors.QueryCanceled():
            return QueryTimeoutError(sessions.seconds, asked)
        case psycopg.errors.InvalidRegularExpression() as cause:
            reason = cause.diag.message_primary or "it cannot be compiled"
            message = f"A regular expression in the filters is not valid: {reason}."
            return InvalidFilterError(FaultOrigin.EFFECTIVE, (FilterFault("INVALID_REGEX", message, ""),))
        case psycopg.errors.NumericValueOutOfRange():
            message = "The values are too large to aggregate: the result is out of range."
            return InvalidWidgetError((WidgetFault(WidgetFaultCode.INVALID_VALUE, message, "/aggregation"),))
        case _:
            return None


async def _run(run: _Run, asked: Sequence[ChartQuery]) -> list[ChartResult | ChartError]:
    begun, spreads = await _with_spreads(run, await _with_starts(run.session, asked))
    queries = [query for query in begun if isinstance(query, ChartQuery)]
    past_lines = {query: past for query in queries if (past := _past_line(query)) is not None}
    results = await _compute(run, [*queries, *past_lines.values()], spreads)
    for query, past in past_lines.items():
        results[query] = replace(cast(LineResult, results[query]), earlier=cast(LineResult, results[past]))
    await _compare(run, results)
    return [results[query] if isinstance(query, ChartQuery) else query for query in begun]


async def _with_spreads(
    run: _Run, asked: Sequence[ChartQuery | InvalidWidgetError]
) -> tuple[list[ChartQuery | InvalidWidgetError], dict[ChartQuery, Provenance | None]]:
    """Finds the spread of the values of charts of bins, which determines the bins, and its provenance."""
    queries = [query for query in asked if isinstance(query, ChartQuery) and not is_empty(query)]
    waiting = [query for query in queries if query.has_bins]
    if not waiting:
        return [*asked], {}
    answers = await _answers(run, Plan.of(waiting, is_split=run.preaggregates is not None))
    found: dict[ChartQuery, ChartQuery | InvalidWidgetError] = {}
    provenances: dict[ChartQuery, Provenance | None] = {}
    for query in waiting:
        try:
            settled = found[query] = with_ranges(query, spread_of(query, answers))
            provenances[settled] = answers.provenance(query)
        except InvalidWidgetError as error:
            found[query] = error
    return [found.get(query, query) if isinstance(query, ChartQuery) else query for query in asked], provenances


async def _compute(
    run: _Run, queries: Sequence[ChartQuery], spreads: Mapping[ChartQuery, Provenance | None]
) -> dict[ChartQuery, ChartResult]:
    """The charts themselves, without comparisons."""
    answers = await _answers(run, Plan.of(queries, is_split=run.preaggregates is not None))
    lines = {query: LineChart(query, answers) for query in queries if query.chart_type is ChartType.LINE}
    reads = [(query, most, read) for query, line in lines.items() for most, read in line.reads().items()]
    points = await read_points(run.session, reads)

    def results() -> dict[ChartQuery, ChartResult]:
        return {
            query: _with_provenance(
                lines[query].result(points.get(query, {})) if query in lines else assemble(query, answers),
                combined(spreads.get(query), answers.provenance(query)).with_points(bool(points.get(query))),
            )
            for query in queries
        }

    return await in_thread_if_large(answers.size, results)


def _with_provenance(result: Computed, provenance: Provenance) -> Computed:
    """The result with the provenance of its numbers."""
    return replace(result, source=provenance.source, relative_error=provenance.relative_error)


def _past_line(query: ChartQuery) -> ChartQuery | None:
    return compared(query, None) if FORMS[query.chart_type].shows_points else None


async def _compare(run: _Run, results: dict[ChartQuery, ChartResult]) -> None:
    """Adds comparisons to the charts that ask for one. Their labels are known only after the charts are computed."""
    past = {query: earlier for query, result in results.items() if (earlier := earlier_query(result)) is not None}
    if past:
        answers = await _answers(run, Plan.of(past.values(), is_split=run.preaggregates is not None))

        def compared_results() -> dict[ChartQuery, ChartResult]:
            return {query: _beside(results[query], earlier, answers) for query, earlier in past.items()}

        results |= await in_thread_if_large(answers.size, compared_results)


def _beside(result: ChartResult, earlier: ChartQuery, answers: Answers) -> ChartResult:
    provenance = combined(Provenance(result.source, result.relative_error), answers.provenance(earlier))
    return _with_provenance(with_comparison(result, earlier, answers), provenance)


async def _answers(run: _Run, plan: Plan) -> Answers:
    """The rows of every shape: from pre-aggregates where possible, else from the calls."""
    stored = (
        StoredAnswers()
        if run.preaggregates is None
        else await run.preaggregates.answer(run.session, plan.measures, plan.lasting)
    )
    rows = await rows_of_all(run.sessions, run.session, plan.statements(run.connections, stored.provenances))
    if run.preaggregates is not None and not run.preaggregates.refresh_queue.is_empty:
        run.preaggregates.refresh_queue.awake.set()
    return await in_thread_if_large(len(rows), lambda: Answers(plan, [*stored.rows, *rows], stored.provenances))


async def _with_starts(session: ReadSession, queries: Sequence[ChartQuery]) -> list[ChartQuery | InvalidWidgetError]:
    """Starts windows without a lower bound at the first call that matches their filters, found in one statement."""
    sources = dict.fromkeys(
        Source(query.project_id, query.filters, FIRST_INSTANT, query.window.end)
        for query in queries
        if query.window.start is None
    )
    if not sources:
        return [*queries]
    parts = [
        source.select(literal(number).label("number"), func.min(CallLog.timestamp))
        for number, source in enumerate(sources)
    ]
    found: dict[int, datetime | None] = dict((await session.execute(union_all(*parts))).tuples().all())
    first = {source: found.get(number) for number, source in enumerate(sources)}

    def begin(query: ChartQuery) -> ChartQuery | InvalidWidgetError:
        if query.window.start is not None:
            return query
        end = query.window.end
        start = first[Source(query.project_id, query.filters, FIRST_INSTANT, end)]
        try:
            return settle(replace(query, window=ResolvedWindow(start or end, end)))
        except InvalidWidgetError as error:
            return error

    return [begin(query) for query in queries]
