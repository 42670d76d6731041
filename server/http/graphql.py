"""GraphQL over HTTP, held to its specification; the routes of ``/graphql``, also for WebSockets.

Requests over HTTP do not go through Strawberry's router: its injection of dependencies, its adapters and its hooks cost
several times what a small request does. https://graphql.github.io/graphql-over-http/draft/
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Send
from starlette.types import Scope as ASGIScope
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from graph.context import Context
from graph.errors import RequestError
from graph.operation_report import OperationReport, Report
from graph.schema import Asked, Schema
from models.outages import OVERLOADED, UNAVAILABLE, Overloaded
from resolvers.budgets import BudgetSpentError, Remaining
from resolvers.repeatable import Repeatable
from resolvers.rights import Rights
from server.http.answers import answer_body, answer_parts
from server.http.auth import AuthenticationError, Authenticator
from server.http.budget import budget_spent, cost_of, rate_limit_headers, remaining, settle, spend
from server.http.client import Client
from server.http.compression import LEAST, Compressing
from server.http.etags import etag_of, is_known
from server.http.event_stream import EVENTS, EventStream, Refusal, only_event, takes_events
from server.http.graphiql import page, wants_page
from server.http.graphql_request import GraphQLRequest, read_request
from server.http.headers import DecodedRequest
from server.http.idempotency import REPEATED, conflict_status, repeatable_operation
from server.http.json_pieces import PiecesResponse, encode
from server.http.key_watch import KeyWatch
from server.http.media_types import GRAPHQL_RESPONSE, OFFERED, negotiate
from server.http.refusals import Refusals
from server.http.request_scope import request_scope, rights_now
from server.http.responses import JSON, refused, retry_after, unauthenticated, unavailable
from server.http.rivals import Rivals
from server.http.rounds import Rounds
from server.http.shares import Shares
from server.http.subscription_limits import SubscriptionLimits
from server.http.subscriptions import Subscriptions
from server.http.trusted_documents import TrustedDocuments
from server.http.waiting import WhileClientWaits
from server.http.websocket import RightsOf, WebSocketRouter
from server.request_id import CURRENT_REQUEST_ID
from server.runtime import Runtime
from server.settings import Settings

PATH = "/graphql"
_METHODS = ("GET", "HEAD", "POST", "OPTIONS")
_CACHING = (b"cache-control", b"private, no-cache")
"""An answer is its key's alone, and may be another the next time."""
_VARY, _VARY_SMALL = (b"vary", b"Accept"), (b"vary", b"Accept, Accept-Encoding")


_RESPONSE = "dialboard.response"


async def _send_response(scope: ASGIScope, receive: Receive, send: Send) -> None:
    await scope[_RESPONSE](scope, receive, send)


