"""Loads what is kept beside calls: one statement for all calls that were asked about."""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import select

from models import CallFeedback, CallTranscript
from models.sessions import Sessions

Detail = TypeVar("Detail", CallFeedback, CallTranscript)


async def _by_call(
    sessions: Sessions, project_id: int, model: type[Detail], call_log_ids: Sequence[int]
) -> list[Detail | None]:
    statement = select(model).where(model.project_id == project_id, model.call_log_id.in_(call_log_ids))
    async with sessions.read(project_id) as session:
        found = {row.call_log_id: row for row in await session.scalars(statement)}
    return [found.get(call_log_id) for call_log_id in call_log_ids]


async def load_transcripts(sessions: Sessions, project_id: int, call_log_ids: list[int]) -> list[CallTranscript | None]:
    """The transcripts of calls, in the order asked."""
    return await _by_call(sessions, project_id, CallTranscript, call_log_ids)


async def load_feedback(sessions: Sessions, project_id: int, call_log_ids: list[int]) -> list[CallFeedback | None]:
    """The feedback on calls, in the order asked."""
    return await _by_call(sessions, project_id, CallFeedback, call_log_ids)
