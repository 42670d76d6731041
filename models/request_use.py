"""What one request uses of the database, of what one request may use.

Prices bound what a request costs. This bounds the rest, such as a fault of the program that runs a statement for each
of many rows, and fields that all ask for a connection at once.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, event

DEFAULT_MAX_STATEMENTS = 10_000
"""Statements that one request may run: half as many again as the largest ones that are accepted do."""

DEFAULT_MAX_CONNECTIONS = 8
"""Connections that one request may have, or wait for, at the same time."""

USE = "request_use"
"""The execution option of a connection that has the use of the request which it works for."""


class LimitPassedError(Exception):
    """A request uses more than one request may. ``details`` are for programs."""

    def __init__(self, message: str, details: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.details = details


@dataclass(frozen=True, slots=True)
class UseBounds:
    """The most of each that one request may use. A further connection is waited for, a further statement refused."""

    statements: int = DEFAULT_MAX_STATEMENTS
    connections: int = DEFAULT_MAX_CONNECTIONS


class RequestUse:
    """The use of one request.

    Attributes:
        statements: that were run, among them those that bind a transaction to its project.
        connections: that it has, or waits for, currently.
    """

    def __init__(self, bounds: UseBounds) -> None:
        self.statements = 0
        self.connections = 0
        self._bounds = bounds
        self._free = asyncio.Semaphore(bounds.connections)

    def add_statement(self) -> None:
        """Counts a statement that is about to be run.

        Raises:
            LimitPassedError: the request has run as many as it may.
        """
        most = self._bounds.statements
        if self.statements >= most:
            message = (
                f"The request needs more than {most:,} statements of the database. Split it into several requests."
            )
            raise LimitPassedError(message, {"limit": "statements", "statements": {"ceiling": most}})
        self.statements += 1

    @property
    def is_full(self) -> bool:
        """Whether a further connection has to wait for one that is given back."""
        return self._free.locked()

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[None]:
        """Counts a connection, from before it is asked for; waits while the request has as many as it may."""
        async with self._free:
            self.connections += 1
            try:
                yield
            finally:
                self.connections -= 1


def _count(connection: Connection, *_: object) -> None:
    use: RequestUse | None = connection.get_execution_options().get(USE)
    if use is not None:
        use.add_statement()


event.listen(Engine, "before_cursor_execute", _count)
