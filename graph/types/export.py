"""Where charts and calls are fetched as files."""

from typing import Annotated
from urllib.parse import urlencode

import orjson
import strawberry

from graph.enums import register
from resolvers.exports import ExportFormat

register(
    ExportFormat,
    "File formats for exports.",
    {
        ExportFormat.CSV: "Comma-separated values with a header (RFC 4180), in UTF-8.",
        ExportFormat.JSONL: "JSON lines: one object per line. Calls are in the native import format.",
    },
)

Format = Annotated[ExportFormat, strawberry.argument(description="The format of the file.")]


def export_url(path: str, format: ExportFormat, **parameters: object) -> str:
    """The address of a file, relative to the server. Texts go in as they are, all else as JSON; None is left out."""
    texts = {
        name: value if isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in parameters.items()
        if value is not None
    }
    query = f"?{urlencode(texts)}" if texts else ""
    return f"/export/{path}.{format}{query}"
