"""Voice agents."""

import strawberry

import models
from graph.node_ids import encode
from graph.scalars import BigInt
from graph.types.node import Node


@strawberry.type(description="A voice agent that receives or places calls.")
class Agent(Node):
    database_id: int = strawberry.field(
        graphql_type=BigInt, description="The agent's number, as used in filters in `agent.id`."
    )
    agent_name: str = strawberry.field(description="The agent's name, unique in the project.")
    assistant_id: str | None = strawberry.field(
        description="The agent's ID on the platform that runs it, if it has one."
    )

    @classmethod
    def of(cls, row: models.Agent) -> "Agent":
        return cls(
            id=encode("Agent", row.id),
            database_id=row.id,
            agent_name=row.agent_name,
            assistant_id=row.assistant_id,
        )
