"""Answers as JSON, in pieces: no step of writing or sending a large one holds the event loop."""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PIECE = 4_096
"""Values of a piece, where a string counts once for each ``_TEXT`` characters: about 100 kB."""

_TEXT = 64
STEP = 0.005
"""Seconds between two pauses."""


class TooLargeError(Exception):
    """An answer has more bytes than one may have."""


def encode(data: object) -> bytes:
    """JSON by orjson; whole numbers beyond 64 bits, which it refuses, by the standard library."""
    try:
        return orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()


class PiecesResponse(Response):
    """An answer in JSON that is sent piece by piece, so that its compression too takes the loop in small steps.

    Args:
        parts: the pieces of the body.
    """

    def __init__(self, parts: Sequence[bytes], status_code: int, headers: Mapping[str, str], media_type: str) -> None:
        super().__init__(parts[0] if len(parts) == 1 else b"", status_code, headers, media_type)
        self.size = sum(map(len, parts))
        self._parts = parts
        if len(parts) > 1:
            self.headers["Content-Length"] = str(self.size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the answer."""
        if len(self._parts) == 1:
            await super().__call__(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for part in self._parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b""})


async def encoded(data: object, most: int) -> list[bytes]:
    """The JSON of an answer, in one piece where it is small.

    Args:
        most: bytes that it may have.

    Raises:
        TooLargeError: it has more.
    """
    if _room_after(data, PIECE) >= 0:
        return [encode(data)]
    done: list[bytes] = []
    size, until = 0, time.perf_counter() + STEP
    for piece in pieces(data):
        done.append(piece)
        size += len(piece)
        if size > most:
            raise TooLargeError
        if time.perf_counter() > until:
            await asyncio.sleep(0)
            until = time.perf_counter() + STEP
    return done


def pieces(data: object) -> Iterator[bytes]:
    """The JSON of a value, in pieces."""
    parts: list[bytes] = []
    room = PIECE
    for part, weight in _parts(data):
        parts.append(part)
        room -= weight
        if room < 0:
            yield b"".join(parts)
            parts, room = [], PIECE
    yield b"".join(parts)


def _parts(data: object) -> Iterator[tuple[bytes, int]]:
    """Parts of a JSON text, and how many values each has."""
    left = _room_after(data, PIECE)
    if left >= 0:
        yield encode(data), PIECE - left
    elif isinstance(data, dict):
        opening = b"{"
        for key, value in cast("dict[Any, Any]", data).items():
            yield opening + encode({key: 0})[1:-2], 1
            yield from _parts(value)
            opening = b","
        yield b"}", 0
    elif isinstance(data, list | tuple):
        yield from _of_list(cast("list[Any]", data))
    else:
        yield encode(data), PIECE


def _of_list(items: "list[Any] | tuple[Any, ...]") -> Iterator[tuple[bytes, int]]:
    """The items of a long list, as many of them at once as a piece has room for."""
    opening, start, room = b"[", 0, PIECE
    for number, item in enumerate(items):
        left = _room_after(item, room)
        if left >= 0:
            room = left
            continue
        if start < number:
            yield opening + encode(items[start:number])[1:-1], PIECE - room
            opening = b","
        start, room = number, _room_after(item, PIECE)
        if room < 0:
            yield opening, 0
            yield from _parts(item)
            opening, start, room = b",", number + 1, PIECE
    if start < len(items):
        yield opening + encode(items[start:])[1:-1], PIECE - room
    yield b"]", 0


def _room_after(value: object, room: int) -> int:
    """How much of the room a value leaves; negative where it is larger, and then it is not looked at any further."""
    if isinstance(value, str):
        return room - 1 - len(value) // _TEXT
    room -= 1
    if isinstance(value, dict):
        value = cast("dict[Any, Any]", value).values()
    elif not isinstance(value, list | tuple):
        return room
    for one in cast("list[object]", value):
        if isinstance(one, str):
            room -= 1 + len(one) // _TEXT
        elif isinstance(one, dict | list | tuple):
            room = _room_after(cast("object", one), room)
        else:
            room -= 1
        if room < 0:
            return room
    return room
