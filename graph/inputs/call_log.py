"""What clients give to bring calls in and to review them."""

from collections.abc import Mapping
from typing import Any

import strawberry
from strawberry import Maybe
from strawberry.types import get_object_definition
from strawberry.types.arguments import InputContext

from graph.inputs.call_fields import CorrectedCallFields, GivenCallFields, corrected_fields
from graph.inputs.given import given
from graph.scalars import JSON
from models import EvaluationType
from models.call_fields import GIVEN
from resolvers.call_log_writes import CallLogChanges


@strawberry.input(description="A metric's value for a call.")
class MetricValueInput:
    metric: str = strawberry.field(description="The metric's name. It is made when the project has none of that name.")
    type: EvaluationType = strawberry.field(description="The metric's type; another one than it has is an error.")
    value: JSON | None = strawberry.field(
        default=None,
        description="A number for NUMERIC, 0 to 5 for RATING, a boolean for BINARY, a string for ENUM; null when the "
        "evaluation was skipped.",
    )


@strawberry.input(description="What one side of a call said at a time.")
class TranscriptTurnInput:
    role: str = strawberry.field(description="Who spoke, such as agent or customer: 1 to 255 characters.")
    text: str = strawberry.field(description="What was said: at most 20,000 characters.")
    time: float | None = strawberry.field(default=None, description="Seconds from the start of the call, 0 or more.")


@strawberry.input(description="What a reviewer thought of a call: a rating, a comment, or both.")
class CallFeedbackInput:
    rating: float | None = strawberry.field(default=None, description="From 0, the worst, to 5.")
    comment: str | None = strawberry.field(default=None, description="At most 1,000 characters.")
    reviewer: str | None = strawberry.field(
        default=None, description="Who gave it; in a review that does not say, the name of the API key."
    )

    def native(self) -> dict[str, Any]:
        return {"rating": self.rating, "comment": self.comment, "reviewer": self.reviewer}


@strawberry.input(
    description="One call. For a call that is there already, what is left out or null stays; metadata merges by its "
    "top-level keys; the metrics given replace those of the same name; transcript and feedback replace the stored ones."
)
class CallLogInput(GivenCallFields):
    agent: str = strawberry.field(description="The agent's name. It is made when the project has none of that name.")
    metadata: JSON | None = strawberry.field(
        default=None, description="The call's own keys and values: a JSON object of at most 64 KiB."
    )
    metrics: list[MetricValueInput] | None = strawberry.field(
        default=None, description="At most 1,000 metric values; several for one metric are kept side by side."
    )
    transcript: list[TranscriptTurnInput] | None = strawberry.field(
        default=None, description="What was said, in order: at most 10,000 turns and 256 KiB as JSON."
    )
    feedback: CallFeedbackInput | None = strawberry.field(default=None, description="What a reviewer thought of it.")


class GivenCall(CallLogInput):
    """A call as it was given, as an object of the native import format. Nothing in it was made into a Python object:
    with thousands of metric values and turns, that would take longer than all the rest.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        # The members of what is inside have the same names there.
        self.native = {
            **{field.name: given.get(field.key) for field in GIVEN},
            **{key: given.get(key) for key in ("agent", "metadata", "metrics", "transcript", "feedback")},
        }


def _given_call(_kind: type, given: Mapping[str, Any], _context: InputContext) -> GivenCall:
    return GivenCall(given)


get_object_definition(CallLogInput, strict=True).from_input = _given_call


@strawberry.input(description="Calls to take in.")
class IngestCallLogsInput:
    calls: list[CallLogInput] = strawberry.field(
        description="At most 1,000 calls. A bad one is an error with its path, such as /calls/3/metrics/0/value; the "
        "others go in. Only what GraphQL itself refuses, such as a time without an offset, stops the request."
    )


@strawberry.input(description="Calls to take in, as the native import format has them.")
class IngestCallsInput:
    calls: JSON = strawberry.field(
        description="A list of objects of the native import format, whose keys are written with underscores "
        "(call_id, agent, timestamp, …): at most 10,000. Send it as a variable."
    )


@strawberry.input(description="What a person found out about a call. What is left out stays.")
class UpdateCallLogInput(CorrectedCallFields):
    id: strawberry.ID = strawberry.field(description="Which call.")
    metadata: Maybe[JSON | None] = strawberry.field(
        default=None,
        description="A JSON object whose top-level keys replace the call's own; a key with null is removed. Not null.",
    )
    feedback: Maybe[CallFeedbackInput | None] = strawberry.field(
        default=None,
        description="What the reviewer thought of it. Replaces earlier feedback as a whole; null removes it.",
    )

    def changes(self) -> CallLogChanges:
        feedback = given(self.feedback)
        return CallLogChanges(
            values=corrected_fields(self),
            metadata=given(self.metadata),
            feedback=feedback.native() if isinstance(feedback, CallFeedbackInput) else feedback,
        )
