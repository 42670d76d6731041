"""From a request's headers to what its resolvers work with."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

from starlette.requests import HTTPConnection

from models import Role
from models.deadlines import Deadline
from resolvers.author import Origin
from resolvers.loaders.meter import Meter
from resolvers.rights import Rights
from resolvers.scope import Scope
from server.http.access import HEADER, Identity, ProjectError
from server.http.addresses import client_address
from server.http.auth import Authenticator
from server.http.deadline import deadline_of
from server.request_id import CURRENT_REQUEST_ID
from server.runtime import Runtime
from server.settings import Settings


def _can_introspect(settings: Settings, role: Role) -> bool:
    return role is Role.ADMIN if settings.introspection == "auto" else settings.introspection


def _with_introspection(rights: Rights, can_introspect: bool) -> Rights:
    return rights if rights.can_introspect == can_introspect else replace(rights, can_introspect=can_introspect)


def origin_of(connection: HTTPConnection, settings: Settings) -> Origin:
    """Where a request comes from, for the trail."""
    address = client_address(connection, settings.trusted_proxies)
    return Origin(address or None, CURRENT_REQUEST_ID.get())


async def sign_in(connection: HTTPConnection, authenticator: Authenticator, settings: Settings) -> Identity:
    """Whose request it is.

    Raises:
        AuthenticationError: it carries no key, none that opens anything, or comes from where too many wrong ones came.
        ProjectError: its key does not open the project that it names, or it has to name one.
    """
    if len(set(connection.headers.getlist(HEADER))) > 1:
        raise ProjectError(400, f"The request names more than one project; send one header {HEADER}.")
    address = client_address(connection, settings.trusted_proxies)
    return await authenticator.identity(cast("Mapping[str, str]", connection.headers), address)


async def rights_now(connection: HTTPConnection, authenticator: Authenticator, settings: Settings) -> Rights:
    """What the key of a connection may do now.

    Raises:
        AuthenticationError: it opens nothing any more.
        ProjectError: it does not open the project any more.
    """
    return _allowed(await sign_in(connection, authenticator, settings), settings)


def _allowed(identity: Identity, settings: Settings) -> Rights:
    return _with_introspection(identity.rights, _can_introspect(settings, identity.rights.role))


async def request_scope(
    connection: HTTPConnection,
    runtime: Runtime,
    authenticator: Authenticator,
    settings: Settings,
    before_writing: Callable[[], Awaitable[None]] | None = None,
) -> Scope:
    """Signs a request in. The one place where the server decides what a request may do, and until when.

    Args:
        before_writing: see ``Sessions.within``.

    Raises:
        HTTPException: its timeout is not a number of seconds that it may ask for.
        AuthenticationError: it carries no key, or none that opens anything.
        ProjectError: its key does not open the project that it names, or it has to name one.
    """
    deadline = deadline_of(connection, settings.request_timeout)
    identity = await sign_in(connection, authenticator, settings)
    return scope_of(identity, connection, runtime, settings, deadline, before_writing)


def scope_of(
    identity: Identity,
    connection: HTTPConnection,
    runtime: Runtime,
    settings: Settings,
    deadline: Deadline,
    before_writing: Callable[[], Awaitable[None]] | None = None,
) -> Scope:
    """What the resolvers of a request work with, once it is known whose it is."""
    return Scope(
        project_id=identity.project_id,
        sessions=runtime.sessions.within(deadline, before_writing),
        now=datetime.now(UTC),
        max_window=settings.max_window,
        author=identity.author,
        preaggregates=runtime.preaggregates,
        rights=_allowed(identity, settings),
        meter=Meter(settings.max_cost, settings.max_answer_bytes),
        origin=origin_of(connection, settings),
        key=identity.key,
        feeds=runtime.feeds,
        links=runtime.links,
    )
