"""Proposed mappings: what would go in wrong without a word is proven by other columns, or said as a guess."""

from pathlib import Path
from typing import Any

import pytest

from models.call_record import parse_call
from server.importing.file_settings import FileSettings
from server.importing.inputs import Input
from server.importing.mapping_file import parse_mapping
from server.importing.proposing.proposal import Proposal, propose
from server.importing.sample import read_sample


def _proposed(tmp_path: Path, text: str) -> tuple[Proposal, list[Any]]:
    path = tmp_path / "calls.csv"
    path.write_text(text)
    sample = read_sample(Input(path), FileSettings())
    proposal = propose(sample.columns(), is_table=True, skip=sample.skip)
    assert proposal is not None
    assert sample.header is not None
    conversion = parse_mapping(proposal.text("calls"), "proposal").for_table(sample.header)
    converted = [conversion.convert(row) for row in sample.rows]
    assert [one.faults for one in converted if one.faults] == []
    return proposal, [parse_call(one.call) for one in converted if one.call is not None]


def test_start_and_end_prove_minutes(tmp_path: Path) -> None:
    rows = "a,Ana,2026-11-20,23:59:00,00:03:00,4\nb,Bo,2026-11-21,10:00:00,10:02:30,2\n"
    proposal, calls = _proposed(tmp_path, f"id,agent,date,start,end,duration\n{rows}")
    assert [call.values["duration"] for call in calls] == [240, 120]
    assert any("duration was read as minutes" in note for note in proposal.notes)
    assert proposal.guesses == ()
    proposal, _ = _proposed(tmp_path, f"id,agent,date,start,end,duration\n{rows.splitlines()[0]}\n")
    assert any("duration was read as minutes" in guess for guess in proposal.guesses)


@pytest.mark.parametrize("durations", ["240,150", "100,90", "4,150"])
def test_what_start_and_end_do_not_prove_is_seconds(tmp_path: Path, durations: str) -> None:
    first, second = durations.split(",")
    rows = f"a,Ana,2026-11-20,23:59:00,00:03:00,{first}\nb,Bo,2026-11-21,10:00:00,10:02:30,{second}\n"
    proposal, calls = _proposed(tmp_path, f"id,agent,date,start,end,duration\n{rows}")
    assert [call.values["duration"] for call in calls] == [float(first), float(second)]
    assert proposal.guesses == ()


def test_durations_with_and_without_a_unit_are_read_and_that_is_a_guess(tmp_path: Path) -> None:
    rows = "a,Ana,2026-11-20T09:00:00Z,1 min\nb,Bo,2026-11-20T10:00:00Z,90\n"
    proposal, calls = _proposed(tmp_path, f"id,agent,start,Duration\n{rows}")
    assert [call.values["duration"] for call in calls] == [60, 90]
    assert any("Duration has durations with a unit, such as '1 min'" in guess for guess in proposal.guesses)


@pytest.mark.parametrize(("odd", "told"), [("abc7", "'abc7'"), ("-5", "-5")])
def test_a_column_of_durations_that_is_not_used_is_a_guess(tmp_path: Path, odd: str, told: str) -> None:
    rows = f"a,Ana,2026-11-20T09:00:00Z,{odd}\nb,Bo,2026-11-20T10:00:00Z,90\n"
    proposal, calls = _proposed(tmp_path, f"id,agent,start,Duration\n{rows}")
    assert "duration" not in calls[0].values
    assert any(f"because of {told}" in guess for guess in proposal.guesses)


def test_agents_and_durations_that_no_name_tells_of_are_a_guess(tmp_path: Path) -> None:
    rows = "".join(f"{n},Ana Poe,2026-11-20T0{n}:00:00Z,{n}5\n" for n in range(1, 5))
    proposal, _ = _proposed(tmp_path, f"id,Kuka,start,Pituus\n{rows}")
    agent, duration = proposal.guesses
    assert 'set agent = "Kuka"' in agent
    assert 'set duration = "Pituus"' in duration


