"""Storing calls in bulk, on PostgreSQL."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from models.call_record import CallRecord, parse_call
from models.ingest import UpsertResult, upsert_calls
from models.sessions import Sessions

NUMERIC = {"metric": "latency", "type": "numeric"}


def _call(call_id: str, **values: Any) -> CallRecord:
    return parse_call({"call_id": call_id, "agent": "Ava", "timestamp": "2026-03-01T09:30:00Z", **values})


async def _upsert(sessions: Sessions, project_id: int, *records: CallRecord) -> UpsertResult:
    async with sessions.write(project_id) as session:
        return await upsert_calls(session, project_id, records)


async def _rows(sessions: Sessions, project_id: int, statement: str) -> list[tuple[Any, ...]]:
    async with sessions.read(project_id) as session:
        return [tuple(row) for row in await session.execute(text(statement))]


VALUES = """
    select call_id, name, number_value, boolean_value, text_value from metric_evaluations evaluation
    join call_logs call on call.id = call_log_id join metrics metric on metric.id = metric_id
    order by call_id, name, evaluation.id
"""


async def test_new_calls_with_agents_and_metrics(sessions: Sessions, project_id: int) -> None:
    tricky = 'tab\t new\nline back\\slash \\N "quote" \u2028 é 🙂'
    result = await _upsert(
        sessions,
        project_id,
        _call(
            "b",
            agent=tricky,
            topic=tricky,
            duration=1.5,
            success=True,
            metadata={"k": tricky, "n": 1},
            metrics=[
                {**NUMERIC, "value": 0.25},
                {"metric": "stars", "type": "rating", "value": 4},
                {"metric": "goal", "type": "binary", "value": False},
                {"metric": "mood", "type": "enum", "value": tricky},
                {"metric": "none", "type": "numeric", "value": None},
            ],
        ),
        _call("a", topic="\\N"),
    )
    assert result == UpsertResult(created=2, updated=0)
    calls = await _rows(
        sessions,
        project_id,
        """select call_id, agent_name, timestamp, duration, success, is_reviewed, customer_number, topic, metadata
        from call_logs join agents on agents.id = agent_id order by call_id""",
    )
    start = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert calls == [
        ("a", "Ava", start, None, None, False, None, "\\N", {}),
        ("b", tricky, start, 1.5, True, False, None, tricky, {"k": tricky, "n": 1}),
    ]
    assert await _rows(sessions, project_id, VALUES) == [
        ("b", "goal", None, False, None),
        ("b", "latency", 0.25, None, None),
        ("b", "mood", None, None, tricky),
        ("b", "none", None, None, None),
        ("b", "stars", 4.0, None, None),
    ]
    metrics = await _rows(sessions, project_id, "select name, evaluation_type, enum_values from metrics order by name")
    assert metrics == [
        ("goal", "binary", []),
        ("latency", "numeric", []),
        ("mood", "enum", [tricky]),
        ("none", "numeric", []),
        ("stars", "rating", []),
    ]


async def test_what_is_given_replaces_and_the_rest_stays(sessions: Sessions, project_id: int) -> None:
    first = _call(
        "a",
        duration=5,
        is_reviewed=True,
        topic="old",
        metadata={"kept": 1, "changed": {"x": 1}},
        metrics=[{**NUMERIC, "value": 1}, {**NUMERIC, "value": 2}, {"metric": "goal", "type": "binary", "value": True}],
    )
    second = _call("a", agent="Milo", topic="new", metadata={"changed": {"y": 2}}, metrics=[{**NUMERIC, "value": 3}])
    await _upsert(sessions, project_id, first)
    assert await _upsert(sessions, project_id, second) == UpsertResult(created=0, updated=1)
    (call,) = await _rows(
        sessions,
        project_id,
        """select agent_name, duration, is_reviewed, topic, metadata, call.updated_at > call.created_at
        from call_logs call join agents on agents.id = agent_id""",
    )
    assert call == ("Milo", 5.0, True, "new", {"kept": 1, "changed": {"y": 2}}, True)
    assert await _rows(sessions, project_id, VALUES) == [
        ("a", "goal", None, True, None),
        ("a", "latency", 3.0, None, None),
    ]


async def test_a_call_repeated_in_one_batch_ends_as_in_two(
    sessions: Sessions, project_id: int, other_project_id: int
) -> None:
    steps = [
        _call("a", duration=5, metadata={"k": 1, "l": 1}, metrics=[{**NUMERIC, "value": 1}]),
        _call("b"),
        _call("a", success=True, metadata={"k": 2}, metrics=[{**NUMERIC, "value": 2}, {**NUMERIC, "value": 3}]),
        _call("a", topic="t", metrics=[{"metric": "goal", "type": "binary", "value": True}]),
    ]
    together = await _upsert(sessions, project_id, *steps)
    apart = [await _upsert(sessions, other_project_id, step) for step in steps]
    assert (together.created, together.updated) == (2, 2)
    assert (sum(step.created for step in apart), sum(step.updated for step in apart)) == (2, 2)
    calls = "select call_id, duration, success, topic, metadata from call_logs order by call_id"
    for statement in (calls, VALUES):
        assert await _rows(sessions, project_id, statement) == await _rows(sessions, other_project_id, statement)


async def test_a_contradicting_type_refuses_only_its_record(sessions: Sessions, project_id: int) -> None:
    await _upsert(sessions, project_id, _call("a", metrics=[{**NUMERIC, "value": 1}]))
    result = await _upsert(
        sessions,
        project_id,
        _call("b", metrics=[{"metric": "never made", "type": "enum"}, {"metric": "latency", "type": "binary"}]),
        _call("c", metrics=[{"metric": "new", "type": "rating", "value": 1}]),
        _call("d", metrics=[{"metric": "new", "type": "numeric", "value": 1}]),
        _call("e"),
    )
    assert (result.created, result.updated) == (2, 0)
    assert [refusal.index for refusal in result.refused] == [0, 2]
    (fault,) = result.refused[0].faults
    assert (fault.path, fault.allowed) == ("/metrics/1/type", "numeric")
    assert await _rows(sessions, project_id, "select call_id from call_logs order by 1") == [("a",), ("c",), ("e",)]
    assert await _rows(sessions, project_id, "select name from metrics order by 1") == [("latency",), ("new",)]


async def test_enum_values_are_added_once(sessions: Sessions, project_id: int) -> None:
    def mood(call_id: str, value: str | None) -> CallRecord:
        return _call(call_id, metrics=[{"metric": "mood", "type": "enum", "value": value}])

    await _upsert(sessions, project_id, mood("a", "good"), mood("b", "bad"), mood("c", "good"))
    await _upsert(sessions, project_id, mood("d", "bad"), mood("e", "new"), mood("f", None))
    assert await _rows(sessions, project_id, "select enum_values from metrics") == [(["good", "bad", "new"],)]


async def test_nothing_to_store(sessions: Sessions, project_id: int) -> None:
    assert await _upsert(sessions, project_id) == UpsertResult(0, 0)


async def test_two_upserts_in_one_transaction(sessions: Sessions, project_id: int) -> None:
    async with sessions.write(project_id) as session:
        await upsert_calls(session, project_id, [_call("a"), _call("b")])
        assert await upsert_calls(session, project_id, [_call("b"), _call("c")]) == UpsertResult(1, 1)
    assert await _rows(sessions, project_id, "select count(*) from call_logs") == [(3,)]


async def test_projects_do_not_see_each_other(sessions: Sessions, project_id: int, other_project_id: int) -> None:
    record = _call("a", metrics=[{**NUMERIC, "value": 1}])
    assert await _upsert(sessions, project_id, record) == UpsertResult(1, 0)
    assert await _upsert(sessions, other_project_id, record) == UpsertResult(1, 0)


@pytest.mark.parametrize("prior", [False, True], ids=["new calls", "stored calls"])
async def test_concurrent_writers_neither_deadlock_nor_double(
    sessions: Sessions, project_id: int, *, prior: bool
) -> None:
    def records(writer: int) -> list[CallRecord]:
        calls = [
            _call(
                f"c{number}",
                agent=f"agent {number % 7}",
                metadata={f"writer {writer}": True},
                metrics=[
                    {"metric": f"m{number % 5}", "type": "numeric", "value": writer},
                    {"metric": "mood", "type": "enum", "value": f"w{writer}"},
                ],
            )
            for number in range(300)
        ]
        return calls if writer % 2 else calls[::-1]

    if prior:
        await _upsert(sessions, project_id, *records(9))
    results = await asyncio.gather(*(_upsert(sessions, project_id, *records(writer)) for writer in range(4)))
    assert sum(result.created for result in results) == (0 if prior else 300)
    assert sum(result.created + result.updated for result in results) == 1200
    assert await _rows(sessions, project_id, "select count(*) from call_logs") == [(300,)]
    doubled = "select call_log_id from metric_evaluations group by call_log_id, metric_id having count(*) <> 1"
    assert await _rows(sessions, project_id, doubled) == []
    metadata = "select count(*) from call_logs where metadata ?& array['writer 0', 'writer 1', 'writer 2', 'writer 3']"
    assert await _rows(sessions, project_id, metadata) == [(300,)]
    (values,) = (await _rows(sessions, project_id, "select enum_values from metrics where name = 'mood'"))[0]
    assert sorted(values) == [f"w{writer}" for writer in ((0, 1, 2, 3, 9) if prior else range(4))]


@pytest.mark.parametrize("at_once", [True, False])
async def test_the_agent_of_calls_without_one_replaces_nobody(
    sessions: Sessions, project_id: int, at_once: bool
) -> None:
    """Neither among the records of one call that are stored together, nor where the call is there already."""
    known = _call("a", agent="Ava")
    none = replace(_call("a", agent="(none)"), is_agent_given=False)
    new = replace(_call("b", agent="(none)"), is_agent_given=False)
    if at_once:
        await _upsert(sessions, project_id, known, none, new)
    else:
        await _upsert(sessions, project_id, known)
        await _upsert(sessions, project_id, none, new)
    agents = "select call_id, agent_name from call_logs join agents on agents.id = agent_id order by call_id"
    assert await _rows(sessions, project_id, agents) == [("a", "Ava"), ("b", "(none)")]
    await _upsert(sessions, project_id, _call("b", agent="Bo"))
    assert await _rows(sessions, project_id, agents) == [("a", "Ava"), ("b", "Bo")]
