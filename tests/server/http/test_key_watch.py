"""The keys of open sockets: whoever signs in again while older sockets are being closed is watched like they were."""

import asyncio
from contextlib import AbstractContextManager

import pytest
from starlette.requests import HTTPConnection

from server.http import key_watch
from server.http.auth import AuthenticationError
from server.http.key_watch import KeyWatch


async def test_a_socket_stays_watched_when_those_that_were_refused_before_it_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(key_watch, "RECHECK_SECONDS", 0.01)
    opens = False
    closed = asyncio.Queue[str]()

    async def check(_: HTTPConnection) -> None:
        if not opens:
            raise AuthenticationError("It opens nothing.")

    def socket(name: str) -> AbstractContextManager[None]:
        async def close(_: str) -> None:
            closed.put_nowait(name)

        return watch.watching(HTTPConnection({"type": "http", "headers": [(b"x-api-key", b"one")]}), close)

    watch = KeyWatch(check)
    first, second, third = socket("first"), socket("second"), socket("third")
    first.__enter__()
    second.__enter__()
    async with asyncio.timeout(5):
        assert [await closed.get(), await closed.get()] == ["first", "second"]
        opens = True
        first.__exit__(None, None, None)
        third.__enter__()
        second.__exit__(None, None, None)
        opens = False
        assert await closed.get() == "third"
    third.__exit__(None, None, None)
