"""Projects by name, for the commands that take one: the role that owns the tables sees them all."""

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from models import AuditAction, AuditEvent, Project
from models.sessions import Sessions, binding
from resolvers import projects
from resolvers.absent import Absent
from resolvers.author import Author
from resolvers.trail import Event, record_event
from resolvers.writing import Writing
from server.owner import owner_of


@dataclass(frozen=True, slots=True)
class NamedProject:
    """A project's number, name and settings."""

    id: int
    name: str
    mask_customer_numbers: bool = False


async def list_projects(engine: AsyncEngine) -> list[NamedProject]:
    """All projects, oldest first."""
    async with owner_of(engine).connect() as connection:
        columns = (Project.id, Project.name, Project.mask_customer_numbers)
        rows = await connection.execute(select(*columns).order_by(Project.id))
        return [NamedProject(*row) for row in rows.tuples()]


async def find_project(engine: AsyncEngine, name: str) -> NamedProject | None:
    """The project of that name."""
    async with owner_of(engine).connect() as connection:
        id = await connection.scalar(select(Project.id).where(Project.name == name))
        return NamedProject(id, name) if id is not None else None


async def ensure_project(engine: AsyncEngine, name: str, command: str = "dialboard") -> NamedProject:
    """The project of that name, made when there is none. ``command`` is who the trail says made it."""
    async with owner_of(engine).begin() as connection:
        statement = insert(Project).values(name=name).on_conflict_do_nothing().returning(Project.id)
        made = await connection.scalar(statement)
        if made is not None:
            await record_made(connection, made, name, command)
        id = (await connection.execute(select(Project.id).where(Project.name == name))).scalar_one()
        return NamedProject(id, name)


async def update_project(sessions: Sessions, project_id: int, *, mask_customer_numbers: bool | Absent) -> Project:
    """Changes the settings that are given."""
    async with sessions.write(project_id) as session:
        writing = Writing(session, project_id, datetime.now(UTC), Author(None, "dialboard projects"))
        row = await projects.update_project(writing, mask_customer_numbers=mask_customer_numbers)
        await record_event(writing, Event(AuditAction.PROJECT_UPDATE, "Project", row.id, row.name))
        return row


async def record_made(connection: AsyncConnection, project_id: int, name: str, command: str) -> None:
    """Appends to the trail of a project, in the transaction of its owner, that it was made."""
    await record_by_command(connection, project_id, Event(AuditAction.PROJECT_CREATE, subject_name=name), command)


async def record_by_command(connection: AsyncConnection, project_id: int, event: Event, command: str) -> None:
    """Appends an event to the trail of a project, in the transaction of its owner, which is bound to the project."""
    await connection.exec_driver_sql(binding(project_id))
    values = {
        "project_id": project_id,
        "action": event.action,
        "actor": command,
        "subject_type": event.subject_type,
        "subject_id": event.subject_id,
        "subject_name": event.subject_name,
        "counts": None if event.counts is None else dict(event.counts),
    }
    await connection.execute(sa.insert(AuditEvent).values(**values))
