"""Proposed mappings: what columns and keys are taken for, by their names and by what stands in them."""

import json
import tomllib
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.call_record import parse_call
from server.importing.file_settings import FileSettings
from server.importing.inputs import Input
from server.importing.mapping_file import parse_mapping
from server.importing.preview import preview
from server.importing.proposing.columns import Column
from server.importing.proposing.proposal import Proposal, propose
from server.importing.sample import Sample, read_sample


def _sample(tmp_path: Path, text: str, name: str = "calls.csv") -> Sample:
    path = tmp_path / name
    path.write_text(text)
    return read_sample(Input(path), FileSettings())


def _proposal(sample: Sample, time_zone: str | None = None) -> Proposal:
    proposal = propose(sample.columns(), is_table=sample.header is not None, time_zone=time_zone)
    assert proposal is not None
    assert tomllib.loads(proposal.text("calls")) == proposal.content
    return proposal


def _calls(sample: Sample, proposal: Proposal) -> list[dict[str, Any]]:
    mapping = parse_mapping(proposal.text("calls"), "proposal")
    conversion: Any = mapping.for_documents() if sample.header is None else mapping.for_table(sample.header)
    converted = [conversion.convert(row) for row in sample.rows]
    assert [one.faults for one in converted if one.faults] == []
    for one in converted:
        parse_call(one.call)
    return [one.call for one in converted]


CALL_CENTRE = """\
Call Id,Agent,Date,Time,Topic,Answered (Y/N),Resolved,Speed of answer in seconds,AvgTalkDuration,Satisfaction rating
X1,Ada,2021-03-01,09:12:58,Contract,Y,Y,109,00:02:23,3
X2,Bo,2021-03-01,09:47:31,Payment,Y,N,70,00:04:02,5
X3,Ada,2021-03-02,10:00:29,Contract,N,N,,,
"""


def test_a_call_centre_sheet_is_right_in_all_columns(tmp_path: Path) -> None:
    sample = _sample(tmp_path, CALL_CENTRE)
    proposal = _proposal(sample, "Europe/Berlin")
    assert proposal.content == {
        "call": {
            "call_id": "Call Id",
            "agent": "Agent",
            "timestamp": {"columns": ["Date", "Time"], "format": "%Y-%m-%d %H:%M:%S", "time_zone": "Europe/Berlin"},
            "duration": {"column": "AvgTalkDuration", "unit": "HH:MM:SS"},
            "success": "Resolved",
            "call_ended_reason": {"column": "Answered (Y/N)", "values": {"N": "not_answered", "Y": "answered"}},
            "topic": "Topic",
        },
        "metrics": {
            "speed_of_answer": {"column": "Speed of answer in seconds", "type": "numeric"},
            "satisfaction": {"column": "Satisfaction rating", "type": "rating"},
        },
    }
    assert (proposal.notes, proposal.unused) == ((), ())
    first, _, last = _calls(sample, proposal)
    assert first["timestamp"].astimezone(UTC) == datetime(2021, 3, 1, 8, 12, 58, tzinfo=UTC)
    assert (first["duration"], first["success"], first["call_ended_reason"]) == (143.0, True, "answered")
    assert [(metric["metric"], metric["value"]) for metric in first["metrics"]] == [
        ("speed_of_answer", 109.0),
        ("satisfaction", 3.0),
    ]
    assert (last.get("duration"), last["call_ended_reason"], last["metrics"]) == (None, "not_answered", [])


def test_local_times_are_read_in_utc_and_that_is_told(tmp_path: Path) -> None:
    proposal = _proposal(_sample(tmp_path, CALL_CENTRE))
    assert proposal.content["call"]["timestamp"]["time_zone"] == "UTC"  # pyright: ignore[reportIndexIssue]
    assert any("no zone" in note for note in proposal.notes)


def test_decimal_commas_are_seen(tmp_path: Path) -> None:
    sample = _sample(tmp_path, "id;ag;ts;d;score\n1;A;2026-11-20T09:00:00Z;205;4\n2;A;2026-11-20T09:01:00Z;1.205;4,5\n")
    proposal = _proposal(sample)
    assert (proposal.content["decimal"], proposal.content["thousands"]) == (",", ".")
    assert [call["duration"] for call in _calls(sample, proposal)] == [205, 1205]
    assert [call["metrics"][0]["value"] for call in _calls(sample, proposal)] == [4, 4.5]


