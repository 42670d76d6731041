"""GraphQL over HTTP: Strawberry's router, held to the GraphQL-over-HTTP specification.

What is added to Strawberry: routes without the injection of dependencies, which costs more than a small request;
queries that end when their client goes away; the choice between ``application/json`` and
``application/graphql-response+json``, with the status codes that go with each; parameters of wrong types refused with
400; errors in JSON; rendering by orjson. https://graphql.github.io/graphql-over-http/draft/
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

import orjson
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from fastapi import FastAPI
from starlette.exceptions import WebSocketException
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from strawberry.fastapi import GraphQLRouter
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.base import BaseRequestProtocol
from strawberry.http.parse_content_type import parse_content_type
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from graph.context import Context
from graph.schema import Schema
from resolvers.author import Author
from server.auth import AuthenticationError, Authenticator, Identity
from server.graphiql import page, wants_page
from server.responses import JSON, error_response
from server.runtime import Runtime
from server.settings import Settings
from server.waiting import WhileClientWaits

GRAPHQL_RESPONSE = "application/graphql-response+json; charset=utf-8"
_OFFERS = {"application/json": JSON, "application/graphql-response+json": GRAPHQL_RESPONSE, "application/*": JSON}
_PARAMETERS: dict[str, tuple[type, str]] = {
    "query": (str, "a string"),
    "variables": (dict, "an object"),
    "operationName": (str, "a string"),
    "extensions": (dict, "an object"),
}


@lru_cache(128)
def negotiate(accept: str) -> str | None:
    """The media type to answer with, by the client's ``Accept``; None where it takes neither of ours."""
    best, weight = None, 0.0
    for part in (accept or "*/*").split(","):
        media, parameters = parse_content_type(part.strip() or "*/*")
        offer = JSON if media == "*/*" else _OFFERS.get(media.lower())
        try:
            quality = float(parameters.get("q", "1"))
        except ValueError:
            quality = 0.0
        if offer is not None and quality > weight:
            best, weight = offer, quality
    return best


def is_request_error(response: GraphQLHTTPResponse) -> bool:
    """Whether the request failed before anything was executed, as opposed to a field that failed."""
    errors = cast("list[dict[str, Any]]", response.get("errors") or [])
    return response.get("data") is None and bool(errors) and not any(error.get("path") for error in errors)