def test_columns_that_are_known_to_be_something_else_are_no_agents_and_durations(tmp_path: Path) -> None:
    rows = "".join(f"{n},Voice,Berlin,2026-11-20T0{n}:00:00Z,{n}5,{n},{n}\n" for n in range(1, 5))
    proposal, _ = _proposed(tmp_path, f"id,Channel,City,start,Cost,Score,Speed of answer\n{rows}")
    assert proposal.guesses == ()
    assert "No column has the agent: all calls have the agent (none)." in proposal.notes


@pytest.mark.parametrize("total", ["Total,,,130", "Grand total:,,,130", "Summe,,,130"])
def test_a_row_of_totals_is_left_out(tmp_path: Path, total: str) -> None:
    rows = f"1,Ana,2026-11-20T09:00:00Z,60\n2,Bo,2026-11-20T10:00:00Z,70\n{total}\n"
    proposal, calls = _proposed(tmp_path, f"id,agent,start,Duration\n{rows}")
    assert proposal.content["skip"] == [{"column": "id", "equals": total.split(",")[0]}]
    assert [call.call_id for call in calls] == ["1", "2"]
    assert proposal.notes == ()


def test_a_call_about_totals_is_a_call(tmp_path: Path) -> None:
    rows = "1,Total,2026-11-20T09:00:00Z,60\n2,Bo,2026-11-20T10:00:00Z,70\n"
    proposal, calls = _proposed(tmp_path, f"id,agent,start,Duration\n{rows}")
    assert ("skip" in proposal.content, len(calls)) == (False, 2)


def test_an_id_in_several_rows_is_a_guess(tmp_path: Path) -> None:
    rows = "a,Ana,2026-11-20T09:00:00Z\na,Bo,2026-11-20T09:01:00Z\nb,Bo,2026-11-20T10:00:00Z\n"
    proposal, calls = _proposed(tmp_path, f"Call ID,agent,start\n{rows}")
    assert len({call.call_id for call in calls}) == 3
    (guess,) = proposal.guesses
    assert "Call ID has 'a' in 2 rows" in guess
    assert 'set call_id = "Call ID" and join = true' in guess


def test_durations_below_a_second_are_days_and_that_is_a_guess(tmp_path: Path) -> None:
    rows = "a,Ana,2026-11-20T09:00:00Z,0.002372685185185185\nb,Bo,2026-11-20T10:00:00Z,0\n"
    proposal, calls = _proposed(tmp_path, f"id,agent,start,Duration\n{rows}")
    assert [call.values["duration"] for call in calls] == [205, 0]
    assert any("Duration was read as days" in guess for guess in proposal.guesses)


def test_what_may_be_the_duration_is_told_with_its_unit(tmp_path: Path) -> None:
    rows = "a,Ana,2026-11-20T09:00:00Z,3\nb,Bo,2026-11-20T10:00:00Z,4\n"
    proposal, _ = _proposed(tmp_path, f"id,agent,start,call_minutes\n{rows}")
    (guess,) = proposal.guesses
    assert 'set duration = { column = "call_minutes", unit = "minutes" } if' in guess


def test_nanoseconds_are_not_taken_for_milliseconds(tmp_path: Path) -> None:
    rows = "a,Ana,2026-11-20T09:00:00Z,30000000000\nb,Bo,2026-11-20T10:00:00Z,40000000000\n"
    path = tmp_path / "calls.csv"
    path.write_text(f"id,agent,start,Duration\n{rows}")
    sample = read_sample(Input(path), FileSettings())
    proposal = propose(sample.columns(), is_table=True, skip=sample.skip)
    assert proposal is not None
    assert any("Duration has 4e+10" in question for question in proposal.questions)


