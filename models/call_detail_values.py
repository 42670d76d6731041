"""Transcripts and feedback of the native import format, checked.

Raises:
    Refused: for a value that may not stand there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from models.call_faults import CallFault, Refused, faults_of, placed, pointer_token, refuse, shown
from models.call_values import check_name, check_rating, check_seconds, check_storable, check_text

TURNS_LIMIT = 10_000
"""Most turns of a transcript."""
TURN_LIMIT = 20_000
"""Most characters of one turn."""
TRANSCRIPT_LIMIT = 256 * 1024
"""Most bytes of a transcript as JSON."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said. ``time`` is in seconds from the start of the call."""

    role: str
    text: str
    time: float | None = None

    def written(self) -> dict[str, Any]:
        """The turn as JSON stores it."""
        turn: dict[str, Any] = {"role": self.role, "text": self.text}
        return turn if self.time is None else {**turn, "time": self.time}


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reviewer thought of a call: a rating from 0 to 5, a comment, or both."""

    rating: float | None = None
    comment: str | None = None
    reviewer: str | None = None


def _turn_text(value: object) -> str:
    return check_storable(value, TURN_LIMIT)


_TURN_KEYS: dict[str, Callable[[object], object]] = {"role": check_name, "text": _turn_text, "time": check_seconds}
_TURN_FORM = "an object with role, text and, in seconds, time"
_FEEDBACK_KEYS: dict[str, Callable[[object], object]] = {
    "rating": check_rating,
    "comment": check_text,
    "reviewer": check_name,
}
_FEEDBACK_FORM = "an object with rating (0 to 5), comment, or both, and reviewer"


def _members(value: object, checks: Mapping[str, Callable[[object], object]], form: str) -> dict[str, Any]:
    """The members of an object that are given, each checked."""
    if not isinstance(value, Mapping):
        raise refuse(f"{shown(value)} is not an object", form)
    faults: list[CallFault] = []
    members: dict[str, Any] = {}
    for key, member in cast("Mapping[object, object]", value).items():
        check = checks.get(str(key))
        if check is None:
            faults.append(CallFault(f"/{pointer_token(str(key))}", f"unknown key {shown(key)}", ", ".join(checks)))
        elif member is not None:
            try:
                members[str(key)] = check(member)
            except Refused as refused:
                faults += placed(refused, f"/{key}")
    if faults:
        raise Refused(*faults)
    return members


def _turn(value: object) -> Turn:
    members = _members(value, _TURN_KEYS, _TURN_FORM)
    if missing := [key for key in ("role", "text") if key not in members]:
        raise Refused(*(CallFault(f"/{key}", "it is missing", "a string") for key in missing))
    return Turn(**members)


def check_transcript(value: object) -> tuple[Turn, ...]:
    """A list of turns, in the order in which they were said."""
    if not isinstance(value, (list, tuple)):
        raise refuse(f"{shown(value)} is not a list", f"a list, each item {_TURN_FORM}")
    given = cast("Sequence[object]", value)
    if len(given) > TURNS_LIMIT:
        raise refuse(f"{len(given):,} turns are too many", f"at most {TURNS_LIMIT:,}")
    faults = [fault for place, item in enumerate(given) for fault in faults_of(_turn, item, f"/{place}")]
    if faults:
        raise Refused(*faults)
    turns = tuple(_turn(item) for item in given)
    size = len(written_transcript(turns))
    if size > TRANSCRIPT_LIMIT:
        raise refuse(f"{size:,} bytes of transcript are too many", f"at most {TRANSCRIPT_LIMIT:,} bytes as JSON")
    return turns


def written_transcript(turns: Sequence[Turn]) -> bytes:
    """The JSON that is stored."""
    return orjson.dumps([turn.written() for turn in turns])


def check_feedback(value: object) -> Feedback:
    """A rating, a comment, or both, and who gave them."""
    feedback = Feedback(**_members(value, _FEEDBACK_KEYS, _FEEDBACK_FORM))
    if feedback.rating is None and feedback.comment is None:
        raise refuse("feedback has neither a rating nor a comment", _FEEDBACK_FORM)
    return feedback
