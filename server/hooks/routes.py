"""The routes ``POST /hooks/{source}/{key}``: events of calls from the services that they happen in, as they happen.

An event is answered with 2xx once its calls are committed. So is one with nothing to do, because it is not the end of a
call or was taken before.
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl

import orjson
import structlog
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from strawberry.http.parse_content_type import parse_content_type

from graph.errors import ErrorCode
from models.deadlines import Deadline
from models.types import WebhookSource
from resolvers.budgets import BudgetSpentError
from resolvers.repeatable import RETRY_AFTER, KeyInUseError, KeyReusedError, Repeatable
from resolvers.sealing import Seal
from server.hooks.addresses import sent_to
from server.hooks.admission import Admission, UnknownEndpointError
from server.hooks.endpoints import Endpoint, reads_answers, sends_forms
from server.hooks.events import FoundCall, Ignored, WrongEventError, calls_of
from server.hooks.mappings import mapping_of
from server.hooks.receiving import MOST_FAULTS, CallReader, ReadCall, Stored, WrongCallsError, store_event
from server.hooks.signatures import Delivery
from server.http.addresses import client_address
from server.http.budget import budget_spent, settle, spend
from server.http.graphql_request import text_of
from server.http.idempotency import REPEATED
from server.http.media_types import is_json
from server.http.request_scope import origin_of
from server.http.reservations import Reservations, TooManyAtOnce
from server.http.responses import JSON, UNAUTHENTICATED, error_response, refused, retry_after, too_many, unauthenticated
from server.http.sign_in_errors import AuthenticationError, TooManyWrongKeysError
from server.importing.mapping import CallMapping
from server.importing.outcome import ImportFailure
from server.json_text import WrongJsonError, read_json_beside
from server.runtime import Runtime
from server.settings import Settings

HOOKS = "/hooks"
"""What the paths begin with."""

MAX_RUNNING = 16
"""Events that one process works on at a time, each with its body in memory. One project has one less, so that one is
left for the others."""

EVENT_POINTS = 1
"""Points of an event that is read."""

STORE_POINTS = 10
"""Points of one that is stored: a transaction. Its calls and evaluations are taken afterwards, as at ``/ingest``."""

MOST_FIELDS = 1_000
"""Fields of a form."""

MOST_FORM_BYTES = 64 * 1024
"""Bytes of a form. Twilio's have some hundreds."""

INVALID_CALL = "INVALID_CALL"
"""The code of an event whose call cannot be stored."""

_FORM = "application/x-www-form-urlencoded"
_FRESH = {"Cache-Control": "no-store"}
_log: structlog.stdlib.BoundLogger = structlog.get_logger("dialboard.hooks")


class Outcome(StrEnum):
    """What became of an event."""

    STORED = "stored"
    REPEATED = "repeated"
    IGNORED = "ignored"
    INVALID = "invalid"
    UNSIGNED = "unsigned"
    LIMITED = "limited"
    FAILED = "failed"


Note = Callable[[str, str], None]
"""Takes note of the source and the outcome of an event."""


def add_hooks(app: FastAPI, running: Callable[[], tuple[Runtime, Admission]], settings: Settings, note: Note) -> None:
    """Adds the routes to the application."""
    reservations = Reservations(MAX_RUNNING, "webhook events", "TOO_MANY_EVENTS")

    async def receive(request: Request) -> Response:
        try:
            source = WebhookSource(request.path_params["source"])
        except ValueError:
            allowed = ", ".join(WebhookSource)
            raise HTTPException(404, f"There are no webhooks of this kind. Allowed: {allowed}.") from None
        runtime, admission = running()
        receiver = _Receiver(runtime, admission, settings, reservations, source, request)
        outcome = Outcome.FAILED
        try:
            outcome, response = await receiver.answer()
        finally:
            note(source.value, outcome.value)
        return response

    app.add_route(f"{HOOKS}/{{source}}/{{key}}", receive, methods=["POST"])


