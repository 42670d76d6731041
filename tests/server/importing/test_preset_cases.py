"""What presets make of calls that their samples do not have."""

import csv
import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from models.call_record import CallRecord
from server.commands.command import CommandError
from server.commands.mapping_choice import Asked, choose_mapping
from server.importing.file_settings import FileSettings
from server.importing.inputs import Input
from server.importing.presets import NAMES
from server.importing.sample import read_sample
from tests.server.importing.samples import calls_of, sample


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
    (call,) = calls_of("genesys", path)
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
    with sample("five9").open(newline="") as file:
        row = next(csv.DictReader(file)) | changes
    path = folder / "calls.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerow(row)
    (call,) = calls_of("five9", path)
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
    calls = json.loads(sample("twilio").read_text())["calls"]
    path = tmp_path / "calls.json"
    path.write_text(json.dumps([{_in_camel_case(key): value for key, value in call.items()} for call in calls]))
    assert calls_of("twilio", path) == calls_of("twilio", sample("twilio"))
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
    assert [call.call_id for call in calls_of("vapi", path)] == ["v-1"]


@pytest.mark.parametrize(
    ("context", "src", "dst", "agent"),
    [
        ("from-internal", "201", "00493012345", "201"),
        ("from-internal", "4930999", "00493012345", "4930999"),
        ("from-internal", "201", "202", "202"),
        ("office", "201", "00493012345", "201"),
        ("office", "00493012345", "201", "201"),
        ("from-trunk", "110", "493099901", "493099901"),
    ],
)
def test_the_agent_of_asterisk_is_on_your_side(tmp_path: Path, context: str, src: str, dst: str, agent: str) -> None:
    with sample("asterisk").open(newline="") as file:
        row = next(csv.reader(file))
    row[1:4] = [src, dst, context]
    path = tmp_path / "Master.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerow(row)
    (call,) = calls_of("asterisk", path)
    assert (call.agent, call.values["customer_number"]) == (agent, dst if agent == src else src)


@pytest.mark.parametrize(
    ("calling", "called", "devices", "agent"),
    [
        ("101", "95550100003", ("", ""), "101"),
        ("101", "95550100003", ("SEP001122334455", "SIP-TRUNK"), "101"),
        ("+15550100101", "95550100003", ("SEP001122334455", "SIP-TRUNK"), "+15550100101"),
        ("5550100003", "+15550100101", ("SIP-TRUNK", "SEP001122334455"), "+15550100101"),
        ("101", "102", ("SEP001122334455", "SEP001122334466"), "102"),
        ("5550100003", "101", ("", ""), "101"),
    ],
)
def test_the_agent_of_cisco_is_on_your_side(
    tmp_path: Path, calling: str, called: str, devices: tuple[str, str], agent: str
) -> None:
    with sample("cisco").open(newline="") as file:
        _, row = islice(csv.DictReader(file), 2)
    row |= {"callingPartyNumber": calling, "originalCalledPartyNumber": called, "finalCalledPartyNumber": called}
    row |= {"finalCalledPartyUnicodeLoginUserID": "", "origDeviceName": devices[0], "destDeviceName": devices[1]}
    path = tmp_path / "cdr_1"
    for left_out in ([], ["origDeviceName", "destDeviceName"]) if not any(devices) else ([],):
        kept = {key: value for key, value in row.items() if key not in left_out}
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, kept)
            writer.writeheader()
            writer.writerow(kept)
        (call,) = calls_of("cisco", path)
        assert (call.agent, call.values["customer_number"]) == (agent, called if agent == calling else calling)


@pytest.mark.parametrize(("name", "by"), [("asterisk", "contexts"), ("cisco", "devices")])
def test_how_sides_are_told_is_said(name: str, by: str) -> None:
    said: list[str] = []
    choose_mapping(sample(name), FileSettings(), Asked(source=name), said.append)
    assert any(
        f"Where the names of {by} do not tell, a call from an extension (at most five digits)" in line for line in said
    )


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        (
            "retell",
            "vapi",
            "not an export of vapi: expected are objects with id, type; the first object of the file has call_id, .* "
            r"and \d+ more\. It looks like an export of retell: --from retell$",
        ),
        ("aircall", "3cx", "not an export of 3cx: expected are the columns Call Time, .*; the file has the columns "),
        ("asterisk", "cisco", r"not an export of cisco\. It looks like an export of asterisk: --from asterisk$"),
    ],
)
def test_a_preset_for_other_files_is_refused_in_one_sentence(name: str, given: str, told: str) -> None:
    with pytest.raises(CommandError, match=told):
        choose_mapping(sample(name), FileSettings(), Asked(source=given), lambda line: None)


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_for_its_own_files_is_taken(name: str) -> None:
    assert choose_mapping(sample(name), FileSettings(), Asked(source=name), lambda line: None) is not None
