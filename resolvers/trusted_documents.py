"""Trusted documents: the texts that clients may ask for by id, and, where only those run, no others."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from models import TrustedDocument
from models.quotas import lock_for_counting
from models.sessions import ReadSession, WriteSession

MAX_DOCUMENTS = 5_000
"""The most documents of a project."""

MAX_ID = 255
"""The most characters of an id."""

SHA256 = "sha256:"
_HASH = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.IGNORECASE)
_ID = re.compile(rf"[!-~]{{1,{MAX_ID}}}")


class DocumentsRefusedError(Exception):
    """Documents cannot be registered; the message says why."""


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document to register. ``other_id`` is what a tool calls it, where that is not the SHA-256 of its text."""

    text: str
    name: str
    other_id: str | None = None


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A registered document: its id, those that tools gave it, the names of its operations."""

    id: str
    other_ids: tuple[str, ...]
    name: str
    created_at: datetime


def id_of(text: str) -> str:
    """The id of a text: ``sha256:`` and the digest of its UTF-8."""
    return SHA256 + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def stored_id(id: str) -> str | None:
    """An id as it is stored: a SHA-256 may come without its prefix. None for what cannot be an id."""
    found = _HASH.fullmatch(id)
    if found:
        return SHA256 + found[1].lower()
    return id if _ID.fullmatch(id) and not id.startswith(SHA256) else None


async def text_of(session: ReadSession, project_id: int, id: str) -> str | None:
    """The text that the project trusts under a stored id."""
    table = TrustedDocument
    return await session.scalar(select(table.text).where(table.project_id == project_id, table.id == id))


async def register(session: WriteSession, project_id: int, documents: Sequence[NewDocument]) -> int:
    """Registers documents, and returns how many are new. Those that are registered already stay.

    Raises:
        DocumentsRefusedError: an id stands for another document already, or there would be too many.
    """
    await lock_for_counting(session, project_id)
    table = TrustedDocument
    before = dict(
        (await session.execute(select(table.id, table.hash).where(table.project_id == project_id))).tuples().all()
    )
    known, new = dict(before), list[dict[str, object]]()
    for document in documents:
        hash = id_of(document.text)
        for id in (hash, *([document.other_id] if document.other_id else ())):
            if known.setdefault(id, hash) != hash:
                raise DocumentsRefusedError(
                    f"The ID {id!r} is already registered for another document; remove that one first."
                )
            if id not in before and all(row["id"] != id for row in new[-2:]):
                row = {"id": id, "hash": hash, "text": document.text, "name": document.name}
                new.append({"project_id": project_id, **row})
    count = len(set(known.values()))
    if count > MAX_DOCUMENTS:
        raise DocumentsRefusedError(
            f"The project would have {count:,} documents; at most {MAX_DOCUMENTS:,} are allowed."
        )
    if new:
        await session.execute(insert(table).on_conflict_do_nothing(), new)
    return len(set(known.values()) - set(before.values()))


async def list_documents(session: ReadSession, project_id: int) -> list[ListedDocument]:
    """The documents of a project, oldest first."""
    table = TrustedDocument
    ids = func.array_agg(table.id)
    statement = (
        select(table.hash, ids, func.min(table.name), func.min(table.created_at))
        .where(table.project_id == project_id)
        .group_by(table.hash)
        .order_by(func.min(table.created_at), func.min(table.name), table.hash)
    )
    rows = (await session.execute(statement)).tuples()
    return [
        ListedDocument(hash, tuple(sorted(id for id in all_ids if id != hash)), name, created_at)
        for hash, all_ids, name, created_at in rows
    ]


async def remove(session: WriteSession, project_id: int, id: str) -> bool:
    """Removes a document with all its ids; False where the project has none under this stored id."""
    table = TrustedDocument
    hash = await session.scalar(select(table.hash).where(table.project_id == project_id, table.id == id))
    if hash is None:
        return False
    await session.execute(delete(table).where(table.project_id == project_id, table.hash == hash))
    return True