class _Receiver:
    """Takes one event in."""

    def __init__(
        self,
        runtime: Runtime,
        admission: Admission,
        settings: Settings,
        reservations: Reservations,
        source: WebhookSource,
        request: Request,
    ) -> None:
        self._runtime = runtime
        self._admission = admission
        self._settings = settings
        self._reservations = reservations
        self._source = source
        self._request = request
        self._key: str = request.path_params["key"]
        self._address = client_address(request, settings.trusted_proxies)

    async def answer(self) -> tuple[Outcome, Response]:
        """The answer to the event, and what became of it."""
        try:
            endpoint = await self._admission.endpoint(self._source, self._key, self._address)
            self._reservations.reserve(endpoint.project_id)
            try:
                return await self._taken(endpoint)
            finally:
                self._reservations.release(endpoint.project_id)
        except UnknownEndpointError as error:
            return Outcome.UNSIGNED, error_response(404, str(error), "NOT_FOUND")
        except TooManyWrongKeysError as error:
            return Outcome.LIMITED, unauthenticated(error)
        except AuthenticationError as error:
            return Outcome.UNSIGNED, error_response(401, str(error), UNAUTHENTICATED)
        except TooManyAtOnce as error:
            return Outcome.LIMITED, too_many(error)
        except BudgetSpentError as error:
            return Outcome.LIMITED, budget_spent(error)
        except WrongEventError as error:
            message = f"This is not an event of {self._source.value}: {error}."
            return Outcome.INVALID, error_response(400, message, "BAD_REQUEST")
        except HTTPException as error:
            return Outcome.INVALID, refused(error)

    async def _taken(self, endpoint: Endpoint) -> tuple[Outcome, Response]:
        delivery = await self._delivery()
        id = await self._admission.check(endpoint, self._key, self._address, delivery)
        await spend(self._runtime.budgets, endpoint, EVENT_POINTS, "The event")
        try:
            mapping = mapping_of(endpoint.source, endpoint.mapping)
            list_at = mapping.file.list or () if mapping else None
            found = calls_of(endpoint.source, await self._value(delivery), list_at)
            if isinstance(found, Ignored):
                return Outcome.IGNORED, self._success({"ignored": found.event})
            return await self._stored(endpoint, delivery, id, mapping, found)
        except WrongCallsError as error:
            _log.warning(
                "a webhook event was refused: its call cannot be stored",
                endpoint=endpoint.id,
                source=endpoint.source.value,
                at=", ".join(fault.pointer for fault in error.faults[:5]),
            )
            return Outcome.INVALID, _wrong_calls(error)
        except ImportFailure as error:
            _log.error("a webhook event was refused: its endpoint has no valid mapping", endpoint=endpoint.id)
            return Outcome.INVALID, error_response(422, str(error), INVALID_CALL)
        except KeyReusedError:
            message = "The webhook-id of this event was used before for another one."
            return Outcome.INVALID, error_response(422, message, ErrorCode.IDEMPOTENCY_KEY_REUSED.value)
        except KeyInUseError:
            message, headers = "This event is still being stored. Send it again later.", retry_after(RETRY_AFTER)
            code = ErrorCode.IDEMPOTENCY_KEY_IN_USE.value
            return Outcome.LIMITED, error_response(409, message, code, headers=headers, retryAfter=RETRY_AFTER)

    async def _stored(
        self, endpoint: Endpoint, delivery: Delivery, id: bytes, mapping: CallMapping | None, found: Sequence[FoundCall]
    ) -> tuple[Outcome, Response]:
        reader, calls, body_hash = await asyncio.to_thread(_read, mapping, found, delivery.body)
        if not calls:
            return Outcome.IGNORED, self._success({"ignored": "skipped by the mapping"})
        await spend(self._runtime.budgets, endpoint, STORE_POINTS, "Storing the event")
        lifetime = timedelta(hours=self._settings.idempotency_hours)
        repeatable = Repeatable(f"hook-{id.hex()}", body_hash, Seal(self._key), lifetime)
        sessions = self._runtime.sessions.within(Deadline.after(self._settings.request_timeout))
        origin = origin_of(self._request, self._settings)
        stored = await store_event(sessions, endpoint, origin, repeatable, reader, calls)
        await settle(self._runtime.budgets, endpoint, stored.points)
        outcome = Outcome.REPEATED if repeatable.repeated else Outcome.STORED
        return outcome, self._success(_told(stored), is_repeated=bool(repeatable.repeated))

    async def _delivery(self) -> Delivery:
        """The request with its body.

        Raises:
            HTTPException: it is too large, or not in the media type of the service.
        """
        request = self._request
        is_form = sends_forms(self._source)
        content_type = request.headers.get("content-type", "")
        if is_form and parse_content_type(content_type)[0].lower() != _FORM:
            raise HTTPException(415, f"The body must be a form of the type {_FORM}.")
        if not is_form and not is_json(content_type):
            raise HTTPException(415, "The body must have the content type application/json, in UTF-8.")
        body = await request.body()
        if is_form and len(body) > MOST_FORM_BYTES:
            raise HTTPException(413, f"The form is larger than {MOST_FORM_BYTES} bytes.")
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not is_form:
            return Delivery(headers, body)
        try:
            form = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
        except ValueError:
            raise HTTPException(400, f"The body is not a form in UTF-8 with at most {MOST_FIELDS:,} fields.") from None
        return Delivery(headers, body, sent_to(request, self._settings), form)

    async def _value(self, delivery: Delivery) -> Any:
        if sends_forms(self._source):
            return dict(reversed(delivery.form))
        try:
            return await read_json_beside(text_of(delivery.body))
        except WrongJsonError as error:
            raise HTTPException(400, f"The body {error}.") from None

    def _success(self, told: dict[str, Any], *, is_repeated: bool = False) -> Response:
        headers = {**_FRESH, REPEATED: "true"} if is_repeated else _FRESH
        if not reads_answers(self._source):
            return Response(status_code=204, headers=headers)
        return Response(orjson.dumps(told), media_type=JSON, headers=headers)


def _read(
    mapping: CallMapping | None, found: Sequence[FoundCall], body: bytes
) -> tuple[CallReader, list[ReadCall], bytes]:
    """The calls that are checked, what reads them, and the SHA-256 of the body that they came in."""
    reader = CallReader(mapping)
    return reader, reader.read(found), hashlib.sha256(body).digest()


def _told(stored: Stored) -> dict[str, Any]:
    return {"created": stored.created, "updated": stored.updated}


def _wrong_calls(error: WrongCallsError) -> Response:
    listed = [{"path": fault.pointer, "message": fault.reason} for fault in error.faults[:MOST_FAULTS]]
    further = len(error.faults) - len(listed)
    return error_response(422, str(error), INVALID_CALL, faults=listed, furtherFaults=further)
