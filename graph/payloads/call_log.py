"""The answers of mutations on calls."""

import strawberry

from graph.payloads.payload import Payload
from graph.types.call_log import CallLog


@strawberry.type(
    description="How many calls were taken in. A call that is wrong has its errors in `errors`, with paths such as "
    "/calls/3/duration; the others went in."
)
class IngestCallLogsPayload(Payload):
    created: int = strawberry.field(description="How many calls were new.")
    updated: int = strawberry.field(description="How many calls were there already and have what was given now.")
    rejected: int = strawberry.field(description="How many calls were wrong; 0 where all were refused together.")


@strawberry.type(
    description="How many calls were taken in. A call that is wrong has its errors in `errors`, with paths such as "
    "/calls/3/duration; the others went in. At most 200 errors are listed."
)
class IngestCallsPayload(Payload):
    created: int = strawberry.field(description="How many calls were new.")
    updated: int = strawberry.field(description="How many calls were there already and have what was given now.")
    rejected: int = strawberry.field(description="How many calls were wrong; 0 where all were refused together.")


@strawberry.type(description="The reviewed call.")
class UpdateCallLogPayload(Payload):
    call_log: CallLog | None = strawberry.field(description="The call; null when the input is wrong.")
