"""From a request's headers to what its resolvers work with."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import cast

from starlette.requests import HTTPConnection

from resolvers.author import Author
from resolvers.loaders.meter import Meter
from resolvers.scope import Scope
from server.http.auth import Authenticator
from server.http.deadline import deadline_of
from server.runtime import Runtime
from server.settings import Settings


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
    """
    deadline = deadline_of(connection, settings.request_timeout)
    identity = await authenticator.identity(cast("Mapping[str, str]", connection.headers))
    return Scope(
        project_id=identity.project_id,
        sessions=runtime.sessions.within(deadline, before_writing),
        now=datetime.now(UTC),
        max_window=settings.max_window,
        author=Author(identity.key_id, identity.key_name),
        preaggregates=runtime.preaggregates,
        rights=identity.rights,
        meter=Meter(settings.max_cost, settings.max_answer_bytes),
    )
