"""Answers to requests that the application never sees."""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from server.http.responses import error_body

_CODES = {
    400: "BAD_REQUEST",
    408: "REQUEST_TIMEOUT",
    414: "URI_TOO_LONG",
    431: "REQUEST_HEADERS_TOO_LARGE",
    503: "OVERLOADED",
}


def early_answer(
    status: int, message: str, default_headers: list[tuple[bytes, bytes]], code: str | None = None
) -> bytes:
    """The bytes of an error after which the connection is closed. ``code`` is that of its body, where it is not the
    usual one of the status."""
    body = error_body(message, code or _CODES[status])
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
        *default_headers,
        *([(b"retry-after", b"5")] if status == 503 else []),
    ]
    lines = [name + b": " + value + b"\r\n" for name, value in headers]
    return b"".join([STATUS_LINE[status], *lines, b"\r\n", body])
