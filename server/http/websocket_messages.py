"""What a WebSocket may say by graphql-transport-ws: looked at before the library, which expects what is well-formed."""

from typing import cast

TYPES = ("connection_init", "subscribe", "complete", "ping", "pong")
"""What a client may send."""

_OF_OPERATIONS = ("subscribe", "complete")
_MAX_REASON = 123
"""Bytes that a frame which closes a socket has for its reason (RFC 6455, 5.5)."""


def wrong_message(message: object) -> str | None:
    """Why a message is not one of the protocol; None if it is one."""
    if not isinstance(message, dict):
        return "A message must be a JSON object."
    given = cast("dict[str, object]", message)
    kind = given.get("type")
    if kind not in TYPES:
        return f"The type of a message must be one of {', '.join(TYPES)}."
    if kind in _OF_OPERATIONS and not isinstance(given.get("id"), str):
        return f"The id of {kind} must be a string."
    if kind in _OF_OPERATIONS and not cast("str", given["id"]).isprintable():
        return f"The id of {kind} must consist of printable characters."
    if kind == "subscribe" and not isinstance(given.get("payload"), dict):
        return "The payload of subscribe must be an object."
    return None


def fitting(reason: str) -> str:
    """A reason to close a socket for, cut to what fits into the frame."""
    return reason.encode("utf-8", "replace")[:_MAX_REASON].decode("utf-8", "ignore")
