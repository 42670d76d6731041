"""What is known of a call beside its values: its transcript, and feedback on it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

import models


@strawberry.type(description="What one side of a call said at a time.")
class TranscriptTurn:
    role: str = strawberry.field(description="Who spoke, such as agent or customer.")
    text: str = strawberry.field(description="What was said.")
    time: float | None = strawberry.field(description="Seconds from the start of the call; null when not known.")

    @classmethod
    def of(cls, turn: Mapping[str, Any]) -> "TranscriptTurn":
        return cls(role=turn["role"], text=turn["text"], time=turn.get("time"))


@strawberry.type(description="What a reviewer thought of a call. It has a rating, a comment, or both.")
class CallFeedback:
    rating: float | None = strawberry.field(description="From 0, the worst, to 5.")
    comment: str | None = strawberry.field(description="In the reviewer's words.")
    reviewer: str | None = strawberry.field(
        description="Who gave it: the name that came with it, else that of the API key; null when neither is known."
    )
    created_at: datetime = strawberry.field(description="When it was first given.")
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
