"""The agent of a chart's series, slice or row, where the chart is grouped by agents."""

from collections.abc import Sequence

import strawberry

from graph.context import Context, Info
from graph.read_together import together
from graph.types.agent import Agent
from resolvers import agents


async def _agents_of(context: Context, items: "Sequence[AgentGroup]") -> list[Agent | None]:
    asked = [item.agent_key for item in items]
    rows = await agents.agents_of_groups(context.scope, {one for one in asked if one is not None})
    made = {key: Agent.of(row) for key, row in rows.items()}
    return [None if one is None else made.get(one) for one in asked]


@strawberry.type(description="A group of a chart, which can be that of an agent.")
class AgentGroup:
    agent_key: strawberry.Private[int | str | None]

    @strawberry.field(
        description="The agent, if the chart is grouped by `agent_id` or `agent.agent_name`; null for other charts, "
        "and for the item for all others.",
        metadata=together(_agents_of),
    )
    async def agent(self, info: Info) -> Agent | None:
        (found,) = await _agents_of(info.context, [self])
        return found
