"""One call of the native import format, checked: the object every way of ingesting calls ends in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from rapidfuzz import process

from models.call_detail_values import Feedback, Turn, check_feedback, check_transcript
from models.call_faults import CallFault, CallFaults, Refused, faults_of, placed, pointer_token, refuse, shown
from models.call_fields import GIVEN, VALUES, CallValue
from models.call_values import (
    NAME_FORM,
    Check,
    check_boolean,
    check_metadata,
    check_name,
    check_number,
    check_rating,
)
from models.types import EvaluationType

__all__ = [
    "CALL_KEYS",
    "REQUIRED_KEYS",
    "CallFault",
    "CallFaults",
    "CallRecord",
    "MetricValue",
    "parse_call",
    "pointer_token",
]

METRICS_LIMIT = 1_000
"""Most metric values of one call."""


@dataclass(frozen=True, slots=True)
class MetricValue:
    """A metric's value for the call; None when the evaluation was skipped."""

    metric: str
    type: EvaluationType
    value: float | bool | str | None = None


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A checked call. None, and a value, metadata key or metric that is not there, means: not given.

    ``values`` are those of ``models.call_fields.VALUES``, by name; none of them is None.
    """

    call_id: str
    agent: str
    timestamp: datetime
    """Start of the call, in UTC."""
    values: Mapping[str, CallValue] = field(default_factory=dict[str, CallValue])
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    metrics: tuple[MetricValue, ...] = ()
    transcript: tuple[Turn, ...] | None = None
    feedback: Feedback | None = None
    is_agent_given: bool = True
    """Whether the agent is of this call, and not the one that calls without an agent have: that one replaces nobody."""


def _type(value: object) -> EvaluationType:
    try:
        return EvaluationType(cast("str", value))
    except ValueError:
        raise refuse(f"{shown(value)} is not a valid type of metric", ", ".join(EvaluationType)) from None


_METRIC_VALUES: dict[EvaluationType, Callable[[object], float | bool | str]] = {
    EvaluationType.NUMERIC: check_number,
    EvaluationType.RATING: check_rating,
    EvaluationType.BINARY: check_boolean,
    EvaluationType.ENUM: check_name,
}
_METRIC_KEYS: dict[str, Check] = {
    "metric": check_name,
    "type": _type,
    "value": lambda value: value,
}
_METRIC_REQUIRED = {"metric": NAME_FORM, "type": ", ".join(EvaluationType)}


def _metric(value: object) -> MetricValue:
    if not isinstance(value, Mapping):
        raise refuse(f"{shown(value)} is not an object", "an object with metric, type and value")
    values, faults = _checked(cast("Mapping[str, object]", value), _METRIC_KEYS, _METRIC_REQUIRED)
    if not faults and (given := values.get("value")) is not None:
        faults = faults_of(_METRIC_VALUES[values["type"]], given, "/value")
        values["value"] = float(given) if type(given) is int and not faults else given
    if faults:
        raise Refused(*faults)
    return MetricValue(**values)


_TYPES = {member.value: member for member in EvaluationType}


def _plain_metric(value: Any) -> MetricValue | None:
    """The metric value of an object with just the three keys, rightly filled; None where a closer look is due."""
    try:
        metric_type = _TYPES[value["type"]]
        if len(value) == 3:
            return MetricValue(check_name(value["metric"]), metric_type, _METRIC_VALUES[metric_type](value["value"]))
    except (KeyError, TypeError, Refused):
        pass
    return None


def _metrics(value: object) -> tuple[MetricValue, ...]:
    if not isinstance(value, (list, tuple)):
        raise refuse(f"{shown(value)} is not a list", "a list of objects with metric, type and value")
    given = cast("Sequence[object]", value)
    if len(given) > METRICS_LIMIT:
        raise refuse(f"{len(given):,} metric values are too many", f"at most {METRICS_LIMIT:,}")
    metrics: list[MetricValue] = []
    faults: list[CallFault] = []
    for index, item in enumerate(given):
        try:
            metrics.append(_plain_metric(item) or _metric(item))
        except Refused as refused:
            faults += placed(refused, f"/{index}")
    if faults:
        raise Refused(*faults)
    return tuple(metrics)


_FIELDS: dict[str, Check] = {field.name: field.check() for field in GIVEN}
_CALL_KEYS: dict[str, Check] = {
    "call_id": _FIELDS["call_id"],
    "agent": check_name,
    **_FIELDS,
    "metadata": check_metadata,
    "metrics": _metrics,
    "transcript": check_transcript,
    "feedback": check_feedback,
}
CALL_KEYS = tuple(_CALL_KEYS)
"""The keys of the native format."""
_FORMS = {"agent": NAME_FORM, **{field.name: field.form for field in GIVEN if field.is_required}}
_REQUIRED = {key: _FORMS[key] for key in CALL_KEYS if key in _FORMS}
REQUIRED_KEYS = tuple(_REQUIRED)
"""The keys that every call has."""


def _unknown(key: str, known: Sequence[str], path: str) -> CallFault:
    near = process.extractOne(key, known, score_cutoff=70)
    meant = f"; did you mean {near[0]}?" if near else ""
    return CallFault(path, f"unknown key {shown(key)}{meant}", ", ".join(known))


def _checked(
    raw: Mapping[str, object], checks: Mapping[str, Check], required: Mapping[str, str]
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
            except Refused as refused:
                faults += placed(refused, f"/{key}")
    for key in required:
        if raw.get(key) is None:
            faults.append(CallFault(f"/{key}", "it is missing", required[key]))
    return values, faults


_VALUES = tuple(field.name for field in VALUES)


def parse_call(raw: Mapping[str, object], path: str = "", *, is_agent_given: bool = True) -> CallRecord:
    """Checks an object of the native format.

    Args:
        raw: the object. ``timestamp`` may also be a ``datetime`` with an offset.
        path: JSON pointer of the object; the faults' pointers begin with it.
        is_agent_given: see ``CallRecord``.

    Raises:
        CallFaults: with every fault of the object.
    """
    values, faults = _checked(raw, _CALL_KEYS, _REQUIRED)
    if faults:
        raise CallFaults([CallFault(path + fault.path, fault.message, fault.allowed) for fault in faults])
    given = {name: values.pop(name) for name in _VALUES if name in values}
    return CallRecord(values=given, is_agent_given=is_agent_given, **values)
