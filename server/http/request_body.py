"""The body of a request as it arrives: bounded, and unpacked where it is compressed."""

import asyncio
import zlib
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

_PACKED = ("gzip", "x-gzip")
_GZIP = 16 + zlib.MAX_WBITS

INLINE = 1024
"""Bytes that are unpacked at once: they become a megabyte at most. More are unpacked in a thread."""


def reader(receive: Receive, headers: Mapping[bytes, bytes], most: int) -> Receive:
    """Receives a body of ``most`` bytes at most, as it is sent and unpacked. A larger one is refused with 413, and one
    in an unknown encoding with 415, when it is read."""
    bounded = _bounded(receive, headers.get(b"content-length", b""), most)
    encoding = headers.get(b"content-encoding", b"").decode("latin-1").strip().lower()
    if encoding in ("", "identity"):
        return bounded
    if encoding in _PACKED:
        return _Unpacking(bounded, most)
    return _refusing(encoding)


def _bounded(receive: Receive, announced: bytes, most: int) -> Receive:
    """Counts the body as it arrives. What announces too much is refused at its first byte."""
    taken = int(announced) if announced.isdigit() and int(announced) > most else 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > most:
                raise HTTPException(413, f"The request is larger than {most} bytes.")
        return message

    return bounded


def _refusing(encoding: str) -> Receive:
    async def refuse() -> Message:
        message = f"The Content-Encoding {encoding[:60]!r} is not supported; a body can be sent as it is, or in gzip."
        raise HTTPException(415, message, headers={"Accept-Encoding": "gzip, identity"})

    return refuse


class _Unpacking:
    """Unpacks a body in gzip part by part, and stops at the bound, however small what was sent is."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._most = most
        self._unpacked = 0
        self._member = zlib.decompressobj(_GZIP)

    async def __call__(self) -> Message:
        """The next message, its body unpacked."""
        message = await self._receive()
        if message["type"] != "http.request":
            return message
        packed = message.get("body", b"")
        body = self._unpack(packed) if len(packed) <= INLINE else await asyncio.to_thread(self._unpack, packed)
        if not message.get("more_body", False) and not self._member.eof:
            raise HTTPException(400, "The body in gzip is cut off.")
        return {**message, "body": body}

    def _unpack(self, packed: bytes) -> bytes:
        parts: list[bytes] = []
        while packed:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP)
            try:
                part = self._member.decompress(packed, self._most - self._unpacked + 1)
            except zlib.error as error:
                raise HTTPException(400, "The body is not in gzip, as its Content-Encoding says it is.") from error
            parts.append(part)
            self._unpacked += len(part)
            if self._unpacked > self._most:
                raise HTTPException(413, f"The request is larger than {self._most} bytes when it is unpacked.")
            packed = self._member.unused_data
        return b"".join(parts)
