"""Events of any content and signatures of any text are read or refused, and nothing else comes of them."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.types import WebhookSource
from server.hooks.events import Ignored, WrongEventError, calls_of
from server.hooks.mappings import mapping_of
from server.hooks.receiving import CallReader, WrongCallsError
from server.hooks.signatures import Delivery, WrongSignatureError, check_signature
from tests.fuzzing import json_values, texts, trying
from tests.server.hooks.deliveries import NATIVE, retell_event, twilio_form, vapi_report

pytestmark = pytest.mark.fuzz

TIMES = st.sampled_from(("Mon, 01 Jan 0001 00:00:00 +0000", "Fri, 31 Dec 9999 23:59:59 -2359", "completed", "61"))
HEADER_TEXTS = st.text(st.characters(max_codepoint=255), max_size=40)
"""What a server reads of headers: their bytes, as Latin-1."""
FORM_TEXTS = st.text(max_size=40)
VALUES = json_values()
EVENTS: dict[WebhookSource, Any] = {
    WebhookSource.VAPI: vapi_report(),
    WebhookSource.RETELL: retell_event("call_ended"),
    WebhookSource.GENERIC: {"type": "call.ended", "data": NATIVE},
}


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in _places(item, (*path, key)))]


def _with(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The value with another one at a place."""
    if not path:
        return new
    first, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[first] = _with(value[first], tuple(rest), new)
    return copy


@st.composite
def changed(draw: st.DrawFn, source: WebhookSource) -> Any:
    """An event of a service in which something is something else."""
    event = EVENTS[source]
    return _with(event, draw(st.sampled_from(_places(event))), draw(VALUES))


def taken(source: WebhookSource, sent: Any) -> None:
    """Reads an event as far as it goes without a database."""
    mapping = mapping_of(source, None)
    with suppress(WrongEventError, WrongCallsError):
        found = calls_of(source, sent, None)
        if not isinstance(found, Ignored):
            CallReader(mapping).read(found)


@trying(100)
@given(data=st.data(), source=st.sampled_from([*EVENTS]))
def test_events_that_are_nearly_right(data: st.DataObject, source: WebhookSource) -> None:
    taken(source, data.draw(changed(source)))


@trying(100)
@given(source=st.sampled_from([*EVENTS]), sent=VALUES)
def test_events_of_any_content(source: WebhookSource, sent: Any) -> None:
    taken(source, sent)


@trying(100)
@given(name=st.sampled_from([*twilio_form()]), value=st.one_of(texts, TIMES))
def test_callbacks_of_any_content(name: str, value: str) -> None:
    taken(WebhookSource.TWILIO, {**twilio_form(), name: value})


HEADERS = (
    "x-vapi-secret",
    "authorization",
    "x-signature",
    "x-timestamp",
    "x-retell-signature",
    "x-twilio-signature",
    "x-twilio-webhooks-signature-settings",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
)
SIGNATURES = HEADER_TEXTS | st.sampled_from(
    ("Bearer x", "v=1,d=" + "0" * 64, "algorithm=HMAC_SHA256", "v1,AAAA", "1e400", "-1")
)


@trying(100)
@given(
    source=st.sampled_from(WebhookSource),
    headers=st.dictionaries(st.sampled_from(HEADERS), SIGNATURES),
    body=st.binary(max_size=40),
    url=HEADER_TEXTS,
    form=st.lists(st.tuples(FORM_TEXTS, FORM_TEXTS), max_size=3),
)
def test_signatures_of_any_text_are_refused(
    source: WebhookSource, headers: dict[str, str], body: bytes, url: str, form: list[tuple[str, str]]
) -> None:
    secret = "whsec_" + "A" * 32
    with pytest.raises(WrongSignatureError):
        check_signature(source, secret, Delivery(headers, body, [url], form), datetime.now(UTC), timedelta(days=1))
