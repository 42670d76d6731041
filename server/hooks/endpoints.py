"""Webhook endpoints: making, listing, revoking and rotating them by commands, and finding the one of a request.

The role that serves can read the endpoints of its project and note that one was used. The rest is done by the owner of
the tables. The secret of an endpoint is stored encrypted by the last part of its address, of which only the hash is
stored: whoever reads the database has neither.
"""

import base64
import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from standardwebhooks import Webhook

from models import AuditAction, WebhookEndpoint, WebhookSource
from models.key_text import KeyKind, WrongKeyError, fingerprint, holder_of, new_key
from models.lanes import Lane
from models.quotas import lock_for_counting
from models.sessions import Sessions
from resolvers.author import Author
from resolvers.key_rules import DEFAULT_OVERLAP, check_rotation, in_force, supersede
from resolvers.names import clean_name, is_storable
from resolvers.rejections import Rejected, Rejections
from resolvers.sealing import Seal
from resolvers.trail import Event, record_event
from resolvers.writing import Writing
from server.owner import owner_of
from server.user_error import UserError

MOST = 100
"""Endpoints of a project that are neither revoked nor expired. A rotation makes one beyond for its overlap."""

MOST_MAPPING = 64 * 1024
"""Characters of a mapping."""

AUTHOR = Author(None, "dialboard hooks")
"""Who the trail says made and changed the endpoints."""

_SECRET_LENGTH = (8, 200)


class EndpointRefusedError(UserError):
    """An endpoint cannot be made or changed as asked; the message says why."""


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """What an endpoint is to be.

    Attributes:
        secret: of the signatures; None to make one, where the service lets its users choose it.
        mapping: the text of a mapping file, or None.
    """

    name: str
    source: WebhookSource
    secret: str | None = field(default=None, repr=False)
    mapping: str | None = None


