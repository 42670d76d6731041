"""Watches the keys of open sockets, and closes those whose key opens nothing any more, whatever is under way on them.

Sockets with the same key are watched together: a thousand of them cost what one does.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import HTTPConnection

from models.outages import DeadlinePassed, Overloaded
from server.beside import started
from server.http.access import HEADER, ProjectError
from server.http.auth import AuthenticationError
from server.http.connection_params import KEYS

CheckKey = Callable[[HTTPConnection], Awaitable[object]]
"""Checks the key of a connection; raises ``AuthenticationError`` or ``ProjectError``."""

Close = Callable[[str], Coroutine[Any, Any, None]]
"""Closes a socket for a reason."""

RECHECK_SECONDS = 0.5
"""How often the key of an open socket is checked; mostly in the authenticator's memory."""

_NAMES = frozenset({*KEYS, HEADER.lower().encode()})

_Mark = tuple[tuple[bytes, bytes], ...]


class _Group:
    """The sockets of one key."""

    def __init__(self, connection: HTTPConnection) -> None:
        self.connection = connection
        self.closing: dict[object, Close] = {}


class KeyWatch:
    """The keys of the open sockets of a process."""

    def __init__(self, check_key: CheckKey) -> None:
        self._check_key = check_key
        self._groups: dict[_Mark, _Group] = {}
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def watching(self, connection: HTTPConnection, close: Close) -> Generator[None]:
        """Closes a socket when its key opens nothing any more, until the block ends."""
        mark = tuple(sorted(header for header in connection.scope["headers"] if header[0] in _NAMES))
        group = self._groups.setdefault(mark, _Group(connection))
        place = object()
        group.closing[place] = close
        if self._task is None or self._task.done():
            self._task = started(self._run())
        try:
            yield
        finally:
            group.closing.pop(place, None)
            if not group.closing and self._groups.get(mark) is group:
                del self._groups[mark]

    async def _run(self) -> None:
        while self._groups:
            await asyncio.sleep(RECHECK_SECONDS)
            await asyncio.gather(*(self._check(group) for group in [*self._groups.values()]))

    async def _check(self, group: _Group) -> None:
        try:
            await self._check_key(group.connection)
        except AuthenticationError:
            reason = "The API key was revoked or has expired."
        except ProjectError:
            reason = "The API key no longer opens the project."
        except (SQLAlchemyError, Overloaded, DeadlinePassed):
            return  # nobody can tell; each operation asks again
        else:
            return
        closing, group.closing = group.closing, {}
        for close in closing.values():
            started(close(reason))
