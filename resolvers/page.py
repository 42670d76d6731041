"""Pages of rows in the order in which they were made."""

from typing import TypeVar

from sqlalchemy import ColumnElement, func, select

from models import Agent, ApiKey, Dashboard, Metric
from resolvers.loaders.slices import Page, Slice
from resolvers.scope import Scope

Listed = TypeVar("Listed", Agent, ApiKey, Dashboard, Metric)


async def page_of(scope: Scope, model: type[Listed], asked: Slice, *conditions: ColumnElement[bool]) -> Page[Listed]:
    """Rows of the project, by number."""
    statement = asked.of(select(model).where(model.project_id == scope.project_id, *conditions), model.id)
    async with scope.sessions.read(scope.project_id) as session:
        rows = (await session.scalars(statement)).all()
    return asked.page(rows)


async def count_of(scope: Scope, model: type[Listed], *conditions: ColumnElement[bool]) -> int:
    """How many rows the project has."""
    statement = select(func.count()).select_from(model).where(model.project_id == scope.project_id, *conditions)
    async with scope.sessions.read(scope.project_id) as session:
        return (await session.scalars(statement)).one()
