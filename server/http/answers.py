"""The answers to operations as they are sent, over HTTP and over WebSockets alike."""

from typing import Any

from strawberry.types import ExecutionResult

from graph.errors import ErrorCode
from server.http.json_pieces import TooLargeError, encode, encoded

_PER_TEXT = 4
"""Bytes of a whole answer for each byte of transcripts and metadata that it may have."""


def answer_body(result: ExecutionResult) -> dict[str, Any]:
    """The answer; without ``data`` where the request failed before anything was executed."""
    errors = result.errors
    if not errors:
        return {"data": result.data}
    told = [error.formatted for error in errors]
    if result.data is None and not any(error.path for error in errors):
        return {"errors": told}
    return {"data": result.data, "errors": told}


async def answer_parts(body: dict[str, Any], most_text: int) -> list[bytes]:
    """An answer as JSON, in pieces; in the place of one that is too large, the error that says so.

    Args:
        most_text: bytes of transcripts and metadata that it may have.
    """
    try:
        return await encoded(body, _PER_TEXT * most_text)
    except TooLargeError:
        return [encode(_too_large(_PER_TEXT * most_text))]


def _too_large(most: int) -> dict[str, Any]:
    message = f"The response has more than {most:,} bytes, which is the limit. Request less data at a time."
    code = ErrorCode.COST_EXCEEDED.value
    extensions = {"code": code, "limit": "answerBytes", "answerBytes": {"ceiling": most}}
    return {"data": None, "errors": [{"message": message, "extensions": extensions}]}
