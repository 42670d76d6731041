"""Calls."""

from datetime import datetime

import strawberry

import models
from graph.context import Info
from graph.node_ids import encode
from graph.scalars import JSON
from graph.types.agent import Agent
from graph.types.call_details import CallFeedback, TranscriptTurn
from graph.types.metric import MetricEvaluation
from graph.types.node import Node
from resolvers import agents, call_logs


@strawberry.type(description="One call.")
class CallLog(Node):
    agent_row_id: strawberry.Private[int]
    database_id: int = strawberry.field(description="The call's number, as filters name it in `id`.")
    call_id: str = strawberry.field(description="The id that the call has where it came from; unique in the project.")
    timestamp: datetime = strawberry.field(description="When the call began.")
    duration: float | None = strawberry.field(description="How long it took, in seconds.")
    success: bool | None = strawberry.field(description="Whether it was successful; null when that is not known.")
    is_reviewed: bool = strawberry.field(description="Whether a person has reviewed it.")
    customer_number: str | None = strawberry.field(description="The customer's number.")
    call_ended_reason: str | None = strawberry.field(description="Why it ended.")
    dropoff_point: str | None = strawberry.field(description="Where the caller dropped off.")
    topic: str | None = strawberry.field(description="What it was about.")
    metadata: JSON = strawberry.field(description="The call's own keys and values: a JSON object.")
    created_at: datetime = strawberry.field(description="When it was recorded here.")
    updated_at: datetime = strawberry.field(description="When it was last changed here.")

    @strawberry.field(description="The agent that took or made the call.")
    async def agent(self, info: Info) -> Agent:
        row = await agents.agent(info.context.scope, self.agent_row_id)
        assert row is not None, "a call's agent is kept by a foreign key"
        return Agent.of(row)

    @strawberry.field(description="The call's metric values, by metric. A metric can have several.")
    async def metric_evaluations(self, info: Info) -> list[MetricEvaluation]:
        rows = await call_logs.evaluations_of(info.context.scope, self.database_id)
        return [MetricEvaluation.of(row) for row in rows]

    @strawberry.field(description="What was said, in order; null when that is not known. Read only when asked for.")
    async def transcript(self, info: Info) -> list[TranscriptTurn] | None:
        row = await call_logs.transcript_of(info.context.scope, self.database_id)
        return [TranscriptTurn.of(turn) for turn in row.turns] if row else None

    @strawberry.field(description="What a reviewer thought of it; null when none said so. Read only when asked for.")
    async def feedback(self, info: Info) -> CallFeedback | None:
        row = await call_logs.feedback_of(info.context.scope, self.database_id)
        return CallFeedback.of(row) if row else None

    @classmethod
    def of(cls, row: models.CallLog) -> "CallLog":
        return cls(
            id=encode("CallLog", row.id),
            agent_row_id=row.agent_id,
            database_id=row.id,
            call_id=row.call_id,
            timestamp=row.timestamp,
            duration=row.duration,
            success=row.success,
            is_reviewed=row.is_reviewed,
            customer_number=row.customer_number,
            call_ended_reason=row.call_ended_reason,
            dropoff_point=row.dropoff_point,
            topic=row.topic,
            metadata=JSON(row.call_metadata),
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
