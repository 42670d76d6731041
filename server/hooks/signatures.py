"""Whether a delivery is from whom its endpoint is for: the signatures of the services, as each documents them.

===========  ========================================================================================================
``vapi``     https://docs.vapi.ai/server-url/server-authentication: the secret in ``X-Vapi-Secret`` or as a bearer
             token, or an HMAC-SHA256 of ``{timestamp}.{body}`` in ``X-Signature`` beside ``X-Timestamp``
``retell``   https://docs.retellai.com/features/secure-webhook: ``X-Retell-Signature: v={timestamp},d={digest}``, an
             HMAC-SHA256 of the body and the timestamp, by the API key
``twilio``   https://www.twilio.com/docs/usage/webhooks/webhooks-security: ``X-Twilio-Signature``, an HMAC-SHA1 (or
             -SHA256, of a shared key) of the address and the sorted fields of the form
``generic``  https://www.standardwebhooks.com: ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature``
===========  ========================================================================================================
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from models.types import WebhookSource
from server.hooks.events import read_time
from server.http.sign_in_errors import AuthenticationError

TOLERANCE = timedelta(minutes=5)
"""How far the time of a signature may be from now, in both directions; that of the services' own libraries."""

_MILLISECONDS = 10**11
"""Times of at least so much are in milliseconds: as seconds, they would be after the year 5000."""

_RETELL = re.compile(r"v=([0-9]{1,15}),d=([0-9a-f]{64})", re.ASCII)
_TIME = re.compile(r"[0-9]{1,15}", re.ASCII)
_TWILIO_SETTINGS = re.compile(r"(?:.*,)?\s*algorithm\s*=\s*([A-Za-z0-9_]+)\s*(?:,.*)?", re.ASCII)
_TWILIO_HASHES = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}


class WrongSignatureError(AuthenticationError):
    """A delivery is not signed, or not with the secret of its endpoint, or too long ago. Its message names headers, and
    never a secret or what a signature should be."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request of a service.

    Attributes:
        headers: by their names in lower case.
        urls: the addresses that the service may have sent it to, as far as can be told behind proxies.
        form: the fields of a form in their order; none for JSON.
    """

    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    urls: Sequence[str] = ()
    form: Sequence[tuple[str, str]] = ()


def check_signature(
    source: WebhookSource, secret: str, delivery: Delivery, now: datetime, remembered: timedelta
) -> bytes:
    """Checks a delivery.

    Args:
        remembered: how long deliveries are remembered; what a service signs without a time of signing must not be
            older.

    Returns:
        the SHA-256 of what tells it from the other deliveries to its endpoint.

    Raises:
        WrongSignatureError: it is not signed as it must be.
    """
    match source:
        case WebhookSource.VAPI:
            return _vapi(secret, delivery, now)
        case WebhookSource.RETELL:
            return _retell(secret, delivery, now)
        case WebhookSource.TWILIO:
            return _twilio(secret, delivery, now, remembered)
        case WebhookSource.GENERIC:
            return _generic(secret, delivery)


def _vapi(secret: str, delivery: Delivery, now: datetime) -> bytes:
    headers = delivery.headers
    if signature := headers.get("x-signature", ""):
        stamp = headers.get("x-timestamp", "")
        if not _TIME.fullmatch(stamp):
            raise WrongSignatureError(
                "X-Signature comes without X-Timestamp, or with one that is not a number of seconds or milliseconds "
                "since 1970. Let Vapi sign the timestamp: {timestamp}.{body}."
            )
        expected = _digest(secret, stamp.encode() + b"." + delivery.body)
        _compare(signature.removeprefix("sha256="), expected, "X-Signature")
        _check_time(_moment(int(stamp)), now, TOLERANCE)
    else:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = headers.get("x-vapi-secret", "") or (token.strip() if scheme.lower() == "bearer" else "")
        if not given:
            raise WrongSignatureError("The request has none of X-Vapi-Secret, Authorization: Bearer and X-Signature.")
        _compare(given, secret, "The secret of the request")
    return hashlib.sha256(delivery.body).digest()


