"""Proposed mappings: days, times of the day, AM and PM, and zones in columns of their own."""

from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from models.call_record import parse_call
from server.importing.file_settings import FileSettings
from server.importing.inputs import Input
from server.importing.mapping_file import parse_mapping
from server.importing.outcome import ImportFailure
from server.importing.proposing.proposal import Proposal, propose
from server.importing.sample import read_sample
from tests.server.importing.formats import read


def _proposed(tmp_path: Path, text: str) -> tuple[Proposal, list[Any]]:
    path = tmp_path / "calls.csv"
    path.write_text(text)
    sample = read_sample(Input(path), FileSettings())
    proposal = propose(sample.columns(), is_table=True)
    assert proposal is not None
    if proposal.questions:
        return proposal, []
    assert sample.header is not None
    conversion = parse_mapping(proposal.text("calls"), "proposal").for_table(sample.header)
    converted = [conversion.convert(row) for row in sample.rows]
    assert [one.faults for one in converted if one.faults] == []
    return proposal, [parse_call(one.call) for one in converted if one.call is not None]


def _starts(calls: list[Any]) -> list[str]:
    return [f"{call.timestamp.astimezone(UTC):%Y-%m-%d %H:%M}" for call in calls]


@pytest.mark.parametrize(
    ("header", "first", "second"),
    [
        ("Date,Time,AM/PM", "11/20/2026,01:00,PM", "11/21/2026,12:30,AM"),
        ("Date,Time,AM/PM", "11/20/2026,01:00:00,p.m.", "11/21/2026,12:30:00,a.m."),
        ("AM/PM,Start", "PM,11/20/2026 01:00", "AM,11/21/2026 12:30"),
        ("Start,AM/PM", "2026-11-20 01:00,PM", "2026-11-21 12:30,AM"),
        ("Date,Time,AM/PM", "11/20/2026,13:00,PM", "11/21/2026,00:30,AM"),
    ],
)
def test_am_and_pm_in_a_column_of_their_own_count(tmp_path: Path, header: str, first: str, second: str) -> None:
    proposal, calls = _proposed(tmp_path, f"Call ID,Agent,{header},Duration\na,Ana,{first},60\nb,Bo,{second},70\n")
    assert _starts(calls) == ["2026-11-20 13:00", "2026-11-21 00:30"]
    assert proposal.guesses == ()


def test_am_and_pm_of_the_end_are_those_behind_it(tmp_path: Path) -> None:
    rows = "a,Ana,11/20/2026,11:50,AM,12:10,PM\nb,Bo,11/20/2026,01:00,PM,01:05,PM\n"
    proposal, calls = _proposed(tmp_path, f"Call ID,Agent,Date,Start,Start AM/PM,End,End AM/PM\n{rows}")
    assert _starts(calls) == ["2026-11-20 11:50", "2026-11-20 13:00"]
    assert [call.values["duration"] for call in calls] == [1200, 300]
    assert proposal.guesses == ()


def test_am_and_pm_that_cannot_be_joined_are_a_guess(tmp_path: Path) -> None:
    rows = "a,Ana,2026-11-20 13:00,AM\nb,Bo,2026-11-20 01:00,PM\n"
    proposal, _ = _proposed(tmp_path, f"Call ID,Agent,Start,AM/PM\n{rows}")
    assert any("AM/PM has AM and PM, which could not be joined" in guess for guess in proposal.guesses)


def test_an_agent_named_a_is_not_am(tmp_path: Path) -> None:
    proposal, _ = _proposed(tmp_path, "Call ID,Agent,Start\na,A,2026-11-20 01:00\nb,P,2026-11-20 02:00\n")
    assert (proposal.content["call"]["agent"], proposal.guesses) == ("Agent", ())  # pyright: ignore[reportIndexIssue]


@pytest.mark.parametrize(
    ("name", "first", "second", "starts"),
    [
        ("TZ", "EST", "PST", ["2026-11-20 14:00", "2026-11-20 17:00"]),
        ("Offset", "+01:00", "-05:00", ["2026-11-20 08:00", "2026-11-20 14:00"]),
        ("GMT Offset", "-5", "0", ["2026-11-20 14:00", "2026-11-20 09:00"]),
        ("UTC Offset", "5.5", "1", ["2026-11-20 03:30", "2026-11-20 08:00"]),
        ("Time Zone", "Europe/Berlin", "UTC", ["2026-11-20 08:00", "2026-11-20 09:00"]),
    ],
)
def test_the_zone_is_that_of_another_column(
    tmp_path: Path, name: str, first: str, second: str, starts: list[str]
) -> None:
    rows = f"a,Ana,2026-11-20 09:00,{first},60\nb,Bo,2026-11-20 09:00,{second},70\n"
    proposal, calls = _proposed(tmp_path, f"ID,Agent,Start,{name},Duration\n{rows}")
    assert _starts(calls) == starts
    assert (proposal.notes, proposal.guesses) == ((), ())
    assert "metrics" not in proposal.content


