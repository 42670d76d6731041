"""From the calls of an event to stored ones: converted by the mapping of the endpoint, and stored in one transaction
together with the note that the event was taken."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from sqlalchemy import func, or_, update

from models import WebhookEndpoint
from models.call_record import CallFault, CallFaults, CallRecord, parse_call
from models.ingest import upsert_calls
from models.sessions import Sessions
from models.types import AuditAction
from resolvers.author import Origin
from resolvers.call_log_writes import STORED_CALL, STORED_EVALUATION
from resolvers.repeatable import Repeatable, earlier_result, keep_result
from resolvers.trail import Event, record_event
from resolvers.writing import Writing
from server.hooks.endpoints import Endpoint
from server.hooks.events import FoundCall
from server.importing.conversion import DocumentConversion, SettingFailure
from server.importing.mapping import CallMapping
from server.importing.places import PointedFault

MOST_FAULTS = 50
"""What is told of an event that is refused; further faults are only counted."""

_PART = "calls"


class WrongCallsError(Exception):
    """Calls of an event cannot be stored, so none of it is.

    Attributes:
        faults: what is wrong, each with the JSON pointer of the place in what was sent.
    """

    def __init__(self, faults: Sequence[PointedFault]) -> None:
        super().__init__("The call cannot be stored.")
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class ReadCall:
    """A call of an event, checked."""

    found: FoundCall
    record: CallRecord


@dataclass(frozen=True, slots=True)
class Stored:
    """How many calls an event made and updated, and the points that this cost beyond a transaction."""

    created: int
    updated: int
    points: float = 0.0


class CallReader:
    """Reads calls by a mapping, or as they are in the native format."""

    def __init__(self, mapping: CallMapping | None) -> None:
        self._conversion: DocumentConversion | None = mapping.for_documents() if mapping else None

    def read(self, calls: Iterable[FoundCall]) -> list[ReadCall]:
        """The calls, without those that the mapping skips.

        Raises:
            WrongCallsError: one of them cannot be stored.
        """
        read: list[ReadCall] = []
        faults: list[PointedFault] = []
        for found in calls:
            try:
                record = self._record(found, faults)
            except SettingFailure as error:
                fault = error.fault if isinstance(error.fault, PointedFault) else PointedFault("", str(error))
                raise WrongCallsError([_outside(found, fault)]) from None
            if record is not None:
                read.append(ReadCall(found, record))
        if faults:
            raise WrongCallsError(faults)
        return read

    def placed(self, found: FoundCall, faults: Iterable[CallFault]) -> list[PointedFault]:
        """Faults of a call as faults of what was sent."""
        if self._conversion is None:
            return [PointedFault(found.pointer(fault.path), str(fault)) for fault in faults]
        return [_outside(found, fault) for fault in self._conversion.placed(found.content, faults)]

    def _record(self, found: FoundCall, faults: list[PointedFault]) -> CallRecord | None:
        call = found.content
        if self._conversion is not None:
            converted = self._conversion.convert(call)
            if converted.call is None or converted.faults:
                faults += [_outside(found, fault) for fault in converted.faults]
                return None
            call = converted.call
        try:
            return parse_call(call)
        except CallFaults as error:
            faults += self.placed(found, error.faults)
            return None


def _outside(found: FoundCall, fault: PointedFault) -> PointedFault:
    return PointedFault(found.pointer(fault.pointer), fault.reason)


async def store_event(
    sessions: Sessions,
    endpoint: Endpoint,
    origin: Origin,
    delivery: Repeatable,
    reader: CallReader,
    calls: Sequence[ReadCall],
) -> Stored:
    """Stores the calls of an event, or does nothing where it was taken before; ``delivery.repeated`` then says so.

    Raises:
        WrongCallsError: the project cannot take one of them.
        KeyReusedError: the id of the event belongs to one that differs.
        KeyInUseError: the same event is still being stored.
    """
    async with sessions.write(endpoint.project_id) as session:
        writing = Writing(session, endpoint.project_id, datetime.now(UTC), endpoint.author, origin)
        earlier = await earlier_result(writing, delivery, _PART)
        if earlier is not None:
            return Stored(*orjson.loads(earlier))
        done = await upsert_calls(session, endpoint.project_id, [call.record for call in calls])
        if done.refused:
            refused = [(calls[refusal.index].found, refusal.faults) for refusal in done.refused]
            raise WrongCallsError([fault for found, faults in refused for fault in reader.placed(found, faults)])
        evaluations = sum(len(call.record.metrics) for call in calls)
        stored = Stored(done.created, done.updated, STORED_CALL * len(calls) + STORED_EVALUATION * evaluations)
        counts = {"created": stored.created, "updated": stored.updated, "rejected": 0}
        await record_event(writing, Event(AuditAction.CALLS_INGEST, counts=counts))
        await keep_result(writing, delivery, _PART, orjson.dumps([stored.created, stored.updated]).decode())
        await _note_use(writing, endpoint)
        return stored


async def _note_use(writing: Writing, endpoint: Endpoint) -> None:
    """The last statement: it locks the endpoint's row, once a minute."""
    used, minute = WebhookEndpoint.last_used_at, func.make_interval(0, 0, 0, 0, 0, 1)
    await writing.session.execute(
        update(WebhookEndpoint)
        .where(
            WebhookEndpoint.project_id == endpoint.project_id,
            WebhookEndpoint.id == endpoint.id,
            or_(used.is_(None), used < func.now() - minute, used > func.now() + minute),
        )
        .values(last_used_at=func.now())
    )
