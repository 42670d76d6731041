"""Transcripts and feedback through the schema: brought in, reviewed, read only when asked for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graph.context import Context
from graph.schema import schema
from models.sessions import Sessions
from resolvers.author import Author
from resolvers.scope import Scope

TURNS = [{"role": "agent", "text": "Hello", "time": 0.5}, {"role": "customer", "text": "Hi", "time": None}]
READ = """{ callLogs(first: 500, orderBy: {direction: ASC}) { edges { node {
  id callId isReviewed updatedAt transcript { role text time } feedback { rating comment reviewer }
} } } }"""


def call(call_id: str = "a", **values: Any) -> dict[str, Any]:
    return {"callId": call_id, "agent": "Ava", "timestamp": "2026-03-01T09:30:00Z", **values}


async def _read(api: Any) -> list[dict[str, Any]]:
    return [edge["node"] for edge in (await api.send(READ))["callLogs"]["edges"]]


async def test_what_comes_in_is_read(api: Any) -> None:
    feedback = {"rating": 4, "comment": "fine", "reviewer": "Zoë"}
    await api.done(
        "ingestCallLogs", calls=[call(transcript=TURNS, feedback=feedback), call("b"), call("c", transcript=[])]
    )
    one, other, empty = await _read(api)
    assert (one["transcript"], one["feedback"]) == (TURNS, feedback)
    assert (other["transcript"], other["feedback"]) == (None, None)
    assert (empty["transcript"], empty["feedback"]) == ([], None)


async def test_what_is_wrong_is_told_and_the_others_go_in(api: Any) -> None:
    wrong = call("b", transcript=[TURNS[0], {"role": "", "text": "x"}], feedback={"rating": 9})
    payload = await api.change("ingestCallLogs", calls=[call(), wrong])
    assert payload["created"] == 1
    assert [error["path"] for error in payload["errors"]] == ["/calls/1/transcript/1/role", "/calls/1/feedback/rating"]


async def test_many_calls_take_a_statement_each_and_none_unless_asked(api: Any, statements: Any) -> None:
    await api.done(
        "ingestCallLogs", calls=[call(str(at), transcript=TURNS, feedback={"rating": at % 6}) for at in range(30)]
    )
    statements.clear()
    await _read(api)
    for table in ("call_transcripts", "call_feedback"):
        assert sum(table in sql for sql in statements.executed) == 1
    statements.clear()
    await api.send("{ callLogs { edges { node { callId metadata } } } }")
    assert not any("call_transcripts" in sql or "call_feedback" in sql for sql in statements.executed)


async def test_a_review_replaces_feedback(api: Any) -> None:
    await api.done("ingestCallLogs", calls=[call(feedback={"rating": 4, "comment": "fine", "reviewer": "Zoë"})])
    (before,) = await _read(api)
    await api.done("updateCallLog", id=before["id"], isReviewed=True)
    (reviewed,) = await _read(api)
    assert reviewed["feedback"] == before["feedback"]
    await api.done("updateCallLog", id=before["id"], feedback={"rating": 2})
    (after,) = await _read(api)
    assert after["feedback"] == {"rating": 2, "comment": None, "reviewer": None}
    assert after["updatedAt"] > reviewed["updatedAt"]
    await api.done("updateCallLog", id=before["id"], feedback={"rating": 2})
    assert (await _read(api))[0]["updatedAt"] == after["updatedAt"], "nothing changed"
    await api.done("updateCallLog", id=before["id"], feedback=None)
    assert (await _read(api))[0]["feedback"] is None


async def test_the_reviewer_is_the_key_unless_told(sessions: Sessions, api: Any) -> None:
    await api.done("ingestCallLogs", calls=[call()])
    (one,) = await _read(api)
    document = "mutation ($i: UpdateCallLogInput!) { updateCallLog(input: $i) { callLog { feedback { reviewer } } } }"
    for given, expected in ((None, "QA desk"), ("Zoë", "Zoë")):
        context = Context(
            Scope(
                project_id=api.project_id,
                sessions=sessions,
                now=datetime.now(UTC),
                max_window=timedelta(days=30),
                author=Author(1, "QA desk"),
            )
        )
        variables = {"i": {"id": one["id"], "feedback": {"comment": "good", "reviewer": given}}}
        result = await schema.execute(document, variables, context_value=context)
        assert result.errors is None
        assert result.data == {"updateCallLog": {"callLog": {"feedback": {"reviewer": expected}}}}


@pytest.mark.parametrize(("feedback", "path"), [({}, "/feedback"), ({"rating": -1}, "/feedback/rating")])
async def test_a_wrong_review_changes_nothing(api: Any, feedback: dict[str, Any], path: str) -> None:
    await api.done("ingestCallLogs", calls=[call(feedback={"rating": 4})])
    (one,) = await _read(api)
    payload = await api.change("updateCallLog", id=one["id"], isReviewed=True, feedback=feedback)
    assert payload["callLog"] is None
    assert [error["path"] for error in payload["errors"]] == [path]
    assert (await _read(api)) == [one]


async def test_another_projects_calls_are_not_reviewed(api: Any, other: Any) -> None:
    await api.done("ingestCallLogs", calls=[call(transcript=TURNS)])
    (one,) = await _read(api)
    errors = await other.refused("updateCallLog", id=one["id"], feedback={"rating": 1})
    assert errors[0]["code"] == "NOT_FOUND"
    assert await _read(other) == []
