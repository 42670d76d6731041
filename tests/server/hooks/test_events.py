"""What of an event is a call, and where a fault of it stood in what was sent."""

from typing import Any

import pytest

from models.call_record import CallRecord
from models.types import WebhookSource
from server.hooks.events import MOST_CALLS, FoundCall, Ignored, WrongEventError, calls_of
from server.hooks.mappings import mapping_of
from server.hooks.receiving import CallReader
from tests.server.hooks.deliveries import NATIVE, retell_event, twilio_form, vapi_report

VAPI, RETELL, TWILIO, GENERIC = WebhookSource


def the_call(source: WebhookSource, sent: Any, list_at: tuple[str, ...] | None = None) -> FoundCall:
    found = calls_of(source, sent, list_at)
    assert isinstance(found, list)
    (call,) = found
    return call


def test_a_report_of_vapi_becomes_the_call_of_its_interface() -> None:
    call = the_call(VAPI, vapi_report())
    assert call.content["id"] == "v-1"
    assert call.content["type"] == "inboundPhoneCall"
    assert call.content["analysis"]["structuredData"]["csat"] == 4
    assert (call.content["startedAt"], call.content["createdAt"]) == (
        "2026-11-20T09:15:27.000Z",
        "2026-11-20T09:15:20.000Z",
    )
    assert "assistant" not in call.content
    assert call.pointer("/analysis/summary") == "/message/analysis/summary"
    assert call.pointer("/createdAt") == "/message/call/createdAt"


def test_an_assistant_made_for_one_call_has_its_name() -> None:
    assert the_call(VAPI, vapi_report(assistantId=None)).content["assistant"] == {"name": "Front desk"}


def test_a_callback_of_twilio_becomes_a_call_resource() -> None:
    form = twilio_form(Timestamp="Fri, 20 Nov 2026 09:16:01 +0000", ParentCallSid="CA2")
    call = the_call(TWILIO, form).content
    assert call["sid"] == form["CallSid"]
    assert (call["status"], call["duration"], call["parent_call_sid"]) == ("completed", "61", "CA2")
    assert call["start_time"] == "Fri, 20 Nov 2026 09:15:00 +0000"
    assert call["end_time"] == "Fri, 20 Nov 2026 09:16:01 +0000"


def test_a_call_that_nobody_answered_began_when_it_ended() -> None:
    form = twilio_form(CallStatus="no-answer", Timestamp="Fri, 20 Nov 2026 09:16:01 -0000")
    del form["CallDuration"]
    assert the_call(TWILIO, form).content["start_time"] == "Fri, 20 Nov 2026 09:16:01 +0000"


@pytest.mark.parametrize("event", ["call_ended", "call_analyzed"])
def test_events_of_retell_have_the_call(event: str) -> None:
    call = the_call(RETELL, retell_event(event))
    assert (call.content["call_id"], call.pointer("/duration_ms")) == ("r-1", "/call/duration_ms")


def test_generic_events_have_calls_in_one_of_these_forms() -> None:
    assert the_call(GENERIC, NATIVE).content == NATIVE
    enveloped = the_call(GENERIC, {"type": "call.ended", "timestamp": "2026-11-20T09:16:01Z", "data": NATIVE})
    assert (enveloped.content, enveloped.pointer("/agent")) == (NATIVE, "/data/agent")
    found = calls_of(GENERIC, [NATIVE, NATIVE])
    assert isinstance(found, list)
    assert [call.pointer("/agent") for call in found] == ["/0/agent", "/1/agent"]


def test_with_a_mapping_paths_begin_at_the_body() -> None:
    sent = {"type": "call.ended", "data": NATIVE}
    assert the_call(GENERIC, sent, ()).content == sent
    call = the_call(GENERIC, {"page": {"calls": [NATIVE]}}, ("page", "calls"))
    assert call.pointer("/agent") == "/page/calls/0/agent"


