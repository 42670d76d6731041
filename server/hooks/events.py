"""From what a service sends to the calls in it, in the form that its interface gives calls: that of its presets."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, cast

from models.types import WebhookSource

MOST_CALLS = 1_000
"""Calls of one delivery, which is one transaction."""

_SHOWN = 60

_NOT_OF_THE_CALL = frozenset({"type", "call", "id", "status", "timestamp"})
"""Members of a message of Vapi that are its own, and not what the call has under the same names."""

_RETELL_EVENTS = frozenset({"call_ended", "call_analyzed"})
_TWILIO_ENDS = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
_TWILIO_NAMES = {"CallSid": "sid", "CallStatus": "status", "CallDuration": "duration"}
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_MOST_SECONDS = 10_000_000


class WrongEventError(ValueError):
    """What was sent is not what the service sends; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event without the end of a call."""

    event: str


@dataclass(frozen=True, slots=True)
class FoundCall:
    """A call, and where its members stood in what was sent.

    Attributes:
        places: by member, the pointer of the object that has it.
        elsewhere: the pointer of the object that has the others.
    """

    content: Mapping[str, Any]
    places: Mapping[str, str] = field(default_factory=dict[str, str])
    elsewhere: str = ""

    def pointer(self, inside: str) -> str:
        """A pointer into the call as one into what was sent."""
        member = inside.removeprefix("/").partition("/")[0]
        return self.places.get(member, self.elsewhere) + inside


def calls_of(source: WebhookSource, sent: Any, list_at: Sequence[str] | None = None) -> list[FoundCall] | Ignored:
    """The calls that an event brings.

    Args:
        sent: JSON, or the fields of a form by name.
        list_at: of a generic event with a mapping, the keys on the way to its list of calls; None without a mapping.

    Raises:
        WrongEventError: it is not an event of the service.
    """
    match source:
        case WebhookSource.VAPI:
            return _vapi(sent)
        case WebhookSource.RETELL:
            return _retell(sent)
        case WebhookSource.TWILIO:
            return _twilio(sent)
        case WebhookSource.GENERIC:
            return _generic(sent, list_at)


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise WrongEventError(f"{what} is not a JSON object")
    return cast("dict[str, Any]", value)


def _name(value: Any, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise WrongEventError(f"{what} is missing, or not a string")
    return value[:_SHOWN]


def _vapi(sent: Any) -> list[FoundCall] | Ignored:
    message = _object(_object(sent, "the body").get("message"), "message")
    event = _name(message.get("type"), "message.type")
    if event != "end-of-call-report":
        return Ignored(event)
    call = _object(message.get("call"), "message.call")
    # A call of a stored assistant has its number alone there too, so that its agent is the same as in an import.
    left_out = _NOT_OF_THE_CALL | {"assistant"} if call.get("assistantId") else _NOT_OF_THE_CALL
    own = {key: value for key, value in message.items() if key not in left_out and value is not None}
    return [FoundCall({**call, **own}, dict.fromkeys(own, "/message"), "/message/call")]


def _retell(sent: Any) -> list[FoundCall] | Ignored:
    event = _name(_object(sent, "the body").get("event"), "event")
    if event not in _RETELL_EVENTS:
        return Ignored(event)
    return [FoundCall(_object(sent.get("call"), "call"), elsewhere="/call")]


def _twilio(sent: Any) -> list[FoundCall] | Ignored:
    """A call as the Call resource has it. A callback has the moment of its event, the call's end, and no start."""
    fields: Mapping[str, str] = sent
    status = _name(fields.get("CallStatus"), "CallStatus")
    if status not in _TWILIO_ENDS:
        return Ignored(status)
    call = {_TWILIO_NAMES.get(name, _CAPITAL.sub("_", name).lower()): value for name, value in fields.items()}
    ended = _time(_name(fields.get("Timestamp"), "Timestamp"))
    seconds = fields.get("CallDuration") or "0"
    if not (seconds.isascii() and seconds.isdigit() and int(seconds[:9]) <= _MOST_SECONDS and len(seconds) <= 9):
        raise WrongEventError("CallDuration is not a number of seconds")
    started = ended - timedelta(seconds=int(seconds))  # years of two digits are of this century or the last
    call |= {"start_time": format_datetime(started), "end_time": format_datetime(ended)}
    return [FoundCall(call)]


def _time(text: str) -> datetime:
    try:
        return read_time(text)
    except (ValueError, OverflowError):
        raise WrongEventError("Timestamp is not a time as in RFC 2822") from None


def read_time(text: str) -> datetime:
    """A time as Twilio writes it, by RFC 2822, in UTC.

    Raises:
        ValueError: it is not one.
        OverflowError: it is before the first year, or after the last, in UTC.
    """
    time = parsedate_to_datetime(text)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _generic(sent: Any, list_at: Sequence[str] | None) -> list[FoundCall] | Ignored:
    """One call or a list of them. Without a mapping it may stand below ``data`` beside a ``type``, as Standard Webhooks
    recommends."""
    at = ""
    if list_at is None and isinstance(sent, dict):
        message = cast("dict[str, Any]", sent)
        if isinstance(message.get("type"), str) and isinstance(message.get("data"), (dict, list)):
            sent, at = message["data"], "/data"
    for key in list_at or ():
        sent, at = _object(sent, at or "the body").get(key), f"{at}/{key}"
    if isinstance(sent, dict):
        return [FoundCall(cast("dict[str, Any]", sent), elsewhere=at)]
    if not isinstance(sent, list):
        raise WrongEventError(f"{at or 'the body'} is not a call as a JSON object, or a list of them")
    calls = cast("list[Any]", sent)
    if not calls:
        return Ignored("a list without calls")
    if len(calls) > MOST_CALLS:
        raise WrongEventError(f"{at or 'the body'} has {len(calls):,} calls; at most {MOST_CALLS:,} are allowed")
    return [FoundCall(_object(call, f"{at}/{index}"), elsewhere=f"{at}/{index}") for index, call in enumerate(calls)]
