"""Hiding the secrets in what is stored from whoever can read the database but does not have the API key."""

import hashlib
import secrets
from dataclasses import dataclass, field

_NONCE = 16


@dataclass(frozen=True, slots=True)
class Seal:
    """Encrypts short texts with a key that is not stored: the text of the API key, of 256 random bits.

    The key stream is SHAKE-256 of the key and a nonce, which is never used twice.
    """

    key: str = field(repr=False)

    def seal(self, text: str) -> str:
        """The text, encrypted, in hexadecimal digits."""
        nonce = secrets.token_bytes(_NONCE)
        return (nonce + self._crypt(nonce, text.encode())).hex()

    def open(self, sealed: str) -> str:
        """What ``seal`` was given, with the same key."""
        content = bytes.fromhex(sealed)
        return self._crypt(content[:_NONCE], content[_NONCE:]).decode()

    def _crypt(self, nonce: bytes, content: bytes) -> bytes:
        stream = hashlib.shake_256(b"dialboard seal" + nonce + self.key.encode()).digest(len(content))
        return bytes(a ^ b for a, b in zip(content, stream, strict=True))
