"""API keys as commands make, list, revoke and rotate them: each in a transaction of its own."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from models import ApiKey, AuditAction, Role
from models.sessions import Sessions
from resolvers import api_keys
from resolvers.api_keys import MadeKey, Rotation
from resolvers.author import Author
from resolvers.key_rules import DEFAULT_OVERLAP
from resolvers.rejections import Rejected, Rejections
from resolvers.trail import Event, record_event
from resolvers.writing import Writing
from server.user_error import UserError

T = TypeVar("T")


class KeyRefusedError(UserError):
    """A key cannot be made or changed as asked; the message says why."""


AUTHOR = Author(None, "dialboard keys")
"""Who the trail says made and changed the keys."""


async def _written(
    sessions: Sessions,
    project_id: int,
    what: AuditAction,
    action: Callable[[Writing, Rejections], Awaitable[T]],
    subject: Callable[[T], ApiKey],
) -> T:
    try:
        async with sessions.write(project_id) as session:
            writing = Writing(session, project_id, datetime.now(UTC), AUTHOR)
            result = await action(writing, Rejections())
            key = subject(result)
            await record_event(writing, Event(what, "ApiKey", key.id, key.name))
            return result
    except Rejected as error:
        raise KeyRefusedError(" ".join(rejection.message for rejection in error.rejections)) from None


async def make_key(
    sessions: Sessions,
    project_id: int,
    name: str,
    role: Role = Role.ADMIN,
    expires_after: timedelta | None = None,
) -> MadeKey:
    """Makes a key.

    Raises:
        KeyRefusedError: its name cannot be one, or it would never be valid.
    """

    async def action(writing: Writing, rejections: Rejections) -> MadeKey:
        expires_at = None if expires_after is None else writing.now + expires_after
        return await api_keys.create_key(writing, rejections, name, role, expires_at)

    return await _written(sessions, project_id, AuditAction.KEY_CREATE, action, lambda made: made.row)


async def create_key(
    sessions: Sessions,
    project_id: int,
    name: str,
    role: Role = Role.ADMIN,
    expires_after: timedelta | None = None,
) -> str:
    """Makes a key and returns its text. It cannot be read again."""
    return (await make_key(sessions, project_id, name, role, expires_after)).text


async def list_keys(sessions: Sessions, project_id: int) -> Sequence[ApiKey]:
    """The keys of a project, revoked ones too, oldest first."""
    async with sessions.read(project_id) as session:
        return await api_keys.list_keys(session, project_id)


async def revoke_key(sessions: Sessions, project_id: int, key_id: int) -> bool:
    """Revokes a key for good; False where the project has no such key in force."""
    try:
        await _written(
            sessions,
            project_id,
            AuditAction.KEY_REVOKE,
            lambda writing, rejections: api_keys.revoke_key(writing, rejections, key_id),
            lambda row: row,
        )
    except KeyRefusedError:
        return False
    return True


async def rotate_key(
    sessions: Sessions, project_id: int, key_id: int, overlap: timedelta = DEFAULT_OVERLAP
) -> Rotation:
    """Makes a key that replaces another, which remains valid for the overlap.

    Raises:
        KeyRefusedError: there is no such key in force, or the overlap is wrong.
    """
    return await _written(
        sessions,
        project_id,
        AuditAction.KEY_ROTATE,
        lambda writing, rejections: api_keys.rotate_key(writing, rejections, key_id, overlap),
        lambda done: done.old,
    )
