"""Sign-in: from a request's headers to the project whose key it carries."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from models import ApiKey
from models.sessions import Sessions
from server.keys import create_key, fingerprint, project_of

__all__ = ["AuthenticationError", "Authenticator", "Identity", "authenticate", "create_key", "identify", "key_from"]

_CACHE_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose request it is: the project that its key opens, and the key's number and name."""

    project_id: int
    key_id: int
    key_name: str


class AuthenticationError(Exception):
    """The request carries no key, or none that opens anything; the message tells how to send one."""


_FORM = "an API key has the form dlb_<project>_<secret>, where the secret has 43 characters"
_HOW = (
    "Send an API key in the X-API-Key header, or as Authorization: Bearer KEY. Create one with `dialboard keys create`."
)


def key_from(headers: Mapping[str, str]) -> str:
    """The key in a request's headers, whose names are looked up in lower case.

    Raises:
        AuthenticationError: there is none.
    """
    key = headers.get("x-api-key")
    if key:
        return key.strip()
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and credentials.strip():
        return credentials.strip()
    raise AuthenticationError(f"This request has no API key. {_HOW}")


async def authenticate(sessions: Sessions, key: str) -> int:
    """The project that a key opens.

    Raises:
        AuthenticationError: the key is malformed, unknown or revoked.
    """
    return (await identify(sessions, key)).project_id


async def identify(sessions: Sessions, key: str) -> Identity:
    """The project that a key opens, and which key it is.

    Raises:
        AuthenticationError: the key is malformed, unknown or revoked.
    """
    project_id = project_of(key)
    if project_id is None:
        what = "a complete API key" if key.startswith("dlb_") else "an API key"
        raise AuthenticationError(f"This is not {what}: {_FORM}. {_HOW}")
    statement = select(ApiKey.id, ApiKey.name).where(
        ApiKey.project_id == project_id, ApiKey.key_hash == fingerprint(key), ApiKey.revoked_at.is_(None)
    )
    async with sessions.read(project_id) as session:
        found = (await session.execute(statement)).one_or_none()
        if found is None:
            raise AuthenticationError(f"This API key does not exist or was revoked. {_HOW}")
    return Identity(project_id, *found.tuple())


class Authenticator:
    """Remembers good keys for a while, so that most requests need no look-up. A revoked key works that long at most."""

    def __init__(self, sessions: Sessions, remember_seconds: float) -> None:
        self._sessions = sessions
        self._remember_seconds = remember_seconds
        self._good: dict[bytes, tuple[Identity, float]] = {}

    async def project(self, headers: Mapping[str, str]) -> int:
        """The project of a request. Raises ``AuthenticationError``."""
        return (await self.identity(headers)).project_id

    async def identity(self, headers: Mapping[str, str]) -> Identity:
        """Whose request it is. Raises ``AuthenticationError``."""
        key = key_from(headers)
        mark, now = fingerprint(key), time.monotonic()
        known, until = self._good.get(mark, (None, 0.0))
        if known is not None and now < until:
            return known
        identity = await identify(self._sessions, key)
        if len(self._good) >= _CACHE_LIMIT:
            self._good.clear()
        self._good[mark] = (identity, now + self._remember_seconds)
        return identity
