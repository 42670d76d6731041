"""Sign-in: from a request's headers to the project whose key it carries, and what the key may do there."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from models.deadlines import Deadline
from models.key_text import WrongKeyError, fingerprint, holder_of
from models.sessions import Sessions
from server.beside import started
from server.http.access import Access, Identity, look_up, project_in
from server.http.last_use import LastUse
from server.http.sign_in_errors import AuthenticationError
from server.http.sign_in_limit import SignInLimit

_CACHE_LIMIT = 10_000

_SECONDS = 10.0
"""How long a look-up may take; all who wait for the same key share it."""


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
    raise AuthenticationError(f"The request has no API key. {_HOW}")


async def authenticate(sessions: Sessions, key: str) -> int:
    """The project that a key opens.

    Raises:
        AuthenticationError: the key is malformed, unknown, expired or revoked.
        ProjectError: it belongs to an organisation.
    """
    return (await identify(sessions, key)).project_id


async def identify(sessions: Sessions, key: str, project: str | None = None) -> Identity:
    """The project that a key opens, or the one that is named of its organisation, and which key it is.

    Raises:
        AuthenticationError: the key is malformed, unknown, expired or revoked.
        ProjectError: it does not open the project, or needs one to be named.
    """
    return (await _access(sessions, key)).identity(project)


async def _access(sessions: Sessions, key: str) -> Access:
    """What a key opens. A text that cannot be a key is not looked up."""
    try:
        holder = holder_of(key)
    except WrongKeyError as error:
        raise AuthenticationError(f"{error} {_HOW}") from error
    found = await look_up(sessions, holder, key)
    if found is None:
        raise AuthenticationError(f"This API key does not exist or was revoked. {_HOW}")
    return _valid(found)


def _valid(access: Access) -> Access:
    ends = access.expires_at
    if ends is not None and ends <= datetime.now(UTC):
        when = ends.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        raise AuthenticationError(f"This API key expired at {when}. {_HOW}")
    return access


@dataclass(frozen=True, slots=True)
class _Known:
    """A good key, as it was in the database at a moment of the monotonic clock."""

    access: Access
    read_at: float


class Authenticator:
    """Remembers good keys for a while, so that most requests wait for no look-up.

    What was read of a key is used for ``remember_seconds``, counted from before it was read: a revoked key works that
    long at most, and so does the key of an organisation in a project that has left it. All projects of an organisation
    are read at once, so that naming others costs no look-up. In the second half of that time, a request looks the key
    up again without waiting for it, so that a key in steady use is never waited for. Requests with the same key share
    one look-up. Expiry is exact.

    Wrong keys are limited by the address that they come from; keys that were good before are not.

    Args:
        last_use: is told of every key that was good.
    """

    def __init__(self, sessions: Sessions, remember_seconds: float, last_use: LastUse | None = None) -> None:
        self._sessions = sessions
        self._remember_seconds = remember_seconds
        self._last_use = last_use
        self._good: dict[bytes, _Known] = {}
        self._looking: dict[bytes, asyncio.Task[Access]] = {}
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
            ProjectError: it does not open the project that the request names, or the request has to name one.
        """
        key = key_from(headers)
        mark = fingerprint(key)
        known = self._good.get(mark)
        age = time.monotonic() - known.read_at if known else 0.0
        if known is not None and age < self._remember_seconds:
            if age > self._remember_seconds / 2:
                self._look_up(mark, key)
            access = _valid(known.access)
        elif known is not None or not address:
            access = await asyncio.shield(self._look_up(mark, key))
        else:
            async with self._limit.turn(address, mark):
                access = await asyncio.shield(self._look_up(mark, key))
        identity = access.identity(project_in(headers))
        if self._last_use is not None and identity.organisation is not None:
            self._last_use.note_of_organisation(identity.organisation.id, mark)
        elif self._last_use is not None:
            self._last_use.note(identity.project_id, identity.key_id)
        return identity

    def _look_up(self, mark: bytes, key: str) -> asyncio.Task[Access]:
        task = self._looking.get(mark)
        if task is None:
            task = self._looking[mark] = started(self._read(mark, key))
        return task

    async def _read(self, mark: bytes, key: str) -> Access:
        started = time.monotonic()
        try:
            access = await _access(self._sessions.within(Deadline.after(_SECONDS)), key)
        except AuthenticationError:
            self._good.pop(mark, None)
            raise
        finally:
            self._looking.pop(mark, None)
        if len(self._good) >= _CACHE_LIMIT:
            self._good.clear()
        self._good[mark] = _Known(access, started)
        return access
