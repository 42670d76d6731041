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

PART = 1024 * 1024
"""Bytes that are handed on at a time: whoever reads a body as it comes never has more of it in memory."""


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
    """Counts the body as it arrives. What announces too much is refused before anything of it is read."""
    taken = 0
    is_too_long = announced.isdigit() and (len(announced) > 18 or int(announced) > most)

    async def bounded() -> Message:
        nonlocal taken
        if is_too_long:
            raise HTTPException(413, f"The request is larger than {most} bytes.")
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > most:
                raise HTTPException(413, f"The request is larger than {most} bytes.")
        return message

    return bounded


def _refusing(encoding: str) -> Receive:
    async def refuse() -> Message:
        message = f"The Content-Encoding {encoding[:60]!r} is not supported; send the body uncompressed or with gzip."
        raise HTTPException(415, message, headers={"Accept-Encoding": "gzip, identity"})

    return refuse


class _Unpacking:
    """Unpacks a body in gzip part by part, and stops at the bound, however small what was sent is."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._most = most
        self._unpacked = 0
        self._packed = b""
        self._is_full = False  # whether the last part ended at its bound: more may come of what was taken in
        self._has_more = True
        self._member = zlib.decompressobj(_GZIP)

    async def __call__(self) -> Message:
        """The next message, its body unpacked."""
        if not self._packed and not self._is_full:
            message = await self._receive()
            if message["type"] != "http.request":
                return message
            self._packed = message.get("body", b"")
            self._has_more = message.get("more_body", False)
        body = self._unpack() if len(self._packed) <= INLINE else await asyncio.to_thread(self._unpack)
        has_more = self._has_more or bool(self._packed) or self._is_full
        if not has_more and not self._member.eof:
            raise HTTPException(400, "The gzip body is truncated.")
        return {"type": "http.request", "body": body, "more_body": has_more}

    def _unpack(self) -> bytes:
        """The next part. What is not unpacked yet stays in ``_packed``."""
        parts: list[bytes] = []
        room = PART
        while (self._packed or self._is_full) and room:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP)
            try:
                part = self._member.decompress(self._packed, room)
            except zlib.error as error:
                raise HTTPException(
                    400, "The body is not valid gzip, although its Content-Encoding is gzip."
                ) from error
            parts.append(part)
            room -= len(part)
            self._is_full = not room and not self._member.eof
            self._unpacked += len(part)
            if self._unpacked > self._most:
                raise HTTPException(413, f"The request is larger than {self._most} bytes after decompression.")
            self._packed = self._member.unused_data or self._member.unconsumed_tail
        return b"".join(parts)
