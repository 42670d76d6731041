"""From the id or the text of a request to the document that is run."""

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal, assert_never

from graph.context import Context
from graph.errors import ErrorCode, RequestError
from models import Role
from resolvers.scope import Scope
from resolvers.trusted_documents import id_of, stored_id, text_of
from server.http.automatic_documents import AutomaticDocuments
from server.http.graphql_request import GraphQLRequest

TrustMode = Literal["off", "allow", "on"]
"""Whether ids are taken, and whether only registered documents run."""

MAX_REMEMBERED = 20_000_000
"""The most characters of the documents that a process remembers; an id that is not registered counts as well."""

_ENTRY = 500
"""What is counted for an entry beside its text."""


def runs_registered_only(mode: TrustMode, role: Role) -> bool:
    """Whether keys of a role can only run registered documents. Tools of admins write documents of their own, as they
    may read the schema."""
    return mode == "on" and role is not Role.ADMIN


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database had under an id, at a moment of the monotonic clock; None for nothing."""

    text: str | None
    read_at: float


class TrustedDocuments:
    """Looks documents up, and remembers what it found for a while.

    Args:
        remember_seconds: how long a document that was removed may still run, as a key that was revoked.
    """

    def __init__(self, mode: TrustMode, remember_seconds: float) -> None:
        self._mode: TrustMode = mode
        self._remember_seconds = remember_seconds
        self._known: OrderedDict[tuple[int, str], _Known] = OrderedDict()
        self._size = 0
        self._automatic = AutomaticDocuments()

    async def document(self, asked: GraphQLRequest, context: Context) -> str:
        """The text to run.

        Raises:
            RequestError: the id is not registered, or ids are not taken, or only registered documents run.
            BudgetSpentError: the key of the request has no points left for look-ups of ids that are not registered.
        """
        match self._mode:
            case "off":
                if asked.query is None:
                    raise RequestError(ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported")
                return asked.query
            case "allow":
                return await self._any(asked, context)
            case "on":
                if asked.query is None:
                    return await self._registered(asked, context)
                if not runs_registered_only(self._mode, context.scope.rights.role):
                    return asked.query
                if await self._text(id_of(asked.query), context) is None:
                    message = "This key can only run documents that are registered for this project."
                    raise RequestError(ErrorCode.DOCUMENT_NOT_TRUSTED, message)
                return asked.query
            case _:
                assert_never(self._mode)

    async def _any(self, asked: GraphQLRequest, context: Context) -> str:
        """The text of a request, where every text may run."""
        project_id = context.scope.project_id
        if asked.query is None:
            known = self._automatic.text(project_id, stored_id(asked.document_id or "") or "")
            return await self._registered(asked, context) if known is None else known
        if asked.kept_as is not None:
            self._automatic.keep(project_id, asked.kept_as, asked.query)
        return asked.query

    async def _registered(self, asked: GraphQLRequest, context: Context) -> str:
        id = stored_id(asked.document_id or "")
        text = None if id is None else await self._text(id, context)
        if text is None:
            # Clients by Apollo know the error by this message or by its code.
            message = "PersistedQueryNotFound" if asked.is_hash else "This document is not registered for the project."
            raise RequestError(ErrorCode.PERSISTED_QUERY_NOT_FOUND, message)
        return text

    async def _text(self, id: str, context: Context) -> str | None:
        scope = context.scope
        known = self._known.get((scope.project_id, id))
        if known is not None and time.monotonic() - known.read_at < self._remember_seconds:
            self._known.move_to_end((scope.project_id, id))
            return known.text
        return await self._read(scope, id, context)

    async def _read(self, scope: Scope, id: str, context: Context) -> str | None:
        started = time.monotonic()
        async with scope.sessions.read(scope.project_id) as session:
            text = await text_of(session, scope.project_id, id)
        self._remember((scope.project_id, id), _Known(text, started))
        if text is None and context.spend is not None:
            await context.spend(1)
        return text

    def _remember(self, key: tuple[int, str], known: _Known) -> None:
        self._forget(key)
        self._known[key] = known
        self._size += _size(known)
        while self._size > MAX_REMEMBERED:
            self._forget(next(iter(self._known)))

    def _forget(self, key: tuple[int, str]) -> None:
        known = self._known.pop(key, None)
        if known is not None:
            self._size -= _size(known)


def _size(known: _Known) -> int:
    return len(known.text or "") + _ENTRY