@pytest.mark.parametrize(
    ("source", "sent", "event"),
    [
        (VAPI, {"message": {"type": "status-update", "status": "ended"}}, "status-update"),
        (VAPI, {"message": {"type": "x" * 100}}, "x" * 60),
        (RETELL, {"event": "call_started", "call": {}}, "call_started"),
        (RETELL, {"event": "transcript_updated"}, "transcript_updated"),
        (TWILIO, twilio_form(CallStatus="ringing"), "ringing"),
        (TWILIO, twilio_form(CallStatus="in-progress"), "in-progress"),
        (GENERIC, [], "a list without calls"),
        (GENERIC, {"type": "call.ended", "data": []}, "a list without calls"),
    ],
)
def test_what_is_not_the_end_of_a_call_is_ignored(source: WebhookSource, sent: Any, event: str) -> None:
    assert calls_of(source, sent) == Ignored(event)


@pytest.mark.parametrize(
    ("source", "sent", "message"),
    [
        (VAPI, [], "the body is not a JSON object"),
        (VAPI, {}, "message is not a JSON object"),
        (VAPI, {"message": {}}, "message.type is missing"),
        (VAPI, {"message": {"type": "end-of-call-report"}}, "message.call is not"),
        (RETELL, {"event": 7}, "event is missing, or not a string"),
        (RETELL, {"event": "call_ended", "call": None}, "call is not"),
        (TWILIO, {}, "CallStatus is missing"),
        (TWILIO, twilio_form(Timestamp="yesterday"), "Timestamp is not a time as in RFC 2822"),
        (TWILIO, twilio_form(Timestamp="Fri, 31 Dec 9999 23:59:59 -2359"), "Timestamp is not a time as in RFC 2822"),
        (TWILIO, twilio_form(CallDuration="-1"), "CallDuration is not a number"),
        (TWILIO, twilio_form(CallDuration="9" * 5_000), "CallDuration is not a number"),
        (TWILIO, twilio_form(CallDuration="²"), "CallDuration is not a number"),
        (GENERIC, "call", "the body is not a call"),
        (GENERIC, {"type": "call.ended", "data": [7]}, "/data/0 is not a JSON object"),
        (GENERIC, [NATIVE] * (MOST_CALLS + 1), "1,001 calls; at most 1,000"),
    ],
)
def test_what_is_not_an_event_is_refused(source: WebhookSource, sent: Any, message: str) -> None:
    with pytest.raises(WrongEventError, match=message):
        calls_of(source, sent)


def record(source: WebhookSource, call: FoundCall) -> CallRecord:
    """A call as the mapping of its service reads it."""
    (read,) = CallReader(mapping_of(source, None)).read([call])
    return read.record


IMPORTED: dict[WebhookSource, tuple[Any, dict[str, Any]]] = {
    VAPI: (
        vapi_report(),
        {
            **{
                key: value
                for key, value in vapi_report()["message"].items()
                if key not in ("type", "call", "assistant")
            },
            **vapi_report()["message"]["call"],
            "status": "ended",
        },
    ),
    RETELL: (retell_event("call_analyzed", call_type="phone_call"), retell_event("", call_type="phone_call")["call"]),
    TWILIO: (
        twilio_form(Timestamp="Fri, 20 Nov 2026 09:16:01 +0000"),
        {
            "sid": twilio_form()["CallSid"],
            "status": "completed",
            "direction": "inbound",
            "duration": "61",
            "from": "+15550100001",
            "to": "+15550100009",
            "start_time": "Fri, 20 Nov 2026 09:15:00 +0000",
            "end_time": "Fri, 20 Nov 2026 09:16:01 +0000",
            "date_created": "Fri, 20 Nov 2026 09:14:58 +0000",
            "parent_call_sid": None,
        },
    ),
}


@pytest.mark.parametrize("source", IMPORTED)
def test_an_event_becomes_the_call_that_an_import_makes_of_it(source: WebhookSource) -> None:
    sent, exported = IMPORTED[source]
    assert record(source, the_call(source, sent)) == record(source, FoundCall(exported))
