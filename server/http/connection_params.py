"""Signing in to a WebSocket by ``connection_init``, for pages of browsers: they cannot set headers of a handshake."""

from collections.abc import Mapping

from starlette.requests import HTTPConnection

from server.http.access import HEADER

_HEADERS = {
    "x-api-key": b"x-api-key",
    "apikey": b"x-api-key",
    "authorization": b"authorization",
    "dialboard-project": HEADER.lower().encode(),
    "project": HEADER.lower().encode(),
}
"""The headers that members of the payload stand for, by their names in small letters."""

KEYS = (b"x-api-key", b"authorization")
"""The headers that carry a key."""


class WrongParamsError(ValueError):
    """A member of the payload is not what it has to be; the message says what is allowed."""


def has_key(connection: HTTPConnection) -> bool:
    """Whether a handshake carries a key, right or wrong."""
    return any(name in KEYS for name, _ in connection.scope["headers"])


def with_params(connection: HTTPConnection, payload: Mapping[str, object]) -> HTTPConnection:
    """The handshake, as if it had come with the headers that a payload stands for. Other members mean nothing.

    Raises:
        WrongParamsError: a member is not a text, or two of them stand for the same header.
    """
    given: dict[bytes, bytes] = {}
    for name, value in payload.items():
        header = _HEADERS.get(name.lower())
        if header is None or value is None:
            continue
        if not isinstance(value, str):
            raise WrongParamsError(f"{name} must be a string.")
        if header in given:
            raise WrongParamsError(f"{name} is given twice.")
        given[header] = value.encode(errors="replace")
    others = [(name, value) for name, value in connection.scope["headers"] if name not in given]
    return HTTPConnection({**connection.scope, "headers": [*others, *given.items()]})