class DialboardRouter(GraphQLRouter[Context, None]):
    """The routes of ``/graphql``."""

    schema: Schema
    demo_key: str | None = None

    def __init__(
        self, schema: Schema, context_of: Callable[[HTTPConnection], Awaitable[Context | None]], **options: Any
    ) -> None:
        super().__init__(schema, **options)
        self.context_of = context_of

    def attach(self, app: FastAPI, path: str) -> None:
        """Adds the routes to an application, without the injection of dependencies that Strawberry's own have."""
        app.add_route(path, self.answer, methods=["GET", "POST"])
        app.router.routes.append(WebSocketRoute(path, self.talk))

    async def answer(self, request: Request) -> Response:
        """Answers one request over HTTP."""
        return await self.run(request, context=await self.context_of(request), root_value=None)

    async def talk(self, websocket: WebSocket) -> None:
        """Answers over a WebSocket."""
        await self.run(websocket, context=await self.context_of(websocket), root_value=None)

    async def run(self, request: Any, context: Any = None, root_value: Any = None) -> Any:
        """Answers one request; what is wrong with it as HTTP becomes an error in JSON."""
        connection: Request = request
        try:
            return await super().run(connection, context=context, root_value=root_value)
        except HTTPException as error:
            return _refusal(error, connection)

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:
        """For browsers only: a client that takes anything gets JSON."""
        return (
            request.method == "GET"
            and "query" not in request.query_params
            and "text/html" in request.headers.get("accept", "")
        )

    async def render_graphql_ide(self, request: Request) -> HTMLResponse:
        """The page for browsers."""
        return page(request, self.demo_key)

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        """The parameters of a request, each of its right type."""
        if request.method == "GET":
            data: Any = self.parse_query_params(request.query_params)
        else:
            media, parameters = parse_content_type(request.content_type or "")
            if media != "application/json" or parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
                raise HTTPException(415, "The body must be of the type application/json, in UTF-8.")
            data = self.parse_json(await request.get_body())
        return _request_data(data)

    async def get_sub_response(self, request: Request) -> Response:
        """Carries the media type that was agreed on."""
        media_type = negotiate(request.headers.get("accept", ""))
        if media_type is None and not wants_page(request):
            raise HTTPException(406, f"The answer can be {' or '.join(list(_OFFERS)[:2])}; the client accepts neither.")
        return Response(media_type=media_type)

    async def execute_single(
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,
        sub_response: Response,
        context: Context,
        root_value: None,
        request_data: GraphQLRequestData,
    ) -> ExecutionResult:
        """Executes an operation. A query ends when its client goes away; what writes is seen through."""
        query, name = request_data.query or "", request_data.operation_name
        prepared = self.schema.documents.prepared(query)
        try:
            kind = prepared.operation_type(name)
        except CannotGetOperationTypeError as error:
            raise HTTPException(400, error.as_http_error_reason()) from error
        if kind not in OperationType.from_http(request_adapter.method):
            refused = InvalidOperationTypeError(kind)
            raise HTTPException(405, refused.as_http_error_reason(request_adapter.method)) from refused
        with WhileClientWaits(request.receive) if kind is OperationType.QUERY else nullcontext():
            return await self.schema.execute_prepared(
                prepared, request_data.variables, context, root_value, name, request_data.extensions
            )

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """The answer's body; without ``data`` where nothing was executed."""
        response = await super().process_result(request, result)
        if is_request_error(response):
            del response["data"]
        return response

    def create_response(
        self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response
    ) -> Response:
        """A request error has status 400 where the client knows ``application/graphql-response+json``, else 200."""
        failed = "data" not in response_data and sub_response.media_type == GRAPHQL_RESPONSE
        return Response(
            self.encode_json(response_data),
            media_type=sub_response.media_type,
            status_code=400 if failed else 200,
        )

    def encode_json(self, data: object) -> str | bytes:
        """JSON by orjson; whole numbers beyond 64 bits, which it refuses, by the standard library."""
        try:
            return orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS)
        except TypeError:
            return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()


def _refusal(error: HTTPException, request: Request) -> Response:
    allowed = "POST" if isinstance(error.__cause__, InvalidOperationTypeError) else "GET, POST"
    return error_response(
        error.status_code,
        error.reason,
        "BAD_REQUEST",
        media_type=negotiate(request.headers.get("accept", "")) or JSON,
        headers={"Allow": allowed} if error.status_code == 405 else None,
    )


def _request_data(data: Any) -> GraphQLRequestData:
    if isinstance(data, list):
        raise HTTPException(400, "Batches are not taken: one request asks for everything it needs.")
    if not isinstance(data, dict):
        raise HTTPException(400, "The body must be a JSON object with the member `query`.")
    given = cast("dict[str, Any]", data)
    for name, (kind, described) in _PARAMETERS.items():
        if not isinstance(given.get(name), kind | None):
            raise HTTPException(400, f"`{name}` must be {described}.")
    if not given.get("query"):
        raise HTTPException(400, "The request has no `query`.")
    return GraphQLRequestData(
        given["query"], given.get("variables"), given.get("operationName"), given.get("extensions")
    )


def make_router(
    schema: Schema, settings: Settings, runtime: Callable[[], tuple[Runtime, Authenticator]]
) -> DialboardRouter:
    """The router over a schema. ``runtime`` gives what exists once the application has started."""

    async def get_context(connection: HTTPConnection) -> Context | None:
        if wants_page(connection):
            return None
        running, authenticator = runtime()
        identity = await _sign_in(connection, authenticator)
        return Context(
            project_id=identity.project_id,
            sessions=running.sessions,
            now=datetime.now(UTC),
            max_window=settings.max_window,
            author=Author(identity.key_id, identity.key_name),
            states=running.states,
        )

    return DialboardRouter(
        schema,
        get_context,
        graphql_ide="graphiql" if settings.graphiql else None,
        subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
        allowed_origins=settings.cors_origins,
    )


async def _sign_in(connection: HTTPConnection, authenticator: Authenticator) -> Identity:
    try:
        return await authenticator.identity(cast("Mapping[str, str]", connection.headers))
    except AuthenticationError as error:
        if isinstance(connection, WebSocket):
            raise WebSocketException(1008, "Send an API key.") from error
        raise
