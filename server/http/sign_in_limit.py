"""How many wrong keys one address may send, so that guessing costs the database nothing.

Only keys that this process has not accepted yet are limited: whoever shares an address with somebody who sends wrong
keys, behind one router or proxy, keeps working. A wrong key that is sent again and again, by a page that was left
open after its key was revoked, spends its own allowance and not that of the address.
"""

import asyncio
import ipaddress
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from math import ceil

from server.http.sign_in_errors import AuthenticationError, TooManyWrongKeysError

WINDOW = 60.0
"""Seconds after which a wrong key is forgotten."""

WRONG_KEYS = 20
"""Different wrong keys that an address may send in that time."""

ATTEMPTS = 10
"""How often it may send each of them."""

ADDRESSES = 5_000
"""Addresses that a process remembers; of more, those that sent a wrong key longest ago are forgotten."""


AT_ONCE = 20
"""Keys from one address that are looked up at a time; further ones wait, so that good ones are not refused."""


@dataclass(slots=True)
class _WrongKey:
    first_at: float
    attempts: int = 1


@dataclass(slots=True)
class _Turns:
    """The look-ups of an address that are under way or wait."""

    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    users: int = 0


class SignInLimit:
    """The wrong keys of the last minute, by address. Its memory is bounded.

    Args:
        clock: seconds that never go back.
        what: what they are called in messages.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, what: str = "wrong API keys") -> None:
        self._clock = clock
        self._what = what
        self._wrong: OrderedDict[str, dict[bytes, _WrongKey]] = OrderedDict()
        self._turns: dict[str, _Turns] = {}

    @asynccontextmanager
    async def turn(self, address: str, mark: bytes, *, is_known: bool = False) -> AsyncGenerator[None]:
        """Looks a key up within the block. That it was wrong is remembered where the block says so.

        Args:
            address: where the key came from.
            mark: the key's fingerprint.
            is_known: whether it was good before, and is only limited by how often it was wrong itself.

        Raises:
            TooManyWrongKeysError: it must not be looked up now.
        """
        address = group_of(address)
        self._check(address, mark, is_known=is_known)
        turns = self._turns.setdefault(address, _Turns())
        turns.users += 1
        try:
            async with turns.gate:
                self._check(address, mark, is_known=is_known)
                try:
                    yield
                except AuthenticationError:
                    self._note(address, mark)
                    raise
        finally:
            turns.users -= 1
            if not turns.users:
                del self._turns[address]

    def __len__(self) -> int:
        """How many addresses are remembered."""
        return len(self._wrong) + len(self._turns)

    def _check(self, address: str, mark: bytes, *, is_known: bool) -> None:
        wrong = self._wrong.get(address)
        if wrong is None:
            return
        now = self._clock()
        _forget(wrong, now)
        if known := wrong.get(mark):
            if known.attempts >= ATTEMPTS:
                raise TooManyWrongKeysError(_left(known, now), self._what)
        elif len(wrong) >= WRONG_KEYS and not is_known:
            raise TooManyWrongKeysError(min(_left(one, now) for one in wrong.values()), self._what)

    def _note(self, address: str, mark: bytes) -> None:
        now = self._clock()
        wrong = self._wrong.setdefault(address, {})
        self._wrong.move_to_end(address)
        if len(self._wrong) > ADDRESSES:
            self._wrong.popitem(last=False)
        _forget(wrong, now)
        if known := wrong.get(mark):
            known.attempts += 1
        elif len(wrong) < WRONG_KEYS + AT_ONCE:
            wrong[mark] = _WrongKey(now)


def _left(wrong: _WrongKey, now: float) -> int:
    return max(1, ceil(wrong.first_at + WINDOW - now))


def _forget(wrong: dict[bytes, _WrongKey], now: float) -> None:
    for mark in [mark for mark, one in wrong.items() if now - one.first_at >= WINDOW]:
        del wrong[mark]


def group_of(address: str) -> str:
    """Addresses that count as one: an IPv6 address stands for its /64, which is what one customer gets."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
