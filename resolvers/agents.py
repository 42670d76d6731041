"""Reads agents."""

from collections.abc import Iterable

from models import Agent
from resolvers.loaders.slices import Page, Slice
from resolvers.page import count_of, page_of
from resolvers.scope import Scope


async def list_agents(scope: Scope, asked: Slice) -> Page[Agent]:
    """The project's agents, as they were made."""
    return await page_of(scope, Agent, asked)


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


async def agents_of_groups(scope: Scope, keys: Iterable[int | str]) -> dict[int | str, Agent]:
    """The agents that groups of charts are of, by their number or name; without those that there are not any more."""
    asked = [*keys]
    numbers = [key for key in asked if isinstance(key, int)]
    names = [key for key in asked if isinstance(key, str)]
    by_number: dict[int | str, Agent] = {row.id: row for row in await agents(scope, numbers)} if numbers else {}
    by_name = {row.agent_name: row for row in await scope.loaders.agents_named.load_many(names) if row} if names else {}
    return {**by_number, **by_name}
