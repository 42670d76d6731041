"""What becomes of columns that no value of a call takes: metrics, metadata, and transcripts."""

from collections.abc import Sequence
from typing import Any, cast

from server.importing.proposing.columns import Column
from server.importing.proposing.draft import Draft
from server.importing.proposing.names import EXACT, is_identifier, is_rating, is_sentiment, key_of, metric_of, words_of
from server.importing.proposing.outcomes import is_category
from server.importing.proposing.senses import has_phone_name, has_zone_name, is_amount, is_start_or_end

_MOST_METRICS = 30
_MOST_METADATA = 40
_LEAST_PHONE = 1_000_000
_ROLES = ("role", "speaker", "participant", "from")
_SAID = ("text", "content", "message", "utterance", "transcript")
_SINCE = ("secondsFromStart", "time_in_call_secs", "start", "offset")
_ROLE_NAMES = {"bot": "agent", "assistant": "agent", "ai": "agent", "user": "customer", "caller": "customer"}


def transcript_of(draft: Draft) -> dict[str, object] | None:
    for column in draft.free.columns:
        items = [item for raw in column.values if isinstance(raw, list) for item in cast("list[Any]", raw)]
        turns = [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]
        role, said = _key_in(turns, _ROLES), _key_in(turns, _SAID)
        if not turns or len(turns) < len(items) or role is None or said is None:
            continue
        draft.free.use(column)
        transcript: dict[str, object] = {"column": column.name, "role": role, "text": said}
        since = _key_in(turns, _SINCE)
        if since is not None and all(isinstance(turn.get(since), (int, float, type(None))) for turn in turns):
            transcript["time"] = since
        roles = {str(turn.get(role)) for turn in turns}
        named = {name: _ROLE_NAMES[name] for name in sorted(roles) if name in _ROLE_NAMES}
        return {**transcript, "roles": named} if named else transcript
    return None


def use(draft: Draft, column: Column) -> None:
    """What becomes of a column that no value of a call takes."""
    reason = _metric(draft, column) or _key(draft, column)
    if reason:
        draft.free.unused.append((column.name, reason))


def _metric(draft: Draft, column: Column) -> str | None:
    """Makes a metric of a column if it has amounts; otherwise, or if that works, tells nothing."""
    source = _metric_source(draft, column)
    if source is None:
        return None
    is_general = column.likeness("duration") >= EXACT
    label = " ".join(column.keys[-2:]) if is_general and column.keys else column.label
    name = _unused(metric_of(label), draft.metrics)
    if len(draft.metrics) >= _MOST_METRICS:
        return f"the first {_MOST_METRICS} columns of numbers became metrics"
    draft.metrics[name] = {"column": column.name, **source, **draft.null(column)}
    draft.free.use(column)
    return None


def _metric_source(draft: Draft, column: Column) -> dict[str, object] | None:
    if column.name in draft.times or column.is_boolean or column.is_nested or _is_clock(column):
        return None
    if has_zone_name(column.label):
        return None
    if (unit := column.duration_unit) is not None:
        return {"type": "numeric", "read_as": "duration", "unit": draft.told_unit(column, unit)}
    if is_sentiment(column.label) and is_category(column):
        return {"type": "enum"}
    numbers = column.numbers(draft.form)
    is_phone = column.is_phone and numbers is not None and min(numbers) >= _LEAST_PHONE
    is_phone = is_phone or (has_phone_name(column.label) and not is_amount(column.label))
    if numbers is None or is_phone or is_identifier(column.label) or any(text[0] == "+" for text in column.counts):
        return None
    draft.note_point(column)
    unit = {"unit": column.unit} if column.unit else {}
    if is_rating(column.label) and min(numbers) >= 0 and max(numbers) <= 5:
        return {"type": "rating", **unit}
    return {"type": "numeric", **unit}


def _key(draft: Draft, column: Column) -> str | None:
    """Makes metadata of a column; tells why not."""
    if column not in draft.free.columns:
        return None
    if column.is_nested:
        return "it has lists or objects"
    if column.name in draft.times or _is_clock(column):
        return "it has times, of which a call has one"
    if not column.is_short_text and not is_identifier(column.label):
        return "its texts are long, or different in nearly every row"
    if is_identifier(column.label) and not column.is_short_text:
        return "it is different in nearly every row"
    if len(draft.metadata) >= _MOST_METADATA:
        return f"the first {_MOST_METADATA} others became metadata"
    key = _unused(key_of(column.label), draft.metadata)
    draft.metadata[key] = draft.source(column, {"type": "boolean"} if column.is_boolean else {})
    return None


def _is_clock(column: Column) -> bool:
    """Whether a column has times of the day rather than durations."""
    has_name = words_of(column.label)[:1] == ("time",) or is_start_or_end(column.label)
    return column.duration_unit is not None and has_name


def _key_in(turns: Sequence[dict[str, Any]], names: Sequence[str]) -> str | None:
    return next((name for name in names if any(name in turn for turn in turns)), None)


def _unused(name: str, taken: dict[str, object]) -> str:
    place = 2
    found = name
    while found in taken:
        found = f"{name}_{place}"
        place += 1
    return found
