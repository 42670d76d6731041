"""Projects by name, for the commands that take one: the role that owns the tables sees them all."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from models import Project
from server.owner import owner_of


@dataclass(frozen=True, slots=True)
class NamedProject:
    """A project's number and name."""

    id: int
    name: str


async def list_projects(engine: AsyncEngine) -> list[NamedProject]:
    """All projects, oldest first."""
    async with owner_of(engine).connect() as connection:
        rows = await connection.execute(select(Project.id, Project.name).order_by(Project.id))
        return [NamedProject(id, name) for id, name in rows.tuples()]


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