class GraphQLEndpoint:
    """Answers GraphQL requests.

    Args:
        context_of: signs a request in, and makes its context.
        has_page: whether browsers get the page.
        demo_key: a key that the page has filled in on this machine.
        repeatable: what makes a request repeatable, where it has an idempotency key.
        trusted: finds the documents that are asked for by id.
        remaining: what the key of a request may still spend.
        shares: how many requests of a project are answered at once.
        streams: opens subscriptions.
    """

    def __init__(
        self,
        schema: Schema,
        context_of: Callable[[HTTPConnection, Client], Awaitable[Context]],
        has_page: bool,
        demo_key: str | None,
        repeatable: Callable[[HTTPConnection, GraphQLRequest], Awaitable[Repeatable | None]],
        trusted: TrustedDocuments,
        remaining: Callable[[Context], Remaining | None],
        shares: Shares,
        streams: "Streams",
    ) -> None:
        self._repeatable = repeatable
        self._trusted = trusted
        self._remaining = remaining
        self._shares = shares
        self._streams = streams
        self._refusals = Refusals()
        self._compressed = Compressing(_send_response)
        self._schema = schema
        self._context_of = context_of
        self._has_page = has_page
        self._demo_key = demo_key

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        """Answers one request over HTTP."""
        held = _Held()
        try:
            await self._send(DecodedRequest(scope, receive), send, held)
        finally:
            held.tell()

    async def _send(self, request: Request, send: Send, held: "_Held") -> None:
        try:
            response = await self._answer(request, held)
        except AuthenticationError as error:
            response = unauthenticated(error)
        except BudgetSpentError as error:
            response = budget_spent(error, negotiate(request.headers.get("accept", "")) or JSON)
        except Overloaded as error:
            response = unavailable(error.outage, CURRENT_REQUEST_ID.get() or "")
        except HTTPException as error:
            response = refused(error, negotiate(request.headers.get("accept", "")) or JSON)
        if response.status_code == 503:
            await self._refusals.hold_back()
        headers = response.raw_headers
        if all(name != b"cache-control" for name, _ in headers):
            headers.append(_CACHING)
        # Compression adds its own part where it could be applied.
        if _size(response) >= LEAST:
            headers.append(_VARY)
            await self._compressed({**request.scope, _RESPONSE: response}, request.receive, send)
        else:
            headers.append(_VARY_SMALL)
            await response(request.scope, request.receive, send)

    async def _answer(self, request: Request, held: "_Held") -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join(_METHODS)})
        if request.method not in _METHODS:
            raise _not_allowed("GraphQL only supports GET and POST requests.", _METHODS)
        if wants_page(request):
            if not self._has_page:
                raise HTTPException(404)
            return page(request, self._demo_key)
        client = Client()
        context = await self._context_of(request, client)
        held.reports_of(context)
        project_id = context.scope.project_id
        deadline = context.scope.sessions.deadline
        await self._shares.begin(project_id, None if deadline is None else deadline.left())
        try:
            return await self._answer_in(request, client, context)
        finally:
            self._shares.end(project_id)

    async def _answer_in(self, request: Request, client: Client, context: Context) -> Response:
        accept = request.headers.get("accept", "")
        media_type = negotiate(accept)
        has_events = request.method == "POST" and takes_events(accept)
        if media_type is None and not has_events:
            raise HTTPException(406, f"The response can be {' or '.join(OFFERED)}, but the client accepts neither.")
        asked = await read_request(request)
        if has_events and (stream := await self._stream(request, asked, context)) is not None:
            return stream
        client.watch(request.is_disconnected)
        body = answer_body(await self._execute(request, asked, context))
        left = self._remaining(context)
        headers = rate_limit_headers(left) if left else {}
        if asked.extensions and asked.extensions.get("cost") is True and context.price:
            body["extensions"] = {"cost": cost_of(context, left)}
        if is_unserved(body, context.unserved):
            headers |= retry_after(_seconds(body, context.unserved))
            return Response(encode(body), 503, headers, media_type or JSON)
        if context.repeatable is not None and context.repeatable.repeated:
            headers[REPEATED] = "true"
        conflict = conflict_status(body)
        if conflict is not None:
            return Response(encode(body), conflict, headers | retry_after(_seconds(body, {})), media_type or JSON)
        failed = "data" not in body and media_type == GRAPHQL_RESPONSE
        parts = await answer_parts(body, context.scope.meter.max_bytes)
        if media_type is None:
            return PiecesResponse(only_event(parts), 200, headers, EVENTS)
        if request.method == "GET" and asked.document_id is not None and not body.get("errors"):
            headers["ETag"] = etag_of(parts, media_type)
            if is_known(headers["ETag"], request.headers.get("if-none-match")):
                return Response(status_code=304, headers=headers)
        return PiecesResponse(parts, 400 if failed else 200, headers, media_type)

    async def _stream(self, request: Request, asked: GraphQLRequest, context: Context) -> Response | None:
        """The events of a subscription; None where it is none, or cannot be looked up, which is told as usual."""
        try:
            text = await self._trusted.document(asked, context)
        except RequestError:
            return None
        prepared = await self._schema.documents.prepare(text)
        if prepared.operation_type(asked.operation_name) is not OperationType.SUBSCRIPTION:
            return None
        opened = Asked(prepared, asked.variables, context, None, asked.operation_name, None)
        return self._streams.open(request, opened, context)

    async def _execute(self, request: Request, asked: GraphQLRequest, context: Context) -> ExecutionResult:
        """Executes an operation. A query ends when its client goes away; what writes is seen through."""
        try:
            text = await self._trusted.document(asked, context)
        except RequestError as error:
            return PreExecutionError(None, [error])
        # What a repetition has to equal is the document, however it was asked for.
        context.repeatable = await self._repeatable(request, asked if asked.query else replace(asked, query=text))
        prepared = await self._schema.documents.prepare(text)
        kind = prepared.operation_type(asked.operation_name)
        if kind is not None and kind is not OperationType.QUERY and request.method == "GET":
            raise _not_allowed(f"{kind.value}s are not allowed when using GET", ["POST"])
        return await self._schema.execute_prepared(
            prepared,
            asked.variables,
            context,
            operation_name=asked.operation_name,
            operation_extensions=asked.extensions,
            waiting=WhileClientWaits(request.receive) if kind is OperationType.QUERY else None,
        )


