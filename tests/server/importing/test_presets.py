"""The presets: each makes of a sample, written by hand in the shape of a service's export, the calls beside it."""

import csv
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from models.call_record import CallRecord, parse_call
from server.importing.file_settings import FileSettings
from server.importing.inputs import Input
from server.importing.legs import Legs
from server.importing.outcome import ImportFailure
from server.importing.presets import NAMES, PRESETS, preset_of_document, preset_path, read_preset
from server.importing.sample import headless_preset, read_sample
from server.importing.source import open_source

SAMPLES = Path(__file__).parent / "presets"
_HEADLESS = [preset.name for preset in PRESETS if preset.is_headless]


def _sample(name: str) -> Path:
    (path,) = (path for path in SAMPLES.glob(f"{name}.*") if ".expected" not in path.suffixes)
    return path


def _calls(name: str, path: Path, time_zone: str | None = None) -> list[CallRecord]:
    mapping = read_preset(name, time_zone)
    with open_source(path, mapping) as source:
        rows = source.rows.readings()
        readings = [*(Legs(mapping.join).joined(rows) if mapping.join else rows)]
    assert [reading.faults for reading in readings if reading.faults] == []
    return [reading.record for reading in readings if reading.record]


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_makes_the_expected_calls_of_its_sample(name: str) -> None:
    calls = json.loads((SAMPLES / f"{name}.expected.json").read_text())
    expected = [parse_call(call, is_agent_given=call["agent"] != "(none)") for call in calls]
    assert _calls(name, _sample(name)) == expected


def _of_asterisk(folder: Path, last: int, *, without: int = 0) -> Path:
    """The sample with its first columns only, or without one of them."""
    path = folder / f"Master{last}.csv"
    with _sample("asterisk").open(newline="") as file, path.open("w", newline="") as cut:
        rows = [cells[:last] for cells in csv.reader(file)]
        csv.writer(cut).writerows([cells[:without] + cells[without + 1 :] for cells in rows] if without else rows)
    return path


def test_asterisk_without_its_last_columns(tmp_path: Path) -> None:
    whole = _calls("asterisk", _sample("asterisk"))
    assert [call.call_id for call in _calls("asterisk", _of_asterisk(tmp_path, 17))] == [call.call_id for call in whole]
    path = _of_asterisk(tmp_path, 16)
    calls = _calls("asterisk", path)
    assert [call.call_id for call in calls] == [call.call_id for call in _calls("asterisk", path)]
    assert len({call.call_id for call in calls}) == len(path.read_text().splitlines())
    found = headless_preset(Input(path), FileSettings())
    assert found is not None
    assert found.name == "asterisk"


def test_a_note_of_asterisk_is_no_id(tmp_path: Path) -> None:
    path = _of_asterisk(tmp_path, 18, without=16)
    assert len({call.call_id for call in _calls("asterisk", path)}) == len(path.read_text().splitlines())


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_recognised_by_its_shape(name: str) -> None:
    given = Input(_sample(name))
    if name in _HEADLESS:
        with pytest.raises(ImportFailure, match="there is no header"):
            read_sample(given, FileSettings())
        found = headless_preset(given, FileSettings())
    else:
        assert headless_preset(given, FileSettings()) is None
        found = read_sample(given, FileSettings()).preset
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "document",
    [
        {"id": "1", "type": "chat", "startedAt": "2026-11-20T09:00:00Z"},
        {"call_id": "1", "agent_id": "a", "timestamp": "2026-11-20T09:00:00Z"},
        {"sid": "SM1", "status": "sent", "direction": "inbound"},
        {"id": 1, "created_at": "2026-11-20T09:00:00Z", "agent_id": 2},
        {},
    ],
)
def test_documents_of_other_shapes_are_not_recognised(document: dict[str, object]) -> None:
    assert preset_of_document(document) is None


def test_other_files_are_not_recognised(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("Id,Who,When\n1,Ana,2026-11-20T09:00:00Z\n")
    assert read_sample(Input(path), FileSettings()).preset is None
    path.write_text("1,Ana,2026-11-20 09:00:00\n2,Ana,2026-11-20 09:01:00\n")
    assert headless_preset(Input(path), FileSettings()) is None


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_local_times_are_read_in_the_zone_that_is_given(preset: object) -> None:
    preset = next(one for one in PRESETS if one is preset)
    assert ("time_zone" in tomllib.loads(preset_path(preset.name).read_text())) == preset.is_local
    utc = [call.timestamp for call in _calls(preset.name, _sample(preset.name))]
    tokyo = [call.timestamp for call in _calls(preset.name, _sample(preset.name), "Asia/Tokyo")]
    hours = {(one - other).total_seconds() / 3600 for one, other in zip(utc, tokyo, strict=True)}
    assert hours == ({9.0} if preset.is_local else {0.0})


def test_every_preset_says_how_it_is_used() -> None:
    for name in NAMES:
        assert f"--from {name}" in preset_path(name).read_text()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("vappi", "'vappi' is not a valid preset; did you mean vapi\\?; allowed: auto, vapi, retell"),
        ("../secrets", "is not a valid preset; allowed"),
    ],
)
def test_unknown_presets_are_refused(name: str, message: str) -> None:
    with pytest.raises(ImportFailure, match=message):
        read_preset(name)


def test_unknown_zones_are_refused() -> None:
    with pytest.raises(ImportFailure, match="'Mars/Olympus' is unknown"):
        read_preset("ringcentral", "Mars/Olympus")


