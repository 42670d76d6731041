"""GraphQL over a WebSocket, by the protocol graphql-transport-ws.

A socket may live for days, its operations are requests like any other: each checks the key again, and works at a moment
and with loaders of its own. https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any, cast

from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException, WebSocketException
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.fastapi import GraphQLRouter
from strawberry.http.exceptions import NonJsonMessageReceived, NonTextMessageReceived, WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    Message,
    SubscribeMessage,
)
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from graph.context import Context
from graph.documents import Prepared
from graph.masking import report
from graph.schema import Asked, Schema
from models.outages import DeadlinePassed, Overloaded, outage_of
from resolvers.repeatable import Repeatable
from resolvers.rights import Rights
from server.http.answers import answer_body, answer_parts
from server.http.auth import AuthenticationError
from server.http.client import Client
from server.http.connection_params import WrongParamsError, has_key, with_params
from server.http.counted_socket import SIGNED
from server.http.graphql_request import GraphQLRequest, check_values, checked
from server.http.json_pieces import encode
from server.http.key_watch import KeyWatch
from server.http.operation_errors import errors_of
from server.http.responses import refused, unauthenticated, unavailable
from server.http.sign_in_errors import TooManyWrongKeysError
from server.http.subscriptions import Subscriptions
from server.http.trusted_documents import TrustedDocuments
from server.http.websocket_messages import fitting, wrong_message
from server.json_text import WrongJsonError, read_json
from server.request_id import CURRENT_REQUEST_ID
from server.settings import Settings

INIT_SECONDS = timedelta(seconds=10)
"""How long a socket may be open without ``connection_init``."""

MAX_UNSIGNED = 8_192
"""Characters of a message on a socket that has not signed in: strangers cannot have long ones parsed."""

RepeatableOf = Callable[[HTTPConnection, GraphQLRequest], Awaitable[Repeatable | None]]
"""What makes an operation repeatable, where it has an idempotency key."""


RightsOf = Callable[[HTTPConnection], Awaitable[Rights]]
"""What the key of a connection may do now; raises where it opens nothing."""


@dataclass(slots=True)
class SignIn:
    """What a socket has for the context of its operations.

    Attributes:
        handshake: as it came.
        signed: the handshake with a key that opens something; None until there is one.
        context_of: checks the key of a handshake, and makes the context of one operation.
        repeatable_of: what makes an operation repeatable.
        trusted: finds the documents that are asked for by id.
        subscriptions: opens subscriptions.
        rights_now: what a key may do now.
        signed_in: is called when the socket has a key.
    """

    handshake: WebSocket
    signed: HTTPConnection | None
    context_of: Callable[[HTTPConnection, Client], Awaitable[Context]]
    repeatable_of: "RepeatableOf"
    trusted: TrustedDocuments
    subscriptions: Subscriptions
    rights_now: "RightsOf"
    signed_in: Callable[[HTTPConnection], None]

    async def context(self, client: Client) -> Context:
        """The context of one operation of a socket that is signed in."""
        assert self.signed is not None
        return await self.context_of(self.signed, client)

    async def repeatable(self, asked: GraphQLRequest) -> Repeatable | None:
        """What makes an operation repeatable, where it has an idempotency key."""
        assert self.signed is not None
        return await self.repeatable_of(self.signed, asked)

    async def sign_in(self, payload: Mapping[str, object]) -> tuple[int, str] | None:
        """Signs in by the payload of ``connection_init``.

        Returns:
            Where that fails, the code and the reason to close the socket with.
        """
        try:
            connection = with_params(self.handshake, payload)
            await self.context_of(connection, Client())
        except WrongParamsError as error:
            return INVALID, str(error)
        except TooManyWrongKeysError as error:
            return TRY_LATER, str(error)
        except AuthenticationError as error:
            return FORBIDDEN, str(error)
        except HTTPException as error:
            return FORBIDDEN, error.detail
        except (SQLAlchemyError, Overloaded, DeadlinePassed) as error:
            outage = outage_of(error)
            if outage is None:
                raise
            report(error, ())
            return TRY_LATER, outage.message
        self.sign(connection)
        return None

    def sign(self, connection: HTTPConnection) -> None:
        """Takes a handshake whose key opens something for that of the socket."""
        self.signed = connection
        self.handshake.scope[SIGNED] = True
        self.signed_in(connection)

    async def rights(self) -> Rights:
        """What the key of the socket may do now."""
        assert self.signed is not None
        return await self.rights_now(self.signed)


INVALID, FORBIDDEN = 4400, 4403
"""The codes that the protocol gives to a socket with a wrong message, and to one whose client may not use it."""

TRY_LATER = 1013
"""The code of a socket that can be opened later (RFC 6455, registry of close codes)."""


class OperationHandler(BaseGraphQLTransportWSHandler[SignIn, None]):
    """Answers the operations of one socket. What a socket has for its context is how to make one for an operation."""

    @cached_property
    def _payloads(self) -> dict[str, Mapping[str, object]]:
        """Those of operations that are about to run, by their ids: the library hands on only some members."""
        return {}

    async def handle_message(self, message: Message) -> None:
        """Takes a message; what is not one of the protocol closes the socket with 4400."""
        wrong = wrong_message(message)
        if wrong is not None:
            await self.handle_invalid_message(wrong)
            return
        await super().handle_message(message)

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Signs the socket in where its handshake has no key, and acknowledges it."""
        if message.get("payload") is None:
            message = {"type": "connection_init"}
        payload: object = message.get("payload", {})
        if self.context.signed is None and not self.connection_init_received and isinstance(payload, dict):
            refusal = await self.context.sign_in(cast("dict[str, object]", payload))
            if refusal is not None:
                await self.websocket.close(*refusal)
                return
        await super().handle_connection_init(message)

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Begins an operation."""
        id, payload = message["id"], message["payload"]
        self._payloads[id] = payload
        # The library expects a text, which an operation that is asked for by the id of its document does not have.
        payload.setdefault("query", "")
        await super().handle_subscribe(message)
        if id not in self.operations:
            self._payloads.pop(id, None)

    async def run_operation(self, operation: Operation[SignIn, None]) -> None:
        """Answers one operation. One that fails before it is executed ends in an error; the socket stays open.

        When the client closes the socket or completes the operation itself, a query ends, and a mutation that has
        begun to write is seen through, as over HTTP.
        """
        client = Client()
        payload = self._payloads.pop(operation.id, {})
        work = asyncio.create_task(self._run(operation, payload, client))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            client.leave()
            if not await self._writes(operation):
                work.cancel()
            await asyncio.wait([work])
            raise

    async def _writes(self, operation: Operation[SignIn, None]) -> bool:
        prepared = await cast("Schema", self.schema).documents.prepare(operation.query)
        return prepared.operation_type(operation.operation_name or None) is OperationType.MUTATION

    async def _run(self, operation: Operation[SignIn, None], payload: Mapping[str, object], client: Client) -> None:
        # The task of this operation has variables of its own.
        CURRENT_REQUEST_ID.set(secrets.token_hex(16))
        try:
            await self._work(operation, payload, client)
        except Exception:
            # What is told to a client that has gone cannot be sent.
            if not client.has_left:
                raise

    async def _work(self, operation: Operation[SignIn, None], payload: Mapping[str, object], client: Client) -> None:
        try:
            context = await self.context.context(client)
            asked = checked(dict(payload))
            # Where it is known what the operation is, its end by the client can tell whether it writes.
            operation.query = await self.context.trusted.document(asked, context)
            prepared = await cast("Schema", self.schema).documents.prepare(operation.query)
            if prepared.operation_type(asked.operation_name) is OperationType.SUBSCRIPTION:
                await self._tell(operation, asked, prepared, context)
                return
            context.repeatable = await self.context.repeatable(replace(asked, query=operation.query))
            await self._answer(operation, asked, context, client)
        except WebSocketDisconnected:
            return
        except Exception as error:
            await operation.send_initial_errors(errors_of(error))

    async def _answer(
        self, operation: Operation[SignIn, None], asked: GraphQLRequest, context: Context, client: Client
    ) -> None:
        answer = await self.schema.execute(
            operation.query,
            variable_values=asked.variables,
            context_value=context,
            operation_name=asked.operation_name,
        )
        if client.has_left:
            return
        if isinstance(answer, PreExecutionError):
            await operation.send_initial_errors(answer.errors or [])
        else:
            await self._send_next(operation, await answer_parts(answer_body(answer), context.scope.meter.max_bytes))
        await operation.send_operation_message({"id": operation.id, "type": "complete"})

    async def _tell(
        self, operation: Operation[SignIn, None], asked: GraphQLRequest, prepared: Prepared, context: Context
    ) -> None:
        """Answers the events of a subscription. While the client reads slowly, nothing is queued for it."""
        opened = Asked(prepared, asked.variables, context, None, asked.operation_name, None)
        answers = self.context.subscriptions.answers(opened, context, self.context.rights)
        async with aclosing(answers):
            async for parts in answers:
                await self._send_next(operation, parts)
        await operation.send_operation_message({"id": operation.id, "type": "complete"})

    async def _send_next(self, operation: Operation[SignIn, None], parts: Sequence[str | bytes]) -> None:
        """Sends an answer to an operation, unless the client has ended it."""
        if operation.completed:
            return
        texts = [encode({"id": operation.id, "type": "next", "payload": 0})[:-2].decode()]
        for part in parts:
            texts.append(part if isinstance(part, str) else part.decode())
            if len(parts) > 1:
                await asyncio.sleep(0)
        try:
            await cast("ASGIWebSocketAdapter", self.websocket).ws.send_text("".join([*texts, "}"]))
        except WebSocketDisconnect as error:
            raise WebSocketDisconnected from error


class _Adapter(ASGIWebSocketAdapter):
    """Closes sockets with reasons that fit, also where they repeat what the client sent; reads nothing long of a socket
    that has not signed in."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object]:
        """The messages of the client, as they come."""
        try:
            while self.ws.application_state != WebSocketState.DISCONNECTED:
                text = await self.ws.receive_text()
                if len(text) > MAX_UNSIGNED and not self.ws.scope.get(SIGNED, False):
                    reason = f"Before a socket has signed in, a message has at most {MAX_UNSIGNED} characters."
                    await self.close(INVALID, reason)
                    return
                yield cast("Any", self).view.decode_json(text)
        except KeyError as error:
            raise NonTextMessageReceived from error
        except WebSocketDisconnect:
            pass

    async def close(self, code: int, reason: str) -> None:
        """Closes the socket."""
        await super().close(code, fitting(reason))