class _Held:
    """What is to be told of the operation of a request: its answer is sent first."""

    __slots__ = ("_report", "_reports")

    def __init__(self) -> None:
        self._report: Report | None = None
        self._reports: list[OperationReport] = []

    def reports_of(self, context: Context) -> None:
        """Holds back the reports of a context."""
        if context.report is not None:
            self._report, context.report = context.report, self._reports.append

    def tell(self) -> None:
        """Passes them on."""
        for one in self._reports:
            assert self._report is not None
            self._report(one)


@dataclass(frozen=True, slots=True)
class Streams:
    """Opens subscriptions that are told by server-sent events.

    Attributes:
        rights_of: what the key of a request may do now.
        keys: ends the streams of keys that open nothing any more.
    """

    subscriptions: Subscriptions
    rights_of: RightsOf
    keys: KeyWatch

    def open(self, request: Request, asked: Asked, context: Context) -> Response:
        """The answer to a request that subscribes."""
        refusal = Refusal()
        answers = self.subscriptions.answers(asked, context, partial(self.rights_of, request))
        return EventStream(answers, refusal, self.keys.watching(request, refusal.close))


def _size(response: Response) -> int:
    return response.size if isinstance(response, PiecesResponse) else len(response.body)


def _not_allowed(message: str, allowed: Iterable[str]) -> HTTPException:
    return HTTPException(405, message, headers={"Allow": ", ".join(allowed)})


def is_unserved(body: Mapping[str, Any], unserved: Mapping[str, int | None]) -> bool:
    """Whether an outage kept every part of a request from being served.

    Args:
        unserved: fields of the root that answered with an outage of their own.
    """
    errors: list[dict[str, Any]] = body.get("errors", [])
    if not errors and not unserved:
        return False
    if any(error.get("extensions", {}).get("code") not in (UNAVAILABLE, OVERLOADED) for error in errors):
        return False
    data: dict[str, Any] | None = body.get("data")
    if data is None:
        return bool(errors)
    failed = {error["path"][0] for error in errors if error.get("path")}
    return bool(data) and all(name in unserved or (value is None and name in failed) for name, value in data.items())


def _seconds(body: Mapping[str, Any], unserved: Mapping[str, int | None]) -> int | None:
    given = [error["extensions"].get("retryAfter") for error in body.get("errors", [])]
    return max(filter(None, [*given, *unserved.values()]), default=None)


def add_graphql(
    app: FastAPI,
    schema: Schema,
    settings: Settings,
    runtime: Callable[[], tuple[Runtime, Authenticator]],
    demo_key: str | None,
    has_page: bool,
    report: Report,
) -> GraphQLEndpoint:
    """Adds the routes of ``/graphql``; gives what answers requests over HTTP there.

    Args:
        runtime: gives what exists once the application has started.
        report: is told of each operation when it is done.
    """

    rivals = Rivals()
    rounds = Rounds(rivals)

    async def context_of(connection: HTTPConnection, client: Client) -> Context:
        running, authenticator = runtime()
        context = Context(await request_scope(connection, running, authenticator, settings, client.still_waits))
        await rounds.begin(context.scope.project_id)
        context.report = report
        if running.budgets is not None:
            context.spend = partial(spend, running.budgets, context.scope)
            context.settle = partial(settle, running.budgets, context.scope)
        return context

    async def rights_of(connection: HTTPConnection) -> Rights:
        return await rights_now(connection, runtime()[1], settings)

    async def repeatable_on_socket(connection: HTTPConnection, asked: GraphQLRequest) -> Repeatable | None:
        return await repeatable_operation(connection, asked, settings, uses_header=False)

    trusted = TrustedDocuments(settings.trusted_documents, settings.key_cache_seconds)
    limits = SubscriptionLimits(settings.max_key_subscriptions, settings.max_project_subscriptions)
    subscriptions = Subscriptions(schema, limits)
    keys = KeyWatch(rights_of)
    sockets = WebSocketRouter(
        schema, context_of, rights_of, keys, repeatable_on_socket, trusted, subscriptions, settings
    )
    endpoint = GraphQLEndpoint(
        schema,
        context_of,
        has_page,
        demo_key,
        partial(repeatable_operation, settings=settings),
        trusted,
        lambda context: remaining(runtime()[0].budgets, context.scope),
        Shares(rivals, settings.queue_seconds),
        Streams(subscriptions, rights_of, keys),
    )
    app.router.routes += [Route(PATH, endpoint), WebSocketRoute(PATH, sockets.talk)]
    return endpoint
