"""Headers of every answer that tell browsers what they must not do with it."""

from collections.abc import Sequence

SECURITY_HEADERS: Sequence[tuple[bytes, bytes]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
"""What stands in every answer, whoever writes it."""


def security_headers(hsts_seconds: int) -> list[tuple[bytes, bytes]]:
    """Those of a server's answers; with a time, browsers are told to come by HTTPS only (RFC 6797)."""
    hsts = [(b"strict-transport-security", f"max-age={hsts_seconds}".encode())] if hsts_seconds else []
    return [*SECURITY_HEADERS, *hsts]
