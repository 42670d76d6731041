"""Where charts and calls are fetched as files."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

import orjson
import strawberry

from graph.enums import register
from graph.errors import ErrorCode, RequestError
from resolvers.export_links import LONGEST, SHORTEST, Link
from resolvers.exports import ExportFormat
from resolvers.scope import Scope

_SECOND = timedelta(seconds=1)

register(
    ExportFormat,
    "File formats for exports.",
    {
        ExportFormat.CSV: "Comma-separated values with a header (RFC 4180), in UTF-8.",
        ExportFormat.JSONL: "JSON lines: one object per line. Calls are in the native import format.",
    },
)

Format = Annotated[ExportFormat, strawberry.argument(description="The format of the file.")]


ExpiresIn = Annotated[
    int | None,
    strawberry.argument(
        description="For how many seconds the URL works without an API key: "
        f"{SHORTEST // _SECOND} to {LONGEST // _SECOND:,}. It shows what the key of this request may see, and stops "
        "working if that is revoked or expires. Without this argument, the URL needs an API key. Keys of organisations "
        "cannot make such URLs."
    ),
]


def linked(scope: Scope, url: str, expires_in: int | None) -> str:
    """The address, which works without a key for a while if that is asked for.

    Raises:
        RequestError: it cannot work for so long, or the key of the request cannot make such addresses.
    """
    if expires_in is None:
        return url
    least, most = SHORTEST // _SECOND, LONGEST // _SECOND
    if not least <= expires_in <= most:
        message = f"expiresIn must be {least} to {most:,} seconds, not {expires_in:,}."
        raise RequestError(ErrorCode.INVALID_INPUT, message, path="/expiresIn")
    if scope.links is None or scope.key is None or scope.key.organisation is not None:
        message = "Only the key of a project can make URLs that work without a key; this request has none."
        raise RequestError(ErrorCode.FORBIDDEN, message)
    expires_at = scope.now + timedelta(seconds=expires_in)
    return scope.links.signed(url, Link(scope.project_id, scope.key.id, expires_at))


def export_url(path: str, format: ExportFormat, **parameters: object) -> str:
    """The address of a file, relative to the server. Texts go in as they are, all else as JSON; None is left out."""
    texts = {
        name: value if isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in parameters.items()
        if value is not None
    }
    query = f"?{urlencode(texts)}" if texts else ""
    return f"/export/{path}.{format}{query}"
