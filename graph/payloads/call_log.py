"""The answers of mutations on calls."""

import strawberry

from graph.payloads.payload import Payload
from graph.types.call_log import CallLog


@strawberry.type(
    description="The number of calls that were stored. The errors of invalid calls are in `errors`, with paths "
    "such as /calls/3/duration; the others were stored."
)
class IngestCallLogsPayload(Payload):
    created: int = strawberry.field(description="The number of new calls.")
    updated: int = strawberry.field(description="The number of existing calls that were updated.")
    rejected: int = strawberry.field(description="The number of invalid calls; 0 if the whole input was rejected.")


@strawberry.type(
    description="How many calls were taken in. A call that is wrong has its errors in `errors`, with paths such as "
    "/calls/3/duration; the others went in. At most 200 errors are listed."
)
class IngestCallsPayload(Payload):
    created: int = strawberry.field(description="The number of new calls.")
    updated: int = strawberry.field(description="The number of existing calls that were updated.")
    rejected: int = strawberry.field(description="The number of invalid calls; 0 if the whole input was rejected.")


@strawberry.type(description="The reviewed call.")
class UpdateCallLogPayload(Payload):
    call_log: CallLog | None = strawberry.field(description="The call; null if the input is invalid.")
