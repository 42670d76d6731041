"""Reads agents."""

from collections.abc import Iterable

from models import Agent
from resolvers.page import Page, count_of, page_of
from resolvers.scope import Scope


async def list_agents(scope: Scope, first: int, after: int | None) -> Page[Agent]:
    """The project's agents, as they were made."""
    return await page_of(scope, Agent, first, after)


async def count_agents(scope: Scope) -> int:
    """How many agents the project has."""
    return await count_of(scope, Agent)


async def agent(scope: Scope, row_id: int) -> Agent | None:
    """One agent."""
    return await scope.loaders.agents.load(row_id)


async def agents(scope: Scope, row_ids: Iterable[int]) -> list[Agent]:
    """Several agents, of those numbers that there are any of."""
    found = await scope.loaders.agents.load_many(row_ids)
    return [row for row in found if row is not None]
