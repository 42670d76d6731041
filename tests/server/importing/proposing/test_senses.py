"""Proposed mappings: columns that look like something that they are not."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from models.call_record import parse_call
from server.importing.conversion import SettingFailure
from server.importing.file_settings import FileSettings
from server.importing.inputs import Input
from server.importing.mapping_file import parse_mapping
from server.importing.preview import preview
from server.importing.proposing.proposal import Proposal, propose
from server.importing.sample import Sample, read_sample


def _proposed(tmp_path: Path, text: str, name: str = "calls.csv") -> tuple[Sample, Proposal, Any]:
    path = tmp_path / name
    path.write_text(text)
    sample = read_sample(Input(path), FileSettings())
    proposal = propose(sample.columns(), is_table=sample.header is not None)
    assert proposal is not None
    assert tomllib.loads(proposal.text("calls")) == proposal.content
    return sample, proposal, proposal.content["call"]


def _converted(sample: Sample, proposal: Proposal) -> list[Any]:
    mapping = parse_mapping(proposal.text("calls"), "proposal")
    conversion: Any = mapping.for_documents() if sample.header is None else mapping.for_table(sample.header)
    return [conversion.convert(row) for row in sample.rows]


def _durations(sample: Sample, proposal: Proposal) -> list[float | None]:
    converted = _converted(sample, proposal)
    assert [one.faults for one in converted if one.faults] == []
    for one in converted:
        parse_call(one.call)
    return [one.call.get("duration") for one in converted]


def test_the_end_does_not_become_the_start_where_some_starts_are_missing(tmp_path: Path) -> None:
    calls = [
        {"id": "a", "startedAt": "2026-11-20T10:00:00Z", "endedAt": "2026-11-20T10:05:00Z", "agent": "A"},
        {"id": "b", "startedAt": None, "endedAt": "2026-11-20T11:05:00Z", "agent": "A"},
    ]
    sample, proposal, call = _proposed(tmp_path, json.dumps(calls), "calls.json")
    assert (call["timestamp"], call["duration"]) == ("startedAt", {"between": ["startedAt", "endedAt"]})
    assert proposal.notes == ("1 of the first 2 calls have no time in startedAt; they are rejected.",)
    first, second = _converted(sample, proposal)
    assert first.call["duration"] == 300
    assert "timestamp" not in second.call or second.call["timestamp"] is None


@pytest.mark.parametrize("end", ["end time", "closed at", "Hangup date"])
def test_the_end_in_a_table_does_not_become_the_start(tmp_path: Path, end: str) -> None:
    _, _, call = _proposed(
        tmp_path,
        f"id,agent,start time,{end}\n1,A,,2026-11-20T10:05:00Z\n2,B,2026-11-20T10:00:00Z,2026-11-20T10:05:00Z\n",
    )
    assert call["timestamp"] == "start time"
    assert call["duration"] == {"between": ["start time", end]}


def test_an_end_alone_is_still_the_time_of_a_call(tmp_path: Path) -> None:
    _, _, call = _proposed(tmp_path, "id,agent,end time\n1,A,2026-11-20T10:05:00Z\n2,B,2026-11-20T11:05:00Z\n")
    assert (call["timestamp"], "duration" in call) == ("end time", False)


def test_an_end_is_found_beside_other_times(tmp_path: Path) -> None:
    row = "2026-11-20T10:00:00Z,{},2026-11-22T10:00:00Z"
    rows = f"1,A,{row.format('2026-11-20T10:01:00Z')}\n2,B,{row.format('')}\n"
    sample, proposal, _ = _proposed(tmp_path, "id,agent,started at,ended at,updated at\n" + rows)
    assert _durations(sample, proposal) == [60, None]


def test_an_end_that_is_written_in_another_form_has_its_own(tmp_path: Path) -> None:
    rows = "1,A,20.11.2026 10:00,2026-11-20 10:01:30\n2,B,21.11.2026 10:00,2026-11-21 10:02:00\n"
    sample, proposal, _ = _proposed(tmp_path, "id,agent,start time,end time\n" + rows)
    assert _durations(sample, proposal) == [90, 120]


@pytest.mark.parametrize("name", ["user rating", "Agent score", "agent calls count", "user", "rep 7"])
def test_numbers_are_no_agents(tmp_path: Path, name: str) -> None:
    rows = "".join(f"c{n},2026-11-20T10:0{n}:00Z,{n * 30},{n % 5}\n" for n in range(1, 9))
    _, proposal, call = _proposed(tmp_path, f"call id,start,duration,{name}\n{rows}")
    assert call["agent"] == {"constant": "(none)"}
    assert len(proposal.content["metrics"]) == 1  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("name", ["agent id", "Extension", "Agent", "Agent Number", "user extension"])
def test_numbers_that_tell_agents_apart_are_agents(tmp_path: Path, name: str) -> None:
    rows = "".join(f"c{n},2026-11-20T10:0{n}:00Z,{n * 30},{200 + n % 3}\n" for n in range(1, 9))
    assert _proposed(tmp_path, f"call id,start,duration,{name}\n{rows}")[2]["agent"] == name


@pytest.mark.parametrize("name", ["hold duration", "queue length", "Ring duration", "Wrap duration", "wait duration"])
def test_the_time_of_a_part_of_a_call_is_not_its_duration(tmp_path: Path, name: str) -> None:
    rows = "1,A,2026-11-20T10:00:00Z,{}5\n2,B,2026-11-20T11:00:00Z,{}7\n"
    head = "id,agent,start time,"
    sample, proposal, _ = _proposed(
        tmp_path, f"{head}end time,{name}\n{rows.replace('{}', '2026-11-20T11:00:01Z,')}".replace("\r", "")
    )
    assert _durations(sample, proposal) == [3601, 1]
    assert "duration" not in _proposed(tmp_path, f"{head}{name}\n{rows.replace('{}', '')}", "other.csv")[2]


def test_the_duration_in_an_object_of_a_part_is_not_that_of_the_call(tmp_path: Path) -> None:
    times = {"id": "a", "agent": "A", "start": "2026-11-20T10:00:00Z", "end": "2026-11-20T10:00:30Z"}
    proposal: Any = None
    for whole, expected in (("message", "message.duration"), ("queue", {"between": ["start", "end"]})):
        text = json.dumps([{**times, whole: {"duration": 7}}])
        _, proposal, call = _proposed(tmp_path, text, f"{whole}.json")
        assert call["duration"] == expected
    assert proposal.content["metrics"] == {"queue_duration": {"column": "queue.duration", "type": "numeric"}}


def test_neither_the_speed_of_answer_nor_the_length_of_the_queue_is_a_duration(tmp_path: Path) -> None:
    rows = "1,A,2026-11-20T10:00:00Z,5,2\n2,B,2026-11-20T11:00:00Z,7,3\n"
    head = "id,agent,start,Speed of answer in seconds,queue length\n"
    _, proposal, call = _proposed(tmp_path, head + rows)
    assert "duration" not in call
    assert [*proposal.content["metrics"]] == ["speed_of_answer", "queue_length"]  # pyright: ignore[reportGeneralTypeIssues]


def test_the_duration_of_a_call_goes_before_start_and_end_and_those_before_that_of_a_recording(tmp_path: Path) -> None:
    rows = "".join(f"{n},A,2026-11-20T1{n}:00:00Z,2026-11-20T1{n}:01:00Z,{n + 50}\n" for n in range(3))
    head = "id,agent,start time,end time,"
    assert _proposed(tmp_path, f"{head}length of call\n{rows}")[2]["duration"] == "length of call"
    call = _proposed(tmp_path, f"{head}recording duration\n{rows}", "other.csv")[2]
    assert call["duration"] == {"between": ["start time", "end time"]}


@pytest.mark.parametrize("name", ["Duration (hours)", "Duration (h)", "call duration hrs"])
def test_hours_in_a_name_are_known(tmp_path: Path, name: str) -> None:
    sample, proposal, _ = _proposed(
        tmp_path, f"id,agent,start,{name}\n1,A,2026-11-20T10:00:00Z,0.05\n2,A,2026-11-20T10:00:00Z,1\n"
    )
    assert _durations(sample, proposal) == [180, 3600]


LONG = "".join(f"{n},A,2026-11-20T10:00:00Z,{value}\n" for n, value in enumerate((4000, 8000, 9500, 120000, 300000)))


def test_durations_from_a_day_on_are_asked_about(tmp_path: Path) -> None:
    sample, proposal, call = _proposed(tmp_path, "id,agent,start,duration\n" + LONG)
    assert call["duration"] == "duration"
    assert proposal.questions == (
        'duration has 300000, as seconds 83.3 hours; add to duration unit = "milliseconds" or unit = "seconds".',
    )
    with pytest.raises(SettingFailure, match=r"'120000' as seconds would be 33\.3 hours"):
        _converted(sample, proposal)
    lines = [*preview(sample, parse_mapping(proposal.text("calls"), "proposal"))]
    assert (len(lines), lines[7].startswith("   →  not told yet: duration: '120000' as seconds")) == (10, True)


def test_names_with_control_characters_can_stand_in_the_notes(tmp_path: Path) -> None:
    _proposed(tmp_path, 'id,agent,"sta\x1frt\n#"\n1,A,2026-11-20T10:00:00Z\n2,B,\n')


def test_a_name_that_says_seconds_leaves_no_question(tmp_path: Path) -> None:
    _, proposal, call = _proposed(tmp_path, "id,agent,start,duration_seconds\n" + LONG)
    assert (call["duration"], proposal.questions) == ({"column": "duration_seconds", "unit": "seconds"}, ())


@pytest.mark.parametrize("name", ["Not resolved", "Non-resolved", "notResolved", "not answered", "Failed resolution"])
def test_a_name_that_says_the_opposite_is_not_success(tmp_path: Path, name: str) -> None:
    rows = "".join(f"{n},A,2026-11-20T10:00:00Z,{'YN'[n % 2]}\n" for n in range(4))
    _, proposal, call = _proposed(tmp_path, f"id,agent,start,{name}\n{rows}")
    assert call.keys() == {"call_id", "agent", "timestamp"}
    metadata: Any = proposal.content["metadata"]
    assert [value["type"] for value in metadata.values()] == ["boolean"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("customer timezone", "UTC"),
        ("Caller TZ", "UTC"),
        ("Region", "UTC"),
        ("timezone", {"column": "timezone"}),
        ("Time Zone", {"column": "Time Zone"}),
        ("tz", {"column": "tz"}),
    ],
)
def test_only_zones_that_are_not_those_of_customers_are_the_zones_of_the_times(
    tmp_path: Path, name: str, expected: object
) -> None:
    rows = "1,A,2026-11-20 10:00,Europe/Paris\n2,A,2026-11-20 10:00,America/New_York\n"
    assert _proposed(tmp_path, f"id,agent,start,{name}\n{rows}")[2]["timestamp"]["time_zone"] == expected


@pytest.mark.parametrize("head", ["date,start time,end time", "date,start,end", "call date,Start Time,Hangup time"])
def test_a_day_and_two_times_of_it_make_a_time_and_a_duration(tmp_path: Path, head: str) -> None:
    rows = "1,A,2026-11-20,10:00:00,10:05:00\n2,B,2026-11-21,11:00:00,11:00:30\n"
    sample, proposal, call = _proposed(tmp_path, f"id,agent,{head}\n{rows}")
    day, start, _ = head.split(",")
    assert call["timestamp"]["columns"] == [day, start]
    assert "metrics" not in proposal.content
    assert any("or of the next day where it" in note for note in proposal.notes)
    assert _durations(sample, proposal) == [300, 30]


def test_the_day_of_the_end_is_used(tmp_path: Path) -> None:
    rows = "1,A,2026-11-20,23:59:00,2026-11-21,00:01:00\n2,B,2026-11-21,11:00:00,2026-11-21,11:00:30\n"
    sample, proposal, _ = _proposed(tmp_path, f"id,agent,start date,start time,end date,end time\n{rows}")
    assert _durations(sample, proposal) == [120, 30]


def test_the_time_of_the_end_beside_a_duration_is_no_metric(tmp_path: Path) -> None:
    rows = "1,A,2026-11-20,10:00:00,10:05:00,300\n2,B,2026-11-21,11:00:00,11:00:30,30\n"
    _, proposal, _ = _proposed(tmp_path, f"id,agent,date,start time,end time,duration\n{rows}")
    assert "metrics" not in proposal.content
    assert [name for name, _ in proposal.unused] == ["end time"]


@pytest.mark.parametrize(
    ("first", "second", "form", "other"),
    [
        ("21/03/04", "21/03/05", "%y/%m/%d", "%d/%m/%y"),
        ("20/11/26", "21/11/26", "%d/%m/%y", "%y/%m/%d"),
        ("05/03/04", "05/03/05", "%y/%m/%d", "%m/%d/%y or %d/%m/%y"),
    ],
)
def test_years_of_two_digits_may_stand_at_either_end(
    tmp_path: Path, first: str, second: str, form: str, other: str
) -> None:
    _, proposal, call = _proposed(tmp_path, f"id,agent,start\n1,A,{first} 10:00\n2,B,{second} 10:00\n")
    assert call["timestamp"]["format"] == f"{form} %H:%M"
    told = " or ".join(f"{one} %H:%M" for one in other.split(" or "))
    assert f"The times were read as {form} %H:%M; {told} would fit as well." in proposal.notes
