"""Projects by name, for the commands that take one: the role that owns the tables sees them all."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from models import Project
from models.sessions import Sessions
from resolvers import projects
from resolvers.absent import Absent
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


async def ensure_project(engine: AsyncEngine, name: str) -> NamedProject:
    """The project of that name, made when there is none."""
    async with owner_of(engine).begin() as connection:
        await connection.execute(insert(Project).values(name=name).on_conflict_do_nothing())
        id = (await connection.execute(select(Project.id).where(Project.name == name))).scalar_one()
        return NamedProject(id, name)


async def update_project(sessions: Sessions, project_id: int, *, mask_customer_numbers: bool | Absent) -> Project:
    """Changes the settings that are given."""
    async with sessions.write(project_id) as session:
        writing = Writing(session, project_id, datetime.now(UTC))
        return await projects.update_project(writing, mask_customer_numbers=mask_customer_numbers)
