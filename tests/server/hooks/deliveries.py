"""Events as services send them, signed as they document it. Nothing here uses the code that checks signatures."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from standardwebhooks import Webhook

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

NATIVE: dict[str, Any] = {"call_id": "n-1", "agent": "Ava", "timestamp": "2026-11-20T09:15:00Z", "duration": 61.5}


def vapi_report(**call: Any) -> dict[str, Any]:
    """An end-of-call report, as https://docs.vapi.ai/server-url/events has it."""
    return {
        "message": {
            "type": "end-of-call-report",
            "timestamp": 1_763_630_340_000,
            "endedReason": "customer-ended-call",
            "startedAt": "2026-11-20T09:15:27.000Z",
            "endedAt": "2026-11-20T09:18:52.000Z",
            "cost": 0.21,
            "analysis": {
                "summary": "Paid an invoice.",
                "successEvaluation": "true",
                "structuredData": {"intent": "billing", "csat": 4},
            },
            "artifact": {
                "messages": [
                    {"role": "bot", "message": "Hello", "secondsFromStart": 1.2},
                    {"role": "user", "message": "I want to pay", "secondsFromStart": 3.9},
                ]
            },
            "assistant": {"name": "Front desk"},
            "customer": {"number": "+15550100001"},
            "call": {
                "id": "v-1",
                "type": "inboundPhoneCall",
                "status": "in-progress",
                "assistantId": "as-1",
                "createdAt": "2026-11-20T09:15:20.000Z",
                **call,
            },
        }
    }


def retell_event(event: str, **call: Any) -> dict[str, Any]:
    """An event, as https://docs.retellai.com/features/webhook has it."""
    return {
        "event": event,
        "call": {
            "call_id": "r-1",
            "agent_id": "agent_9",
            "agent_name": "Reception",
            "direction": "inbound",
            "start_timestamp": 1_763_630_127_945,
            "end_timestamp": 1_763_630_332_945,
            "duration_ms": 205_000,
            "disconnection_reason": "user_hangup",
            "from_number": "+15550100001",
            **call,
        },
    }


def twilio_form(**fields: str) -> dict[str, str]:
    """The fields of a status callback, as https://www.twilio.com/docs/voice/twiml has them."""
    return {
        "AccountSid": "AC00000000000000000000000000000001",
        "ApiVersion": "2010-04-01",
        "CallSid": "CA00000000000000000000000000000001",
        "CallStatus": "completed",
        "CallDuration": "61",
        "CallbackSource": "call-progress-events",
        "Direction": "inbound",
        "From": "+15550100001",
        "SequenceNumber": "3",
        "Timestamp": datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000"),
        "To": "+15550100009",
        **fields,
    }


def text(event: Any) -> bytes:
    """The body of an event."""
    return json.dumps(event, separators=(",", ":")).encode()


def vapi_signed(secret: str, body: bytes, stamp: str | None = None) -> dict[str, str]:
    """The headers of Vapi's HMAC credential with its defaults."""
    stamp = stamp or str(int(time.time() * 1000))
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {**JSON, "x-signature": digest, "x-timestamp": stamp}


def retell_signed(secret: str, body: bytes, stamp: int | None = None) -> dict[str, str]:
    """The header that Retell's libraries make (``lib/webhook_auth``)."""
    stamp = stamp or int(time.time() * 1000)
    digest = hmac.new(secret.encode(), (body.decode() + str(stamp)).encode(), hashlib.sha256).hexdigest()
    return {**JSON, "X-Retell-Signature": f"v={stamp},d={digest}"}


def twilio_signature(secret: str, url: str, fields: Mapping[str, str], algorithm: str = "sha1") -> str:
    """The signature that Twilio's libraries make (``RequestValidator.compute_signature``)."""
    signed = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(secret.encode(), signed.encode(), algorithm).digest()).decode()


def twilio_signed(secret: str, url: str, fields: Mapping[str, str]) -> dict[str, str]:
    """The headers of a callback of Twilio."""
    return {**FORM, "X-Twilio-Signature": twilio_signature(secret, url, fields)}


def twilio_body(fields: Mapping[str, str]) -> bytes:
    """The body of a callback of Twilio."""
    return urlencode(fields).encode()


def generic_signed(secret: str, body: bytes, id: str = "msg_1", at: datetime | None = None) -> dict[str, str]:
    """The headers of Standard Webhooks, by its library."""
    at = at or datetime.now(UTC)
    stamp = str(int(at.timestamp()))
    signature = Webhook(secret).sign(id, at, body.decode())
    return {**JSON, "webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": signature}
