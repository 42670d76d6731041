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
from models.call_detail_values import TRANSCRIPT_LIMIT, TURN_LIMIT, TURNS_LIMIT
from models.call_fields import GIVEN
from models.call_record import METRICS_LIMIT
from models.call_values import METADATA_LIMIT, NAME_LIMIT, TEXT_LIMIT
from resolvers.call_log_writes import MAX_CALLS, MAX_JSON_CALLS, CallLogChanges


@strawberry.input(description="A metric's value for a call.")
class MetricValueInput:
    metric: str = strawberry.field(
        description="The metric's name. It is created if the project has none with that name."
    )
    type: EvaluationType = strawberry.field(
        description="The metric's type; it is an error if an existing metric has a different type."
    )
    value: JSON | None = strawberry.field(
        default=None,
        description="A number for NUMERIC, 0 to 5 for RATING, a boolean for BINARY, a string for ENUM; null if "
        "the evaluation was skipped.",
    )


@strawberry.input(description="One turn of a speaker in a call.")
class TranscriptTurnInput:
    role: str = strawberry.field(description=f"Who spoke, such as agent or customer: 1 to {NAME_LIMIT} characters.")
    text: str = strawberry.field(description=f"What was said: at most {TURN_LIMIT:,} characters.")
    time: float | None = strawberry.field(default=None, description="Seconds from the start of the call, 0 or more.")


@strawberry.input(description="A reviewer's feedback on a call: a rating, a comment, or both.")
class CallFeedbackInput:
    rating: float | None = strawberry.field(default=None, description="From 0 (worst) to 5 (best).")
    comment: str | None = strawberry.field(default=None, description=f"At most {TEXT_LIMIT:,} characters.")
    reviewer: str | None = strawberry.field(
        default=None, description="Who gave the feedback; the default in a review is the name of the API key."
    )

    def native(self) -> dict[str, Any]:
        return {"rating": self.rating, "comment": self.comment, "reviewer": self.reviewer}


@strawberry.input(
    description="One call. If the call already exists, fields that are omitted or null are left unchanged; "
    "metadata is merged by top-level key; the given metrics replace those of the same name; "
    "transcript and feedback replace the stored ones."
)
class CallLogInput(GivenCallFields):
    agent: str = strawberry.field(description="The agent's name. It is created if the project has none with that name.")
    metadata: JSON | None = strawberry.field(
        default=None,
        description=f"Custom keys and values of the call: a JSON object of at most {METADATA_LIMIT // 1024} KiB.",
    )
    metrics: list[MetricValueInput] | None = strawberry.field(
        default=None, description=f"At most {METRICS_LIMIT:,} metric values; a metric can have several values."
    )
    transcript: list[TranscriptTurnInput] | None = strawberry.field(
        default=None,
        description=f"What was said, in order: at most {TURNS_LIMIT:,} turns and "
        f"{TRANSCRIPT_LIMIT // 1024} KiB as JSON.",
    )
    feedback: CallFeedbackInput | None = strawberry.field(
        default=None, description="A reviewer's feedback on the call."
    )


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


@strawberry.input(description="Calls to create or update.")
class IngestCallLogsInput:
    calls: list[CallLogInput] = strawberry.field(
        description=f"At most {MAX_CALLS:,} calls. An invalid call is reported as an error with its path, such as "
        "/calls/3/metrics/0/value; the others are stored. Only input that GraphQL itself rejects, "
        "such as a time without an offset, fails the whole request."
    )


@strawberry.input(description="Calls to create or update, in the native import format.")
class IngestCallsInput:
    calls: JSON = strawberry.field(
        description="A list of objects in the native import format, whose keys are written with underscores "
        f"(call_id, agent, timestamp, …): at most {MAX_JSON_CALLS:,}. Send it as a variable."
    )


@strawberry.input(description="New values for a call. Omitted fields are left unchanged.")
class UpdateCallLogInput(CorrectedCallFields):
    id: strawberry.ID = strawberry.field(description="The ID of the call.")
    metadata: Maybe[JSON | None] = strawberry.field(
        default=None,
        description="A JSON object whose top-level keys replace those of the call; a key set to null is removed. "
        "Cannot be null.",
    )
    feedback: Maybe[CallFeedbackInput | None] = strawberry.field(
        default=None,
        description="The reviewer's feedback. Replaces earlier feedback as a whole; null removes it.",
    )

    def changes(self) -> CallLogChanges:
        feedback = given(self.feedback)
        return CallLogChanges(
            values=corrected_fields(self),
            metadata=given(self.metadata),
            feedback=feedback.native() if isinstance(feedback, CallFeedbackInput) else feedback,
        )
