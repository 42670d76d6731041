"""Answers of the export: streams that begin only once their first part is there, and errors with their status."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from graph.errors import ErrorCode, RequestError
from resolvers.exports import ExportFormat
from server.http.responses import error_response

MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8; header=present",
    ExportFormat.JSONL: "application/jsonl; charset=utf-8",
}
_STATUS = {
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.QUERY_TIMEOUT: 504,
    ErrorCode.INTERNAL_ERROR: 500,
}
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class ExportFile:
    """What is sent: a stream of bytes, and what is said of it. ``name`` is the file's, without its ending."""

    name: str
    format: ExportFormat
    content: AsyncGenerator[bytes]
    headers: dict[str, str] = field(default_factory=dict[str, str])


def refusal(error: RequestError) -> Response:
    """An error as a response in JSON; its place, where it has one, as ``path``."""
    details = {name: value for name, value in (error.extensions or {}).items() if name != "code"}
    faults = details.get("faults")
    if "path" not in details and faults:
        details["path"] = faults[0]["path"]
    return error_response(_STATUS.get(error.code, 400), error.message, error.code.value, **details)


def disposition(name: str) -> str:
    """``Content-Disposition`` of a file: its name in ASCII, and whole by RFC 6266 where that differs."""
    plain = _UNSAFE.sub("-", name).strip("-.") or "export"
    extended = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'attachment; filename="{plain}"{extended}'


class _Stream(StreamingResponse):
    """Closes its source at the end, however that comes: with it goes the snapshot."""

    def __init__(self, content: AsyncGenerator[bytes], rest: AsyncIterator[bytes], headers: dict[str, str]) -> None:
        super().__init__(rest, headers=headers)
        self._content = content

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the answer. A client that goes away before its end is nothing to report."""
        try:
            await super().__call__(scope, receive, send)
        except ClientDisconnect:
            pass
        finally:
            await self._content.aclose()


async def stream(file: ExportFile) -> Response:
    """The file as a response. An error before its first bytes is raised here, when a status can still tell of it."""
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
    return _Stream(file.content, rest(), headers)


async def parts(chunks: Iterable[bytes]) -> AsyncGenerator[bytes]:
    """Chunks that are there already, as a stream."""
    for chunk in chunks:
        yield chunk