@pytest.mark.parametrize(
    "names",
    ["Agent First Name,Agent Last Name", "Agent Last Name,Agent First Name", "agent_firstname,agent_lastname"],
)
def test_agents_with_one_first_name_are_not_one(tmp_path: Path, names: str) -> None:
    is_turned = names.startswith("Agent Last")
    rows = [("a", "Ana", "Poe"), ("b", "Ana", "Roe"), ("c", "Bo", "Roe")]
    text = "".join(f"{id_},{f'{last},{first}' if is_turned else f'{first},{last}'}\n" for id_, first, last in rows)
    text = text.replace("\n", ",2026-11-20T09:00:00Z\n")
    _, calls = _proposed(tmp_path, f"id,{names},start\n{text}")
    assert [call.agent for call in calls] == ["Ana Poe", "Ana Roe", "Bo Roe"]


def test_words_among_ids_and_extensions_are_some_of_them(tmp_path: Path) -> None:
    rows = "".join(f"{number},{101 + number % 3},2026-11-20T09:00:00Z,{number}\n" for number in range(9))
    proposal, calls = _proposed(
        tmp_path, f"Call ID,Agent,Start,Duration\n{rows}test,Ana,2026-11-20T09:00:00Z,Pending\n"
    )
    assert (calls[-1].call_id, calls[-1].agent) == ("test", "Ana")
    assert "duration" not in calls[-1].values
    assert "Duration: Pending was read as no value." in proposal.notes


def test_one_of_several_partial_durations_is_a_guess(tmp_path: Path) -> None:
    rows = "a,Ana,2026-11-20T09:00:00Z,30,0\nb,Bo,2026-11-20T10:00:00Z,0,40\n"
    proposal, _ = _proposed(tmp_path, f"id,agent,start,Inbound Duration,Outbound Duration\n{rows}")
    (guess,) = proposal.guesses
    assert guess == "Inbound Duration was read as the duration of calls; Outbound Duration may be parts of it."


def test_start_and_end_prove_minutes_and_seconds(tmp_path: Path) -> None:
    rows = "a,Ana,2026-11-20,23:50,00:10,20:00\nb,Bo,2026-11-21,10:00,10:02,2:10\n"
    proposal, calls = _proposed(tmp_path, f"id,agent,date,start,end,duration\n{rows}")
    assert [call.values["duration"] for call in calls] == [1_200, 130]
    assert proposal.guesses == ()
    proposal, calls = _proposed(tmp_path, f"id,agent,date,start,end,duration\n{rows}".replace("20:00", "19:00"))
    assert [call.values["duration"] for call in calls] == [1_140, 130]
    rows = "a,Ana,2026-11-20,09:00,11:30,2:30\nb,Bo,2026-11-21,10:00,10:05,0:05\n"
    proposal, calls = _proposed(tmp_path, f"id,agent,date,start,end,duration\n{rows}")
    assert [call.values["duration"] for call in calls] == [9_000, 300]
    assert proposal.guesses == ()
    proposal, _ = _proposed(tmp_path, f"id,agent,date,start,end,duration\n{rows}".replace("2:30", "5:30"))
    assert any("read as minutes and seconds" in guess for guess in proposal.guesses)


def test_clocks_of_two_and_three_parts_are_a_guess(tmp_path: Path) -> None:
    rows = "a,Ana,2026-11-20T09:00:00Z,0:59\nb,Bo,2026-11-20T10:00:00Z,1:02:10\n"
    proposal, calls = _proposed(tmp_path, f"id,agent,start,Duration\n{rows}")
    assert [call.values["duration"] for call in calls] == [59, 3_730]
    assert any("M:SS where it has two parts" in guess for guess in proposal.guesses)


def test_minutes_beside_a_decimal_comma_are_read(tmp_path: Path) -> None:
    rows = "a;Ana;2026-11-20T09:00:00Z;1,5 min\nb;Bo;2026-11-20T10:00:00Z;2 min\n"
    _, calls = _proposed(tmp_path, f"id;agent;start;Duration\n{rows}")
    assert [call.values["duration"] for call in calls] == [90, 120]


