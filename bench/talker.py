"""A client over one socket that takes any answer: with a length or in chunks, good or bad."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import orjson


def request_of(query: str, variables: dict[str, Any] | None = None) -> bytes:
    """The body of a GraphQL request."""
    return orjson.dumps({"query": query, "variables": variables or {}})


PATIENCE = 60
"""Seconds after which an answer is given up."""


class Talker:
    """Sends requests one after the other, on a new connection where the server closed the last one."""

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._key = key
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, body: bytes, path: str = "/graphql") -> tuple[int, bytes]:
        """The status and body of the answer to a POST; status 0 where the connection ended without one."""
        lines = ("Content-Type: application/json", f"Content-Length: {len(body)}")
        return await self._ask(f"POST {path} HTTP/1.1", lines, body)

    async def get(self, path: str) -> tuple[int, bytes]:
        """The same of a GET."""
        return await self._ask(f"GET {path} HTTP/1.1", (), b"")

    async def _ask(self, first: str, lines: tuple[str, ...], body: bytes) -> tuple[int, bytes]:
        head = "\r\n".join((first, "Host: 127.0.0.1", f"X-API-Key: {self._key}", *lines, "", "")).encode()
        try:
            reader, writer = await self._connection()
            writer.write(head + body)
            return await asyncio.wait_for(self._answer(reader), PATIENCE)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await self.close()
            return 0, b""

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._open is None:
            self._open = await asyncio.open_connection("127.0.0.1", self._port, limit=2**22)
        return self._open

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status, fields = int(head.split(" ", 2)[1]), dict(_fields(head))
        if fields.get("transfer-encoding") == "chunked":
            body = b"".join([part async for part in _chunks(reader)])
        else:
            body = await reader.readexactly(int(fields.get("content-length", "0")))
        if fields.get("connection") == "close":
            await self.close()
        return status, body

    async def close(self) -> None:
        """Closes the connection."""
        if self._open is not None:
            self._open[1].close()
            self._open = None


def _fields(head: str) -> list[tuple[str, str]]:
    lines = [line.partition(":") for line in head.split("\r\n")[1:] if line]
    return [(name, value.strip()) for name, _, value in lines]


async def _chunks(reader: asyncio.StreamReader) -> AsyncGenerator[bytes]:
    while size := int((await reader.readline()).split(b";")[0], 16):
        yield await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readline()


@asynccontextmanager
async def connected(port: int, key: str) -> AsyncGenerator[Talker]:
    """A client of the server at a port of this machine."""
    talker = Talker(port, key)
    try:
        yield talker
    finally:
        await talker.close()
