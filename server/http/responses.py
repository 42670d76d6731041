"""Answers that are errors, all in the shape that GraphQL gives its own."""

import json
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

from graph.errors import ErrorCode, RequestError
from models.outages import QUERY_TIMEOUT, Outage
from server.http.reservations import TooManyAtOnce
from server.http.sign_in_errors import AuthenticationError, TooManyWrongKeysError

JSON = "application/json; charset=utf-8"
UNAUTHENTICATED = "UNAUTHENTICATED"
"""The code of a request without a key, or with one that opens nothing."""
_CODES = {403: "FORBIDDEN", 404: "NOT_FOUND", 413: "REQUEST_TOO_LARGE"}
_STATUS = {
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.QUERY_TIMEOUT: 504,
    ErrorCode.INTERNAL_ERROR: 500,
}


def error_body(message: str, code: str, **details: object) -> bytes:
    """``{"errors": [{"message", "extensions": {"code", ...}}]}``. What UTF-8 cannot write of a message is ``?``."""
    body = {"errors": [{"message": message, "extensions": {"code": code, **details}}]}
    try:
        return orjson.dumps(body)
    except TypeError:  # an echo of the request can have unpaired surrogates
        return json.dumps(body, ensure_ascii=False).encode(errors="replace")


def error_response(
    status: int,
    message: str,
    code: str,
    *,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
    **details: object,
) -> Response:
    """An error as a response."""
    return Response(
        error_body(message, code, **details), status_code=status, media_type=media_type, headers=dict(headers or {})
    )


def code_of(error: HTTPException) -> str:
    """The code of a request that is refused as HTTP."""
    return _CODES.get(error.status_code, "BAD_REQUEST")


def refused(error: HTTPException, media_type: str = JSON, taken: object = None) -> Response:
    """A request that is refused as HTTP, as a response. ``taken`` is what was stored of it before."""
    details: dict[str, Any] = {} if taken is None else {"taken": taken}
    return error_response(
        error.status_code, error.detail, code_of(error), media_type=media_type, headers=error.headers, **details
    )


def sign_in_extensions(error: AuthenticationError) -> dict[str, Any]:
    """The extensions of what is refused because it is not signed in."""
    if isinstance(error, TooManyWrongKeysError):
        return {"code": ErrorCode.RATE_LIMITED.value, "retryAfter": error.retry_after}
    return {"code": UNAUTHENTICATED}


def unauthenticated(error: AuthenticationError) -> Response:
    """A request without a key, or with one that opens nothing, as a response."""
    if isinstance(error, TooManyWrongKeysError):
        return error_response(429, str(error), headers=retry_after(error.retry_after), **sign_in_extensions(error))
    return error_response(401, str(error), UNAUTHENTICATED, headers={"WWW-Authenticate": "Bearer"})


def refusal(error: RequestError) -> Response:
    """An error as a response in JSON; its place, where it has one, as ``path``."""
    details = {name: value for name, value in (error.extensions or {}).items() if name != "code"}
    faults = details.get("faults")
    if "path" not in details and faults:
        details["path"] = faults[0]["path"]
    return error_response(_STATUS.get(error.code, 400), error.message, error.code.value, **details)


def too_many(error: TooManyAtOnce) -> Response:
    """A request of a kind of which too many are under way, as a response."""
    return error_response(error.status, str(error), error.code, headers=retry_after(5))


def unavailable(outage: Outage, id: str, taken: object = None) -> Response:
    """A request that the database could not serve, or not in time, as a response. ``id`` finds it in the log; ``taken``
    is what was stored of it before."""
    details: dict[str, Any] = {"id": id} if taken is None else {"id": id, "taken": taken}
    if outage.code == QUERY_TIMEOUT:
        return error_response(504, outage.message, outage.code, **details)
    return error_response(503, outage.message, outage.code, headers=retry_after(outage.retry_after), **details)


def retry_after(seconds: int | None) -> dict[str, str]:
    """The header that says when to try again; none where waiting does not help."""
    return {} if seconds is None else {"Retry-After": str(seconds)}
