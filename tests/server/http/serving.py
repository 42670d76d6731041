"""A server that really listens, and a client of its WebSocket."""

import asyncio
import itertools
import json
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import websockets
from fastapi import FastAPI

from server.commands.serve import server_config
from server.http.stopping import Server
from server.settings import Settings


@asynccontextmanager
async def listening(app: FastAPI, settings: Settings | None = None) -> AsyncGenerator[str]:
    """The address of the application's ``/graphql`` while the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(server_config(app, settings or Settings(shutdown_seconds=5)))
        # Not serve(), which takes the signals of the whole process. The socket listens already.
        task = asyncio.create_task(server._serve([listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/graphql"
        server.should_exit = True
        await task


class GraphQLSocket:
    """A WebSocket that speaks graphql-transport-ws, one operation at a time."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)

    async def begin(self, query: str) -> None:
        """Sends an operation, and does not wait for what the server says to it."""
        payload = {"query": query}
        await self._socket.send(json.dumps({"id": str(next(self._ids)), "type": "subscribe", "payload": payload}))

    async def complete(self) -> None:
        """Ends the operation that was begun first, as a client does that does not want its answer any more."""
        await self._socket.send(json.dumps({"id": "1", "type": "complete"}))

    async def messages(self, query: object, **payload: object) -> list[dict[str, Any]]:
        """Everything that the server says to an operation, until it ends."""
        id = str(next(self._ids))
        await self._socket.send(json.dumps({"id": id, "type": "subscribe", "payload": {"query": query, **payload}}))
        told: list[dict[str, Any]] = []
        while not told or told[-1]["type"] not in ("error", "complete"):
            told.append(json.loads(await self._socket.recv()))
            assert told[-1].pop("id") == id
        return told

    async def data(self, query: str) -> Any:
        """The data of an operation that succeeds."""
        answer, end = await self.messages(query)
        assert end == {"type": "complete"}
        assert "errors" not in answer["payload"], answer
        return answer["payload"]["data"]

    async def refusal(self, query: object, **payload: object) -> dict[str, Any]:
        """The error of an operation that is not executed."""
        (answer,) = await self.messages(query, **payload)
        assert answer["type"] == "error", answer
        (error,) = answer["payload"]
        return error


@asynccontextmanager
async def connected(url: str, key: str) -> AsyncGenerator[GraphQLSocket]:
    """A socket to ``/graphql`` that the server has acknowledged."""
    address, protocol = url.replace("http://", "ws://"), websockets.Subprotocol("graphql-transport-ws")
    async with websockets.connect(address, subprotocols=[protocol], additional_headers={"X-API-Key": key}) as socket:
        await socket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        yield GraphQLSocket(socket)
