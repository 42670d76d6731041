"""The text of an API key: what it says by itself, without a look-up.

``dlbk_<project>_<secret><checksum>``, and ``dlbo_<organisation>_…`` for the key of an organisation: the project's
number, which lets row-level security bind the very statement that looks the key up; 43 letters and digits with 256
random bits, so that a plain SHA-256 is all that needs to be stored; and 6 more with the CRC-32 of everything before,
which tells a mistyped key, or a false find of a scanner for secrets. Keys of the first form, ``dlb_<project>_<secret>``
with 43 characters of URL-safe base64, have no checksum and remain valid.

The last part of the address of a webhook endpoint is ``dlbw_<project>_…``, of the same form. It is not an API key.
"""

import hashlib
import re
import secrets
import string
import zlib
from dataclasses import dataclass
from enum import StrEnum

PATTERN = r"dlb[kow]_[1-9][0-9]{0,17}_[0-9A-Za-z]{49}"
"""What scanners for secrets look for."""

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SECRET = 43
_CHECKSUM = 6
_KEY = re.compile(PATTERN, re.ASCII)
_FIRST_FORM = re.compile(r"dlb_([1-9][0-9]{0,17})_[A-Za-z0-9_-]{43}", re.ASCII)

_FORM = (
    "an API key has the form dlbk_<project>_<secret> or dlbo_<organisation>_<secret>, with 49 letters and digits in "
    "the secret"
)


class KeyKind(StrEnum):
    """What a key belongs to, as its text begins."""

    PROJECT = "dlbk"
    ORGANISATION = "dlbo"
    WEBHOOK = "dlbw"


@dataclass(frozen=True, slots=True)
class Holder:
    """The project or organisation, by its number, that a key or the address of a webhook says it belongs to."""

    kind: KeyKind
    id: int


class WrongKeyError(ValueError):
    """A text that cannot be a key; the message says why, without quoting it."""


def _checksum(text: str) -> str:
    number, digits = zlib.crc32(text.encode("ascii")), ""
    for _ in range(_CHECKSUM):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits


def new_key(holder_id: int, kind: KeyKind = KeyKind.PROJECT) -> str:
    """A key that nobody has yet, of a project or an organisation."""
    body = f"{kind}_{holder_id}_" + "".join(secrets.choice(_DIGITS) for _ in range(_SECRET))
    return body + _checksum(body)


def holder_of(key: str) -> Holder:
    """What a key says it belongs to.

    Raises:
        WrongKeyError: it is not a key, or was mistyped or cut.
    """
    if _KEY.fullmatch(key):
        if _checksum(key[:-_CHECKSUM]) != key[-_CHECKSUM:]:
            raise WrongKeyError("The checksum of this API key does not match: it was mistyped or changed.")
        kind, number, _ = key.split("_")
        return Holder(KeyKind(kind), int(number))
    if found := _FIRST_FORM.fullmatch(key):
        return Holder(KeyKind.PROJECT, int(found[1]))
    what = "a complete API key" if key.startswith(("dlbk_", "dlbo_", "dlb_")) else "an API key"
    raise WrongKeyError(f"This is not {what}: {_FORM}.")


def fingerprint(key: str) -> bytes:
    """The SHA-256 of a key, which is what is stored."""
    return hashlib.sha256(key.encode()).digest()
