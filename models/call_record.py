"""One call of the native import format, checked: the object every way of ingesting calls ends in."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import orjson
from rapidfuzz import process

from models.types import EvaluationType

NAME_LIMIT = 255
"""Most characters of a call id, an agent, a metric, an enum value or a metadata key: these are looked up by index."""
TEXT_LIMIT = 1_000
"""Most characters of another string; as many as a filter can compare with."""
METADATA_LIMIT = 64 * 1024
"""Most bytes of a call's metadata as JSON."""
METRICS_LIMIT = 1_000
"""Most metric values of one call."""

_NAME_FORM = f"a string of 1 to {NAME_LIMIT} characters"
TIMESTAMP_FORM = "a time by RFC 3339 with an offset, such as 2026-03-01T09:30:00Z"
_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


@dataclass(frozen=True, slots=True)
class CallFault:
    """What is wrong with one value. ``path`` is a JSON pointer; ``allowed`` says what may stand there."""

    path: str
    message: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.message}; allowed: {self.allowed}"


class CallFaults(ValueError):
    """A call cannot be taken. Carries every fault found in it, not only the first."""

    def __init__(self, faults: Sequence[CallFault]) -> None:
        super().__init__("; ".join(f"{fault.path}: {fault}" for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class MetricValue:
    """A metric's value for the call; None when the evaluation was skipped."""

    metric: str
    type: EvaluationType
    value: float | bool | str | None = None


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A checked call. None, and a metadata key or metric that is not there, means: not given."""

    call_id: str
    agent: str
    timestamp: datetime
    """Start of the call, in UTC."""
    duration: float | None = None
    """Seconds."""
    success: bool | None = None
    is_reviewed: bool | None = None
    customer_number: str | None = None
    call_ended_reason: str | None = None
    dropoff_point: str | None = None
    topic: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    metrics: tuple[MetricValue, ...] = ()


class _Refused(Exception):
    """A value that its key does not take; faults are relative to that key."""

    def __init__(self, *faults: CallFault) -> None:
        self.faults = faults


def _refuse(message: str, allowed: str) -> _Refused:
    return _Refused(CallFault("", message, allowed))


def pointer_token(key: str) -> str:
    """A key as a token of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def _plain_text(value: object, longest: int) -> str:
    if not isinstance(value, str):
        raise _refuse(f"{_shown(value)} is not a string", f"a string of at most {longest:,} characters")
    if len(value) > longest:
        raise _refuse(f"a string of {len(value):,} characters is too long", f"at most {longest:,} characters")
    if "\0" in value:
        raise _refuse("the string holds a NUL character", "any characters but NUL")
    if not value.isascii() and not _is_unicode(value):
        raise _refuse("the string is not valid Unicode (UTF-8)", "text in UTF-8")
    return value


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(value: object) -> str:
    text = repr(value) if not isinstance(value, bool) else str(value).lower()
    return text if len(text) <= 80 else f"{text[:79]}…"


def _text(value: object) -> str:
    return _plain_text(value, TEXT_LIMIT)


def _name(value: object) -> str:
    name = _plain_text(value, NAME_LIMIT)
    if not name:
        raise _refuse("an empty string names nothing", _NAME_FORM)
    return name


def _number(value: object) -> float:
    if type(value) is float or type(value) is int:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise _refuse(f"{_shown(value)} is not a finite number", "a finite number")


def _seconds(value: object) -> float:
    seconds = _number(value)
    if seconds < 0:
        raise _refuse(f"{_shown(value)} is negative", "a number of seconds, 0 or more")
    return seconds


def _rating(value: object) -> float:
    rating = _number(value)
    if not 0 <= rating <= 5:
        raise _refuse(f"the rating {_shown(value)} is out of range", "a number from 0 to 5")
    return rating


def _boolean(value: object) -> bool:
    if value is True or value is False:
        return value
    raise _refuse(f"{_shown(value)} is not a boolean", "true or false")


def _timestamp(value: object) -> datetime:
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, str) and _RFC_3339.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value.upper())
        except ValueError as error:
            raise _refuse(f"{_shown(value)} is no time: {error}", TIMESTAMP_FORM) from None
    else:
        raise _refuse(f"{_shown(value)} is not a time with an offset", TIMESTAMP_FORM)
    if moment.utcoffset() is None:
        raise _refuse("the time has no offset from UTC", TIMESTAMP_FORM)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise _refuse(f"{_shown(value)} is out of range", "a time in the years 1 to 9999 UTC") from None


def _metadata(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _refuse(f"{_shown(value)} is not an object", "a JSON object")
    metadata = cast("Mapping[str, Any]", value)
    faults = [fault for key in metadata for fault in _faults_of(_name, key, f"/{pointer_token(str(key))}")]
    if faults:
        raise _Refused(*faults)
    try:
        encoded = orjson.dumps(metadata)
    except (TypeError, orjson.JSONEncodeError) as error:
        raise _refuse(f"the metadata cannot be written as JSON: {error}", "JSON values") from None
    if len(encoded) > METADATA_LIMIT:
        raise _refuse(f"{len(encoded):,} bytes of metadata are too many", f"at most {METADATA_LIMIT:,} bytes as JSON")
    if b"\\u0000" in encoded and _holds_nul(metadata):
        raise _refuse("the metadata holds a NUL character", "any characters but NUL")
    return metadata


def _holds_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, Mapping):
        return any(_holds_nul(key) or _holds_nul(item) for key, item in cast("Mapping[object, object]", value).items())
    return isinstance(value, list) and any(_holds_nul(item) for item in cast("list[object]", value))


