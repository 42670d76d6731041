"""What is known of a call beside its values: its transcript, and feedback on it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

import models


@strawberry.type(description="One turn of a speaker in a call.")
class TranscriptTurn:
    role: str = strawberry.field(description="Who spoke, such as agent or customer.")
    text: str = strawberry.field(description="What was said.")
    time: float | None = strawberry.field(description="Seconds from the start of the call; null if unknown.")

    @classmethod
    def of(cls, turn: Mapping[str, Any]) -> "TranscriptTurn":
        return cls(role=turn["role"], text=turn["text"], time=turn.get("time"))


@strawberry.type(description="A reviewer's feedback on a call: a rating, a comment, or both.")
class CallFeedback:
    rating: float | None = strawberry.field(description="From 0 (worst) to 5 (best).")
    comment: str | None = strawberry.field(description="The reviewer's comment.")
    reviewer: str | None = strawberry.field(
        description="Who gave the feedback: the name given with it, or else the name of the API key; null if "
        "neither is known."
    )
    created_at: datetime = strawberry.field(description="When the feedback was first given.")
    updated_at: datetime = strawberry.field(description="When it was last changed.")

    @classmethod
    def of(cls, row: models.CallFeedback) -> "CallFeedback":
        return cls(
            rating=row.rating,
            comment=row.comment,
            reviewer=row.reviewer,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
