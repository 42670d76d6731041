"""Loaders of rows by their number, or that of their call: one statement for all that were asked for."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TypeVar
from typing import cast as typed

from sqlalchemy import Text, and_, bindparam, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute

from models import (
    Agent,
    AuditEvent,
    CallFeedback,
    CallLog,
    CallTranscript,
    Dashboard,
    Metric,
    MetricEvaluation,
    Project,
    Widget,
)
from models.lanes import Lane
from models.sessions import ReadSession, Sessions
from resolvers.loaders.meter import Meter

Row = TypeVar("Row", Agent, AuditEvent, CallFeedback, CallLog, CallTranscript, Metric, MetricEvaluation)

_OF_CALLS = (CallLog, CallTranscript, CallFeedback, MetricEvaluation)


async def _by(
    sessions: Sessions, project_id: int, model: type[Row], key: InstrumentedAttribute[int], keys: Sequence[int]
) -> list[Row | None]:
    statement = select(model).where(model.project_id == project_id, key.in_(keys))
    lane = Lane.CHARTS if model in _OF_CALLS else Lane.READS
    async with sessions.read(project_id, lane=lane) as session:
        found = {getattr(row, key.key): row for row in await session.scalars(statement)}
    return [found.get(number) for number in keys]


async def load_agents(sessions: Sessions, project_id: int, ids: list[int]) -> list[Agent | None]:
    """Agents, in the order asked."""
    return await _by(sessions, project_id, Agent, Agent.id, ids)


async def load_agents_named(sessions: Sessions, project_id: int, names: list[str]) -> list[Agent | None]:
    """Agents by their names, in the order asked."""
    statement = select(Agent).where(Agent.project_id == project_id, Agent.agent_name.in_(names))
    async with sessions.read(project_id, lane=Lane.READS) as session:
        found = {row.agent_name: row for row in await session.scalars(statement)}
    return [found.get(name) for name in names]


async def load_metrics(sessions: Sessions, project_id: int, ids: list[int]) -> list[Metric | None]:
    """Metrics, in the order asked."""
    return await _by(sessions, project_id, Metric, Metric.id, ids)


async def load_calls(sessions: Sessions, project_id: int, ids: list[int]) -> list[CallLog | None]:
    """Calls, in the order asked."""
    return await _by(sessions, project_id, CallLog, CallLog.id, ids)


async def load_evaluations_by_id(sessions: Sessions, project_id: int, ids: list[int]) -> list[MetricEvaluation | None]:
    """Metric evaluations, in the order asked."""
    return await _by(sessions, project_id, MetricEvaluation, MetricEvaluation.id, ids)


async def load_events(sessions: Sessions, project_id: int, ids: list[int]) -> list[AuditEvent | None]:
    """Audit events, in the order asked."""
    return await _by(sessions, project_id, AuditEvent, AuditEvent.id, ids)


async def load_projects(sessions: Sessions, project_id: int, ids: list[int]) -> list[Project | None]:
    """The project of the request; None for any other."""
    async with sessions.read(project_id) as session:
        found = (await session.scalars(select(Project).where(Project.id == project_id))).one_or_none()
    return [found if number == project_id else None for number in ids]


async def load_transcripts(
    sessions: Sessions, project_id: int, meter: Meter, call_log_ids: list[int]
) -> list[CallTranscript | None]:
    """The transcripts of calls, in the order asked: one statement, which measures them before it hands them out.

    Raises:
        LimitPassedError: they are larger than an answer may be.
    """
    requested = CallTranscript.project_id == project_id, CallTranscript.call_log_id.in_(call_log_ids)
    size = func.coalesce(func.sum(func.octet_length(cast(CallTranscript.turns, Text))), 0)
    total = select(size.label("bytes")).where(*requested).cte("total").prefix_with("MATERIALIZED", dialect="postgresql")
    found = and_(*requested, total.c.bytes <= meter.max_bytes)
    statement = select(total.c.bytes, CallTranscript.call_log_id, cast(CallTranscript.turns, Text)).select_from(
        total.outerjoin(CallTranscript, found)
    )
    async with sessions.read(project_id, lane=Lane.CHARTS) as session:
        found_rows = (await session.execute(statement)).tuples().all()
    rows = typed("Sequence[tuple[int, int | None, str]]", found_rows)  # one without a transcript for none
    size_of_all = int(rows[0][0])
    meter.check_bytes(size_of_all, "the transcripts")
    texts = {number: turns for _, number, turns in rows if number is not None}
    read = partial(_transcripts, project_id, texts)
    by_call = read() if size_of_all < _SMALL else await asyncio.to_thread(read)
    return [by_call.get(number) for number in call_log_ids]


_SMALL = 500_000
"""Bytes of transcripts whose JSON is read on the event loop; that of more is in a thread."""


def _transcripts(project_id: int, texts: Mapping[int, str]) -> dict[int, CallTranscript]:
    """The transcripts of calls from their JSON texts."""
    return {
        number: CallTranscript(project_id=project_id, call_log_id=number, turns=json.loads(turns))
        for number, turns in texts.items()
    }


async def load_feedback(sessions: Sessions, project_id: int, call_log_ids: list[int]) -> list[CallFeedback | None]:
    """The feedback on calls, in the order asked."""
    return await _by(sessions, project_id, CallFeedback, CallFeedback.call_log_id, call_log_ids)


async def select_dashboards(session: ReadSession, project_id: int, ids: Sequence[int]) -> dict[int, Dashboard]:
    """Dashboards that are not deleted, by number."""
    statement = select(Dashboard).where(
        Dashboard.project_id == project_id, Dashboard.id.in_(ids), Dashboard.deleted_at.is_(None)
    )
    return {row.id: row for row in await session.scalars(statement)}


# Written once, since a request for a dashboard runs them all, and putting them together takes longer than they do.
_WHOLE_DASHBOARDS = (
    select(Dashboard, Widget)
    .outerjoin(Widget, (Widget.project_id == bindparam("project")) & (Widget.dashboard_id == Dashboard.id))
    .where(
        Dashboard.project_id == bindparam("project"),
        Dashboard.id.in_(bindparam("ids", expanding=True)),
        Dashboard.deleted_at.is_(None),
    )
    .order_by(Dashboard.id, Widget.position, Widget.id)
)


async def select_whole_dashboards(
    session: ReadSession, project_id: int, ids: Sequence[int]
) -> dict[int, tuple[Dashboard, tuple[Widget, ...]]]:
    """Dashboards that are not deleted, by number, each with its widgets in their order: one statement."""
    found = (await session.execute(_WHOLE_DASHBOARDS, {"project": project_id, "ids": [*ids]})).tuples().all()
    rows = typed("Sequence[tuple[Dashboard, Widget | None]]", found)  # a dashboard without widgets has one row
    dashboards = {dashboard.id: dashboard for dashboard, _ in rows}
    widgets: dict[int, list[Widget]] = {row_id: [] for row_id in dashboards}
    for dashboard, widget in rows:
        if widget is not None:
            widgets[dashboard.id].append(widget)
    return {row_id: (dashboard, tuple(widgets[row_id])) for row_id, dashboard in dashboards.items()}


async def select_widgets(
    session: ReadSession, project_id: int, dashboard_ids: Sequence[int]
) -> dict[int, tuple[Widget, ...]]:
    """The widgets of each dashboard, in their order."""
    statement = (
        select(Widget)
        .where(Widget.project_id == project_id, Widget.dashboard_id.in_(dashboard_ids))
        .order_by(Widget.dashboard_id, Widget.position, Widget.id)
    )
    found: dict[int, list[Widget]] = {dashboard_id: [] for dashboard_id in dashboard_ids}
    for row in await session.scalars(statement):
        found[row.dashboard_id].append(row)
    return {dashboard_id: tuple(rows) for dashboard_id, rows in found.items()}