@pytest.mark.parametrize("values", ["-300,-300", "Nowhere,Nowhere", "EST,Nowhere"])
def test_zones_that_are_not_known_are_a_guess(tmp_path: Path, values: str) -> None:
    first, second = values.split(",")
    rows = f"a,Ana,2026-11-20 09:00,{first},60\nb,Bo,2026-11-20 09:00,{second},70\n"
    proposal, _ = _proposed(tmp_path, f"ID,Agent,Start,UTC offset,Duration\n{rows}")
    assert any("UTC offset seems to have the zones" in guess for guess in proposal.guesses)
    assert not any("have no zone" in note for note in proposal.notes)
    assert "metrics" not in proposal.content


def test_zones_by_several_names_are_asked_about(tmp_path: Path) -> None:
    proposal, _ = _proposed(tmp_path, "ID,Agent,Start,TZ\na,Ana,2026-11-20 09:00,CST\nb,Bo,2026-11-20 09:00,EST\n")
    assert any("TZ has the zone CST" in question for question in proposal.questions)


@pytest.mark.parametrize(
    ("header", "zone", "is_guess"),
    [
        ("Start (UTC)", "UTC", False),
        ("Start UTC", "UTC", False),
        ("startTimeUTC", "UTC", False),
        ("Start (UTC+2)", "UTC+2", False),
        ("Start (Europe/Berlin)", "Europe/Berlin", False),
        ("Start [+05:30]", "+05:30", False),
        ("Time [CET]", "CET", True),
        ("Start (ET)", "America/New_York", True),
        ("Start time PST", "PST", True),
        ("DATE ET HEURE", "UTC", False),
        ("Start (h)", "UTC", False),
    ],
)
def test_the_zone_is_that_in_the_name(tmp_path: Path, header: str, zone: str, is_guess: bool) -> None:
    rows = "a,Ana,2026-11-20 09:00,60\nb,Bo,2026-11-20 10:00,70\n"
    proposal, _ = _proposed(tmp_path, f"ID,Agent,{header},Duration\n{rows}")
    timestamp: Any = proposal.content["call"]["timestamp"]  # pyright: ignore[reportIndexIssue]
    assert (timestamp["time_zone"], bool(proposal.guesses)) == (zone, is_guess)


def test_a_zone_in_the_name_of_several_meanings_is_asked_about(tmp_path: Path) -> None:
    proposal, _ = _proposed(tmp_path, "ID,Agent,Start (CST)\na,Ana,2026-11-20 09:00\n")
    assert "Start (CST) has times in CST" in proposal.questions[0]


def test_times_of_which_some_have_a_zone_are_not_said_to_have_none(tmp_path: Path) -> None:
    proposal, _ = _proposed(tmp_path, "ID,Agent,Start\na,Ana,2026-11-20T09:00:00Z\nb,Bo,2026-11-20 10:00:00\n")
    assert proposal.guesses == ("Some of the times in Start have no zone; these were read in UTC.",)
    assert not any("The times have no zone" in note for note in proposal.notes)


@pytest.mark.parametrize("header", ["Datum,Uhrzeit", "Päivä,Kello", "日期,时间"])
def test_days_are_joined_to_the_only_times_of_the_day(tmp_path: Path, header: str) -> None:
    rows = "a,Ana,20.11.2026,09:15:00,60\nb,Bo,21.11.2026,10:00:00,70\n"
    proposal, calls = _proposed(tmp_path, f"ID,Agent,{header},Duration\n{rows}")
    assert _starts(calls) == ["2026-11-20 09:15", "2026-11-21 10:00"]
    assert proposal.guesses == ()


