"""Everything that watches one process, and who may read it."""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, contextmanager

import structlog
from fastapi import FastAPI
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from graph.operation_report import OperationReport
from server.beside import working_beside
from server.http.graphiql import is_local
from server.http.middleware import Answered
from server.runtime import Runtime
from server.settings import Settings
from server.telemetry.loop_lag import measure
from server.telemetry.metrics import Metrics
from server.telemetry.statements import watching_statements
from server.telemetry.traces import Traces, document_hash, exported_traces, mark_status

METRICS = "/metrics"
_ROUTES = (
    "/graphql",
    "/ingest",
    "/hooks",
    "/export/widgets",
    "/export/preview",
    "/export/calls",
    "/healthz",
    "/readyz",
    METRICS,
)

_log: structlog.stdlib.BoundLogger = structlog.get_logger("dialboard.operations")


def route_of(path: str) -> str:
    """The route of a path, one of a closed set; ``other`` for all that are no routes."""
    for route in _ROUTES:
        if path == route or (path.startswith(route) and path[len(route)] in "/."):
            return route
    return "other"


class _Watched:
    """Counts and times a request. Not a generator, which would take longer than all that it does."""

    __slots__ = ("_answered", "_metrics", "_route", "_started")

    def __init__(self, metrics: Metrics, route: str) -> None:
        self._metrics = metrics
        self._route = route

    def __enter__(self) -> Answered:
        self._answered, self._started = Answered(), time.perf_counter()
        return self._answered

    def __exit__(self, *_error: object) -> None:
        self._metrics.request(self._route, self._answered.status, time.perf_counter() - self._started)


class Telemetry:
    """What watches one process.

    Args:
        traces: where spans go; None, to make those that the environment asks for when the process starts.
    """

    def __init__(self, settings: Settings, traces: Traces | None = None) -> None:
        self._slow_seconds = settings.slow_seconds
        self.metrics = Metrics()
        self.traces = traces

    @asynccontextmanager
    async def watching(self, runtime: Runtime) -> AsyncGenerator[None]:
        """Watches the database and the event loop until the block ends."""
        async with AsyncExitStack() as stack:
            if self.traces is None:
                self.traces = stack.enter_context(exported_traces())
            stack.enter_context(watching_statements(runtime.engine, self.metrics, self.traces))
            if runtime.sessions.lanes is not None:
                self.metrics.watch(runtime.sessions.lanes)
            await stack.enter_async_context(working_beside(measure(self.metrics.loop_lag)))
            yield

    def request(
        self, method: str, path: str, headers: Mapping[bytes, bytes], request_id: str
    ) -> AbstractContextManager[Answered]:
        """Watches an HTTP request until the block ends, which leaves the status of its answer."""
        route = route_of(path)
        watched = _Watched(self.metrics, route)
        return self._traced(watched, method, route, headers, request_id, self.traces) if self.traces else watched

    @contextmanager
    def _traced(
        self,
        watched: "_Watched",
        method: str,
        route: str,
        headers: Mapping[bytes, bytes],
        request_id: str,
        traces: Traces,
    ) -> Generator[Answered]:
        with traces.request(method, route, headers, request_id) as span, watched as answered:
            try:
                yield answered
            finally:
                mark_status(span, answered.status)

    def socket(self) -> AbstractContextManager[None]:
        """Counts a WebSocket until the block ends."""
        return self.metrics.sockets.track_inprogress()

    def operation(self, report: OperationReport) -> None:
        """Takes note of a GraphQL operation that is done."""
        is_slow = 0 < self._slow_seconds < report.seconds
        self.metrics.operation(report, is_slow=is_slow)
        if self.traces is not None:
            self.traces.operation(report)
        if is_slow:
            _log.warning(
                "slow operation",
                document=document_hash(report.text),
                operation=report.name,
                kind=report.kind,
                ms=round(report.seconds * 1000, 1),
                cost=round(report.cost, 1),
            )


def add_metrics(app: FastAPI, telemetry: Telemetry, settings: Settings) -> None:
    """Adds ``/metrics``: for whoever has the token, or without a token in the settings for this machine alone."""
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else None

    def may_read(request: Request) -> bool:
        if token is None:
            return is_local(request)
        given = request.headers.get("authorization", "")
        return secrets.compare_digest(given.encode(), f"Bearer {token}".encode())

    async def metrics(request: Request) -> Response:
        if not may_read(request):
            if token is None:
                return PlainTextResponse("Set DIALBOARD_METRICS_TOKEN to read metrics from another machine.\n", 403)
            return PlainTextResponse("The token is missing or wrong.\n", 401, {"WWW-Authenticate": "Bearer"})
        content = await asyncio.to_thread(generate_latest, telemetry.metrics.registry)
        return Response(content, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})

    app.add_route(METRICS, metrics, methods=["GET"])