def _retell(secret: str, delivery: Delivery, now: datetime) -> bytes:
    found = _RETELL.fullmatch(delivery.headers.get("x-retell-signature", ""))
    if not found:
        raise WrongSignatureError("The request has no X-Retell-Signature of the form v={timestamp},d={digest}.")
    stamp, digest = found.groups()
    _compare(digest, _digest(secret, delivery.body + stamp.encode()), "X-Retell-Signature")
    _check_time(_moment(int(stamp)), now, TOLERANCE)
    return hashlib.sha256(delivery.body).digest()


def _twilio(secret: str, delivery: Delivery, now: datetime, remembered: timedelta) -> bytes:
    given = delivery.headers.get("x-twilio-signature", "")
    if not given:
        raise WrongSignatureError("The request has no X-Twilio-Signature.")
    settings = _TWILIO_SETTINGS.fullmatch(delivery.headers.get("x-twilio-webhooks-signature-settings", ""))
    name = settings[1].upper() if settings else "HMAC_SHA1"
    if name not in _TWILIO_HASHES:
        allowed = ", ".join(_TWILIO_HASHES)
        raise WrongSignatureError(f"X-Twilio-Webhooks-Signature-Settings names another algorithm; allowed: {allowed}.")
    fields = "".join(name + value for name, value in sorted(set(delivery.form))).encode()
    expected = [
        base64.b64encode(hmac.digest(secret.encode(), url.encode() + fields, _TWILIO_HASHES[name])).decode()
        for url in delivery.urls
    ]
    # All are compared, whichever fits.
    if not sum([hmac.compare_digest(given.encode(), one.encode()) for one in expected]):
        raise WrongSignatureError(
            "X-Twilio-Signature does not fit the request. The secret is the account's auth token, and "
            "DIALBOARD_PUBLIC_URL must begin the address that Twilio has."
        )
    _check_time(_twilio_time(delivery.form), now, remembered)
    return hashlib.sha256(fields).digest()


def _twilio_time(form: Sequence[tuple[str, str]]) -> datetime:
    try:
        return read_time(dict(form).get("Timestamp", ""))
    except (ValueError, OverflowError):
        raise WrongSignatureError("The request has no Timestamp of the form of RFC 2822 in its fields.") from None


def _generic(secret: str, delivery: Delivery) -> bytes:
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    headers = {name: delivery.headers.get(name, "") for name in names}
    if missing := [name for name, value in headers.items() if not value]:
        raise WrongSignatureError(f"The request has no {' and no '.join(missing)}.")
    try:
        Webhook(secret).verify(delivery.body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        is_late = isinstance(error, WebhookVerificationError) and "timestamp" in str(error)
        what = (
            f"webhook-timestamp is not within {_minutes(TOLERANCE)} of now" if is_late else "webhook-signature is wrong"
        )
        raise WrongSignatureError(f"{what}.") from None
    return hashlib.sha256(headers["webhook-id"].encode()).digest()


def _digest(secret: str, content: bytes) -> str:
    return hmac.digest(secret.encode(), content, "sha256").hex()


def _compare(given: str, expected: str, what: str) -> None:
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise WrongSignatureError(f"{what} is wrong.")


def _moment(number: int) -> datetime:
    seconds = number / 1000 if number >= _MILLISECONDS else number
    return datetime.fromtimestamp(min(seconds, 253_402_300_799), UTC)


def _check_time(time: datetime, now: datetime, tolerance: timedelta) -> None:
    """Refuses what was signed too long ago, or too far in the future."""
    if not now - tolerance <= time <= now + TOLERANCE:
        raise WrongSignatureError(
            f"The time of the signature is more than {_minutes(tolerance)} ago, or in the future: the request is a "
            "repetition, or a clock is wrong."
        )


def _minutes(time: timedelta) -> str:
    return f"{time // timedelta(minutes=1):,} minutes"
