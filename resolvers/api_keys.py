"""API keys: reading them, and creating, changing, revoking and rotating them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select

from models import ApiKey, Role
from models.key_text import fingerprint, new_key
from models.quotas import Quotas, lock_for_counting
from models.sessions import QUOTAS, ReadSession
from resolvers.absent import ABSENT, Absent
from resolvers.key_rules import (
    DEFAULT_OVERLAP,
    check_expiry,
    check_not_revoked,
    check_rotation,
    in_force,
    renewed,
    supersede,
)
from resolvers.loaders.slices import Page, Slice
from resolvers.names import clean_name
from resolvers.page import count_of, page_of
from resolvers.rejections import Rejections
from resolvers.scope import Scope
from resolvers.writing import Writing


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A new key: its row, and its text, which cannot be read again."""

    row: ApiKey
    text: str


@dataclass(frozen=True, slots=True)
class Rotation:
    """A key and the one that replaces it."""

    made: MadeKey
    old: ApiKey


async def list_keys(session: ReadSession, project_id: int) -> Sequence[ApiKey]:
    """All keys of a project, revoked ones too, oldest first."""
    statement = select(ApiKey).where(ApiKey.project_id == project_id).order_by(ApiKey.id)
    return (await session.scalars(statement)).all()


async def page_of_keys(scope: Scope, asked: Slice) -> Page[ApiKey]:
    """The project's keys, revoked ones too, as they were made."""
    return await page_of(scope, ApiKey, asked)


async def count_keys(scope: Scope) -> int:
    """How many keys the project has, revoked ones too."""
    return await count_of(scope, ApiKey)


async def api_key(scope: Scope, row_id: int) -> ApiKey | None:
    """One key."""
    statement = select(ApiKey).where(ApiKey.project_id == scope.project_id, ApiKey.id == row_id)
    async with scope.sessions.read(scope.project_id) as session:
        return await session.scalar(statement)


async def create_key(
    writing: Writing, rejections: Rejections, name: str, role: Role, expires_at: datetime | None
) -> MadeKey:
    """Makes a key.

    Raises:
        Rejected: its name cannot be one, it would have expired already, or the project has as many as it may.
    """
    name = clean_name(rejections, name, "/name")
    check_expiry(writing.now, rejections, expires_at)
    await _check_quota(writing, rejections)
    rejections.raise_if_any()
    return await _insert(writing, name, role, expires_at)


async def _check_quota(writing: Writing, rejections: Rejections) -> None:
    """Notes that the project has as many keys in force as it may. A rotation makes one beyond for its overlap."""
    await lock_for_counting(writing.session, writing.project_id)
    quotas: Quotas = writing.session.info[QUOTAS]
    if (await writing.session.scalar(count_in_force(writing.project_id, writing.now)) or 0) >= quotas.api_keys:
        message = f"A project can have at most {quotas.api_keys:,} active API keys. Revoke one first."
        rejections.exceeded(message, "")


def count_in_force(project_id: int, now: datetime) -> Select[int]:
    """Counts a project's keys that are neither revoked nor expired."""
    return select(func.count()).select_from(ApiKey).where(ApiKey.project_id == project_id, in_force(ApiKey, now))


async def update_key(
    writing: Writing,
    rejections: Rejections,
    key_id: int | None,
    name: str | Absent | None,
    expires_at: datetime | Absent | None,
) -> ApiKey:
    """Gives a key another name or expiry. What is absent stays; null is no expiry.

    Raises:
        Rejected: there is no such key, it was revoked or replaced, or a value is wrong.
    """
    row = await _locked(writing, rejections, key_id)
    if name is not ABSENT:
        name = clean_name(rejections, name, "/name")
    if expires_at is not ABSENT:
        check_expiry(writing.now, rejections, expires_at)
        if row is not None and row.superseded_at is not None:
            message = "This key was rotated and expires at the end of the overlap. To end it now, revoke it."
            rejections.invalid(message, "/expiresAt")
    rejections.raise_if_any()
    assert row is not None
    if name is not ABSENT:
        row.name = name
    if expires_at is not ABSENT:
        row.expires_at = expires_at
    await writing.session.flush()
    return row


async def revoke_key(writing: Writing, rejections: Rejections, key_id: int | None) -> ApiKey:
    """Revokes a key for good.

    Raises:
        Rejected: there is no such key, or it was revoked before.
    """
    row = await _locked(writing, rejections, key_id)
    rejections.raise_if_any()
    assert row is not None
    row.revoked_at = func.now()
    await writing.session.flush()
    await writing.session.refresh(row)
    return row


async def rotate_key(
    writing: Writing, rejections: Rejections, key_id: int | None, overlap: timedelta = DEFAULT_OVERLAP
) -> Rotation:
    """Makes a key that replaces another: of the same name and role, and for as long as that one was made for. The old
    one remains valid for the overlap, but not beyond its own expiry.

    Raises:
        Rejected: there is no such key, it was revoked, has expired or was replaced before, or the overlap is wrong.
    """
    row = await _locked(writing, rejections, key_id)
    check_rotation(writing.now, rejections, row, overlap)
    rejections.raise_if_any()
    assert row is not None
    made = await _insert(writing, row.name, row.role, renewed(writing.now, row), row.id)
    supersede(writing.now, row, overlap)
    await writing.session.flush()
    return Rotation(made, row)


async def _insert(
    writing: Writing, name: str, role: Role, expires_at: datetime | None, rotated_from: int | None = None
) -> MadeKey:
    text = new_key(writing.project_id)
    row = ApiKey(
        project_id=writing.project_id,
        name=name,
        role=role,
        key_hash=fingerprint(text),
        expires_at=expires_at,
        created_by=writing.author.key_id if writing.author else None,
        rotated_from=rotated_from,
    )
    writing.session.add(row)
    await writing.session.flush()
    await writing.session.refresh(row)
    return MadeKey(row, text)


async def _locked(writing: Writing, rejections: Rejections, key_id: int | None) -> ApiKey | None:
    """The key, locked until the transaction ends; noted where it is not there or was revoked."""
    if key_id is None:
        return None
    statement = select(ApiKey).where(ApiKey.project_id == writing.project_id, ApiKey.id == key_id).with_for_update()
    row = await writing.session.scalar(statement)
    if row is None:
        rejections.not_found("ApiKey", "/id")
    else:
        check_not_revoked(rejections, row)
    return row
