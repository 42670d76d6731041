"""Compression of answers, by what the client ranks highest: gzip, or zstd.

Where both rank equal it is gzip: some clients say that they take zstd and then cannot read it. What streams as
server-sent events goes out as it is: each event is to arrive when it happens.
"""

from enum import Enum
from functools import lru_cache, partial

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette_compress import CompressMiddleware, add_compress_type, remove_compress_type

LEAST = 2048
"""Bytes of the smallest answer that is compressed: shorter ones fit in a packet or two."""

ZSTD_LEVEL, GZIP_LEVEL = 1, 1
"""The fastest: each higher level measured slower than the bytes it saves are sent on a fast network."""

_REMEMBERED = 128


class Coding(Enum):
    """How an answer is sent. Of those that a client ranks equal, the first is taken."""

    GZIP = "gzip"
    ZSTD = "zstd"
    IDENTITY = "identity"


@lru_cache(_REMEMBERED)
def chosen(accepted: str) -> Coding:
    """The coding for a client's ``Accept-Encoding`` (RFC 9110, 12.5.3)."""
    ranks: dict[str, float] = {}
    for item in accepted.split(","):
        coding, *parameters = (part.strip().lower() for part in item.split(";"))
        ranks[coding] = _rank(parameters)
    for coding in (Coding.GZIP, Coding.ZSTD):
        ranks.setdefault(coding.value, ranks.get("*", 0.0))
    # What nobody names is acceptable, and the last choice.
    ranks.setdefault(Coding.IDENTITY.value, 0.0)
    best = max(Coding, key=lambda coding: ranks[coding.value])
    return best if ranks[best.value] > 0 else Coding.IDENTITY


def _rank(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


class Compressing:
    """ASGI middleware: the application, with its answers compressed."""

    def __init__(self, app: ASGIApp) -> None:
        for media_type in ("application/graphql-response+json", "application/jsonl", "text/csv"):
            add_compress_type(media_type)
        remove_compress_type("text/event-stream")
        compress = partial(
            CompressMiddleware, app, minimum_size=LEAST, brotli=False, zstd_level=ZSTD_LEVEL, gzip_level=GZIP_LEVEL
        )
        self._app = app
        self._by_coding = {
            Coding.GZIP: compress(zstd=False),
            Coding.ZSTD: compress(gzip=False),
            Coding.IDENTITY: compress(zstd=False, gzip=False),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        accepted = [value for name, value in scope["headers"] if name == b"accept-encoding"]
        coding = chosen(b",".join(accepted).decode("latin-1")) if accepted else Coding.IDENTITY
        await self._by_coding[coding](scope, receive, send)