def _type(value: object) -> EvaluationType:
    try:
        return EvaluationType(cast("str", value))
    except ValueError:
        raise _refuse(f"{_shown(value)} is no type of metric", ", ".join(EvaluationType)) from None


_METRIC_VALUES: dict[EvaluationType, Callable[[object], float | bool | str]] = {
    EvaluationType.NUMERIC: _number,
    EvaluationType.RATING: _rating,
    EvaluationType.BINARY: _boolean,
    EvaluationType.ENUM: _name,
}
_METRIC_KEYS: dict[str, Callable[[object], object]] = {"metric": _name, "type": _type, "value": lambda value: value}
_METRIC_REQUIRED = {"metric": _NAME_FORM, "type": ", ".join(EvaluationType)}


def _metric(value: object) -> MetricValue:
    if not isinstance(value, Mapping):
        raise _refuse(f"{_shown(value)} is not an object", "an object with metric, type and value")
    values, faults = _checked(cast("Mapping[str, object]", value), _METRIC_KEYS, _METRIC_REQUIRED)
    if not faults and (given := values.get("value")) is not None:
        faults = _faults_of(_METRIC_VALUES[values["type"]], given, "/value")
        values["value"] = float(given) if type(given) is int and not faults else given
    if faults:
        raise _Refused(*faults)
    return MetricValue(**values)


def _metrics(value: object) -> tuple[MetricValue, ...]:
    if not isinstance(value, (list, tuple)):
        raise _refuse(f"{_shown(value)} is not a list", "a list of objects with metric, type and value")
    given = cast("Sequence[object]", value)
    if len(given) > METRICS_LIMIT:
        raise _refuse(f"{len(given):,} metric values are too many", f"at most {METRICS_LIMIT:,}")
    metrics: list[MetricValue] = []
    faults: list[CallFault] = []
    for index, item in enumerate(given):
        try:
            metrics.append(_metric(item))
        except _Refused as refused:
            faults += _placed(refused, f"/{index}")
    if faults:
        raise _Refused(*faults)
    return tuple(metrics)


_CALL_KEYS: dict[str, Callable[[object], object]] = {
    "call_id": _name,
    "agent": _name,
    "timestamp": _timestamp,
    "duration": _seconds,
    "success": _boolean,
    "is_reviewed": _boolean,
    "customer_number": _text,
    "call_ended_reason": _text,
    "dropoff_point": _text,
    "topic": _text,
    "metadata": _metadata,
    "metrics": _metrics,
}
CALL_KEYS = tuple(_CALL_KEYS)
"""The keys of the native format."""
_REQUIRED = {"call_id": _NAME_FORM, "agent": _NAME_FORM, "timestamp": TIMESTAMP_FORM}
REQUIRED_KEYS = tuple(_REQUIRED)
"""The keys that every call has."""


def _placed(refused: _Refused, path: str) -> list[CallFault]:
    return [CallFault(path + fault.path, fault.message, fault.allowed) for fault in refused.faults]


def _faults_of(check: Callable[[object], object], value: object, path: str) -> list[CallFault]:
    try:
        check(value)
    except _Refused as refused:
        return _placed(refused, path)
    return []


def _unknown(key: str, known: Sequence[str], path: str) -> CallFault:
    near = process.extractOne(key, known, score_cutoff=70)
    meant = f"; did you mean {near[0]}?" if near else ""
    return CallFault(path, f"unknown key {_shown(key)}{meant}", ", ".join(known))


def _checked(
    raw: Mapping[str, object], checks: Mapping[str, Callable[[object], object]], required: Mapping[str, str]
) -> tuple[dict[str, Any], list[CallFault]]:
    values: dict[str, Any] = {}
    faults: list[CallFault] = []
    for key, value in raw.items():
        check = checks.get(key)
        if check is None:
            faults.append(_unknown(str(key), tuple(checks), f"/{pointer_token(str(key))}"))
        elif value is not None:
            try:
                values[key] = check(value)
            except _Refused as refused:
                faults += _placed(refused, f"/{key}")
    for key in required:
        if raw.get(key) is None:
            faults.append(CallFault(f"/{key}", "it is missing", required[key]))
    return values, faults


def parse_call(raw: Mapping[str, object], path: str = "") -> CallRecord:
    """Checks an object of the native format.

    Args:
        raw: the object. ``timestamp`` may also be a ``datetime`` with an offset.
        path: JSON pointer of the object; the faults' pointers begin with it.

    Raises:
        CallFaults: with every fault of the object.
    """
    values, faults = _checked(raw, _CALL_KEYS, _REQUIRED)
    if faults:
        raise CallFaults([CallFault(path + fault.path, fault.message, fault.allowed) for fault in faults])
    return CallRecord(**values)
