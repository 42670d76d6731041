"""The application: its routes, its errors, and what it opens and closes."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import structlog
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from graph.schema import schema
from server.background_builder import building_preaggregates
from server.beside import working_beside
from server.change_listener import hearing_changes
from server.exporting import FACTS, add_exports
from server.hooks import add_hooks
from server.hooks.admission import Admission
from server.housekeeping import keeping_house
from server.http.access import HEADER
from server.http.auth import AuthenticationError, Authenticator
from server.http.compression import Compressing
from server.http.deadline import REQUEST_TIMEOUT
from server.http.graphiql import ASSETS
from server.http.graphql import PATH, add_graphql
from server.http.head_requests import HeadAsGet
from server.http.idempotency import REPEATED
from server.http.last_use import LastUse
from server.http.middleware import REQUEST_ID, RequestFrame
from server.http.responses import refused, unauthenticated
from server.ingesting import INGEST, add_ingest
from server.readiness import Prober
from server.runtime import Runtime, open_runtime
from server.settings import Settings, unknown_variables
from server.telemetry.telemetry import Telemetry, add_metrics

_FRESH = {"Cache-Control": "no-store"}
_PAGES_SEND = (
    HEADER,
    *("Authorization", "Content-Type", "Content-Encoding", "Idempotency-Key"),
    *("X-API-Key", REQUEST_ID, REQUEST_TIMEOUT),
)
"""Headers of requests that pages of other origins may always set."""
_PAGES_READ = (REQUEST_ID, "Retry-After", "RateLimit", "RateLimit-Policy", REPEATED, "Content-Disposition", *FACTS)
"""Headers of answers that their scripts may read."""

_log: structlog.stdlib.BoundLogger = structlog.get_logger("dialboard.app")


class _Running:
    """What exists between start and shutdown."""

    def __init__(self, runtime: Runtime | None, settings: Settings) -> None:
        self._settings = settings
        self._pair: tuple[Runtime, Authenticator] | None = None
        self._admission: Admission | None = None
        self.last_use: LastUse | None = None
        if runtime is not None:
            self.use(runtime)

    def use(self, runtime: Runtime) -> None:
        self.last_use = LastUse(runtime.sessions)
        seconds, remembered = self._settings.key_cache_seconds, timedelta(hours=self._settings.idempotency_hours)
        self._pair = runtime, Authenticator(runtime.sessions, seconds, self.last_use)
        self._admission = Admission(runtime.sessions, seconds, remembered)

    def __call__(self) -> tuple[Runtime, Authenticator]:
        if self._pair is None:
            raise RuntimeError("The application has not been started: run it with its lifespan events.")
        return self._pair

    def for_hooks(self) -> tuple[Runtime, Admission]:
        """The same with what admits the events of webhooks."""
        runtime, _ = self()
        assert self._admission is not None
        return runtime, self._admission


def create_app(
    settings: Settings,
    runtime: Runtime | None = None,
    demo_key: str | None = None,
    *,
    is_demo: bool = False,
    telemetry: Telemetry | None = None,
) -> FastAPI:
    """Makes the application.

    Args:
        runtime: an open database. Without it, the application opens one when it starts, and closes it at the end.
        demo_key: a key that the page for browsers has filled in when it is opened on this machine.
        telemetry: watches the application; by default as the settings say.
        is_demo: whether the server shows the demo, which has the page for browsers unless a setting says otherwise.
    """
    has_page = is_demo if settings.graphiql == "auto" else settings.graphiql
    running = _Running(runtime, settings)
    seen = telemetry or Telemetry(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        for warning in unknown_variables():
            _log.warning(warning)
        async with AsyncExitStack() as stack:
            opened = runtime
            if opened is None:
                opened = await stack.enter_async_context(open_runtime(settings))
                running.use(opened)
            if opened.owns_tables:
                _log.warning(
                    "the server's database role owns the tables, so row-level security can be bypassed; use a separate "
                    "role (docs/deploy.md)",
                    role=opened.engine.url.username,
                )
            await stack.enter_async_context(seen.watching(opened))
            await stack.enter_async_context(building_preaggregates(opened, settings))
            await stack.enter_async_context(hearing_changes(opened, settings))
            await stack.enter_async_context(keeping_house(opened.engine, settings))
            if running.last_use is not None:
                await stack.enter_async_context(working_beside(running.last_use.run()))
            yield

    # Traces and metrics are our own; FastAPI would look for those to make with every request.
    own_telemetry: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
    app = _Application(title="Dialboard", lifespan=lifespan, openapi_url=None, telemetry=own_telemetry)
    endpoint = add_graphql(app, schema, settings, running, demo_key, has_page, seen.operation)
    add_exports(app, running, settings)
    add_ingest(app, running, settings)
    add_hooks(app, running.for_hooks, settings, seen.metrics.webhook)
    if has_page:
        app.mount("/assets", StaticFiles(directory=ASSETS, check_dir=False), name="assets")
    _add_health(app, running)
    add_metrics(app, seen, settings)
    _add_errors(app)
    around = [
        Middleware(
            RequestFrame,
            watcher=seen,
            max_bytes=settings.max_request_bytes,
            max_bytes_of={INGEST: settings.max_ingest_bytes},
        ),
        Middleware(HeadAsGet),
    ]
    if settings.cors_origins:
        # Around everything, so that a page can read every answer, errors too; preflights need no key.
        cors = Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "HEAD", "POST"],
            allow_headers=[*_PAGES_SEND, *settings.cors_headers],
            expose_headers=_PAGES_READ,
        )
        around.insert(0, cors)
    app.user_middleware[:] = [*around, Middleware(Compressing)]
    app.graphql = _framed(endpoint, around)  # which compresses what is worth it by itself
    return app


class _Application(FastAPI):
    """An application that hands GraphQL requests to their endpoint: to route them there takes it as long as to answer
    a small one."""

    graphql: ASGIApp | None = None
    """What answers them, with all that is around the routes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        is_graphql = scope["type"] == "http" and scope["path"] == PATH and not scope.get("root_path")
        if is_graphql and self.graphql is not None:
            await self.graphql(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _framed(app: ASGIApp, around: Sequence[Middleware]) -> ASGIApp:
    """An application within middleware, the outermost first."""
    for middleware in reversed(around):
        app = middleware.cls(app, *middleware.args, **middleware.kwargs)
    return app


def _add_health(app: FastAPI, running: _Running) -> None:
    prober = Prober()

    async def alive(_request: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers=_FRESH)

    async def ready(_request: Request) -> Response:
        """Whether the database answers, at the version of the tables that this program works with."""
        runtime, _ = running()
        found = await prober.readiness(runtime)
        if found.reason is not None:
            _log.warning("not ready", reason=found.reason)
        return JSONResponse(found.body, 200 if found.reason is None else 503, _FRESH)

    app.add_route("/healthz", alive, methods=["GET"])
    app.add_route("/readyz", ready, methods=["GET"])


def _add_errors(app: FastAPI) -> None:
    async def without_key(_request: Request, error: Exception) -> Response:
        assert isinstance(error, AuthenticationError)
        return unauthenticated(error)

    async def refuse(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return refused(error)

    app.add_exception_handler(AuthenticationError, without_key)
    app.add_exception_handler(HTTPException, refuse)
