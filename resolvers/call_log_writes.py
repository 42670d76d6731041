"""Taking in call logs, and reviewing them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import func, select

from filters.faults import ECHO_LENGTH
from models import CallLog
from models.call_fields import CORRECTABLE, GIVEN
from models.call_record import CallFault, CallFaults, CallRecord, parse_call
from models.ingest import upsert_calls
from resolvers.absent import ABSENT
from resolvers.call_feedback_writes import set_feedback
from resolvers.rejections import Rejections
from resolvers.row_changes import assign
from resolvers.writing import Writing

MAX_CALLS = 1_000
"""The most calls that one request may bring."""

_INPUT_KEYS = {field.name: field.key for field in GIVEN}
"""Keys of the native format as the GraphQL input writes them."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """How many calls were made and how many updated; the calls that are wrong are in the rejections."""

    created: int
    updated: int


async def ingest_call_logs(writing: Writing, rejections: Rejections, calls: Sequence[Mapping[str, Any]]) -> Ingested:
    """Stores calls, given as objects of the native import format. A bad call is noted with its path; the others go in.

    A call that is there (by its ``call_id``) is updated: its top-level metadata keys merge, the metrics given replace
    those of the same name, and what is absent or null stays.

    Raises:
        Rejected: there are more than ``MAX_CALLS``; none is stored then.
    """
    if len(calls) > MAX_CALLS:
        message = (
            f"At most {MAX_CALLS:,} calls are taken at once; these are {len(calls):,}. Send them in several requests."
        )
        rejections.exceeded(message, "/calls")
        rejections.raise_if_any()
    records: list[CallRecord] = []
    places: list[int] = []
    for place, call in enumerate(calls):
        try:
            records.append(parse_call(call))
            places.append(place)
        except CallFaults as error:
            _note(rejections, f"/calls/{place}", error.faults)
    stored = await upsert_calls(writing.session, writing.project_id, records)
    for refusal in stored.refused:
        _note(rejections, f"/calls/{places[refusal.index]}", refusal.faults)
    return Ingested(stored.created, stored.updated)


def _note(rejections: Rejections, path: str, faults: Sequence[CallFault]) -> None:
    for fault in faults:
        message = fault.message[:1].upper() + fault.message[1:]
        rejections.invalid(f"{message}; allowed: {fault.allowed}.", path + _input_path(fault.path))


def _input_path(path: str) -> str:
    """A pointer into the native format as one into the input. It stops at the object that has an overlong key."""
    place = ""
    for depth, token in enumerate(path.split("/")[1:]):
        if len(token) > ECHO_LENGTH:
            break
        place += f"/{_INPUT_KEYS.get(token, token) if depth == 0 else token}"
    return place.encode("utf-8", "backslashreplace").decode()


@dataclass(frozen=True, slots=True)
class CallLogChanges:
    """What to set on a call. What is absent stays; ``metadata`` cannot be null.

    ``values`` are those of ``models.call_fields.CORRECTABLE``, by name; only those that are nullable can be null.
    ``metadata`` is merged: its top-level keys replace those of the call, and a key with null removes it. ``feedback``
    is an object of the native import format, which replaces what is stored, or null, which removes it.
    """

    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    metadata: Any = ABSENT
    feedback: Any = ABSENT


async def update_call_log(
    writing: Writing, rejections: Rejections, call_log_id: int | None, changes: CallLogChanges
) -> CallLog:
    """Reviews a call, or corrects what is known of it. An update that changes nothing leaves ``updated_at``.

    Raises:
        Rejected: with everything that is wrong; nothing is written then.
    """
    call = await _locked(writing, rejections, call_log_id)
    values = dict(changes.values)
    for given in CORRECTABLE:
        if not given.is_nullable and values.get(given.name, ABSENT) is None:
            rejections.invalid(f"{given.key} cannot be null; allowed: {given.form}.", f"/{given.key}")
    if changes.metadata is not ABSENT:
        values["call_metadata"] = _merged(call, changes.metadata)
    record = _check(rejections, writing, values, changes.feedback)
    rejections.raise_if_any()
    assert call is not None
    assert record is not None
    assign(call, values)
    if changes.feedback is not ABSENT and await set_feedback(writing, call.id, record.feedback):
        call.updated_at = func.now()
    await writing.session.flush()
    await writing.session.refresh(call)
    return call


async def _locked(writing: Writing, rejections: Rejections, call_log_id: int | None) -> CallLog | None:
    if call_log_id is None:
        return None
    statement = (
        select(CallLog)
        .where(CallLog.project_id == writing.project_id, CallLog.id == call_log_id)
        .with_for_update(key_share=True)
    )
    call = await writing.session.scalar(statement)
    if call is None:
        rejections.not_found("CallLog", "/id")
    return call


def _merged(call: CallLog | None, metadata: Any) -> Any:
    if not isinstance(metadata, dict):
        return metadata
    given = cast("dict[str, Any]", metadata)
    stored = {} if call is None else call.call_metadata
    kept = {key: value for key, value in stored.items() if key not in given}
    return kept | {key: value for key, value in given.items() if value is not None}


def _check(rejections: Rejections, writing: Writing, values: Mapping[str, Any], feedback: Any) -> CallRecord | None:
    """Notes what a call of the native import format could not have either: one set of rules for every way in."""
    call = {"call_id": "-", "agent": "-", "timestamp": writing.now, **values}
    metadata = call.pop("call_metadata", {})
    if metadata is None:
        rejections.invalid("metadata cannot be null; to remove a key, give it null.", "/metadata")
    try:
        return parse_call({**call, "metadata": metadata, "feedback": None if feedback is ABSENT else feedback})
    except CallFaults as error:
        _note(rejections, "", error.faults)
        return None