@pytest.mark.parametrize(
    ("column", "first", "second", "expected"),
    [
        ("Started", "2026-11-20T09:00:00Z", "2026-11-20T10:00:00+01:00", "Started"),
        ("Started", "2026-11-20 09:00", "2026-11-20 10:00", {"column": "Started", "time_zone": "UTC"}),
        ("ts", "1795162800", "1795166400", {"column": "ts", "format": "unix"}),
        ("Start time", "1795162800000", "1795166400123", {"column": "Start time", "format": "unix_ms"}),
        (
            "When",
            "20.11.2026 09:00",
            "21.11.2026 10:30",
            {"column": "When", "format": "%d.%m.%Y %H:%M", "time_zone": "UTC"},
        ),
        (
            "When",
            "11/20/2026 9:00 AM",
            "11/21/2026 1:30 PM",
            {"column": "When", "format": "%m/%d/%Y %I:%M %p", "time_zone": "UTC"},
        ),
        (
            "When",
            "20/11/2026 09:00:00",
            "21/11/2026 13:30:00",
            {"column": "When", "format": "%d/%m/%Y %H:%M:%S", "time_zone": "UTC"},
        ),
        (
            "When",
            "Fri, 20 Nov 2026 09:00:00 +0000",
            "Sat, 21 Nov 2026 09:00:00 +0000",
            {"column": "When", "format": "rfc2822"},
        ),
        ("When (UTC)", "2026-11-20 09:00", "2026-11-20 10:00", {"column": "When (UTC)", "time_zone": "UTC"}),
    ],
)
def test_times_are_told_by_what_stands_in_them(
    tmp_path: Path, column: str, first: str, second: str, expected: object
) -> None:
    sample = _sample(tmp_path, f'ID,Who,"{column}"\na,Ana,"{first}"\nb,Bo,"{second}"\n')
    proposal = _proposal(sample)
    assert proposal.content["call"]["timestamp"] == expected  # pyright: ignore[reportIndexIssue]
    _calls(sample, proposal)


def test_day_and_month_that_can_be_either_follow_the_order_of_the_rows_and_that_is_told(tmp_path: Path) -> None:
    rows = "\n".join(f"{number},Ana,0{number}/02/2026 09:00:00" for number in range(1, 6))
    proposal = _proposal(_sample(tmp_path, f"ID,Agent,When\n{rows}\n"))
    assert proposal.content["call"]["timestamp"]["format"] in (  # pyright: ignore[reportIndexIssue]
        "%m/%d/%Y %H:%M:%S",
        "%d/%m/%Y %H:%M:%S",
    )
    assert any("would fit as well" in note for note in proposal.notes)


def test_day_and_month_that_follow_each_other_either_way_are_those_that_lie_close_together(tmp_path: Path) -> None:
    rows = "".join(f"c{day},Ava,{day:02d}/11/2026 09:00\n" for day in range(1, 13))
    proposal = _proposal(_sample(tmp_path, "Call Id,Agent,Start\n" + rows))
    call: Any = proposal.content["call"]
    assert call["timestamp"]["format"] == "%d/%m/%Y %H:%M"


def test_a_letter_before_a_number_makes_a_name_of_it(tmp_path: Path) -> None:
    rows = "".join(
        f"T{number},Ava,2026-03-0{number - 1000}T09:00:00Z,x{number},$ {number}\n" for number in range(1001, 1006)
    )
    proposal = _proposal(_sample(tmp_path, "Ticket,Agent,Start,Station,Price\n" + rows))
    metrics: Any = proposal.content["metrics"]
    assert list(metrics) == ["price"]


def test_zones_in_a_column_are_used(tmp_path: Path) -> None:
    sample = _sample(
        tmp_path, "ID,Agent,When,Zone\n1,A,2026-11-20 09:00,Europe/Paris\n2,B,2026-11-20 09:00,America/New_York\n"
    )
    hours = [call["timestamp"].astimezone(UTC).hour for call in _calls(sample, _proposal(sample))]
    assert hours == [8, 14]


@pytest.mark.parametrize(
    ("name", "values", "seconds"),
    [
        ("Duration", ("0:02:23", "1:00:00"), (143, 3600)),
        ("Talk time", ("2:23", "12:00"), (143, 720)),
        ("duration_ms", ("143000", "9000"), (143, 9)),
        ("Call duration", ("2m 23s", "9s"), (143, 9)),
        ("Call duration", ("PT2M23S", "PT9S"), (143, 9)),
        ("Duration (min)", ("2", "10"), (120, 600)),
        ("Length", ("143", "9.5"), (143, 9.5)),
        ("Duration", ("143000", "201000"), (143, 201)),
    ],
)
def test_durations_are_told_by_their_form(
    tmp_path: Path, name: str, values: tuple[str, str], seconds: tuple[float, float]
) -> None:
    text = f"ID,Agent,Start,{name}\n" + "".join(
        f"{place},Ana,2026-11-20T09:00:00Z,{value}\n" for place, value in enumerate(values)
    )
    sample = _sample(tmp_path, text)
    assert tuple(call["duration"] for call in _calls(sample, _proposal(sample))) == seconds


