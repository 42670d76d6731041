"""What surrounds every request: an id, a bound on its size, one line in the log, and no stack trace for the client."""

import asyncio
import re
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from random import getrandbits
from typing import Protocol

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.outages import Outage, outage_of
from server.http.request_body import reader
from server.http.responses import error_response, unavailable
from server.http.stopping import CUT
from server.request_id import CURRENT_REQUEST_ID

REQUEST_ID = "x-request-id"
_ID_HEADER = REQUEST_ID.encode()
CLIENT_GONE = 499
"""The status that the log has of a request whose client did not wait for the answer."""
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_SECRET = re.compile(r"(dlb[a-z]?_[0-9]+_)[^/]+")
_SILENT_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})

_log: structlog.stdlib.BoundLogger = structlog.get_logger("dialboard.http")


def shown(path: str) -> str:
    """A path as the log has it: without the secret of a webhook's address, or of a key that somebody put there."""
    return _SECRET.sub(r"\1…", path) if "dlb" in path else path


@dataclass(slots=True)
class Answered:
    """What became of a request: the status of its answer, 0 as long as there is none."""

    status: int = 0


class Watcher(Protocol):
    """Whoever counts requests."""

    def request(
        self, method: str, path: str, headers: Mapping[bytes, bytes], request_id: str
    ) -> AbstractContextManager[Answered]:
        """Watches an HTTP request until the block ends."""
        ...

    def socket(self) -> AbstractContextManager[None]:
        """Watches a WebSocket until the block ends."""
        ...


class RequestFrame:
    """ASGI middleware around the whole application.

    The id is the client's ``X-Request-ID`` where it is a plain word, else a new one; it is in every log line of the
    request and in its response. A body of more than ``max_bytes`` is refused with 413, announced or not; some paths
    have bounds of their own, ``max_bytes_of``.
    """

    def __init__(
        self, app: ASGIApp, watcher: Watcher, max_bytes: int, max_bytes_of: Mapping[str, int] | None = None
    ) -> None:
        self.app = app
        self._watcher = watcher
        self.max_bytes = max_bytes
        self.max_bytes_of = max_bytes_of or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] == "websocket":
            with self._watcher.socket():
                await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(_ID_HEADER, b"").decode("latin-1")
        request_id = given if _ACCEPTABLE_ID.fullmatch(given) else f"{getrandbits(128):032x}"
        most = self.max_bytes_of.get(scope["path"], self.max_bytes)
        before = CURRENT_REQUEST_ID.set(request_id)
        try:
            with self._watcher.request(scope["method"], scope["path"], headers, request_id) as answered:
                await self._run(scope, reader(receive, headers, most), send, request_id, answered)
        finally:
            CURRENT_REQUEST_ID.reset(before)

    async def _run(self, scope: Scope, receive: Receive, send: Send, request_id: str, answered: Answered) -> None:
        started = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered.status = message["status"]
                message["headers"] = [*message.get("headers", ()), (_ID_HEADER, request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except ClientDisconnect:
            answered.status = answered.status or CLIENT_GONE
        except asyncio.CancelledError as error:
            if CUT not in error.args:
                raise
            # An answer that has begun is left without its end, which uvicorn then closes the connection for.
            if not answered.status:
                await unavailable(Outage.STOPPING, request_id)(scope, receive, send_with_id)
        except Exception as error:
            outage = outage_of(error)
            if outage is None:
                _log.exception("unexpected error", path=shown(scope["path"]))
                response = error_response(500, "Internal error", "INTERNAL_ERROR", id=request_id)
            else:
                reason = (str(error).splitlines() or [""])[0]
                _log.error("the database failed", path=shown(scope["path"]), outage=outage.name, reason=reason)
                response = unavailable(outage, request_id)
            if answered.status:
                raise
            await response(scope, receive, send_with_id)
        finally:
            if scope["path"] not in _SILENT_PATHS:
                milliseconds = round((time.perf_counter() - started) * 1000, 1)
                _log.info(
                    "request",
                    method=scope["method"],
                    path=shown(scope["path"]),
                    status=answered.status,
                    ms=milliseconds,
                )