@dataclass(frozen=True, slots=True)
class MadeEndpoint:
    """A new endpoint: its row, and what cannot be read again.

    Attributes:
        address: its path, whose last part must be kept secret.
        secret: of the signatures, where it was made here.
    """

    row: WebhookEndpoint
    address: str = field(repr=False)
    secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class RotatedEndpoint:
    """An endpoint and the one that replaces it."""

    made: MadeEndpoint
    old: WebhookEndpoint


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint that a request names, as it takes calls."""

    project_id: int
    id: int
    name: str
    source: WebhookSource
    secret: str = field(repr=False)
    mapping: str | None
    expires_at: datetime | None

    @property
    def author(self) -> Author:
        """Who the trail says stored the calls."""
        return Author(self.id, f"{self.name} (webhook)")


def path_of(source: WebhookSource, key: str) -> str:
    """The path of an endpoint."""
    return f"/hooks/{source.value}/{key}"


def chooses_secret(source: WebhookSource) -> bool:
    """Whether the service signs by a secret that its users choose, so that one can be made here."""
    match source:
        case WebhookSource.VAPI | WebhookSource.GENERIC:
            return True
        case WebhookSource.RETELL | WebhookSource.TWILIO:
            return False


def sends_forms(source: WebhookSource) -> bool:
    """Whether the service sends forms rather than JSON."""
    match source:
        case WebhookSource.TWILIO:
            return True
        case WebhookSource.VAPI | WebhookSource.RETELL | WebhookSource.GENERIC:
            return False


def reads_answers(source: WebhookSource) -> bool:
    """Whether the service can take an answer in JSON; one that cannot takes it for an error."""
    match source:
        case WebhookSource.TWILIO:
            return False
        case WebhookSource.VAPI | WebhookSource.RETELL | WebhookSource.GENERIC:
            return True


async def create_endpoint(engine: AsyncEngine, project_id: int, new: NewEndpoint) -> MadeEndpoint:
    """Makes an endpoint.

    Raises:
        EndpointRefusedError: its name or secret cannot be one, or the project has as many as it may.
    """
    rejections = Rejections()
    name = clean_name(rejections, new.name, "/name")
    _check_secret(rejections, new.source, new.secret)
    if new.mapping is not None and len(new.mapping) > MOST_MAPPING:
        rejections.exceeded(f"A mapping has at most {MOST_MAPPING:,} characters.", "/mapping")
    async with _changing(engine, project_id, AuditAction.WEBHOOK_CREATE) as change:
        await lock_for_counting(change.writing.session, project_id)
        counted = select(func.count()).select_from(WebhookEndpoint).where(WebhookEndpoint.project_id == project_id)
        statement = counted.where(in_force(WebhookEndpoint, change.writing.now))
        if (await change.writing.session.scalar(statement) or 0) >= MOST:
            rejections.exceeded(f"A project can have at most {MOST} webhook endpoints. Revoke one first.", "")
        rejections.raise_if_any()
        made = await _insert(change.writing, NewEndpoint(name, new.source, new.secret, new.mapping))
        change.subject = made.row
        return made


async def list_endpoints(sessions: Sessions, project_id: int) -> Sequence[WebhookEndpoint]:
    """The endpoints of a project, revoked ones too, oldest first."""
    statement = select(WebhookEndpoint).where(WebhookEndpoint.project_id == project_id).order_by(WebhookEndpoint.id)
    async with sessions.read(project_id) as session:
        return (await session.scalars(statement)).all()


async def revoke_endpoint(engine: AsyncEngine, project_id: int, endpoint_id: int) -> None:
    """Revokes an endpoint for good.

    Raises:
        EndpointRefusedError: there is no such endpoint in force.
    """
    async with _changing(engine, project_id, AuditAction.WEBHOOK_REVOKE) as change:
        row = await change.locked(endpoint_id)
        row.revoked_at = func.now()


async def rotate_endpoint(
    engine: AsyncEngine, project_id: int, endpoint_id: int, secret: str | None, overlap: timedelta = DEFAULT_OVERLAP
) -> RotatedEndpoint:
    """Makes an endpoint that replaces another, with an address and a secret of its own; the other one remains valid for
    the overlap.

    Raises:
        EndpointRefusedError: there is no such endpoint in force, or the secret or the overlap is wrong.
    """
    rejections = Rejections()
    async with _changing(engine, project_id, AuditAction.WEBHOOK_ROTATE) as change:
        row = await change.locked(endpoint_id)
        check_rotation(change.writing.now, rejections, row, overlap, noun="endpoint")
        _check_secret(rejections, row.source, secret)
        rejections.raise_if_any()
        new = NewEndpoint(row.name, row.source, secret, row.mapping)
        made = await _insert(change.writing, new, rotated_from=row.id)
        supersede(change.writing.now, row, overlap)
        return RotatedEndpoint(made, row)


async def find_endpoint(sessions: Sessions, source: WebhookSource, key: str) -> Endpoint | None:
    """The endpoint of an address; None where there is none, or it was revoked or has expired."""
    try:
        holder = holder_of(key)
    except WrongKeyError:
        return None
    if holder.kind is not KeyKind.WEBHOOK:
        return None
    statement = select(WebhookEndpoint).where(
        WebhookEndpoint.project_id == holder.id,
        WebhookEndpoint.key_hash == fingerprint(key),
        in_force(WebhookEndpoint, datetime.now(UTC)),
    )
    async with sessions.read(holder.id, lane=Lane.SIGN_IN) as session:
        row = await session.scalar(statement)
    if row is None or row.source is not source:
        return None
    secret = Seal(key).open(row.sealed_secret)
    return Endpoint(row.project_id, row.id, row.name, row.source, secret, row.mapping, row.expires_at)


def _check_secret(rejections: Rejections, source: WebhookSource, secret: str | None) -> None:
    least, most = _SECRET_LENGTH
    if secret is None:
        if not chooses_secret(source):
            rejections.invalid("The secret is missing: this service signs with one of its own.", "/secret")
    elif not least <= len(secret) <= most or not is_storable(secret) or secret.strip() != secret:
        message = f"The secret must have {least} to {most} characters, without spaces around it."
        rejections.invalid(message, "/secret")
    elif source is WebhookSource.GENERIC and not _is_standard(secret):
        rejections.invalid(
            "The secret of a generic endpoint must be base64, with or without the prefix whsec_.", "/secret"
        )


def _is_standard(secret: str) -> bool:
    try:
        base64.b64decode(secret.removeprefix("whsec_") + "==", validate=True)
        Webhook(secret)
    except (ValueError, RuntimeError):
        return False
    return True


def _new_secret(source: WebhookSource) -> str:
    match source:
        case WebhookSource.GENERIC:
            return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        case WebhookSource.VAPI | WebhookSource.RETELL | WebhookSource.TWILIO:
            return secrets.token_urlsafe(32)


@dataclass(slots=True)
class _Change:
    """A transaction that changes one endpoint.

    Attributes:
        subject: the endpoint, once it is known.
    """

    writing: Writing
    subject: WebhookEndpoint | None = None

    async def locked(self, endpoint_id: int) -> WebhookEndpoint:
        """The endpoint, locked until the transaction ends.

        Raises:
            EndpointRefusedError: there is none, or it was revoked.
        """
        of_project = WebhookEndpoint.project_id == self.writing.project_id
        statement = select(WebhookEndpoint).where(of_project, WebhookEndpoint.id == endpoint_id).with_for_update()
        row = await self.writing.session.scalar(statement)
        if row is None or row.revoked_at is not None:
            raise EndpointRefusedError(f"The project has no active webhook endpoint {endpoint_id}.")
        self.subject = row
        return row


@asynccontextmanager
async def _changing(engine: AsyncEngine, project_id: int, action: AuditAction) -> AsyncGenerator[_Change]:
    """Changes an endpoint in the block, by the owner of the tables, and leaves an event."""
    try:
        async with Sessions(owner_of(engine)).write(project_id) as session:
            change = _Change(Writing(session, project_id, datetime.now(UTC), AUTHOR))
            yield change
            assert change.subject is not None
            await session.flush()
            event = Event(action, "WebhookEndpoint", change.subject.id, change.subject.name)
            await record_event(change.writing, event)
    except Rejected as error:
        raise EndpointRefusedError(" ".join(rejection.message for rejection in error.rejections)) from None


async def _insert(writing: Writing, new: NewEndpoint, rotated_from: int | None = None) -> MadeEndpoint:
    key = new_key(writing.project_id, KeyKind.WEBHOOK)
    secret = new.secret or _new_secret(new.source)
    row = WebhookEndpoint(
        project_id=writing.project_id,
        name=new.name,
        key_hash=fingerprint(key),
        source=new.source,
        sealed_secret=Seal(key).seal(secret),
        mapping=new.mapping,
        rotated_from=rotated_from,
    )
    writing.session.add(row)
    await writing.session.flush()
    await writing.session.refresh(row)
    return MadeEndpoint(row, path_of(new.source, key), None if new.secret else secret)
