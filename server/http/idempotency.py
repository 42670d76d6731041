"""The idempotency key of a request: the header ``Idempotency-Key``, or ``idempotencyKey`` among the extensions.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import asyncio
import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response

from graph.errors import ErrorCode
from resolvers.repeatable import RETRY_AFTER, KeyInUseError, KeyReusedError, Repeatable
from resolvers.sealing import Seal
from server.http.auth import key_from
from server.http.graphql_request import GraphQLRequest
from server.http.responses import error_response, retry_after
from server.settings import Settings

HEADER = "idempotency-key"
EXTENSION = "idempotencyKey"
REPEATED = "Idempotent-Replayed"
"""The header of an answer in which something was not done again."""

MAX_LENGTH = 255

_KEY = re.compile(r"[!#-\[\]-~]{1,255}", re.ASCII)
_ALLOWED = f"1 to {MAX_LENGTH} printable ASCII characters without spaces, quotes and backslashes, such as a UUID"

CONFLICTS = {ErrorCode.IDEMPOTENCY_KEY_REUSED.value: 422, ErrorCode.IDEMPOTENCY_KEY_IN_USE.value: 409}
"""The status of a response in which nothing was done because of its idempotency key, by the code of its errors."""


def idempotency_key(connection: HTTPConnection, extensions: Mapping[str, Any] | None = None) -> str | None:
    """The idempotency key of a request; None where it has none.

    Raises:
        HTTPException: it is not one that can be used, or there are two.
    """
    headers = connection.headers.getlist(HEADER)
    given = [_checked(_unquoted(header.strip()), "The header Idempotency-Key") for header in headers]
    if extensions and extensions.get(EXTENSION) is not None:
        given.append(_checked(extensions[EXTENSION], f"`extensions.{EXTENSION}`"))
    if len(set(given)) > 1:
        raise HTTPException(400, "The request has more than one idempotency key; send one.")
    return given[0] if given else None


async def repeatable_operation(
    connection: HTTPConnection, asked: GraphQLRequest, settings: Settings, *, uses_header: bool = True
) -> Repeatable | None:
    """What makes an operation repeatable; None where it has no idempotency key.

    Args:
        uses_header: whether the headers are those of the operation, and not of the WebSocket that it came by.

    Raises:
        HTTPException: its idempotency key cannot be used.
    """
    given = asked.extensions or {}
    if not uses_header and given.get(EXTENSION) is None:
        return None
    key = idempotency_key(connection, given) if uses_header else _checked(given[EXTENSION], f"`extensions.{EXTENSION}`")
    if key is None:
        return None
    # Variables can be some megabytes.
    return repeatable(connection, key, await asyncio.to_thread(operation_hash, asked), settings)


def repeatable(connection: HTTPConnection, key: str, request_hash: bytes, settings: Settings) -> Repeatable:
    """A request with an idempotency key."""
    seal = Seal(key_from(cast("Mapping[str, str]", connection.headers)))
    return Repeatable(key, request_hash, seal, timedelta(hours=settings.idempotency_hours))


def operation_hash(asked: GraphQLRequest) -> bytes:
    """The SHA-256 of a document, the name of its operation and its variables, whatever the order of their members."""
    parts = [asked.query or asked.document_id, asked.operation_name, asked.variables or {}]
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).digest()


def conflict_status(body: Mapping[str, Any]) -> int | None:
    """The status of a response of which nothing was done because of its idempotency key; None of any other."""
    if "errors" not in body:
        return None
    data: dict[str, Any] = body.get("data") or {}
    codes = {error.get("extensions", {}).get("code") for error in body.get("errors", [])}
    if len(codes) != 1 or any(value is not None for value in data.values()):
        return None
    return CONFLICTS.get(codes.pop())


def key_refused(error: KeyReusedError | KeyInUseError, taken: object) -> Response:
    """A body that cannot be taken because of its idempotency key, as a response. ``taken`` is what was stored of it."""
    match error:
        case KeyReusedError():
            return error_response(422, str(error), ErrorCode.IDEMPOTENCY_KEY_REUSED.value, taken=taken)
        case KeyInUseError():
            code, headers = ErrorCode.IDEMPOTENCY_KEY_IN_USE.value, retry_after(RETRY_AFTER)
            return error_response(409, str(error), code, headers=headers, retryAfter=RETRY_AFTER, taken=taken)


def _unquoted(header: str) -> str:
    """The draft has the key in quotes; most clients send it without."""
    return header[1:-1] if len(header) >= 2 and header[0] == header[-1] == '"' else header


def _checked(given: object, what: str) -> str:
    if isinstance(given, str) and _KEY.fullmatch(given):
        return given
    raise HTTPException(400, f"{what} is not a valid idempotency key. Allowed: {_ALLOWED}.")
