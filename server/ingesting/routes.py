"""The route ``POST /ingest``: calls as JSON lines, stored batch by batch while they arrive."""

import hashlib
from collections.abc import Callable

import orjson
import structlog
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from strawberry.http.parse_content_type import parse_content_type

from graph.errors import RequestError
from graph.rights import Route, check_route
from models.outages import outage_of
from resolvers.budgets import BudgetSpentError
from resolvers.repeatable import KeyInUseError, KeyReusedError
from server.http.auth import Authenticator
from server.http.budget import budget_spent, rate_limit_headers, remaining
from server.http.idempotency import REPEATED, idempotency_key, key_refused, repeatable
from server.http.request_scope import origin_of, sign_in
from server.http.reservations import Reservations, TooManyAtOnce
from server.http.responses import JSON, refusal, refused, too_many, unavailable
from server.ingesting.arriving_lines import ArrivingLines
from server.ingesting.intake import Sender, Taken, take_in
from server.request_id import CURRENT_REQUEST_ID
from server.runtime import Runtime
from server.settings import Settings

INGEST = "/ingest"
"""The path."""

MAX_RUNNING = 8
"""Bodies that one process takes at a time; of each, a batch is in memory. One project has one less, so one is left
for the others."""

_log: structlog.stdlib.BoundLogger = structlog.get_logger("dialboard.ingest")
_ANY_BODY = hashlib.sha256(b"POST /ingest").digest()
"""What a key is for where the body is not known yet: each batch is compared with that of the earlier body."""
_MEDIA_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")


def add_ingest(app: FastAPI, running: Callable[[], tuple[Runtime, Authenticator]], settings: Settings) -> None:
    """Adds the route to the application."""
    reservations = Reservations(MAX_RUNNING, "uploads", "TOO_MANY_INGESTS")

    async def ingest(request: Request) -> Response:
        runtime, authenticator = running()
        identity = await sign_in(request, authenticator, settings)
        try:
            check_route(identity.rights, Route.INGEST)
        except RequestError as error:
            return refusal(error)
        _check_media_type(request.headers.get("content-type", ""))
        key = idempotency_key(request)
        repeated = repeatable(request, key, _ANY_BODY, settings) if key else None
        sender = Sender(identity.project_id, identity.author, origin_of(request, settings), repeated)
        try:
            reservations.reserve(identity.project_id)
        except TooManyAtOnce as error:
            return too_many(error)
        try:
            return await _taken(runtime, sender, request, settings.request_timeout)
        finally:
            reservations.release(identity.project_id)

    app.add_route(INGEST, ingest, methods=["POST"])


async def _taken(runtime: Runtime, sender: Sender, request: Request, batch_seconds: float) -> Response:
    taken = Taken()
    try:
        lines = ArrivingLines(request.stream())
        await take_in(runtime.sessions, sender, lines, taken, batch_seconds, runtime.budgets)
    except BudgetSpentError as error:
        return budget_spent(error, taken=taken.to_json())
    except HTTPException as error:
        return refused(error, taken=taken.to_json())
    except (KeyReusedError, KeyInUseError) as error:
        return key_refused(error, taken=taken.to_json())
    except Exception as error:
        outage = outage_of(error)
        if outage is None:
            raise
        _log.error("the database failed", path=INGEST, outage=outage.name, reason=(str(error).splitlines() or [""])[0])
        return unavailable(outage, CURRENT_REQUEST_ID.get() or "", taken=taken.to_json())
    left = remaining(runtime.budgets, sender)
    headers = {"Cache-Control": "no-store", **(rate_limit_headers(left) if left else {})}
    if sender.request is not None and sender.request.repeated:
        headers[REPEATED] = "true"
    return Response(orjson.dumps(taken.to_json()), media_type=JSON, headers=headers)


def _check_media_type(content_type: str) -> None:
    media, parameters = parse_content_type(content_type)
    if media.lower() not in _MEDIA_TYPES or parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise HTTPException(415, f"The body must be JSON lines in UTF-8, of the type {_MEDIA_TYPES[0]}.")
