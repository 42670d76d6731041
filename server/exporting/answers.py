"""Answers of the export: streams that begin only once their first part is there, and errors with their status."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from models.deadlines import Deadline
from resolvers.exports import ExportFormat
from resolvers.trail import Event

MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8; header=present",
    ExportFormat.JSONL: "application/jsonl; charset=utf-8",
}
_log: structlog.stdlib.BoundLogger = structlog.get_logger("dialboard.export")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class ExportFile:
    """What is sent: a stream of bytes, and what is said of it.

    Attributes:
        name: the file's, without its ending.
        event: what the trail says of it.
    """

    name: str
    format: ExportFormat
    content: AsyncGenerator[bytes]
    event: Event
    headers: dict[str, str] = field(default_factory=dict[str, str])


def disposition(name: str) -> str:
    """``Content-Disposition`` of a file: its name in ASCII, and whole by RFC 6266 where that differs."""
    plain = _UNSAFE.sub("-", name).strip("-.") or "export"
    extended = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'attachment; filename="{plain}"{extended}'


@dataclass(frozen=True, slots=True)
class SendingBounds:
    """How long a client may take to read: the whole file, and any part of it while it reads nothing."""

    seconds: float
    stall_seconds: float


class _Stream(StreamingResponse):
    """Closes its source at the end, however that comes: with it goes the snapshot."""

    def __init__(
        self,
        content: AsyncGenerator[bytes],
        rest: AsyncIterator[bytes],
        headers: dict[str, str],
        bounds: "SendingBounds",
        release: Callable[[], None],
    ) -> None:
        super().__init__(rest, headers=headers)
        self._content = content
        self._bounds = bounds
        self._release = release

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the answer. A client that goes away before its end is nothing to report; one that does not read is cut
        off."""
        end = Deadline.after(self._bounds.seconds)

        async def send_in_time(message: Message) -> None:
            try:
                async with asyncio.timeout(min(self._bounds.stall_seconds, max(end.left(), 0))):
                    await send(message)
            except TimeoutError as error:
                _log.warning("the client of an export reads it too slowly or not at all", path=scope["path"])
                raise ClientDisconnect from error

        try:
            await super().__call__(scope, receive, send_in_time)
        except ClientDisconnect:
            pass
        finally:
            self._release()
            await self._content.aclose()


async def stream(file: ExportFile, bounds: SendingBounds, release: Callable[[], None]) -> Response:
    """The file as a response, which calls ``release`` at its end.

    An error before its first bytes is raised here, when a status can still tell of it.
    """
    try:
        first = await anext(file.content, b"")
    except BaseException:
        await file.content.aclose()
        raise

    async def rest() -> AsyncIterator[bytes]:
        yield first
        async for part in file.content:
            yield part

    headers = {
        "Content-Type": MEDIA_TYPES[file.format],
        "Content-Disposition": disposition(f"{file.name}.{file.format}"),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        **file.headers,
    }
    return _Stream(file.content, rest(), headers, bounds, release)


async def parts(chunks: Iterable[bytes]) -> AsyncGenerator[bytes]:
    """Chunks that can be made at once, as a stream: others have their turn after each."""
    for chunk in chunks:
        yield chunk
        await asyncio.sleep(0)