@pytest.mark.parametrize("names", ["Call Start (local),Call Start UTC", "Start UTC,Start Local", "start,start_utc"])
def test_starts_in_utc_are_taken_before_local_ones(tmp_path: Path, names: str) -> None:
    times = ("2026-11-20 10:00", "2026-11-20 15:00")
    first, second = times if "utc" in names.split(",")[1].casefold() else times[::-1]
    _, calls = _proposed(tmp_path, f"id,agent,{names}\na,Ana,{first},{second}\n")
    assert f"{calls[0].timestamp:%H:%M}" == "15:00"


@pytest.mark.parametrize(
    ("name", "yes", "no", "is_success"),
    [
        ("Gelöst", "Ja", "Nein", True),
        ("Résolu", "Oui", "Non", True),
        ("Resuelto", "Sí", "No", True),
        ("Resolvido", "Sim", "Não", True),
        ("是否解决", "是", "否", True),
        ("Nicht gelöst", "Ja", "Nein", False),
        ("Não resolvido", "Sim", "Não", False),
    ],
)
def test_yes_and_no_in_other_languages(tmp_path: Path, name: str, yes: str, no: str, is_success: bool) -> None:
    rows = f"a,Ana,2026-11-20T09:00:00Z,{yes}\nb,Bo,2026-11-20T10:00:00Z,{no}\n"
    _, calls = _proposed(tmp_path, f"id,agent,start,{name}\n{rows}")
    assert [call.values.get("success") for call in calls] == ([True, False] if is_success else [None, None])


@pytest.mark.parametrize("name", ["Calls", "Total Calls", "calls_handled", "Number of calls"])
def test_rows_that_are_sums_of_calls_are_a_guess(tmp_path: Path, name: str) -> None:
    proposal, _ = _proposed(tmp_path, f"Agent,Date,{name},AHT\nAna,2026-03-01,30,120\nBo,2026-03-01,40,130\n")
    assert any(f"{name} seems to have numbers of calls" in guess for guess in proposal.guesses)
    proposal, _ = _proposed(tmp_path, f"Call ID,Agent,Start,{name}\na,Ana,2026-03-01 10:00,30\n")
    assert proposal.guesses == ()


@pytest.mark.parametrize(("yes", "odd"), [("TRUE", "unknown"), ("Yes", "Partial"), ("100%", "0%")])
def test_a_success_that_is_not_yes_or_no_is_a_guess(tmp_path: Path, yes: str, odd: str) -> None:
    rows = f"a,Ana,2026-11-20T09:00:00Z,{yes}\nb,Bo,2026-11-20T10:00:00Z,{odd}\nc,Bo,2026-11-20T10:00:00Z,\n"
    proposal, calls = _proposed(tmp_path, f"id,agent,start,Success\n{rows}")
    assert "success" not in calls[0].values
    (guess,) = proposal.guesses
    assert "Success was not read as the success of calls, because of" in guess


@pytest.mark.parametrize(("came_in", "went_out"), [("inbound", "outbound"), ("Incoming", "Outgoing"), ("IN", "OUT")])
def test_customers_are_called_or_call_by_the_direction(tmp_path: Path, came_in: str, went_out: str) -> None:
    rows = f"a,+15551230001,+15559990000,Ana,2026-11-20T09:00:00Z,{came_in}\n"
    rows += f"b,+15559990000,+15551230002,Bo,2026-11-20T10:00:00Z,{went_out}\n"
    proposal, calls = _proposed(tmp_path, f"id,Caller,Callee,agent,start,Direction\n{rows}")
    assert [call.values["customer_number"] for call in calls] == ["+15551230001", "+15551230002"]
    assert proposal.guesses == ()
    assert calls[0].metadata == {"direction": came_in}