def _ringing(name: str, reason: str) -> dict[str, Any]:
    """An agent of Genesys whose phone only rang."""
    session = {"metrics": [{"name": "tAlert", "value": 9000}, {"name": "tNotResponding", "value": 1}]}
    segments = [{"segmentType": "alert", "disconnectType": reason}]
    return {
        "purpose": "agent",
        "participantId": name,
        "participantName": name,
        "sessions": [session | {"segments": segments}],
    }


def _of_genesys(folder: Path, *agents: dict[str, Any]) -> CallRecord:
    customer = {
        "purpose": "customer",
        "sessions": [{"segments": [{"segmentType": "interact", "disconnectType": "peer"}]}],
    }
    conversation = {
        "conversationId": "c-1",
        "conversationStart": "2026-11-17T10:00:00.000Z",
        "conversationEnd": "2026-11-17T10:05:00.000Z",
        "participants": [customer, *agents],
    }
    path = folder / "conversations.json"
    path.write_text(json.dumps({"conversations": [conversation]}))
    (call,) = _calls("genesys", path)
    return call


def test_an_agent_of_genesys_whose_phone_only_rang_took_no_part(tmp_path: Path) -> None:
    call = _of_genesys(tmp_path, _ringing("Ana", "client"))
    assert (call.agent, call.values["success"], call.values["call_ended_reason"]) == ("(none)", False, "peer")


def test_the_agent_of_genesys_is_the_one_who_spoke(tmp_path: Path) -> None:
    segments = [{"segmentType": "alert"}, {"segmentType": "interact"}]
    wrap_up = {"segmentType": "wrapup", "wrapUpCode": "Refund", "disconnectType": "client"}
    session = {"metrics": [{"name": "tTalk", "value": 120_000}], "segments": [*segments, wrap_up]}
    bob = {"purpose": "agent", "participantId": "Bob", "participantName": "Bob", "sessions": [session]}
    call = _of_genesys(tmp_path, _ringing("Ana", "system"), bob)
    assert (call.agent, call.values["success"], call.values["call_ended_reason"]) == ("Bob", True, "client")
    assert call.values["topic"] == "Refund"
    assert {metric.metric: metric.value for metric in call.metrics} == {"talk_time": 120.0}


def _of_five9(folder: Path, changes: dict[str, str]) -> CallRecord:
    """The first call of the sample, with other cells."""
    with _sample("five9").open(newline="") as file:
        row = next(csv.DictReader(file)) | changes
    path = folder / "calls.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerow(row)
    (call,) = _calls("five9", path)
    return call


@pytest.mark.parametrize(
    ("changes", "is_success"),
    [
        ({}, True),
        ({"CALL TYPE": "Outbound", "DISPOSITION": "No Answer"}, False),
        ({"CALL TYPE": "Manual", "DISPOSITION": "busy"}, False),
        ({"CALL TYPE": "Outbound", "DISPOSITION": "Left word", "TALK TIME": "00:00:00"}, False),
        ({"CALL TYPE": "Outbound", "DISPOSITION": "Sale"}, True),
        ({"CALL TYPE": "Outbound", "DISPOSITION": "Sale", "AGENT": "[None]"}, False),
        ({"DISPOSITION": "No Answer"}, True),
    ],
)
def test_a_dialled_call_of_five9_that_nobody_answered_is_no_success(
    tmp_path: Path, changes: dict[str, str], is_success: bool
) -> None:
    assert _of_five9(tmp_path, changes).values["success"] is is_success


@pytest.mark.parametrize("cost", ["$0.04", "0.04 USD", "€0.04", "0.04"])
def test_the_cost_of_five9_may_have_a_currency(tmp_path: Path, cost: str) -> None:
    call = _of_five9(tmp_path, {"COST": cost})
    assert {metric.metric: metric.value for metric in call.metrics}["cost"] == 0.04


def _in_camel_case(key: str) -> str:
    first, *rest = key.split("_")
    return first + "".join(part.title() for part in rest)


def test_calls_of_twilio_as_its_clients_print_them(tmp_path: Path) -> None:
    calls = json.loads(_sample("twilio").read_text())["calls"]
    path = tmp_path / "calls.json"
    path.write_text(json.dumps([{_in_camel_case(key): value for key, value in call.items()} for call in calls]))
    assert _calls("twilio", path) == _calls("twilio", _sample("twilio"))
    found = read_sample(Input(path), FileSettings()).preset
    assert found is not None
    assert found.name == "twilio"


@pytest.mark.parametrize("left_out", ["", "type"])
def test_a_page_of_calls_of_vapi_is_recognised(tmp_path: Path, left_out: str) -> None:
    call = {
        "id": "v-1",
        "orgId": "o-1",
        "assistantId": "a-1",
        "type": "inboundPhoneCall",
        "status": "ended",
        "createdAt": "2026-11-20T09:00:00.000Z",
        "updatedAt": "2026-11-20T09:01:00.000Z",
        "messages": [{"role": "bot", "message": "Hello", "secondsFromStart": 1.5}],
    }
    page = {"itemsPerPage": 100, "totalItems": 1, "currentPage": 1}
    calls = [{key: value for key, value in call.items() if key != left_out}]
    path = tmp_path / "calls.json"
    path.write_text(json.dumps({"results": calls, "metadata": page}))
    found = read_sample(Input(path), FileSettings()).preset
    assert found is not None
    assert found.name == "vapi"
    assert [call.call_id for call in _calls("vapi", path)] == ["v-1"]
