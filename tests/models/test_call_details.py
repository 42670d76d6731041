"""Transcripts and feedback on their way into the tables."""

from typing import Any

import pytest
import sqlalchemy as sa

from models import CallFeedback, CallLog, CallTranscript
from models.call_record import CallFaults, parse_call
from models.ingest import upsert_calls
from models.sessions import Sessions
from server.owner import owner_of
from tests.conftest import Statements

TURNS = [{"role": "agent", "text": 'Hello\t\\N\n"ünï🎈"', "time": 0.5}, {"role": "customer", "text": ""}]
FEEDBACK = {"rating": 4.5, "comment": "fine\ttoo\nfast", "reviewer": "Zoë"}


def call(call_id: str = "a", **values: Any) -> dict[str, Any]:
    return {"call_id": call_id, "agent": "Ava", "timestamp": "2026-03-01T09:30:00Z", **values}


async def _store(sessions: Sessions, project_id: int, *calls: dict[str, Any]) -> None:
    async with sessions.write(project_id) as session:
        await upsert_calls(session, project_id, [parse_call(one) for one in calls])


async def _stored(sessions: Sessions, project_id: int) -> tuple[list[Any], list[Any]]:
    async with sessions.read(project_id) as session:
        turns = await session.scalars(sa.select(CallTranscript.turns).order_by(CallTranscript.call_log_id))
        feedback = await session.execute(sa.select(CallFeedback.rating, CallFeedback.comment, CallFeedback.reviewer))
        return list(turns), [tuple(row) for row in feedback]


async def test_they_are_stored_as_given(sessions: Sessions, project_id: int) -> None:
    await _store(sessions, project_id, call(transcript=TURNS, feedback=FEEDBACK), call("b"))
    assert await _stored(sessions, project_id) == ([TURNS], [tuple(FEEDBACK.values())])


async def test_what_is_given_replaces_and_what_is_not_stays(sessions: Sessions, project_id: int) -> None:
    await _store(sessions, project_id, call(transcript=TURNS, feedback=FEEDBACK))
    await _store(sessions, project_id, call(topic="x", transcript=None))
    assert await _stored(sessions, project_id) == ([TURNS], [tuple(FEEDBACK.values())])
    await _store(sessions, project_id, call(transcript=[], feedback={"comment": "no"}))
    assert await _stored(sessions, project_id) == ([[]], [(None, "no", None)])


async def test_records_of_one_call_merge(sessions: Sessions, project_id: int) -> None:
    await _store(sessions, project_id, call(transcript=TURNS), call(feedback={"rating": 1}), call(transcript=TURNS[:1]))
    assert await _stored(sessions, project_id) == ([TURNS[:1]], [(1, None, None)])


async def test_they_go_with_their_call(sessions: Sessions, project_id: int) -> None:
    await _store(sessions, project_id, call(transcript=TURNS, feedback=FEEDBACK))
    async with Sessions(owner_of(sessions.engine)).write(project_id) as session:
        await session.execute(sa.delete(CallLog).where(CallLog.project_id == project_id))
    assert await _stored(sessions, project_id) == ([], [])


async def test_other_projects_do_not_see_them(sessions: Sessions, project_id: int, other_project_id: int) -> None:
    await _store(sessions, project_id, call(transcript=TURNS, feedback=FEEDBACK))
    assert await _stored(sessions, other_project_id) == ([], [])


BAD = [
    pytest.param({"transcript": "hello"}, "/transcript", id="no list"),
    pytest.param({"transcript": [1]}, "/transcript/0", id="no turn"),
    pytest.param({"transcript": [TURNS[0], {"role": "agent"}]}, "/transcript/1/text", id="no text"),
    pytest.param({"transcript": [{"role": "", "text": "x"}]}, "/transcript/0/role", id="no role"),
    pytest.param({"transcript": [{"role": "a", "text": "x", "time": -1}]}, "/transcript/0/time", id="negative time"),
    pytest.param({"transcript": [{"role": "a", "text": "x\0"}]}, "/transcript/0/text", id="NUL"),
    pytest.param({"transcript": [{"role": "a", "text": "x", "mood": 1}]}, "/transcript/0/mood", id="unknown key"),
    pytest.param({"transcript": [{"role": "a", "text": "x" * 20_001}]}, "/transcript/0/text", id="long turn"),
    pytest.param({"transcript": [{"role": "a", "text": "x" * 20_000}] * 20}, "/transcript", id="long transcript"),
    pytest.param({"transcript": [TURNS[1]] * 10_001}, "/transcript", id="many turns"),
    pytest.param({"feedback": 4}, "/feedback", id="no object"),
    pytest.param({"feedback": {}}, "/feedback", id="empty feedback"),
    pytest.param({"feedback": {"reviewer": "Zoë"}}, "/feedback", id="reviewer only"),
    pytest.param({"feedback": {"rating": 6}}, "/feedback/rating", id="rating out of range"),
    pytest.param({"feedback": {"rating": True}}, "/feedback/rating", id="boolean rating"),
    pytest.param({"feedback": {"comment": "x" * 1_001}}, "/feedback/comment", id="long comment"),
    pytest.param({"feedback": {"comment": "x", "stars": 1}}, "/feedback/stars", id="unknown feedback"),
]


@pytest.mark.parametrize(("values", "path"), BAD)
def test_what_is_wrong_is_told_with_its_place(values: dict[str, Any], path: str) -> None:
    with pytest.raises(CallFaults) as caught:
        parse_call(call(**values))
    assert [fault.path for fault in caught.value.faults] == [path]
    assert caught.value.faults[0].allowed


async def test_they_cost_nothing_where_there_are_none(
    sessions: Sessions, project_id: int, statements: Statements
) -> None:
    await _store(sessions, project_id, call())
    assert not any("call_transcripts" in sql or "call_feedback" in sql for sql in statements.executed)
