"""Answers that are errors, all in the shape that GraphQL gives its own."""

from collections.abc import Mapping

import orjson
from starlette.responses import Response

JSON = "application/json; charset=utf-8"


def error_body(message: str, code: str, **details: object) -> bytes:
    """``{"errors": [{"message", "extensions": {"code", ...}}]}``."""
    return orjson.dumps({"errors": [{"message": message, "extensions": {"code": code, **details}}]})


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
