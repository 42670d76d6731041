"""API keys: making, listing and revoking them.

A key reads ``dlb_<project>_<secret>``. The project's number lets row-level security bind the very statement that looks
the key up; the secret is 256 random bits, so that its plain SHA-256 is all that needs to be stored.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update

from models import ApiKey
from models.sessions import Sessions

_FORMAT = re.compile(r"dlb_([1-9][0-9]{0,17})_[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """What is known of a key; never its secret."""

    id: int
    project_id: int
    name: str
    created_at: datetime
    revoked_at: datetime | None


def project_of(key: str) -> int | None:
    """The project that a key says it opens; None for what is no key."""
    match = _FORMAT.fullmatch(key)
    return int(match[1]) if match else None


def fingerprint(key: str) -> bytes:
    """The SHA-256 of a key, which is what is stored."""
    return hashlib.sha256(key.encode()).digest()


async def create_key(sessions: Sessions, project_id: int, name: str) -> str:
    """Makes a key and returns it. It cannot be read again."""
    key = f"dlb_{project_id}_{secrets.token_urlsafe(32)}"
    async with sessions.write(project_id) as session:
        await session.execute(insert(ApiKey).values(project_id=project_id, name=name, key_hash=fingerprint(key)))
    return key


async def list_keys(sessions: Sessions, project_id: int) -> list[KeyRow]:
    """The keys of a project, revoked ones too, oldest first."""
    columns = (ApiKey.id, ApiKey.project_id, ApiKey.name, ApiKey.created_at, ApiKey.revoked_at)
    async with sessions.read(project_id) as session:
        rows = await session.execute(select(*columns).where(ApiKey.project_id == project_id).order_by(ApiKey.id))
        return [KeyRow(*row) for row in rows.tuples()]


async def revoke_key(sessions: Sessions, project_id: int, key_id: int) -> bool:
    """Revokes a key for good; False where the project has no such key in force."""
    statement = (
        update(ApiKey)
        .where(ApiKey.project_id == project_id, ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=func.now())
        .returning(ApiKey.id)
    )
    async with sessions.write(project_id) as session:
        return await session.scalar(statement) is not None
