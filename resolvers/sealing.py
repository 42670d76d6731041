"""Hiding the secrets in what is stored from whoever can read the database but does not have the API key."""

import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = "v2:"
"""What sealed texts begin with. Earlier ones were hexadecimal digits alone."""

_NONCE = 12
_PURPOSE = b"dialboard seal v2"


class SealBrokenError(Exception):
    """A sealed text was made with another key or by an earlier version, or it was changed."""


@dataclass(frozen=True, slots=True)
class Seal:
    """Encrypts short texts with a key that is not stored: the text of the API key, of 256 random bits.

    AES-256-GCM with random nonces, by a key that HKDF derives from that text: so few texts are sealed with one API key
    that nonces do not repeat.
    """

    key: str = field(repr=False)

    def seal(self, text: str) -> str:
        """The text, encrypted, in printable characters."""
        nonce = secrets.token_bytes(_NONCE)
        return _VERSION + (nonce + self._cipher().encrypt(nonce, text.encode(), None)).hex()

    def open(self, sealed: str) -> str:
        """What ``seal`` was given.

        Raises:
            SealBrokenError: it was not given with this key, or not by this version.
        """
        if not sealed.startswith(_VERSION):
            raise SealBrokenError
        try:
            content = bytes.fromhex(sealed.removeprefix(_VERSION))
            return self._cipher().decrypt(content[:_NONCE], content[_NONCE:], None).decode()
        except (InvalidTag, ValueError) as error:
            raise SealBrokenError from error

    def _cipher(self) -> AESGCM:
        return AESGCM(HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(self.key.encode()))
