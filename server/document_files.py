"""GraphQL documents in files: single ones, and the manifests that clients' tools write."""

import json
from dataclasses import dataclass
from typing import Any, cast

from graphql import OperationDefinitionNode

from graph.schema import schema
from resolvers.trusted_documents import NewDocument, id_of, stored_id
from server.user_error import UserError

APOLLO = "apollo-persisted-query-manifest"
_FORMS = (
    "a GraphQL document, an Apollo manifest (an object with the key format), or an object whose keys are ids and whose "
    "values are documents, as Relay and GraphQL Code Generator write it"
)
_MOST_FAULTS = 50


class DocumentFilesError(UserError):
    """Files cannot be registered; the message has a line for each fault, with its place."""


@dataclass(frozen=True, slots=True)
class Found:
    """A document in a file. ``place`` is the file and line that it begins in, ``id`` what the file calls it."""

    text: str
    place: str
    id: str | None = None


def read_file(name: str, content: bytes) -> list[Found]:
    """The documents in a file; its content says which form it has.

    Raises:
        DocumentFilesError: it has none of the forms.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DocumentFilesError(f"{name}:{line}: the file is not valid UTF-8.") from None
    try:
        value: Any = json.loads(text)
    except json.JSONDecodeError as error:
        if name.lower().endswith(".json"):
            raise DocumentFilesError(f"{name}:{error.lineno}:{error.colno}: {error.msg}; expected {_FORMS}.") from None
        return [Found(text, name)]
    except RecursionError:
        raise DocumentFilesError(f"{name}:1: the file is nested too deeply; expected {_FORMS}.") from None
    if not isinstance(value, dict):
        raise DocumentFilesError(f"{name}:1: expected {_FORMS}.")
    given = cast("dict[str, Any]", value)
    pairs = _of_apollo(name, given) if given.get("format") == APOLLO else _of_map(name, given)
    return [Found(document, f"{name}:{_line(text, id)}", id) for id, document in pairs]


def _of_apollo(name: str, given: dict[str, Any]) -> list[tuple[str, str]]:
    operations = given.get("operations")
    if given.get("version") != 1 or not isinstance(operations, list):
        raise DocumentFilesError(f"{name}: expected version 1 of an Apollo manifest, with a list of operations.")
    pairs: list[tuple[str, str]] = []
    for number, one in enumerate(cast("list[Any]", operations)):
        members = cast("dict[str, Any]", one) if isinstance(one, dict) else {}
        id, body = members.get("id"), members.get("body")
        if not isinstance(id, str) or not isinstance(body, str):
            raise DocumentFilesError(f"{name}: /operations/{number} must have the strings id and body.")
        pairs.append((id, body))
    return pairs


def _of_map(name: str, given: dict[str, Any]) -> list[tuple[str, str]]:
    for id, document in given.items():
        if not isinstance(document, str):
            raise DocumentFilesError(f"{name}: the value of {id[:80]!r} is not a string; expected {_FORMS}.")
    return list(given.items())


def _line(text: str, id: str) -> int:
    """The line in which an id first stands."""
    at = max(text.find(json.dumps(id)), text.find(json.dumps(id, ensure_ascii=False)), 0)
    return text.count("\n", 0, at) + 1


async def checked(found: list[Found]) -> list[NewDocument]:
    """The documents, each of which the schema accepts.

    Raises:
        DocumentFilesError: with the faults of all of them.
    """
    faults: list[str] = []
    documents: list[NewDocument] = []
    for one in found:
        wrong, name = await _faults(one)
        faults += [f"{one.place}{fault}" for fault in wrong]
        id = None if one.id is None else stored_id(one.id)
        documents.append(NewDocument(one.text, name, None if id == id_of(one.text) else id))
    if faults:
        further = len(faults) - _MOST_FAULTS
        more = [f"And {further:,} more."] if further > 0 else []
        raise DocumentFilesError("\n".join(["No document was registered.", *faults[:_MOST_FAULTS], *more]))
    return documents


async def _faults(one: Found) -> tuple[list[str], str]:
    """What is wrong with a document, with places in it, and the names of its operations."""
    wrong: list[str] = []
    if one.id is not None:
        id = stored_id(one.id)
        if id is None:
            wrong.append(f": {one.id[:80]!r} is not a valid id: 1 to 255 printable ASCII characters.")
        elif id.startswith("sha256:") and id != id_of(one.text):
            wrong.append(f": the id {one.id!r} is not the SHA-256 of its document, which is {id_of(one.text)}.")
    prepared = await schema.documents.prepare(one.text)
    for error in prepared.errors:
        place = error.locations[0] if error.locations else None
        inside = "" if one.id is None else f": line {place.line} of its text" if place else ""
        in_file = f":{place.line}:{place.column}" if place and one.id is None else ""
        wrong.append(f"{in_file}{inside}: {error.message}")
    definitions = prepared.document.definitions if prepared.document else ()
    operations = [node for node in definitions if isinstance(node, OperationDefinitionNode)]
    if not operations and not wrong:
        wrong.append(": the document has no operation.")
    return wrong, ", ".join(node.name.value if node.name else "(unnamed)" for node in operations)
