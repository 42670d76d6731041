"""Compression of answers, by zstd where the client takes it, else by gzip.

What streams as server-sent events goes out as it is: each event is to arrive when it happens.
"""

from starlette.types import ASGIApp
from starlette_compress import CompressMiddleware, add_compress_type, remove_compress_type

LEAST = 2048
"""Bytes of the smallest answer that is compressed: shorter ones fit in a packet or two."""

ZSTD_LEVEL, GZIP_LEVEL = 1, 1
"""The fastest: each higher level measured slower than the bytes it saves are sent on a fast network."""


def compressing(app: ASGIApp) -> ASGIApp:
    """The application, with its answers compressed."""
    for media_type in ("application/graphql-response+json", "application/jsonl", "text/csv"):
        add_compress_type(media_type)
    remove_compress_type("text/event-stream")
    return CompressMiddleware(app, minimum_size=LEAST, brotli=False, zstd_level=ZSTD_LEVEL, gzip_level=GZIP_LEVEL)
