"""Keys of organisations as commands make, list, revoke and rotate them: each in a transaction of the owner of the
tables, with an event in the trail of each project that the key opens."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from models import AuditAction, OrganisationKey, Role
from models.key_text import KeyKind, fingerprint, new_key
from resolvers.key_rules import (
    DEFAULT_OVERLAP,
    check_expiry,
    check_not_revoked,
    check_rotation,
    in_force,
    renewed,
    supersede,
)
from resolvers.names import clean_name
from resolvers.rejections import Rejections
from resolvers.trail import Event
from server.keys import AUTHOR, KeyRefusedError
from server.organisations import NamedOrganisation, lock_organisation, projects_of
from server.owner import owner_of
from server.projects import record_by_command

MAX_KEYS = 1_000
"""Keys of an organisation that are neither revoked nor expired. A rotation makes one beyond for its overlap."""


@dataclass(frozen=True, slots=True)
class MadeOrganisationKey:
    """A new key: its row, and its text, which cannot be read again."""

    row: OrganisationKey
    text: str


@dataclass(frozen=True, slots=True)
class OrganisationRotation:
    """A key and the one that replaces it."""

    made: MadeOrganisationKey
    old: OrganisationKey


async def list_organisation_keys(engine: AsyncEngine, organisation_id: int) -> Sequence[OrganisationKey]:
    """The keys of an organisation, revoked ones too, oldest first."""
    statement = select(OrganisationKey).where(OrganisationKey.organisation_id == organisation_id)
    async with AsyncSession(owner_of(engine), expire_on_commit=False) as session:
        return (await session.scalars(statement.order_by(OrganisationKey.id))).all()


async def make_organisation_key(
    engine: AsyncEngine,
    organisation: NamedOrganisation,
    name: str,
    role: Role = Role.ADMIN,
    expires_after: timedelta | None = None,
) -> MadeOrganisationKey:
    """Makes a key.

    Raises:
        KeyRefusedError: its name cannot be one, it would never be valid, or there are as many as there may be.
    """
    rejections, now = Rejections(), datetime.now(UTC)
    name, expires_at = clean_name(rejections, name, "/name"), None if expires_after is None else now + expires_after
    check_expiry(now, rejections, expires_at)
    async with _changing(engine, organisation, AuditAction.KEY_CREATE, rejections) as change:
        if await _count_in_force(change.session, organisation.id, now) >= MAX_KEYS:
            rejections.exceeded(
                f"An organisation can have at most {MAX_KEYS:,} API keys in force. Revoke one first.", ""
            )
        _raise_if_any(rejections)
        made = await _insert(change.session, organisation.id, name, role, expires_at)
        change.subject = made.row
        return made


async def revoke_organisation_key(engine: AsyncEngine, organisation: NamedOrganisation, key_id: int) -> bool:
    """Revokes a key for good; False where the organisation has no such key in force."""
    try:
        async with _changing(engine, organisation, AuditAction.KEY_REVOKE, Rejections()) as change:
            row = await change.locked(key_id)
            row.revoked_at = func.now()
    except KeyRefusedError:
        return False
    return True


async def rotate_organisation_key(
    engine: AsyncEngine, organisation: NamedOrganisation, key_id: int, overlap: timedelta = DEFAULT_OVERLAP
) -> OrganisationRotation:
    """Makes a key that replaces another, which remains valid for the overlap.

    Raises:
        KeyRefusedError: there is no such key in force, or the overlap is wrong.
    """
    rejections, now = Rejections(), datetime.now(UTC)
    async with _changing(engine, organisation, AuditAction.KEY_ROTATE, rejections) as change:
        row = await change.locked(key_id)
        check_rotation(now, rejections, row, overlap)
        _raise_if_any(rejections)
        made = await _insert(change.session, organisation.id, row.name, row.role, renewed(now, row), row.id)
        supersede(now, row, overlap)
        return OrganisationRotation(made, row)


@dataclass(slots=True)
class _Change:
    """A transaction that changes one key of an organisation.

    Attributes:
        subject: the key, once it is known.
    """

    session: AsyncSession
    organisation: NamedOrganisation
    rejections: Rejections
    subject: OrganisationKey | None = None

    async def locked(self, key_id: int) -> OrganisationKey:
        """The key, locked until the transaction ends.

        Raises:
            KeyRefusedError: there is no such key, or it was revoked.
        """
        of_organisation = OrganisationKey.organisation_id == self.organisation.id
        statement = select(OrganisationKey).where(of_organisation, OrganisationKey.id == key_id).with_for_update()
        row = await self.session.scalar(statement)
        if row is None:
            raise KeyRefusedError(f"The organisation {self.organisation.name!r} has no key {key_id}.")
        check_not_revoked(self.rejections, row)
        _raise_if_any(self.rejections)
        self.subject = row
        return row


@asynccontextmanager
async def _changing(
    engine: AsyncEngine, organisation: NamedOrganisation, action: AuditAction, rejections: Rejections
) -> AsyncGenerator[_Change]:
    """Changes a key in the block, and leaves an event for each project of the organisation."""
    async with AsyncSession(owner_of(engine), expire_on_commit=False) as session, session.begin():
        connection = await session.connection()
        await lock_organisation(connection, organisation.id)
        change = _Change(session, organisation, rejections)
        yield change
        assert change.subject is not None
        await session.flush()
        event = Event(action, "OrganisationKey", change.subject.id, change.subject.name)
        for project in await projects_of(connection, organisation.id):
            await record_by_command(connection, project.id, event, AUTHOR.name)


def _raise_if_any(rejections: Rejections) -> None:
    if rejections.found:
        raise KeyRefusedError(" ".join(rejection.message for rejection in rejections.listed()))


async def _count_in_force(session: AsyncSession, organisation_id: int, now: datetime) -> int:
    of_organisation = OrganisationKey.organisation_id == organisation_id
    statement = select(func.count()).select_from(OrganisationKey)
    return await session.scalar(statement.where(of_organisation, in_force(OrganisationKey, now))) or 0


async def _insert(
    session: AsyncSession,
    organisation_id: int,
    name: str,
    role: Role,
    expires_at: datetime | None,
    rotated_from: int | None = None,
) -> MadeOrganisationKey:
    text = new_key(organisation_id, KeyKind.ORGANISATION)
    row = OrganisationKey(
        organisation_id=organisation_id,
        name=name,
        role=role,
        key_hash=fingerprint(text),
        expires_at=expires_at,
        rotated_from=rotated_from,
    )
    session.add(row)
    await session.flush()
    await session.refresh(row)
    return MadeOrganisationKey(row, text)
