"""Taking in call logs, and reviewing them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, cast

from sqlalchemy import func, select

from filters.faults import ECHO_LENGTH, echo
from models import CallLog
from models.call_faults import shown
from models.call_fields import CORRECTABLE, GIVEN
from models.call_record import CallFault, CallFaults, CallRecord, parse_call
from models.ingest import upsert_calls
from resolvers.absent import ABSENT
from resolvers.call_feedback_writes import set_feedback
from resolvers.rejections import Rejections
from resolvers.row_changes import assign
from resolvers.writing import Writing

MAX_CALLS = 1_000
"""The most calls that one request may bring in typed form."""

MAX_JSON_CALLS = 10_000
"""The most calls that one request may bring as JSON: they are stored in one transaction."""

STORED_CALL = 0.2
"""Points of a call that is stored from JSON."""

STORED_EVALUATION = 0.05
"""Points of each of its evaluations."""

_INPUT_KEYS = {field.name: field.key for field in GIVEN}
"""Keys of the native format as the GraphQL input writes them."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """How many calls were made, updated and not taken; what is wrong with those is in the rejections."""

    created: int
    updated: int
    rejected: int


@dataclass(slots=True)
class _Checked:
    """Calls after their checks. ``places`` are those of ``records`` among the calls given, ``wrong`` has the others."""

    records: list[CallRecord] = field(default_factory=list[CallRecord])
    places: list[int] = field(default_factory=list[int])
    wrong: list[tuple[int, Sequence[CallFault]]] = field(default_factory=list[tuple[int, Sequence[CallFault]]])


async def ingest_call_logs(writing: Writing, rejections: Rejections, calls: Sequence[Mapping[str, Any]]) -> Ingested:
    """Stores calls, given as objects of the native import format. A bad call is noted with its path, whose keys are
    those of the GraphQL input; the others go in.

    A call that is there (by its ``call_id``) is updated: its top-level metadata keys merge, the metrics given replace
    those of the same name, and what is absent or null stays.

    Raises:
        Rejected: there are more than ``MAX_CALLS``; none is stored then.
    """
    return await _ingest(writing, rejections, calls, MAX_CALLS, _input_path)


async def ingest_calls(writing: Writing, rejections: Rejections, calls: object) -> Ingested:
    """The same for JSON as it came in: what is not an object is noted, paths have the keys of the native format.

    Raises:
        Rejected: it is not a list, or there are more than ``MAX_JSON_CALLS``; none is stored then.
    """
    if not isinstance(calls, list):
        rejections.invalid(f"calls must be a list of JSON objects, not {echo(calls)}.", "/calls")
        rejections.raise_if_any()
    return await _ingest(writing, rejections, cast("list[object]", calls), MAX_JSON_CALLS, _plain_path)


async def _ingest(
    writing: Writing, rejections: Rejections, calls: Sequence[object], most: int, path_of: Callable[[str], str]
) -> Ingested:
    if len(calls) > most:
        message = (
            f"At most {most:,} calls are accepted at once, but {len(calls):,} were given. Split them into several "
            "requests, or send them as JSON lines to POST /ingest."
        )
        rejections.exceeded(message, "/calls")
        rejections.raise_if_any()
    # A call can be large by itself; without metrics and transcripts, it is checked in some microseconds.
    checked = await asyncio.to_thread(_check_calls, calls)
    writing.points += STORED_EVALUATION * sum(len(record.metrics) for record in checked.records)
    stored = await upsert_calls(writing.session, writing.project_id, checked.records)
    wrong = checked.wrong + [(checked.places[refusal.index], refusal.faults) for refusal in stored.refused]
    for place, faults in sorted(wrong, key=lambda item: item[0]):
        _note(rejections, f"/calls/{place}", faults, path_of)
    return Ingested(stored.created, stored.updated, len(wrong))


def _note(rejections: Rejections, path: str, faults: Sequence[CallFault], path_of: Callable[[str], str]) -> None:
    if rejections.pass_over(len(faults)):
        return
    for fault in faults:
        message = fault.message[:1].upper() + fault.message[1:]
        rejections.invalid(f"{message}; allowed: {fault.allowed}.", path + path_of(fault.path))


def _check_calls(calls: Sequence[object]) -> _Checked:
    checked = _Checked()
    for place, call in enumerate(calls):
        if not isinstance(call, Mapping):
            fault = CallFault("", f"{shown(call)} is not an object", "an object of the native import format")
            checked.wrong.append((place, (fault,)))
            continue
        try:
            checked.records.append(parse_call(cast("Mapping[str, object]", call)))
            checked.places.append(place)
        except CallFaults as error:
            checked.wrong.append((place, error.faults))
    return checked


def _input_path(path: str) -> str:
    """A pointer into the native format as one into the typed input."""
    first, *rest = path.split("/")[1:] or ("",)
    return _plain_path("/".join(("", _INPUT_KEYS.get(first, first), *rest)) if path else "")


def _plain_path(path: str) -> str:
    """A pointer that can be told. It stops at the object that has an overlong key."""
    tokens = takewhile(lambda token: len(token) <= ECHO_LENGTH, path.split("/")[1:])
    return "".join(f"/{token}" for token in tokens).encode("utf-8", "backslashreplace").decode()


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
    """Reviews a call, or corrects its data. An update that changes nothing leaves ``updated_at``.

    Raises:
        Rejected: with everything that is wrong; nothing is written then.
    """
    call = await _locked(writing, rejections, call_log_id)
    values = dict(changes.values)
    for given in CORRECTABLE:
        if not given.is_nullable and values.get(given.name, ABSENT) is None:
            rejections.invalid(f"{given.key} cannot be null; allowed: {given.form}.", f"/{given.key}")
    # Metadata can have very many keys.
    record = await asyncio.to_thread(_checked, rejections, writing, call, values, changes)
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


def _checked(
    rejections: Rejections, writing: Writing, call: CallLog | None, values: dict[str, Any], changes: CallLogChanges
) -> CallRecord | None:
    """Adds the merged metadata to the values, and checks them."""
    if changes.metadata is not ABSENT:
        values["call_metadata"] = _merged(call, changes.metadata)
    return _check(rejections, writing, values, changes.feedback)


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
        rejections.invalid("metadata cannot be null; to remove a key, set the key to null.", "/metadata")
    try:
        return parse_call({**call, "metadata": metadata, "feedback": None if feedback is ABSENT else feedback})
    except CallFaults as error:
        _note(rejections, "", error.faults, _input_path)
        return None
