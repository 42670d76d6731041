"""The answers of mutations on calls."""

from typing import Self

import strawberry

from graph.errors import Error
from graph.payloads.payload import Payload
from graph.types.call_log import CallLog
from resolvers.call_log_writes import Ingested
from resolvers.rejections import MAX_REJECTIONS


@strawberry.type
class _Ingested(Payload):
    created: int = strawberry.field(description="The number of new calls.")
    updated: int = strawberry.field(description="The number of existing calls that were updated.")
    rejected: int = strawberry.field(description="The number of invalid calls; 0 if the whole input was rejected.")

    @classmethod
    def of(cls, done: Ingested | None, errors: list[Error]) -> Self:
        """The payload; ``done`` is None where everything was rejected."""
        counts = done or Ingested(0, 0, 0)
        return cls(created=counts.created, updated=counts.updated, rejected=counts.rejected, errors=errors)


@strawberry.type(
    description="The number of calls accepted. The errors of invalid calls are in `errors`, with paths such as "
    "/calls/3/duration; the other calls were stored."
)
class IngestCallLogsPayload(_Ingested):
    pass


@strawberry.type(
    description="The number of calls accepted. The errors of invalid calls are in `errors`, with paths such as "
    f"/calls/3/duration; the other calls were stored. At most {MAX_REJECTIONS:,} errors are listed."
)
class IngestCallsPayload(_Ingested):
    pass


@strawberry.type(description="The reviewed call.")
class UpdateCallLogPayload(Payload):
    call_log: CallLog | None = strawberry.field(description="The call; null if the input is invalid.")
