"""Calls."""

from collections.abc import Mapping, Sequence
from typing import Any

import strawberry

import models
from filters import MaskedFields
from graph.call_fields import CallFields, fields_of
from graph.context import Info
from graph.node_ids import encode
from graph.scalars import JSON, BigInt
from graph.types.agent import Agent
from graph.types.call_details import CallFeedback, TranscriptTurn
from graph.types.metric import MetricEvaluation
from graph.types.node import Node
from resolvers import agents, call_logs

_TURN_BYTES = 50
"""What a turn has in an answer beside its text, about."""


def _size(turns: Sequence[Mapping[str, Any]]) -> int:
    return sum(len(turn["text"]) + _TURN_BYTES for turn in turns)


@strawberry.type(description="One call.")
class CallLog(Node, CallFields):
    agent_row_id: strawberry.Private[int]
    database_id: int = strawberry.field(
        graphql_type=BigInt, description="The call's number, as used in filters in `id`."
    )
    metadata: JSON = strawberry.field(description="Custom keys and values of the call: a JSON object.")

    @strawberry.field(description="The agent of the call.")
    async def agent(self, info: Info) -> Agent:
        row = await agents.agent(info.context.scope, self.agent_row_id)
        assert row is not None, "a call's agent is kept by a foreign key"
        return Agent.of(row)

    @strawberry.field(description="The call's metric values, ordered by metric. A metric can have several values.")
    async def metric_evaluations(self, info: Info) -> list[MetricEvaluation]:
        rows = await call_logs.evaluations_of(info.context.scope, self.database_id)
        return [MetricEvaluation.of(row) for row in rows]

    @strawberry.field(description="What was said, in order; null if unknown. Read only if requested.")
    async def transcript(self, info: Info) -> list[TranscriptTurn] | None:
        scope = info.context.scope
        row = await call_logs.transcript_of(scope, self.database_id)
        if row:
            scope.meter.add_bytes(_size(row.turns), "the transcripts")
        return [TranscriptTurn.of(turn) for turn in row.turns] if row else None

    @strawberry.field(description="A reviewer's feedback on the call; null if there is none. Read only if requested.")
    async def feedback(self, info: Info) -> CallFeedback | None:
        row = await call_logs.feedback_of(info.context.scope, self.database_id)
        return CallFeedback.of(row) if row else None

    @classmethod
    def of(cls, row: models.CallLog, masked: MaskedFields) -> "CallLog":
        return cls(
            id=encode("CallLog", row.id),
            agent_row_id=row.agent_id,
            database_id=row.id,
            **masked.values(fields_of(row)),
            metadata=JSON(row.call_metadata),
        )
