"""Subscriptions over plain HTTP: server-sent events, by graphql-sse in its mode of distinct connections.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractContextManager, aclosing, suppress

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.http.parse_content_type import parse_content_type

from server.http.auth import AuthenticationError
from server.http.json_pieces import encode
from server.http.operation_errors import errors_of
from server.http.waiting import WhileClientWaits

EVENTS = "text/event-stream"

QUIET_SECONDS = 15.0
"""After how long without an event a comment is sent, so that nobody in between takes the connection for a dead one."""

_COMPLETE = b"event: complete\ndata: \n\n"
_NEXT, _END = b"event: next\ndata: ", b"\n\n"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Proxies such as nginx would collect events until they are many."""

Answers = AsyncGenerator[Sequence[str | bytes]]


def takes_events(accept: str) -> bool:
    """Whether a client takes server-sent events, by its ``Accept``; a range of types does not count."""
    if EVENTS not in accept.lower():
        return False
    for part in accept.split(","):
        media, parameters = parse_content_type(part.strip() or "*/*")
        if media.lower() == EVENTS:
            with suppress(ValueError):
                return float(parameters.get("q", "1")) > 0
    return False


def only_event(parts: Sequence[bytes]) -> list[bytes]:
    """The events of an operation that is answered once, or of a document that is wrong."""
    return [b"".join([_NEXT, *parts, _END, _COMPLETE])] if len(parts) == 1 else [_NEXT, *parts, _END + _COMPLETE]


class Refusal:
    """Why a key opens nothing any more, once that is so."""

    def __init__(self) -> None:
        self._told = asyncio.Event()
        self._reason = ""

    async def close(self, reason: str) -> None:
        """Ends the stream for a reason."""
        self._reason = reason
        self._told.set()

    async def told(self) -> None:
        """Waits for it, and raises it."""
        await self._told.wait()
        raise AuthenticationError(self._reason)


class EventStream(Response):
    """The answers to the events of a subscription, as they come, and what ends it.

    Args:
        answers: each in pieces of JSON.
        refusal: what ends the stream from outside.
        watched: is entered while the stream is open.
    """

    def __init__(self, answers: Answers, refusal: Refusal, watched: AbstractContextManager[None]) -> None:
        super().__init__(b"", 200, _HEADERS, media_type=EVENTS)
        del self.headers["content-length"]
        self._answers = answers
        self._refusal = refusal
        self._watched = watched

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the events, while the client reads them."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        with WhileClientWaits(receive), self._watched:
            try:
                async with aclosing(self._answers) as answers, aclosing(_beats(answers, self._refusal)) as told:
                    async for parts in told:
                        await _send(send, parts)
            except Exception as error:
                errors = [one.formatted for one in errors_of(error)]
                await _send(send, [encode({"errors": errors})])
            await send({"type": "http.response.body", "body": _COMPLETE})


async def _beats(answers: Answers, refusal: Refusal) -> AsyncGenerator[Sequence[str | bytes] | None]:
    """The answers, and None for each time without one; ends with the refusal."""
    refused = asyncio.create_task(refusal.told())
    following: asyncio.Task[Sequence[str | bytes]] | None = None
    try:
        while True:
            following = following or asyncio.ensure_future(_following(answers))
            await asyncio.wait((following, refused), timeout=QUIET_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if refused.done():
                refused.result()
            if not following.done():
                yield None
                continue
            done, following = following, None
            try:
                yield done.result()
            except _OverError:
                return
    finally:
        for task in (refused, following):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task


class _OverError(Exception):
    """There are no more answers. A task cannot end in StopAsyncIteration."""


async def _following(answers: Answers) -> Sequence[str | bytes]:
    try:
        return await anext(answers)
    except StopAsyncIteration:
        raise _OverError from None


async def _send(send: Send, parts: Sequence[str | bytes] | None) -> None:
    """Sends an event. JSON has no line breaks, which would end the line that it is on."""
    pieces: list[bytes] = [b":\n\n"]
    if parts is not None:
        pieces = [_NEXT, *(part.encode() if isinstance(part, str) else part for part in parts), _END]
    if len(pieces) <= 3:
        pieces = [b"".join(pieces)]
    for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
