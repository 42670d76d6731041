"""Who may send to a webhook endpoint: whoever knows its address and signs with its secret.

What is wrong is limited by the address that it comes from, as wrong API keys are. Services send the events of all their
customers from few addresses, so an endpoint that had a right signature before is limited by its own wrong ones alone.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from models.deadlines import Deadline
from models.key_text import fingerprint
from models.sessions import Sessions
from models.types import WebhookSource
from server.hooks.endpoints import Endpoint, find_endpoint
from server.hooks.signatures import Delivery, check_signature
from server.http.sign_in_errors import AuthenticationError
from server.http.sign_in_limit import SignInLimit

_REMEMBERED = 10_000
"""Endpoints that a process remembers; of more, those that were used longest ago are forgotten."""

_SECONDS = 10.0
"""How long a look-up may take."""

_LARGE = 256 * 1024
"""Bytes of a body whose signature is computed in a thread."""


class UnknownEndpointError(AuthenticationError):
    """There is no such endpoint, or it was revoked or has expired."""

    def __init__(self) -> None:
        super().__init__(
            "This webhook endpoint does not exist, or was revoked or rotated. Create one with `dialboard hooks create`."
        )


@dataclass(slots=True)
class _Known:
    """An endpoint as it was in the database at a moment of the monotonic clock."""

    endpoint: Endpoint
    read_at: float
    is_trusted: bool = False


class Admission:
    """Finds endpoints and checks signatures.

    Args:
        remember_seconds: how long an endpoint is used as it was read; one that was revoked works that long at most.
        remembered: how long deliveries are remembered.
    """

    def __init__(
        self,
        sessions: Sessions,
        remember_seconds: float,
        remembered: timedelta,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions = sessions
        self._remember_seconds = remember_seconds
        self._remembered = remembered
        self._clock = clock
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._limit = SignInLimit(clock, "webhooks with a wrong address or signature")

    async def endpoint(self, source: WebhookSource, key: str, address: str) -> Endpoint:
        """The endpoint of an address.

        Raises:
            UnknownEndpointError: there is none.
            TooManyWrongKeysError: too much that was wrong came from where this comes from.
        """
        mark = fingerprint(key)
        known = self._known.get(mark)
        async with self._limit.turn(address, mark, is_known=known is not None and known.is_trusted):
            if known is None or self._clock() - known.read_at >= self._remember_seconds:
                known = await self._read(source, key, mark)
            endpoint = known.endpoint
            if endpoint.source is not source or _has_expired(endpoint):
                raise UnknownEndpointError
        return endpoint

    async def check(self, endpoint: Endpoint, key: str, address: str, delivery: Delivery) -> bytes:
        """The SHA-256 of what tells a delivery from the others to its endpoint.

        Raises:
            WrongSignatureError: it is not signed as it must be.
            TooManyWrongKeysError: too much that was wrong came from where this comes from.
        """
        mark = fingerprint(key)
        known = self._known.get(mark)
        async with self._limit.turn(address, mark, is_known=known is not None and known.is_trusted):
            given = (endpoint.source, endpoint.secret, delivery, datetime.now(UTC), self._remembered)
            if len(delivery.body) < _LARGE:
                id = check_signature(*given)
            else:
                id = await asyncio.to_thread(check_signature, *given)
        if known is not None:
            known.is_trusted = True
        return id

    async def _read(self, source: WebhookSource, key: str, mark: bytes) -> _Known:
        started = self._clock()
        endpoint = await find_endpoint(self._sessions.within(Deadline.after(_SECONDS)), source, key)
        before = self._known.pop(mark, None)
        if endpoint is None:
            raise UnknownEndpointError
        known = self._known[mark] = _Known(endpoint, started, before is not None and before.is_trusted)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return known


def _has_expired(endpoint: Endpoint) -> bool:
    return endpoint.expires_at is not None and endpoint.expires_at <= datetime.now(UTC)
