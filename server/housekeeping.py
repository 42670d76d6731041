"""What is deleted once it is old enough, project by project, by the role that owns the tables."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from models.sessions import Sessions
from server.beside import working_beside
from server.owner import RoleError, owner_of
from server.projects import list_projects
from server.settings import Settings

PAUSE = 3600.0
"""Seconds between two times that a server deletes what is old."""

BATCH = 5_000
"""Rows that one transaction deletes at most."""

_IDEMPOTENCY_KEYS = text("""
    delete from idempotency_keys where project_id = :project and ctid = any (array (
        select ctid from idempotency_keys
        where project_id = :project and created_at <= :before order by created_at limit :most for update skip locked
    )) returning 1
""")
_AUDIT_EVENTS = text("""
    delete from audit_events where project_id = :project and id in (
        select id from audit_events
        where project_id = :project and at <= :before order by at limit :most for update skip locked
    ) returning 1
""")
_log: structlog.stdlib.BoundLogger = structlog.get_logger("dialboard.housekeeping")


@dataclass(frozen=True, slots=True)
class Deleted:
    """How many rows were deleted."""

    idempotency_keys: int = 0
    audit_events: int = 0

    def __add__(self, other: "Deleted") -> "Deleted":
        return Deleted(self.idempotency_keys + other.idempotency_keys, self.audit_events + other.audit_events)


async def delete_old(engine: AsyncEngine, settings: Settings, now: datetime | None = None) -> Deleted:
    """Deletes what is older than the settings say, of all projects.

    Raises:
        RoleError: this process does not know the address of the role that owns the tables.
    """
    sessions, now = Sessions(owner_of(engine)), now or datetime.now(UTC)
    keys_before = now - timedelta(hours=settings.idempotency_hours)
    events_before = now - timedelta(days=settings.audit_days)
    deleted = Deleted()
    for project in await list_projects(engine):
        keys = await _delete(sessions, project.id, _IDEMPOTENCY_KEYS, keys_before)
        events = await _delete(sessions, project.id, _AUDIT_EVENTS, events_before) if settings.audit_days else 0
        deleted += Deleted(keys, events)
    return deleted


async def _delete(sessions: Sessions, project_id: int, statement: TextClause, before: datetime) -> int:
    """Deletes batch by batch, so that nobody waits for long."""
    total, last = 0, BATCH
    while last == BATCH:
        async with sessions.write(project_id) as session:
            given = {"project": project_id, "before": before, "most": BATCH}
            last = len((await session.execute(statement, given)).all())
        total += last
    return total


@asynccontextmanager
async def keeping_house(engine: AsyncEngine, settings: Settings) -> AsyncGenerator[None]:
    """Deletes what is old now and then, until the block ends."""
    async with working_beside(_run(engine, settings)):
        yield


async def _run(engine: AsyncEngine, settings: Settings) -> None:
    while True:
        await asyncio.sleep(PAUSE)
        try:
            await delete_old(engine, settings)
        except RoleError:
            _log.warning(
                "this server does not delete old idempotency keys and audit events: run `dialboard housekeeping` "
                "regularly"
            )
            return
        except Exception as error:
            _log.warning("housekeeping failed", reason=(str(error).splitlines() or [""])[0])
