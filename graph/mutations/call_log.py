"""The mutations on calls."""

from typing import Annotated, cast

import strawberry

from graph.context import Info
from graph.inputs.call_log import GivenCall, IngestCallLogsInput, IngestCallsInput, UpdateCallLogInput
from graph.payloads.call_log import IngestCallLogsPayload, IngestCallsPayload, UpdateCallLogPayload
from graph.types.call_log import CallLog
from graph.write import Write
from resolvers import call_log_writes

Ingest = Annotated[IngestCallLogsInput, strawberry.argument(description="The calls.")]
IngestJson = Annotated[IngestCallsInput, strawberry.argument(description="The calls.")]
Update = Annotated[UpdateCallLogInput, strawberry.argument(description="The call and its new values.")]


async def ingest(info: Info, input: Ingest) -> IngestCallLogsPayload:
    """Creates calls, or updates existing ones by their callId. Sending the same calls again
    creates no duplicates. Valid calls are stored even if others are invalid.
    """
    write, calls = Write(info), [cast("GivenCall", call).native for call in input.calls]
    done = await write.run(lambda writing, wrong: call_log_writes.ingest_call_logs(writing, wrong, calls))
    return IngestCallLogsPayload.of(done, write.errors)


async def ingest_json(info: Info, input: IngestJson) -> IngestCallsPayload:
    """Creates or updates calls like `ingestCallLogs`, given as JSON in the native import format. To send more, or to
    stream calls, send JSON lines to POST /ingest.
    """
    write, calls = Write(info), cast(object, input.calls)
    done = await write.run(lambda writing, wrong: call_log_writes.ingest_calls(writing, wrong, calls))
    return IngestCallsPayload.of(done, write.errors)


async def update(info: Info, input: Update) -> UpdateCallLogPayload:
    """Reviews a call, or corrects its data."""
    write, changes = Write(info), input.changes()
    id = write.row_id(input.id, "CallLog", "/id")
    row = await write.run(lambda writing, wrong: call_log_writes.update_call_log(writing, wrong, id, changes))
    return UpdateCallLogPayload(
        call_log=CallLog.of(row, info.context.scope.rights.masked) if row else None, errors=write.errors
    )
