"""Whose request for a file it is: by the API key, or by the token of a link."""

from datetime import UTC, datetime

from sqlalchemy import select
from starlette.requests import Request

from models import ApiKey, Project
from models.lanes import Lane
from models.sessions import Sessions
from resolvers.export_links import TOKEN, Link, LinkError
from resolvers.rights import rights_of
from resolvers.scope import Scope
from server.http.access import Identity
from server.http.auth import Authenticator
from server.http.deadline import deadline_of
from server.http.request_scope import request_scope, scope_of
from server.http.sign_in_errors import AuthenticationError
from server.runtime import Runtime
from server.settings import Settings


async def export_scope(
    request: Request, runtime: Runtime, authenticator: Authenticator, settings: Settings
) -> tuple[Scope, Request]:
    """The scope of a request for a file, and the request without the token.

    Raises:
        AuthenticationError: neither a key nor a link opens the file.
        starlette.exceptions.HTTPException: as ``request_scope`` has it.
    """
    if request.method == "POST" or TOKEN not in request.query_params:
        return await request_scope(request, runtime, authenticator, settings), request
    deadline = deadline_of(request, settings.request_timeout)
    parameters = request.query_params.multi_items()
    try:
        link = runtime.links.read(request.url.path, parameters, datetime.now(UTC))
    except LinkError as error:
        raise AuthenticationError(str(error)) from error
    identity = await _identity(runtime.sessions, link)
    without = request.url.remove_query_params(TOKEN).query
    bare = Request({**request.scope, "query_string": without.encode()}, request.receive)
    return scope_of(identity, request, runtime, settings, deadline), bare


async def _identity(sessions: Sessions, link: Link) -> Identity:
    """The key that made a link, as it is now: what its role may see, the link shows.

    Raises:
        AuthenticationError: the key was revoked or has expired.
    """
    statement = (
        select(ApiKey.name, ApiKey.role, ApiKey.expires_at, Project.name, Project.mask_customer_numbers)
        .join(Project, Project.id == link.project_id)
        .where(ApiKey.project_id == link.project_id, ApiKey.id == link.key_id, ApiKey.revoked_at.is_(None))
    )
    async with sessions.read(link.project_id, lane=Lane.SIGN_IN) as session:
        found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise AuthenticationError("The API key that made this link was revoked.")
    key_name, role, expires_at, name, mask = found.tuple()
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise AuthenticationError("The API key that made this link has expired.")
    rights = rights_of(role, mask_customer_numbers=mask)
    return Identity(link.project_id, name, link.key_id, key_name, rights, expires_at)