def test_words_among_durations_are_no_value(tmp_path: Path) -> None:
    sample = _sample(
        tmp_path,
        "ID,Agent,Start,Duration\n1,A,2026-11-20T09:00:00Z,0:01:00\n2,A,2026-11-20T09:00:00Z,0:02:00\n"
        "3,A,2026-11-20T09:00:00Z,In Progress\n4,A,2026-11-20T09:00:00Z,N/A\n",
    )
    assert [call.get("duration") for call in _calls(sample, _proposal(sample))] == [60, 120, None, None]


def test_start_and_end_make_a_duration(tmp_path: Path) -> None:
    sample = _sample(
        tmp_path,
        "ID,Agent,Start time,End time\n1,A,2026-11-20 09:00:00,2026-11-20 09:00:30\n2,B,2026-11-20 10:00:00,\n",
    )
    assert [call.get("duration") for call in _calls(sample, _proposal(sample))] == [30, None]


def test_rows_without_an_id_are_told_by_all_of_their_cells(tmp_path: Path) -> None:
    sample = _sample(tmp_path, "Agent,Start\nA,2026-11-20T09:00:00Z\nB,2026-11-20T09:00:00Z\n")
    proposal = _proposal(sample)
    assert proposal.content["call"]["call_id"] == {"hash": "row"}  # pyright: ignore[reportIndexIssue]
    assert len({call["call_id"] for call in _calls(sample, proposal)}) == 2


def test_what_is_not_used_is_told_with_the_reason(tmp_path: Path) -> None:
    rows = "".join(f"{n},A,2026-11-20T09:00:00Z,{'x' * 300}{n},,https://x/{n},+4930{n:07}\n" for n in range(40))
    proposal = _proposal(_sample(tmp_path, f"ID,Agent,Start,Notes,Empty,Recording,Other number\n{rows}"))
    assert dict(proposal.unused).keys() == {"Notes", "Empty", "Recording", "Other number"}
    assert "metrics" not in proposal.content
    assert "# Not used: Empty: it is empty" in proposal.text("calls")


def test_documents_are_proposed_by_their_paths(tmp_path: Path) -> None:
    calls = [
        {
            "id": f"c{number}",
            "assistant": {"name": "Ava"},
            "startedAt": "2026-11-20T09:00:00Z",
            "stats": {"duration": 30.5, "cost": 0.1},
            "customer": {"phone": f"+49301234{number}"},
            "result": {"success": True, "plan.tier": "gold"},
            "turns": [{"role": "bot", "text": "Hello", "start": 0.5}, {"role": "user", "text": "Hi", "start": 1}],
        }
        for number in range(3)
    ]
    sample = _sample(tmp_path, json.dumps({"total": 3, "data": {"calls": calls}}), "calls.json")
    call = _calls(sample, _proposal(sample))[0]
    assert call == {
        "call_id": "c0",
        "agent": "Ava",
        "timestamp": "2026-11-20T09:00:00Z",
        "duration": 30.5,
        "success": True,
        "customer_number": "+493012340",
        "metadata": {"plan_tier": "gold"},
        "metrics": [{"metric": "cost", "type": "numeric", "value": 0.1}],
        "transcript": [
            {"role": "agent", "text": "Hello", "time": 0.5},
            {"role": "customer", "text": "Hi", "time": 1},
        ],
    }


def test_cells_with_types_are_understood() -> None:
    header = ("Call", "Agent", "Day", "Time", "Seconds")
    rows = (
        ["a", "Ana", datetime(2026, 11, 20), time(9, 5), 30],
        ["b", "Bo", datetime(2026, 11, 21), time(10, 0, 1), 12.5],
    )
    sample = Sample(header, rows, "Excel workbook")
    first, second = _calls(sample, _proposal(sample))
    assert (first["timestamp"], first["duration"]) == (datetime(2026, 11, 20, 9, 5, tzinfo=UTC), 30)
    assert second["timestamp"] == datetime(2026, 11, 21, 10, 0, 1, tzinfo=UTC)


def test_the_preview_shows_rows_and_their_calls(tmp_path: Path) -> None:
    sample = _sample(tmp_path, CALL_CENTRE + "X4,Bo,tomorrow,10:00:29,Contract,Y,Y,1,00:00:01,3\n")
    known = Sample(sample.header, sample.rows[:3], sample.found)
    mapping = parse_mapping(_proposal(known).text("calls"), "proposal")
    lines = [*preview(sample, mapping)]
    assert len(lines) == 8
    assert lines[0].startswith("   1  Call Id X1, Agent Ada, Date 2021-03-01, ")
    assert lines[1].startswith(
        "   →  call_id X1, agent Ada, timestamp 2021-03-01T09:12:58Z, duration 143, success true"
    )
    assert lines[7].startswith("   →  rejected: Date and Time: 'tomorrow 10:00:29' is not a valid time")


