"""A client that does as little as can be, so that what is measured is the server: bytes out, bytes in, no parsing."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import orjson

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class RawClient:
    """One connection that is kept."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, request: bytes) -> bytes:
        """The body of the answer.

        Raises:
            RuntimeError: the status is not 200, or the answer tells of errors.
        """
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if length is None:
            raise RuntimeError(f"An answer without its length: {head!r}")
        body = await self._reader.readexactly(int(length[1]))
        if not head.startswith(b"HTTP/1.1 200") or b'"errors":[' in body or b'"message":' in body:
            raise RuntimeError(f"The benchmark's request failed: {head!r} {body[:500]!r}")
        return body


def request_of(url: str, key: str, query: str, variables: dict[str, Any]) -> bytes:
    """The bytes of a request, made once."""
    body = orjson.dumps({"query": query, "variables": variables})
    address = urlsplit(url)
    lines = (
        f"POST {address.path} HTTP/1.1",
        f"Host: {address.netloc}",
        f"X-API-Key: {key}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join((*lines, "", "")).encode() + body


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[RawClient]:
    """A client of the server at an address."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=2**22)
    try:
        yield RawClient(reader, writer)
    finally:
        writer.close()
        await writer.wait_closed()