@pytest.mark.parametrize(
    ("header", "first", "second"),
    [("Kello,Vaihe", "09:15:00,09:16:00", "10:00:00,10:01:00"), ("Pituus", "00:03:25", "00:04:00")],
)
def test_days_are_not_joined_to_what_may_be_something_else(
    tmp_path: Path, header: str, first: str, second: str
) -> None:
    rows = f"a,Ana,20.11.2026,{first}\nb,Bo,21.11.2026,{second}\n"
    proposal, _ = _proposed(tmp_path, f"ID,Agent,Date,{header}\n{rows}")
    assert any("Date has days alone" in guess for guess in proposal.guesses)


def test_an_end_before_the_start_is_on_the_next_day(tmp_path: Path) -> None:
    """Where both have one day. In the night in which clocks are put back, the call lasts an hour longer."""
    rows = "a,Ana,2026-03-01,23:50,00:10\nb,Bo,2026-10-24,23:50,03:10\nc,Bo,2026-03-02,09:00,09:05\n"
    path = tmp_path / "calls.csv"
    path.write_text(f"ID,Agent,Date,Start,End\n{rows}")
    sample = read_sample(Input(path), FileSettings())
    proposal = propose(sample.columns(), is_table=True, time_zone="Europe/Berlin")
    assert proposal is not None
    assert proposal.guesses == ()
    records = read(path, parse_mapping(proposal.text("calls"), "proposal")).records
    assert [record.values["duration"] for record in records] == [1_200, 15_600, 300]


@pytest.mark.parametrize(("start", "end", "hours"), [("09:00", "08:59", "24.0"), ("11:50", "01:10", "13.3")])
def test_an_end_that_would_be_half_a_day_later_is_refused(tmp_path: Path, start: str, end: str, hours: str) -> None:
    """It may be one of the afternoon that does not say so."""
    between = '{ between = ["start", "end"], format = "%Y-%m-%d %H:%M", time_zone = "UTC", next_day = true }'
    text = f'[call]\ncall_id = "id"\ntimestamp = {{ column = "start", time_zone = "UTC" }}\nduration = {between}\n'
    path = tmp_path / "calls.csv"
    path.write_text(f"id,start,end\na,2026-03-01 {start},2026-03-01 {end}\n")
    ((_, _, reason),) = read(path, parse_mapping(text, "map")).faults
    assert (
        f"and on the next day {hours} hours after it; allowed: an end that is not before the start, or at most"
        in reason
    )


def test_the_next_day_is_for_between_alone() -> None:
    with pytest.raises(ImportFailure, match="next_day is for between"):
        parse_mapping('[call]\ncall_id = "i"\ntimestamp = "t"\nduration = { column = "d", next_day = true }', "map")
    with pytest.raises(ImportFailure, match="next_day must be true or false"):
        parse_mapping(
            '[call]\ncall_id = "i"\ntimestamp = "t"\nduration = { between = ["a", "b"], next_day = 1 }', "map"
        )


def test_hours_from_utc_that_stand_further_down_are_read(tmp_path: Path) -> None:
    rows = [f"{number},Ana,2026-11-20 09:00,{offset}" for number, offset in enumerate(["1", "-3", "2", "5.5", "UTC"])]
    path = tmp_path / "calls.csv"
    path.write_text("ID,Agent,Start,UTC Offset\n" + "\n".join(rows) + "\n")
    sample = read_sample(Input(path), FileSettings())
    proposal = propose([replace(column, raws=column.raws[:2]) for column in sample.columns()], is_table=True)
    assert proposal is not None
    records = read(path, parse_mapping(proposal.text("calls"), "proposal")).records
    assert [f"{record.timestamp:%H:%M}" for record in records] == ["08:00", "12:00", "07:00", "03:30", "09:00"]


def test_a_unit_of_zones_is_hours() -> None:
    text = '[call]\ncall_id = "i"\ntimestamp = { column = "t", time_zone = { column = "z", unit = "days" } }'
    with pytest.raises(ImportFailure, match="unit is 'days'; allowed: \"hours\""):
        parse_mapping(text, "map")


def test_digits_alone_are_times_by_the_name_of_their_column(tmp_path: Path) -> None:
    rows = "20260301100000,Ana,20260301100000\n20260302110030,Bo,20260302110030\n"
    proposal, calls = _proposed(tmp_path, f"Call ID,Agent,Start\n{rows}")
    assert _starts(calls) == ["2026-03-01 10:00", "2026-03-02 11:00"]
    assert proposal.content["call"]["call_id"] == "Call ID"  # pyright: ignore[reportIndexIssue]
