"""Sign-in: from a request's headers to the project whose key it carries, and what the key may do there."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from models import ApiKey, Project
from models.deadlines import Deadline
from models.key_text import WrongKeyError, fingerprint, project_of
from models.lanes import Lane
from models.sessions import Sessions
from resolvers.rights import Rights, rights_of
from server.beside import started
from server.http.last_use import LastUse
from server.http.sign_in_errors import AuthenticationError
from server.http.sign_in_limit import SignInLimit

_CACHE_LIMIT = 10_000

_SECONDS = 10.0
"""How long a look-up may take; all who wait for the same key share it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose request it is: the project that its key opens, and which key it is.

    Attributes:
        rights: what it may do and see.
        expires_at: from when on the key is refused; None for never.
    """

    project_id: int
    key_id: int
    key_name: str
    rights: Rights
    expires_at: datetime | None = None


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
        AuthenticationError: the key is malformed, unknown, expired or revoked.
    """
    return (await identify(sessions, key)).project_id


async def identify(sessions: Sessions, key: str) -> Identity:
    """The project that a key opens, and which key it is. A text that cannot be a key is not looked up.

    Raises:
        AuthenticationError: the key is malformed, unknown, expired or revoked.
    """
    try:
        project_id = project_of(key)
    except WrongKeyError as error:
        raise AuthenticationError(f"{error} {_HOW}") from error
    statement = (
        select(ApiKey.id, ApiKey.name, ApiKey.role, ApiKey.expires_at, Project.mask_customer_numbers)
        .join(Project, Project.id == project_id)
        .where(ApiKey.project_id == project_id, ApiKey.key_hash == fingerprint(key), ApiKey.revoked_at.is_(None))
    )
    async with sessions.read(project_id, lane=Lane.SIGN_IN) as session:
        found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise AuthenticationError(f"This API key does not exist or was revoked. {_HOW}")
    key_id, name, role, expires_at, mask = found.tuple()
    return _valid(Identity(project_id, key_id, name, rights_of(role, mask_customer_numbers=mask), expires_at))


def _valid(identity: Identity) -> Identity:
    ends = identity.expires_at
    if ends is not None and ends <= datetime.now(UTC):
        when = ends.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        raise AuthenticationError(f"This API key expired at {when}. {_HOW}")
    return identity


@dataclass(frozen=True, slots=True)
class _Known:
    """A good key, as it was in the database at a moment of the monotonic clock."""

    identity: Identity
    read_at: float


class Authenticator:
    """Remembers good keys for a while, so that most requests wait for no look-up.

    What was read of a key is used for ``remember_seconds``, counted from before it was read: a revoked key works that
    long at most. In the second half of that time, a request looks the key up again without waiting for it, so that a
    key in steady use is never waited for. Requests with the same key share one look-up. Expiry is exact.

    Wrong keys are limited by the address that they come from; keys that were good before are not.

    Args:
        last_use: is told of every key that was good.
    """

    def __init__(self, sessions: Sessions, remember_seconds: float, last_use: LastUse | None = None) -> None:
        self._sessions = sessions
        self._remember_seconds = remember_seconds
        self._last_use = last_use
        self._good: dict[bytes, _Known] = {}
        self._looking: dict[bytes, asyncio.Task[Identity]] = {}
        self._limit = SignInLimit()

    async def project(self, headers: Mapping[str, str]) -> int:
        """The project of a request. Raises ``AuthenticationError``."""
        return (await self.identity(headers)).project_id

    async def identity(self, headers: Mapping[str, str], address: str = "") -> Identity:
        """Whose request it is.

        Args:
            address: where it came from; empty where that is not known, and then wrong keys are not limited.

        Raises:
            AuthenticationError: it carries no key, or none that opens anything.
            TooManyWrongKeysError: its address has sent too many wrong keys, and this one has not been good before.
        """
        key = key_from(headers)
        mark = fingerprint(key)
        known = self._good.get(mark)
        age = time.monotonic() - known.read_at if known else 0.0
        if known is not None and age < self._remember_seconds:
            if age > self._remember_seconds / 2:
                self._look_up(mark, key)
            identity = _valid(known.identity)
        elif known is not None or not address:
            identity = await asyncio.shield(self._look_up(mark, key))
        else:
            async with self._limit.turn(address, mark):
                identity = await asyncio.shield(self._look_up(mark, key))
        if self._last_use is not None:
            self._last_use.note(identity.project_id, identity.key_id)
        return identity

    def _look_up(self, mark: bytes, key: str) -> asyncio.Task[Identity]:
        task = self._looking.get(mark)
        if task is None:
            task = self._looking[mark] = started(self._read(mark, key))
        return task

    async def _read(self, mark: bytes, key: str) -> Identity:
        started = time.monotonic()
        try:
            identity = await identify(self._sessions.within(Deadline.after(_SECONDS)), key)
        except AuthenticationError:
            self._good.pop(mark, None)
            raise
        finally:
            self._looking.pop(mark, None)
        if len(self._good) >= _CACHE_LIMIT:
            self._good.clear()
        self._good[mark] = _Known(identity, started)
        return identity
