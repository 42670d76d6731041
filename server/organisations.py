"""Organisations and the projects that belong to them, for commands: the role that owns the tables sees them all."""

from dataclasses import dataclass

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from models import AuditAction, Organisation, Project
from resolvers.names import clean_name
from resolvers.rejections import Rejections
from resolvers.trail import Event
from server.owner import owner_of
from server.projects import NamedProject, record_by_command
from server.user_error import UserError

MAX_PROJECTS = 1_000
"""Projects of an organisation: all are read with its key."""

COMMAND = "dialboard organisations"


class OrganisationError(UserError):
    """An organisation cannot be made or changed as asked; the message says why."""


@dataclass(frozen=True, slots=True)
class NamedOrganisation:
    """An organisation's number, name and projects, the oldest first."""

    id: int
    name: str
    projects: tuple[NamedProject, ...] = ()


async def create_organisation(engine: AsyncEngine, name: str) -> NamedOrganisation:
    """Makes an organisation without projects.

    Raises:
        OrganisationError: its name cannot be one, or is taken.
    """
    rejections = Rejections()
    name = clean_name(rejections, name, "/name")
    if rejections.found:
        raise OrganisationError(rejections.found[0].message)
    async with owner_of(engine).begin() as connection:
        if await connection.scalar(select(Organisation.id).where(Organisation.name == name)) is not None:
            raise OrganisationError(f"The organisation {name!r} exists already.")
        made = await connection.execute(insert(Organisation).values(name=name).returning(Organisation.id))
        return NamedOrganisation(made.scalar_one(), name)


async def list_organisations(engine: AsyncEngine) -> list[NamedOrganisation]:
    """All organisations, the oldest first."""
    async with owner_of(engine).connect() as connection:
        rows = await connection.execute(select(Organisation.id, Organisation.name).order_by(Organisation.id))
        return [
            NamedOrganisation(id, name, tuple(await projects_of(connection, id))) for id, name in rows.tuples().all()
        ]


async def projects_of(connection: AsyncConnection, organisation_id: int) -> list[NamedProject]:
    """The projects of an organisation, the oldest first."""
    columns = (Project.id, Project.name, Project.mask_customer_numbers)
    statement = select(*columns).where(Project.organisation_id == organisation_id).order_by(Project.id)
    return [NamedProject(*row) for row in (await connection.execute(statement)).tuples()]


async def lock_organisation(connection: AsyncConnection, organisation_id: int) -> None:
    """Waits for others that change the organisation, its projects or its keys."""
    await connection.execute(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update())


async def add_project(engine: AsyncEngine, organisation: NamedOrganisation, project: NamedProject) -> None:
    """Adds a project to an organisation, whose keys open it from then on. What belongs to it already stays.

    Raises:
        OrganisationError: the project belongs to another organisation, or this one has as many as it may.
    """
    async with owner_of(engine).begin() as connection:
        await lock_organisation(connection, organisation.id)
        present = await _organisation_of(connection, project)
        if present == organisation.id:
            return
        if present is not None:
            name = await connection.scalar(select(Organisation.name).where(Organisation.id == present))
            raise OrganisationError(
                f"The project {project.name!r} belongs to the organisation {name!r}; remove it from there first."
            )
        count = select(func.count()).select_from(Project).where(Project.organisation_id == organisation.id)
        if (await connection.scalar(count) or 0) >= MAX_PROJECTS:
            raise OrganisationError(f"An organisation can have at most {MAX_PROJECTS:,} projects.")
        await _assign(connection, project, organisation.id)
        event = Event(AuditAction.PROJECT_JOIN, "Organisation", organisation.id, organisation.name)
        await record_by_command(connection, project.id, event, COMMAND)


async def remove_project(engine: AsyncEngine, organisation: NamedOrganisation, project: NamedProject) -> None:
    """Removes a project from its organisation, whose keys stop opening it.

    Raises:
        OrganisationError: the project does not belong to it.
    """
    async with owner_of(engine).begin() as connection:
        await lock_organisation(connection, organisation.id)
        if await _organisation_of(connection, project) != organisation.id:
            raise OrganisationError(
                f"The project {project.name!r} does not belong to the organisation {organisation.name!r}."
            )
        await _assign(connection, project, None)
        event = Event(AuditAction.PROJECT_LEAVE, "Organisation", organisation.id, organisation.name)
        await record_by_command(connection, project.id, event, COMMAND)


async def _organisation_of(connection: AsyncConnection, project: NamedProject) -> int | None:
    """What the project belongs to, its row locked until the transaction ends."""
    statement = select(Project.organisation_id).where(Project.id == project.id)
    return await connection.scalar(statement.with_for_update(key_share=True))


async def _assign(connection: AsyncConnection, project: NamedProject, organisation_id: int | None) -> None:
    await connection.execute(update(Project).where(Project.id == project.id).values(organisation_id=organisation_id))
