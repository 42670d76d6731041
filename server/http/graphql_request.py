"""What a client asks by HTTP: the parameters of a GraphQL request, each of its right type."""

import codecs
import re
from dataclasses import dataclass
from typing import Any, cast

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

from resolvers.trusted_documents import SHA256, id_of
from server.http.media_types import is_json
from server.json_text import WrongJsonError, read_json, read_json_beside

_PARAMETERS: dict[str, tuple[type, str]] = {
    "query": (str, "a string"),
    "variables": (dict, "an object"),
    "operationName": (str, "a string"),
    "extensions": (dict, "an object"),
    "documentId": (str, "a string"),
}

_ANY = (object, "anything")

_IDS = ("documentId", "id", "doc_id")
"""Where clients put the id of a document: by the specification's draft, and as Relay's networks usually do."""

_HASH = re.compile(r"[0-9a-fA-F]{64}")

MAX_VALUES = 200_000
"""Values of a WebSocket's message: they are read on the event loop, in some hundredths of a second."""


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """The parameters of one request.

    Attributes:
        query: the text of the document; None where its id is given instead.
        document_id: the id of the document; None where its text is given.
        is_hash: whether the id came as Apollo's clients send it, who know the errors by their messages.
        kept_as: the id that the client will ask for the text by from now on, which is that of the text.
    """

    query: str | None
    variables: dict[str, Any] | None
    operation_name: str | None
    extensions: dict[str, Any] | None
    document_id: str | None = None
    is_hash: bool = False
    kept_as: str | None = None


async def read_request(request: Request) -> GraphQLRequest:
    """The parameters of a request, from its address or from its body.

    Raises:
        HTTPException: they are not there, not JSON, or of a wrong type.
        starlette.requests.ClientDisconnect: the client went away before it had sent them.
    """
    if request.method == "GET":
        return checked(_of_address(request))
    if not is_json(request.headers.get("content-type", "")):
        raise HTTPException(415, "The body must have the content type application/json, in UTF-8.")
    try:
        return checked(await read_json_beside(text_of(await _body(request.receive))))
    except WrongJsonError as error:
        raise HTTPException(400, f"The body {error}.") from error


async def _body(receive: Receive) -> bytes:
    """The same as Starlette's ``Request.body``, in a third of the time."""
    parts: list[bytes] = []
    has_more = True
    while has_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        has_more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _of_address(request: Request) -> dict[str, Any]:
    given: dict[str, Any] = {name: value for name, value in request.query_params.items() if value}
    return given | {name: _loaded(given[name], f"`{name}`") for name in ("variables", "extensions") if name in given}


def text_of(body: bytes) -> str:
    """The text of a body, which must be in UTF-8; a mark of the byte order is left out.

    Raises:
        HTTPException: it is in something else.
    """
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in body[:4]:
        raise HTTPException(400, "The body is in UTF-16 or UTF-32; it must be in UTF-8.")
    try:
        # Not as "utf-8-sig", whose decoder is written in Python.
        return body.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        raise HTTPException(400, f"The body is not valid UTF-8: byte {error.start + 1} is invalid.") from error


def _loaded(text: str, what: str) -> Any:
    try:
        return read_json(text)
    except WrongJsonError as error:
        raise HTTPException(400, f"{what} {error}.") from error


def check_values(text: str, what: str) -> None:
    """Refuses a JSON text that may hold too many values, which take far longer to read than long ones.

    Raises:
        HTTPException: it has more commas and opening brackets, also within strings, than values are allowed.
    """
    if len(text) > MAX_VALUES and sum(map(text.count, ",[{")) > MAX_VALUES:
        raise HTTPException(413, f"{what} has more than {MAX_VALUES:,} JSON values, or commas and brackets in strings.")


def checked(data: Any) -> GraphQLRequest:
    """The parameters of a request, each of its right type.

    Raises:
        HTTPException: they are not.
    """
    if isinstance(data, list):
        raise HTTPException(400, "Batches are not supported: send a single request with all fields that you need.")
    if not isinstance(data, dict):
        raise HTTPException(400, "The body must be a JSON object with the member `query`.")
    given = cast("dict[str, Any]", data)
    for name, value in given.items():
        kind, described = _PARAMETERS.get(name, _ANY)
        if not isinstance(value, kind) and value not in (None, ""):
            raise HTTPException(400, f"`{name}` must be {described}.")
    query, hash, id = given.get("query") or None, _persisted_hash(given.get("extensions") or None), None
    if query is None:
        id = hash or _document_id(given)
        if not id:
            raise HTTPException(400, "The request has no `query` and no `documentId`.")
    elif hash is not None and id_of(query) != SHA256 + hash.lower():
        raise HTTPException(400, "`extensions.persistedQuery.sha256Hash` is not the SHA-256 of `query`.")
    # What is empty is left out: there is nothing that it could mean.
    variables, name, extensions = (given.get(key) or None for key in ("variables", "operationName", "extensions"))
    is_hash, kept_as = query is None and hash is not None, SHA256 + hash.lower() if query and hash else None
    return GraphQLRequest(query, variables, name, extensions, id, is_hash=is_hash, kept_as=kept_as)


def _persisted_hash(extensions: dict[str, Any] | None) -> str | None:
    """The hash in the extensions, as Apollo's clients send it: https://www.apollographql.com/docs/apollo-server/performance/apq

    Raises:
        HTTPException: it is of another form.
    """
    given = (extensions or {}).get("persistedQuery")
    if given is None:
        return None
    members = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    hash = members.get("sha256Hash")
    if members.get("version") != 1 or not isinstance(hash, str) or not _HASH.fullmatch(hash):
        raise HTTPException(400, "`extensions.persistedQuery` must be an object with version 1 and a sha256Hash.")
    return hash


def _document_id(given: dict[str, Any]) -> str | None:
    """The id of a document, wherever the client put it.

    Raises:
        HTTPException: there are several that differ, or one is not a string.
    """
    ids = {name: given[name] for name in _IDS if given.get(name) is not None}
    for name, id in ids.items():
        if not isinstance(id, str):
            raise HTTPException(400, f"`{name}` must be a string.")
    if len(set(ids.values())) > 1:
        raise HTTPException(400, f"{' and '.join(f'`{name}`' for name in ids)} differ; send one of them.")
    return next(iter(ids.values()), None)