class WebSocketRouter(GraphQLRouter[SignIn, None]):
    """Strawberry's router, used for WebSockets alone."""

    graphql_transport_ws_handler_class = OperationHandler
    websocket_adapter_class = _Adapter

    def __init__(
        self,
        schema: Schema,
        context_of: Callable[[HTTPConnection, Client], Awaitable[Context]],
        rights_now: RightsOf,
        keys: KeyWatch,
        repeatable: RepeatableOf,
        trusted: TrustedDocuments,
        subscriptions: Subscriptions,
        settings: Settings,
    ) -> None:
        super().__init__(
            schema,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            allowed_origins=settings.cors_origins,
            connection_init_wait_timeout=INIT_SECONDS,
            max_subscriptions_per_connection=settings.max_socket_operations,
        )
        self._context_of = context_of
        self._rights_now = rights_now
        self._keys = keys
        self._subscriptions = subscriptions
        self._repeatable = repeatable
        self._trusted = trusted

    def decode_json(self, data: str | bytes) -> object:
        """Reads a message; one that holds too many values closes its socket, as one that is not JSON does."""
        text = data if isinstance(data, str) else data.decode()
        try:
            check_values(text, "The message")
            return read_json(text)
        except (HTTPException, WrongJsonError) as error:
            raise NonJsonMessageReceived from error

    async def talk(self, websocket: WebSocket) -> None:
        """Serves one socket, unless its key opens nothing or the database cannot tell.

        One that comes without a key has to sign in by ``connection_init``.
        """
        with ExitStack() as watched:

            async def close(reason: str) -> None:
                await websocket.close(FORBIDDEN, reason)

            sign_in = SignIn(
                websocket,
                None,
                self._context_of,
                self._repeatable,
                self._trusted,
                self._subscriptions,
                self._rights_now,
                lambda connection: watched.enter_context(self._keys.watching(connection, close)),
            )
            if has_key(websocket) and not await self._opens(websocket, sign_in):
                return
            await self.run(websocket, context=sign_in, root_value=None)

    async def _opens(self, websocket: WebSocket, sign_in: SignIn) -> bool:
        """Whether the key of a handshake opens something; a handshake whose key does not is answered."""
        try:
            await self._context_of(websocket, Client())
        except TooManyWrongKeysError as error:
            await websocket.send_denial_response(unauthenticated(error))
            return False
        except AuthenticationError as error:
            raise WebSocketException(1008, "An API key is required.") from error
        except HTTPException as error:
            await websocket.send_denial_response(refused(error))
            return False
        except (SQLAlchemyError, Overloaded) as error:
            outage = outage_of(error)
            if outage is None:
                raise
            await websocket.send_denial_response(unavailable(outage, report(error, ()).id))
            return False
        sign_in.sign(websocket)
        return True
