"""Calls."""

from collections.abc import Mapping, Sequence
from typing import Any

import strawberry

import models
from filters import MaskedFields
from graph.call_fields import CallFields, fields_of
from graph.context import Context, Info
from graph.node_ids import encode
from graph.read_together import together
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


async def _agents_of(context: Context, calls: "Sequence[CallLog]") -> list[Agent]:
    found = await agents.agents(context.scope, {call.agent_row_id for call in calls})
    made = {row.id: Agent.of(row) for row in found}
    # A call's agent is kept by a foreign key.
    return [made[call.agent_row_id] for call in calls]


async def _evaluations_of(context: Context, calls: "Sequence[CallLog]") -> list[list[MetricEvaluation]]:
    found = await call_logs.evaluations_of(context.scope, [call.database_id for call in calls])
    return [[MetricEvaluation.of(row) for row in rows] for rows in found]


@strawberry.type(description="One call.")
class CallLog(Node, CallFields):
    agent_row_id: strawberry.Private[int]
    database_id: int = strawberry.field(
        graphql_type=BigInt, description="The call's number, as used in filters in `id`."
    )
    metadata: JSON = strawberry.field(description="Custom keys and values of the call: a JSON object.")

    @strawberry.field(description="The agent of the call.", metadata=together(_agents_of))
    async def agent(self, info: Info) -> Agent:
        (found,) = await _agents_of(info.context, [self])
        return found

    @strawberry.field(
        description="The call's metric values, ordered by metric. A metric can have several values.",
        metadata=together(_evaluations_of),
    )
    async def metric_evaluations(self, info: Info) -> list[MetricEvaluation]:
        (found,) = await _evaluations_of(info.context, [self])
        return found

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
