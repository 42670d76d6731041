"""Pages of rows in the order in which they were made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, func, select

from models import Agent, ApiKey, Dashboard, Metric
from resolvers.scope import Scope

Listed = TypeVar("Listed", Agent, ApiKey, Dashboard, Metric)
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and whether there are more after them."""

    rows: Sequence[Row]
    has_next: bool


async def page_of(
    scope: Scope, model: type[Listed], first: int, after: int | None, *conditions: ColumnElement[bool]
) -> Page[Listed]:
    """The project's first rows whose number is above ``after``, by number."""
    statement = select(model).where(model.project_id == scope.project_id, *conditions)
    if after is not None:
        statement = statement.where(model.id > after)
    async with scope.sessions.read(scope.project_id) as session:
        rows = (await session.scalars(statement.order_by(model.id).limit(first + 1))).all()
    return Page(rows[:first], len(rows) > first)


async def count_of(scope: Scope, model: type[Listed], *conditions: ColumnElement[bool]) -> int:
    """How many rows the project has."""
    statement = select(func.count()).select_from(model).where(model.project_id == scope.project_id, *conditions)
    async with scope.sessions.read(scope.project_id) as session:
        return (await session.scalars(statement)).one()