@pytest.mark.parametrize("text", ["Name,Team\nAna,A\n", "a,b\n1,2\n"])
def test_nothing_is_proposed_where_no_column_has_times(tmp_path: Path, text: str) -> None:
    assert propose(_sample(tmp_path, text).columns(), is_table=True) is None


_CELL = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(["2026-11-20 09:00", "1:02:03", "12,5", "1.205,00", "$4", "N/A", "yes", "no", "In progress"]),
)
_NAME = st.one_of(
    st.text(min_size=1, max_size=10), st.sampled_from(["id", "agent", "date", "time", "duration", "when"])
)


@pytest.mark.fuzz
@given(st.dictionaries(_NAME, st.lists(_CELL, min_size=3, max_size=3), min_size=1, max_size=6))
def test_any_columns_give_a_mapping_that_can_be_read(columns: dict[str, list[Any]]) -> None:
    proposal = propose([Column(name, raws) for name, raws in columns.items()], is_table=True)
    if proposal is not None:
        parse_mapping(proposal.text("calls"), "proposal").for_table(list(columns))


def test_zones_of_several_meanings_are_asked_about(tmp_path: Path) -> None:
    rows = "".join(f"c{n},Ava,2026-03-0{n} 09:15:00 {'CST' if n % 2 else 'CDT'}\n" for n in range(1, 9))
    sample = _sample(tmp_path, f"Id,Agent,Start\n{rows}")
    proposal = _proposal(sample)
    assert proposal.questions == (
        'Start has times in CST; add in the mapping zones = { CST = "America/Chicago" }, or "Asia/Shanghai", or '
        '"America/Havana", or another; it stands for several.',
    )
    assert f"# To be done: {proposal.questions[0]}" in proposal.text("calls")
    told = 'zones = { CST = "America/Havana" }\n' + proposal.text("calls")
    converted = [parse_mapping(told, "map").for_table(sample.header or ()).convert(row) for row in sample.rows]
    assert [one.faults for one in converted if one.faults] == []
    assert _proposal(_sample(tmp_path, f"Id,Agent,Start\n{rows.replace('CST', 'CDT')}")).questions == ()


def test_a_word_behind_a_time_is_no_zone(tmp_path: Path) -> None:
    rows = "".join(f"c{n},Ava,2026-03-0{n} 09:15:00 Uhr\n" for n in range(1, 9))
    assert propose(_sample(tmp_path, f"Id,Agent,Start\n{rows}").columns(), is_table=True) is None


NA = """\
Id,Agent,Start,Country,Wait,Duration,Ended,Resolved,Caller
c1,Ada,2026-03-01T09:00:00Z,NA,3,00:01:00,2026-03-01T09:01:00Z,Y,+264611234567
c2,Bo,2026-03-01T09:10:00Z,DE,NA,00:02:00,NA,NA,+264611234568
c3,NA,2026-03-01T09:20:00Z,NA,5,NA,2026-03-01T09:21:00Z,N,NA
"""


def test_na_means_no_value_only_among_amounts_times_and_booleans(tmp_path: Path) -> None:
    sample = _sample(tmp_path, NA)
    proposal = _proposal(sample)
    assert "null" not in proposal.content
    calls = _calls(sample, proposal)
    assert [call["metadata"]["country"] for call in calls] == ["NA", "DE", "NA"]
    assert [[metric["value"] for metric in call["metrics"]] for call in calls] == [[3.0], [], [5.0]]
    assert [call.get("duration") for call in calls] == [60.0, 120.0, None]
    assert [call.get("success") for call in calls] == [True, None, False]
    assert [call["agent"] for call in calls] == ["Ada", "Bo", "NA"]
    assert [call.get("customer_number") for call in calls] == ["+264611234567", "+264611234568", None]
    told = [note for note in proposal.notes if "is a text; if it means no value" in note]
    assert [note.partition(":")[0] for note in told] == ["Agent", "Country"]


def test_texts_that_never_are_a_value_hold_for_the_whole_file(tmp_path: Path) -> None:
    sample = _sample(tmp_path, NA.replace("NA", "N/A"))
    proposal = _proposal(sample)
    assert proposal.content["null"] == ["N/A"]
    assert ["country" in call["metadata"] for call in _calls(sample, proposal)] == [False, True, False]


def test_na_among_few_numbers(tmp_path: Path) -> None:
    """Times that are numbers, of which most are missing."""
    rows = "".join(f"c{n},Ava,2026-03-01T09:{n}:00Z,{'NA' if n % 5 else n}\n" for n in range(10, 30))
    sample = _sample(tmp_path, f"Id,Agent,Start,Wait\n{rows}")
    proposal = _proposal(sample)
    assert proposal.content["metrics"] == {"wait": {"column": "Wait", "type": "numeric", "null": ["NA"]}}
    assert [len(call["metrics"]) for call in _calls(sample, proposal)].count(1) == 4
