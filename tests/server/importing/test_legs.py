"""Legs of one call, joined."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from models.call_record import CallRecord, parse_call
from models.sessions import Sessions
from server.importing import ImportOptions, check_file, import_file
from server.importing.legs import Join, Legs, Rule, one_call
from server.importing.mapping_file import parse_mapping
from server.importing.outcome import ImportFailure
from server.importing.reading import LineFault, Reading

BEGIN = datetime(2026, 11, 20, 9, tzinfo=UTC)


def leg(line: int, seconds: float, call_id: str = "c", has_no_agent: bool = False, **values: Any) -> Reading:
    """A leg that begins so many seconds after the first."""
    raw = {"call_id": call_id, "agent": "(none)", "timestamp": BEGIN + timedelta(seconds=seconds), **values}
    return Reading(line, f"row {line}", parse_call(raw), has_no_agent=has_no_agent)


def call_of(legs: Sequence[Reading], join: Join) -> CallRecord:
    record = one_call(legs, join).record
    assert record is not None
    return record


LEGS = (
    leg(3, 60, agent="Bo", duration=145.0, success=True, topic="refund", metadata={"b": 2, "c": 3}),
    leg(1, 0, has_no_agent=True, duration=20.0, customer_number="+1", metadata={"a": 1, "b": 1}),
    leg(2, 20, agent="Ana", duration=30.0, success=False, topic="billing"),
)


def test_a_call_is_what_its_legs_say_in_the_order_of_their_times() -> None:
    reading = one_call(LEGS, Join())
    assert reading.record == CallRecord(
        call_id="c",
        agent="Ana",
        timestamp=BEGIN,
        values={"topic": "billing", "success": True, "duration": 205.0, "customer_number": "+1"},
        metadata={"a": 1, "b": 1, "c": 3},
    )
    assert (reading.has_no_agent, reading.legs, reading.line) == (False, LEGS, 3)


@pytest.mark.parametrize(
    ("join", "key", "expected"),
    [
        (Join(duration=Rule.SUM), "duration", 195.0),
        (Join(duration=Rule.LONGEST), "duration", 145.0),
        (Join(duration=Rule.FIRST), "duration", 20.0),
        (Join(duration=Rule.LAST), "duration", 145.0),
        (Join(success=Rule.ALL), "success", False),
        (Join(success=Rule.FIRST), "success", False),
        (Join(success=Rule.LAST), "success", True),
    ],
)
def test_rules(join: Join, key: str, expected: object) -> None:
    assert call_of(LEGS, join).values[key] == expected


def test_the_agent_is_of_the_first_or_last_leg_that_has_one() -> None:
    assert call_of(LEGS, Join(agent=Rule.LAST)).agent == "Bo"
    nobody = one_call([leg(1, 0, has_no_agent=True), leg(2, 5, has_no_agent=True)], Join())
    assert nobody.record is not None
    assert (nobody.record.agent, nobody.has_no_agent) == ("(none)", True)
    assert nobody.record.values == {}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule.FIRST, [("m", 1.0), ("m", 2.0), ("e", "a")]),
        (Rule.LAST, [("m", 4.0), ("e", "b")]),
        (Rule.SUM, [("m", 7.0), ("e", "a")]),
        (Rule.ALL, [("m", 1.0), ("m", 2.0), ("e", "a"), ("m", 4.0), ("e", "b")]),
    ],
)
def test_metrics(rule: Rule, expected: list[tuple[str, object]]) -> None:
    def metric(name: str, kind: str, value: object) -> dict[str, object]:
        return {"metric": name, "type": kind, "value": value}

    legs = [
        leg(1, 0, metrics=[metric("m", "numeric", 1), metric("m", "numeric", 2), metric("e", "enum", "a")]),
        leg(2, 5, metrics=[metric("m", "numeric", 4), metric("e", "enum", "b")]),
    ]
    assert [(value.metric, value.value) for value in call_of(legs, Join(metrics=rule)).metrics] == expected


def test_transcripts_follow_each_other_in_the_time_of_the_call() -> None:
    legs = [
        leg(1, 0, transcript=[{"role": "a", "text": "Hi", "time": 1}]),
        leg(2, 60, transcript=[{"role": "b", "text": "Hello", "time": 2}, {"role": "b", "text": "?"}]),
    ]
    turns = call_of(legs, Join()).transcript or ()
    assert [(turn.text, turn.time) for turn in turns] == [("Hi", 1.0), ("Hello", 62.0), ("?", None)]


def test_who_answered_counts_among_phones_that_rang_together() -> None:
    def ringing(line: int, agent: str, success: bool, reason: str, talk: float) -> Reading:
        metrics = [{"metric": "talk", "type": "numeric", "value": talk}]
        return leg(line, 0, agent=agent, success=success, call_ended_reason=reason, duration=talk, metrics=metrics)

    legs = [ringing(1, "101", True, "ANSWERED", 60.0), ringing(2, "102", False, "NO ANSWER", 0.0)]
    join = Join(duration=Rule.LONGEST, agent=Rule.ANSWERED, metrics=Rule.LAST)
    for order in (legs, legs[::-1]):
        call = call_of(order, join)
        assert call.agent == "101"
        assert call.values == {"success": True, "call_ended_reason": "ANSWERED", "duration": 60.0}
        assert [metric.value for metric in call.metrics] == [60.0]
    nobody = [ringing(1, "101", False, "BUSY", 0.0), ringing(2, "102", False, "NO ANSWER", 0.0)]
    assert call_of(nobody, join).agent == "102"
    transferred = [ringing(1, "101", True, "TRANSFER", 9.0), replace_time(ringing(2, "102", True, "ANSWERED", 60.0))]
    assert call_of(transferred, join).agent == "102"


def replace_time(reading: Reading) -> Reading:
    """The same leg a minute later."""
    assert reading.record is not None
    return replace(reading, record=replace(reading.record, timestamp=BEGIN + timedelta(seconds=60)))


def test_legs_may_stand_so_many_rows_apart() -> None:
    readings = [leg(1, 0, "a"), leg(2, 0, "b"), leg(3, 5, "a"), leg(4, 0, "d"), leg(5, 0, "e"), leg(6, 9, "b")]
    legs = Legs(Join(rows=2))
    found = [(reading.record.call_id, len(reading.legs)) for reading in legs.joined(readings) if reading.record]
    assert found == [("b", 0), ("a", 2), ("d", 0), ("e", 0), ("b", 0)]
    assert legs.count == 1


def test_a_call_with_a_bad_leg_is_rejected_whole() -> None:
    bad = Reading(2, "row 2", None, (LineFault(3, "wrong"),), call_id="c")
    unknown = Reading(4, "row 4", None, (LineFault(1, "wrong"),))
    found = list(Legs(Join()).joined([leg(1, 0), bad, leg(3, 0, "d"), unknown]))
    assert [(reading.line, reading.record is None) for reading in found] == [
        (4, True), (1, True), (2, True), (3, False),
    ]  # fmt: skip
    assert "a leg of the same call, in line 2, was rejected" in found[1].faults[0].reason
    assert found[2] == bad


@given(
    rows=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 100)), max_size=60),
    apart=st.integers(1, 60),
)
def test_every_row_is_in_one_call(rows: list[tuple[int, int]], apart: int) -> None:
    readings = [leg(line, seconds, str(call)) for line, (call, seconds) in enumerate(rows, start=1)]
    legs = Legs(Join(rows=apart))
    calls = list(legs.joined(readings))
    assert sorted(part.line for call in calls for part in call.legs or (call,)) == [*range(1, len(rows) + 1)]
    assert legs.count == len(rows) - len(calls)
    if apart >= len(rows):
        assert len(calls) == len({call for call, _ in rows})


MAPPING = """
join = { duration = "sum", agent = "last" }
[call]
call_id = "id"
agent = "who"
timestamp = "at"
duration = "seconds"
"""


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("join = 1", "join must be true, or a table of rows, duration, success, agent, metrics"),
        ("join = { row = 1 }", "unknown key join.row; did you mean rows?"),
        ("join = { rows = 0 }", "join.rows must be a number from 1 to 100,000"),
        ('join = { duration = "any" }', "join.duration is 'any'; allowed: span, sum, longest, first, last"),
    ],
)
def test_what_is_wrong_in_a_mapping_is_named(line: str, message: str) -> None:
    with pytest.raises(ImportFailure) as caught:
        parse_mapping(MAPPING.replace('join = { duration = "sum", agent = "last" }', line), "map")
    assert message in str(caught.value)


def test_a_mapping_joins() -> None:
    assert parse_mapping(MAPPING, "map").join == Join(duration=Rule.SUM, agent=Rule.LAST)
    assert parse_mapping("join = true\n" + MAPPING.split("\n", 2)[2], "map").join == Join()
    assert parse_mapping(MAPPING.split("\n", 2)[2], "map").join is None


async def test_legs_are_imported_as_calls_and_rejected_together(
    sessions: Sessions, project_id: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping = tmp_path / "map.toml"
    mapping.write_text(MAPPING)
    path = tmp_path / "cdr.csv"
    path.write_text(
        "id,who,at,seconds\n"
        "1,,2026-11-20T09:00:00Z,20\n"
        "2,Ana,2026-11-20T09:01:00Z,5\n"
        "1,Ana,2026-11-20T09:00:20Z,185\n"
        "2,Bo,2026-11-20T09:02:00Z,soon\n"
        "3,,2026-11-20T09:03:00Z,1\n"
    )
    result = await import_file(sessions, project_id, path, ImportOptions(mapping))
    assert (result.created, result.rejected, result.joined, result.without_agent) == (2, 2, 1, 1)
    statement = sa.text(
        "select call_id, agents.agent_name, duration from call_logs join agents on agents.id = agent_id order by 1"
    )
    async with sessions.read(project_id) as session:
        rows = [tuple(row) for row in await session.execute(statement)]
    assert rows == [("1", "Ana", 205.0), ("3", "(none)", 1.0)]
    assert f"{path}:5:4: seconds: 'soon' is not a duration" in capsys.readouterr().err
    (rejects,) = result.reject_files
    mended = rejects.read_text().replace("soon", "7")
    rejects.write_text(mended)
    again = await import_file(sessions, project_id, rejects, ImportOptions(mapping))
    assert (again.created, again.rejected, again.joined) == (1, 0, 1)
    async with sessions.read(project_id) as session:
        rows = [tuple(row) for row in await session.execute(statement)]
    assert rows[1] == ("2", "Bo", 12.0)


def test_a_row_that_is_there_again_is_no_further_leg() -> None:
    """As in a file of exports whose times overlap."""
    legs = (leg(1, 0, duration=20.0), leg(2, 20, duration=30.0), replace(leg(1, 0, duration=20.0), line=3))
    assert call_of(legs, Join(duration=Rule.SUM)).values["duration"] == 50
    alike = (leg(1, 0, duration=20.0), leg(2, 0, duration=20.0))
    assert call_of(alike, Join(duration=Rule.SUM)).values["duration"] == 40


async def test_the_newest_call_of_all_files_is_shifted_to_now(tmp_path: Path) -> None:
    """A call begins with its first leg, whichever leg is the newest."""
    mapping = parse_mapping('join = true\n[call]\ncall_id = "id"\ntimestamp = "at"\n', "map")
    for name, legs in (
        ("a", [("1", 0), ("2", 50), ("1", 90)]),
        ("b", [("3", 10), ("3", 100)]),
    ):
        rows = "".join(f"{id_},{(BEGIN + timedelta(hours=hour)).isoformat()}\n" for id_, hour in legs)
        (tmp_path / f"{name}.csv").write_text(f"id,at\n{rows}")
    before = datetime.now(UTC)
    result = await check_file(tmp_path, ImportOptions(mapping, shift_to_now=True))
    assert result.span
    first, last = result.span
    assert before <= last <= datetime.now(UTC)
    assert last - first == timedelta(hours=50)
