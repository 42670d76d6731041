"""Proposed mappings: columns of numbers that are no amounts, names in other languages, and calls by key."""

import json
from pathlib import Path
from typing import Any

import pytest

from server.importing.file_settings import FileSettings
from server.importing.inputs import Input
from server.importing.outcome import ImportFailure
from server.importing.proposing.names import words_of
from server.importing.proposing.proposal import Proposal, propose
from server.importing.sample import read_sample


def _proposed(tmp_path: Path, text: str, name: str = "calls.csv") -> tuple[Proposal, dict[str, Any]]:
    path = tmp_path / name
    path.write_text(text)
    sample = read_sample(Input(path), FileSettings())
    proposal = propose(sample.columns(), is_table=sample.header is not None)
    assert proposal is not None
    content: dict[str, Any] = proposal.content
    return proposal, content


def test_calls_by_key_are_refused(tmp_path: Path) -> None:
    calls = {
        key: {"id": key, "started_at": "2026-11-20T09:00:00Z", "agent": "Ana", "duration": 60} for key in ("a", "b")
    }
    for text in (json.dumps(calls), json.dumps(calls, indent=1)):
        with pytest.raises(ImportFailure, match=r"one object with a call at each key \('a', 'b'\); allowed: a list"):
            _proposed(tmp_path, text, "calls.json")


def test_a_call_with_objects_in_it_is_one_call(tmp_path: Path) -> None:
    call = {
        "call": {"id": "a", "started_at": "2026-11-20T09:00:00Z", "duration": 60},
        "customer": {"id": "c", "created_at": "2026-11-20T09:00:00Z", "name": "Bo", "city": "Bonn"},
    }
    _, content = _proposed(tmp_path, json.dumps(call), "calls.json")
    assert content["call"]["call_id"] == "call.id"


def test_identifiers_that_a_spreadsheet_rounded_are_asked_about(tmp_path: Path) -> None:
    rows = "1.76363E+12,Ana,2026-11-20T09:00:00Z,60\n1.76364E+12,Bo,2026-11-20T10:00:00Z,70\n"
    proposal, _ = _proposed(tmp_path, f"Call ID,Agent,Start,Duration\n{rows}")
    assert "Call ID has 1.76363E+12, which a spreadsheet has rounded" in proposal.questions[0]


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [("Customer", "+4930", "+4940"), ("Phone", "4930", "4940"), ("Ziel", "+4930", "+4940"), ("Kunde", "4930", "4940")],
)
def test_short_telephone_numbers_are_no_metrics(tmp_path: Path, name: str, first: str, second: str) -> None:
    rows = f"a,Ana,2026-11-20T09:00:00Z,60,{first}\nb,Bo,2026-11-20T10:00:00Z,70,{second}\n"
    _, content = _proposed(tmp_path, f"ID,Agent,Start,Duration,{name}\n{rows}")
    assert "metrics" not in content


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Anruf-ID,Mitarbeiter,Beginn,Dauer,Ergebnis", "Ergebnis"),
        ("Identifiant,Conseiller,Début,Durée,Résultat", "Résultat"),
        ("ID llamada,Agente,Inicio,Duración,Resultado", "Resultado"),
        ("ID da chamada,Atendente,Início,Duração,Resultado", "Resultado"),
        ("通话编号,坐席,开始时间,通话时长,通话结果", "通话结果"),
    ],
)
def test_names_in_other_languages(tmp_path: Path, header: str, expected: str) -> None:
    rows = "a,Ana,2026-11-20T09:00:00Z,60,gut\nb,Bo,2026-11-20T10:00:00Z,70,gut\n"
    proposal, content = _proposed(tmp_path, f"{header}\n{rows}")
    names = header.split(",")
    assert content["call"] == {
        "call_id": names[0],
        "agent": names[1],
        "timestamp": names[2],
        "duration": names[3],
        "call_ended_reason": expected,
    }
    assert proposal.notes == ()


def test_words_with_letters_of_all_alphabets_stay_whole() -> None:
    assert words_of("Duração média") == ("duração", "média")
    assert words_of("Dura\u0063\u0327a\u0303o") == ("duração",)
    assert words_of("HTTPServer AvgTalkDuration (s)") == ("http", "server", "avg", "talk", "duration", "s")
    assert words_of("ДлительностьЗвонка") == ("длительность", "звонка")


@pytest.mark.parametrize(("header", "unit"), [("Duration (mm:ss)", "M:SS"), ("Duration [h:mm]", "HH:MM")])
def test_the_form_of_durations_in_the_name_decides(tmp_path: Path, header: str, unit: str) -> None:
    proposal, content = _proposed(tmp_path, f"ID,Agent,Start,{header}\na,Ana,2026-11-20T09:00:00Z,3:25\n")
    assert content["call"]["duration"] == {"column": header, "unit": unit}
    assert (proposal.notes, proposal.guesses) == ((), ())


@pytest.mark.parametrize(
    ("text", "form"), [("20-Nov-26 09:00", "%d-%b-%y %H:%M"), ("20/11/2026 09h15", "%d/%m/%Y %Hh%M")]
)
def test_more_forms_of_times(tmp_path: Path, text: str, form: str) -> None:
    _, content = _proposed(tmp_path, f"ID,Agent,Start,Duration\na,Ana,{text},60\n")
    assert content["call"]["timestamp"] == {"column": "Start", "format": form, "time_zone": "UTC"}
