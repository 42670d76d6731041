"""Reads the project of the request."""

from sqlalchemy import select

from models import Project
from resolvers.scope import Scope


async def project(scope: Scope) -> Project:
    """The project whose key the request carries."""
    async with scope.sessions.read(scope.project_id) as session:
        return (await session.scalars(select(Project).where(Project.id == scope.project_id))).one()
