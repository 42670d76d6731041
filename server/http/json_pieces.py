"""Answers as JSON, in pieces: no step of writing or sending a large one holds the event loop."""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, cast

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

AT_ONCE = 16_384
"""Values of an answer that is written at once, where a string counts once more for each ``_TEXT`` characters: at most
some 1 MB of plain text."""

PIECE = 4_096
"""Values of a piece of a larger one."""

_TEXT = 64

_SMALL = frozenset({bool, float, int, type(None)})

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
        self.size = sum(map(len, parts))
        self._parts = parts
        self.status_code, self.media_type, self.background = status_code, media_type, None
        self.body = parts[0] if len(parts) == 1 else b""
        # As Starlette writes them, in a third of the time.
        self.raw_headers = [
            (b"content-length", b"%d" % self.size),
            (b"content-type", media_type.encode("latin-1")),
            *((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()),
        ]

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
    if _weight(data, AT_ONCE) <= AT_ONCE:
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
    weight = _weight(data, PIECE)
    if weight <= PIECE or not isinstance(data, dict | list | tuple):
        yield encode(data), weight
    elif isinstance(data, dict):
        entries = [*cast("dict[Any, Any]", data).items()]
        yield from _of_many(entries, dict, lambda entry: (encode({entry[0]: 0})[1:-2], entry[1]), b"{}")
    else:
        yield from _of_many(cast("list[Any]", data), list, lambda item: (b"", item), b"[]")


def _of_many(
    items: Sequence[Any],
    made_of: Callable[[Sequence[Any]], object],
    one: Callable[[Any], tuple[bytes, object]],
    brackets: bytes,
) -> Iterator[tuple[bytes, int]]:
    """The items of a list or entries of an object, as many at once as are half a piece if they go on like the last.

    Args:
        made_of: the list or the object of some of them.
        one: what stands before the value of one that is too large for a piece, and that value.
    """
    opening, start, count = brackets[:1], 0, 1
    while start < len(items):
        some = items[start : start + count]
        together = made_of(some)
        weight = _weight(together, PIECE)
        if weight <= PIECE:
            yield opening + encode(together)[1:-1], weight
        elif len(some) > 1:
            count = len(some) // 2
            continue
        else:
            before, value = one(some[0])
            yield opening + before, 1
            yield from _parts(value)
        opening = b","
        start += len(some)
        count = max(1, PIECE * len(some) // (2 * weight))
    yield brackets[1:], 0


def _weight(data: object, most: int) -> int:
    """How many values there are, those inside of others among them; beyond ``most``, only that there are more.

    Looks at one level of the nesting after the other, and at the types of a whole level at once: several times as fast
    as a function that calls itself for each value. An object of one entry, as they are around every answer, does not
    count.
    """
    while isinstance(data, dict) and len(one := cast("dict[Any, object]", data)) == 1:
        (data,) = one.values()
    level: list[Any] = [data]
    weight = 0
    while level and weight <= most:
        weight += len(level)
        insides: list[Iterable[Any]] = []
        types = set[type](map(type, level))
        for kind in types:
            if kind in _SMALL:
                continue
            values = level if len(types) == 1 else [value for value in level if type(value) is kind]
            if issubclass(kind, str):
                weight += sum(map(len, values)) // _TEXT
            elif issubclass(kind, dict):
                insides.append(chain.from_iterable(map(dict[Any, Any].values, values)))
            elif issubclass(kind, list | tuple):
                insides.append(chain.from_iterable(values))
        if not insides:
            break
        level = [*islice(chain.from_iterable(insides), most + 1)]
    return weight
