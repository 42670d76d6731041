"""A client that subscribes over a socket, and can have several operations at a time."""

import asyncio
import itertools
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import websockets

PATIENCE = 15
"""Seconds in which what is expected has to come."""


class Subscriber:
    """A socket that speaks graphql-transport-ws."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket
        self._ids = itertools.count(1)
        self._waiting: dict[str, list[dict[str, Any]]] = {}

    async def subscribe(self, query: str, **payload: object) -> str:
        """Begins an operation; its id."""
        id = str(next(self._ids))
        await self.socket.send(json.dumps({"id": id, "type": "subscribe", "payload": {"query": query, **payload}}))
        return id

    async def complete(self, id: str) -> None:
        """Ends an operation."""
        await self.socket.send(json.dumps({"id": id, "type": "complete"}))

    async def message(self, id: str) -> dict[str, Any]:
        """The next message of an operation; those of others wait for their turn."""
        waiting = self._waiting.setdefault(id, [])
        async with asyncio.timeout(PATIENCE):
            while not waiting:
                told = json.loads(await self.socket.recv())
                self._waiting.setdefault(told["id"], []).append(told)
        return waiting.pop(0)

    async def event(self, id: str) -> Any:
        """The data of the next event of an operation, of its only field."""
        told = await self.message(id)
        assert told["type"] == "next", told
        assert "errors" not in told["payload"], told
        (data,) = told["payload"]["data"].values()
        return data

    async def error(self, id: str) -> dict[str, Any]:
        """The error that ends an operation."""
        told = await self.message(id)
        assert told["type"] == "error", told
        (error,) = told["payload"]
        return error

    async def is_quiet(self, id: str, seconds: float = 1.5) -> bool:
        """Whether nothing is told of an operation for a while."""
        try:
            async with asyncio.timeout(seconds):
                await self.message(id)
        except TimeoutError:
            return True
        return False

    async def closing(self) -> tuple[int | None, str]:
        """The code and reason that the server closes the socket with."""
        await asyncio.wait_for(self.socket.wait_closed(), PATIENCE)
        return self.socket.close_code, self.socket.close_reason or ""


@asynccontextmanager
async def subscriber(url: str, key: str) -> AsyncGenerator[Subscriber]:
    """A socket that the server has acknowledged."""
    address, protocol = url.replace("http://", "ws://"), websockets.Subprotocol("graphql-transport-ws")
    async with websockets.connect(address, subprotocols=[protocol]) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"apiKey": key}}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        yield Subscriber(socket)
