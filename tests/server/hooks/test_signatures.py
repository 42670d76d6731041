"""The signatures of the services: those of their own documentation, and what a forger could send."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from models.types import WebhookSource
from server.hooks.signatures import TOLERANCE, Delivery, WrongSignatureError, check_signature
from tests.server.hooks import deliveries

DAY = timedelta(days=1)
SECRET = "a secret of the service"
STANDARD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
URL = "https://calls.example.com/hooks/twilio/x"


def now() -> datetime:
    """The time of a test, which may run long after this file was read."""
    return datetime.now(UTC)


def checked(source: WebhookSource, headers: dict[str, str], body: bytes = BODY, **given: Any) -> bytes:
    secret = STANDARD if source is WebhookSource.GENERIC else SECRET
    names = {name.lower(): value for name, value in headers.items()}
    return check_signature(source, given.pop("secret", secret), Delivery(names, body, **given), now(), DAY)


def test_the_example_of_standard_webhooks() -> None:
    """From https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md."""
    at = datetime.fromtimestamp(1_614_265_330, UTC)
    signature = Webhook(STANDARD).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, BODY.decode())
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_example_of_twilio() -> None:
    """From https://www.twilio.com/docs/usage/webhooks/webhooks-security; its fields have no time, so it is refused
    after its signature was found right."""
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675310",
        "Digits": "1234",
        "From": "+14158675310",
        "To": "+18005551212",
    }
    url = "https://example.com/myapp.php?foo=1&bar=2"
    headers = {"X-Twilio-Signature": "L/OH5YylLD5NRKLltdqwSvS0BnU="}
    with pytest.raises(WrongSignatureError, match="no Timestamp"):
        checked(WebhookSource.TWILIO, headers, urls=[url], form=[*fields.items()], secret="12345")
    for wrong in ({**fields, "Digits": "1235"}, {**fields, "Extra": ""}):
        with pytest.raises(WrongSignatureError, match="does not fit"):
            checked(WebhookSource.TWILIO, headers, urls=[url], form=[*wrong.items()], secret="12345")


def twilio(**fields: str) -> bytes:
    form = deliveries.twilio_form(**fields)
    headers = deliveries.twilio_signed(SECRET, URL, form)
    return checked(WebhookSource.TWILIO, headers, urls=[URL], form=[*form.items()])


SIGNED: dict[str, Callable[[], bytes]] = {
    "vapi, secret": lambda: checked(WebhookSource.VAPI, {"X-Vapi-Secret": SECRET}),
    "vapi, bearer": lambda: checked(WebhookSource.VAPI, {"Authorization": f"Bearer {SECRET}"}),
    "vapi, HMAC in milliseconds": lambda: checked(WebhookSource.VAPI, deliveries.vapi_signed(SECRET, BODY)),
    "vapi, HMAC in seconds": lambda: checked(
        WebhookSource.VAPI, deliveries.vapi_signed(SECRET, BODY, str(int(now().timestamp())))
    ),
    "retell": lambda: checked(WebhookSource.RETELL, deliveries.retell_signed(SECRET, BODY)),
    "twilio": twilio,
    "generic": lambda: checked(WebhookSource.GENERIC, deliveries.generic_signed(STANDARD, BODY)),
}


@pytest.mark.parametrize("sign", SIGNED.values(), ids=SIGNED)
def test_a_right_signature_tells_the_delivery(sign: Callable[[], bytes]) -> None:
    assert len(sign()) == 32


def test_twilio_can_sign_by_a_shared_key() -> None:
    form = deliveries.twilio_form()
    headers = {
        "X-Twilio-Signature": deliveries.twilio_signature(SECRET, URL, form, "sha256"),
        "X-Twilio-Webhooks-Signature-Settings": "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256",
    }
    assert checked(WebhookSource.TWILIO, headers, urls=[URL], form=[*form.items()])
    headers["X-Twilio-Webhooks-Signature-Settings"] = "key=1,algorithm=HMAC_MD5"
    with pytest.raises(WrongSignatureError, match="HMAC_SHA1, HMAC_SHA256"):
        checked(WebhookSource.TWILIO, headers, urls=[URL], form=[*form.items()])


def old(headers: Callable[[str], dict[str, str]], by: timedelta) -> dict[str, str]:
    return headers(str(int((now() + by).timestamp() * 1000)))


@pytest.mark.parametrize("by", [-TOLERANCE, TOLERANCE])
def test_what_was_signed_too_long_ago_or_in_the_future_is_refused(by: timedelta) -> None:
    by *= 2
    stamped = (
        (WebhookSource.VAPI, old(lambda stamp: deliveries.vapi_signed(SECRET, BODY, stamp), by)),
        (WebhookSource.RETELL, old(lambda stamp: deliveries.retell_signed(SECRET, BODY, int(stamp)), by)),
        (WebhookSource.GENERIC, deliveries.generic_signed(STANDARD, BODY, at=now() + by)),
    )
    for source, headers in stamped:
        with pytest.raises(WrongSignatureError, match=r"time of the signature|webhook-timestamp is not within"):
            checked(source, headers)


def test_twilio_signs_no_time_of_signing_so_that_of_the_event_counts() -> None:
    form = "%a, %d %b %Y %H:%M:%S +0000"
    assert twilio(Timestamp=(now() - DAY * 0.9).strftime(form))
    for wrong in (now() - DAY * 1.1, now() + timedelta(hours=1)):
        with pytest.raises(WrongSignatureError, match="time of the signature"):
            twilio(Timestamp=wrong.strftime(form))


def without(headers: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in names}


def forged() -> dict[str, tuple[WebhookSource, dict[str, str]]]:
    """What a forger could send now."""
    vapi, retell = deliveries.vapi_signed(SECRET, BODY), deliveries.retell_signed(SECRET, BODY)
    generic = deliveries.generic_signed(STANDARD, BODY)
    return {
        "nothing for vapi": (WebhookSource.VAPI, {}),
        "an empty secret": (WebhookSource.VAPI, {"X-Vapi-Secret": ""}),
        "another secret": (WebhookSource.VAPI, {"X-Vapi-Secret": SECRET[:-1]}),
        "a secret that is not ASCII": (WebhookSource.VAPI, {"X-Vapi-Secret": "sécret"}),
        "another bearer token": (WebhookSource.VAPI, {"Authorization": "Bearer nobody"}),
        "basic authorization": (WebhookSource.VAPI, {"Authorization": f"Basic {SECRET}"}),
        "an HMAC without its time": (WebhookSource.VAPI, without(vapi, "x-timestamp")),
        "an HMAC with another time": (WebhookSource.VAPI, {**vapi, "x-timestamp": str(int(vapi["x-timestamp"]) + 1)}),
        "an HMAC with a time in words": (WebhookSource.VAPI, {**vapi, "x-timestamp": "now"}),
        "an HMAC by another secret": (WebhookSource.VAPI, deliveries.vapi_signed("another", BODY)),
        "a wrong HMAC beside the right secret": (
            WebhookSource.VAPI,
            {**vapi, "x-signature": "0", "X-Vapi-Secret": SECRET},
        ),
        "nothing for retell": (WebhookSource.RETELL, {}),
        "another form for retell": (WebhookSource.RETELL, {"X-Retell-Signature": "v=1"}),
        "a digest in capitals": (
            WebhookSource.RETELL,
            {"X-Retell-Signature": retell["X-Retell-Signature"].upper().replace("V=", "v=").replace("D=", "d=")},
        ),
        "digits of another script": (WebhookSource.RETELL, {"X-Retell-Signature": "v=١,d=" + "0" * 64}),
        "another body's signature": (WebhookSource.RETELL, deliveries.retell_signed(SECRET, b"{}")),
        "another key's signature": (WebhookSource.RETELL, deliveries.retell_signed("another", BODY)),
        "nothing for twilio": (WebhookSource.TWILIO, {}),
        "the secret itself": (WebhookSource.TWILIO, {"X-Twilio-Signature": SECRET}),
        "nothing for generic": (WebhookSource.GENERIC, {}),
        "no id": (WebhookSource.GENERIC, without(generic, "webhook-id")),
        "another id": (WebhookSource.GENERIC, {**generic, "webhook-id": "msg_2"}),
        "another time": (
            WebhookSource.GENERIC,
            {**generic, "webhook-timestamp": str(int(generic["webhook-timestamp"]) - 9)},
        ),
        "a time in words": (WebhookSource.GENERIC, {**generic, "webhook-timestamp": "nan"}),
        "an endless time": (WebhookSource.GENERIC, {**generic, "webhook-timestamp": "1e999"}),
        "a signature without a version": (WebhookSource.GENERIC, {**generic, "webhook-signature": "abc"}),
        "a signature of two commas": (WebhookSource.GENERIC, {**generic, "webhook-signature": "v1,a,b"}),
        "a signature that is not base64": (WebhookSource.GENERIC, {**generic, "webhook-signature": "v1,é"}),
        "a signature of a later version": (
            WebhookSource.GENERIC,
            {**generic, "webhook-signature": generic["webhook-signature"].replace("v1", "v9")},
        ),
    }


@pytest.mark.parametrize("name", forged())
def test_what_is_forged_is_refused_without_telling_the_secret(name: str) -> None:
    source, headers = forged()[name]
    with pytest.raises(WrongSignatureError) as told:
        checked(source, headers, urls=[URL], form=[("Timestamp", "now")])
    assert SECRET not in str(told.value)
    assert STANDARD not in str(told.value)


def test_one_of_several_signatures_is_enough_while_secrets_change() -> None:
    other = Webhook(b"another secret").sign("msg_1", now(), BODY.decode())
    generic = deliveries.generic_signed(STANDARD, BODY)
    headers = {**generic, "webhook-signature": f"v1a,abc {other} {generic['webhook-signature']}"}
    assert checked(WebhookSource.GENERIC, headers) == checked(WebhookSource.GENERIC, generic)


def test_a_body_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(WrongSignatureError, match="webhook-signature is wrong"):
        checked(WebhookSource.GENERIC, deliveries.generic_signed(STANDARD, BODY), b"\xff")
