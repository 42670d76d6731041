"""``groupBy`` JSON -> a checked grouping. Collects what is wrong; ``prepare`` raises it with the other faults."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import column

from aggregation.question import catalog
from aggregation.question.call_log_fields import decode_global_id
from aggregation.question.faults import WidgetFault, WidgetFaultCode
from aggregation.question.number_fields import number_registry
from aggregation.question.query import (
    DEFAULT_TOP,
    MAX_TOP,
    BinGroup,
    BucketGroup,
    FieldGroup,
    Group,
    Measured,
    MetricRef,
    NumberBucket,
    PairGroup,
)
from aggregation.question.value_bins import MIN_BINS
from filters import WRITTEN, Checked, FilterError, check_json
from filters.clock_fields import clock_field
from filters.fields import UNSTORABLE
from filters.normal import normal_json
from models import DataType, EvaluationType

METRIC_GROUP = "metric:"
DEFAULT_OTHER_LABEL = "Other"
MAX_RANGES = 30
"""With more, the drill-down of the other series, which excludes each range after those before it, grows too large."""

DEFAULT_MAX_BINS = 10
"""Ranges of a pie, unless asked otherwise."""

MAX_LABEL = 200
_LABEL = f"a string of 1 to {MAX_LABEL} characters, without U+0000 or unpaired surrogates"

SECOND = "then"
"""The key of a second grouping, whose rows are by pairs."""

_FIELD_KEYS = ("type", "field", "top", SECOND)
_BUCKET_KEYS = ("type", "buckets", "other_label", "top", SECOND)
_RANGE_KEYS = ("label", "condition")
_BINS_KEYS = ("type", "max_bins")
_TYPES = ("field", "bucket", "bins")
GROUPABLE = (*(field.name for field in catalog.PLOT_FIELDS if field.groupable), "metric:ID")


def usual_top(name: str) -> int:
    """How many values of a field are shown one by one, unless asked otherwise: of a clock, all."""
    clock = clock_field(name)
    return DEFAULT_TOP if clock is None else max(DEFAULT_TOP, len(clock.part.labels))


JSONObject = dict[str, Any]


def metric_number(text: str) -> int | None:
    """The number in the text that names a metric: a global ID, or the number itself; None for anything else."""
    decoded = decode_global_id(text)
    is_number = text.isascii() and text.isdecimal() and len(text) < 20
    return decoded[1] if decoded and decoded[0] == "Metric" else int(text) if is_number else None


class Grouping:
    """One reading of ``groupBy``; faults are added to ``faults`` with pointers below ``/groupBy``."""

    def __init__(self, metrics: Mapping[int, MetricRef], measured: Measured | None) -> None:
        self.metrics = metrics
        self.measured = measured
        self.faults: list[WidgetFault] = []
        self._path = ""

    def read(self, raw: Any) -> Group | BinGroup | None:
        """The grouping; None where there is none or where it is faulty."""
        if raw is None:
            return None
        first = self._one(raw)
        second = cast(JSONObject, raw).get(SECOND) if isinstance(raw, dict) else None
        if second is None:
            return first
        self._path = f"/{SECOND}"
        then = self._one(second)
        if isinstance(second, dict) and cast(JSONObject, second).get(SECOND) is not None:
            self._fault(f'A grouping can have only one other below it: "{SECOND}" is not valid here.', f"/{SECOND}")
        if isinstance(then, BinGroup):
            self._fault('A second grouping must be of type "field" or "bucket".', "/type", _TYPES[:2])
        if first is None or then is None or isinstance(first, BinGroup) or isinstance(then, BinGroup):
            return None
        if _same(first, then):
            self._fault("The two groupings are the same. Leave one of them out.", "")
        return PairGroup(first, then)

    def _one(self, raw: Any) -> FieldGroup | BucketGroup | BinGroup | None:
        if not isinstance(raw, dict):
            return self._fault('A grouping must be an object with the key "type".', "", _TYPES)
        given = cast(JSONObject, raw)
        match given.get("type"):
            case "field":
                self._keys(given, _FIELD_KEYS, "")
                return self._field(given)
            case "bucket":
                self._keys(given, _BUCKET_KEYS, "")
                return self._bucket(given)
            case "bins":
                self._keys(given, _BINS_KEYS, "")
                return self._bins(given)
            case _:
                message = 'The key "type" of a grouping must be "field", "bucket" or "bins".'
                return self._fault(message, "/type", _TYPES)

    def _fault(self, message: str, path: str, allowed: tuple[str, ...] = ()) -> None:
        text = f"{message} Allowed here: {', '.join(allowed)}." if allowed else message
        self.faults.append(WidgetFault(WidgetFaultCode.INVALID_GROUP, text, f"/groupBy{self._path}{path}", allowed))

    def _keys(self, given: JSONObject, known: tuple[str, ...], path: str) -> None:
        for key in given:
            if key not in known:
                self._fault(f"{key[:80]!r} is not a valid key here.", path, known)

    def _top(self, given: JSONObject, default: int = DEFAULT_TOP) -> int:
        top = given.get("top")
        if top is None:
            return default
        if isinstance(top, int) and not isinstance(top, bool) and 1 <= top <= MAX_TOP:
            return top
        self._fault(f'The key "top" must be a whole number from 1 to {MAX_TOP}.', "/top")
        return DEFAULT_TOP

    def _field(self, given: JSONObject) -> FieldGroup | None:
        name = given.get("field")
        top = self._top(given, usual_top(name) if isinstance(name, str) else DEFAULT_TOP)
        if not isinstance(name, str):
            return self._fault(
                'A grouping of type "field" requires the name of a field in the key "field".', "/field", GROUPABLE
            )
        if name.startswith(METRIC_GROUP):
            metric = self._metric(name.removeprefix(METRIC_GROUP))
            return None if metric is None else FieldGroup(f"{METRIC_GROUP}{metric.id}", top, metric)
        field = catalog.find_field(name)
        if field is None or not field.groupable:
            return self._fault(f"Charts cannot be grouped by {name[:80]!r}.", "/field", GROUPABLE)
        return FieldGroup(field.name, top)

    def _metric(self, text: str) -> MetricRef | None:
        number = metric_number(text)
        metric = None if number is None else self.metrics.get(number)
        if metric is None:
            return self._fault(f"The metric {text[:80]!r} does not exist in this project.", "/field")
        if metric.evaluation_type not in (EvaluationType.BINARY, EvaluationType.ENUM):
            return self._fault(
                f"Charts can only be grouped by binary and enum metrics; {metric.name!r} is "
                f"{metric.evaluation_type.value}.",
                "/field",
            )
        return metric

    def _bucket(self, given: JSONObject) -> BucketGroup | None:
        top, other = self._top(given), given.get("other_label", DEFAULT_OTHER_LABEL)
        if not _is_label(other):
            self._fault(f'The key "other_label" must be {_LABEL}.', "/other_label")
        measured = self._number()
        if measured is None:
            return None
        ranges = given.get("buckets")
        if not isinstance(ranges, list) or not 1 <= len(cast(list[Any], ranges)) <= MAX_RANGES:
            return self._fault(f'The key "buckets" must be a list of 1 to {MAX_RANGES} ranges.', "/buckets")
        before = len(self.faults)
        read = [self._range(item, f"/buckets/{at}", measured) for at, item in enumerate(cast(list[Any], ranges))]
        if len(self.faults) > before:
            return None
        return BucketGroup(tuple(bucket for bucket in read if bucket is not None), str(other), top)

    def _bins(self, given: JSONObject) -> BinGroup | None:
        most = given.get("max_bins", DEFAULT_MAX_BINS)
        if not isinstance(most, int) or isinstance(most, bool) or not MIN_BINS <= most <= MAX_RANGES:
            return self._fault(
                f'The key "max_bins" must be a whole number from {MIN_BINS} to {MAX_RANGES}.', "/max_bins"
            )
        return None if self._number() is None else BinGroup(most)

    def _number(self) -> Measured | None:
        """What is plotted, where it is a number that ranges can be made of."""
        measured = self.measured
        if measured is None or measured.data_type is not DataType.NUMBER or catalog.is_identifier(measured.name):
            return self._fault(
                "Only charts of numbers can be grouped by ranges: duration, a numeric or rating metric, or a metadata "
                "number (metadata.KEY::number).",
                "/type",
            )
        return measured

    def _range(self, raw: Any, path: str, measured: Measured) -> NumberBucket | None:
        if not isinstance(raw, dict):
            return self._fault('A range must be an object with the keys "label" and "condition".', path, _RANGE_KEYS)
        given = cast(JSONObject, raw)
        self._keys(given, _RANGE_KEYS, path)
        label, condition = given.get("label"), given.get("condition")
        if not _is_label(label):
            self._fault(f'The key "label" of a range must be {_LABEL}.', f"{path}/label")
        if not isinstance(condition, dict) or not condition:
            return self._fault(
                'The key "condition" of a range must be a condition, such as {"op": "lt", "value": 60}.',
                f"{path}/condition",
            )
        complete = with_field(cast(JSONObject, condition), measured.name)
        try:
            checked = checked_range(complete, measured.name)
        except FilterError as error:
            for fault in error.faults:
                place = f"/groupBy{self._path}{path}/condition{fault.path}"
                self.faults.append(WidgetFault(WidgetFaultCode.INVALID_GROUP, fault.message, place, fault.allowed))
            return None
        if any(name != measured.name for name in named_fields(complete)):
            return self._fault(f"A range can only use the plotted number, {measured.name}.", f"{path}/condition")
        return NumberBucket(str(label), json.dumps(normal_json(checked)), checked)


def checked_range(condition: JSONObject, name: str) -> Checked:
    """The condition of a range of the number ``name``, checked.

    Raises:
        FilterError: it is wrong.
    """
    # Numbers know no time: any instant will do.
    now, registry = datetime(2000, 1, 1, tzinfo=UTC), number_registry(name, column(name))
    return check_json(condition, registry, now=now, zone=ZoneInfo("UTC"))[1]


def _same(one: FieldGroup | BucketGroup, other: FieldGroup | BucketGroup) -> bool:
    """Whether two groupings give the same groups, however many of them are shown."""
    return replace(one, top=DEFAULT_TOP) == replace(other, top=DEFAULT_TOP)


def _is_label(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= MAX_LABEL and not UNSTORABLE.search(value)


def with_field(condition: JSONObject, name: str, depth: int = WRITTEN.depth) -> JSONObject:
    """The condition with the plotted field's name filled in where it was left out, as deep as conditions may be."""
    members = condition.get("conditions")
    if isinstance(members, list) and depth:
        filled = [
            with_field(cast(JSONObject, item), name, depth - 1) if isinstance(item, dict) else item
            for item in cast(list[Any], members)
        ]
        return {**condition, "conditions": filled}
    return {"field": name, **condition} if "op" in condition else condition


def named_fields(condition: JSONObject) -> list[Any]:
    """Every field that a filter names."""
    members = condition.get("conditions")
    if isinstance(members, list):
        return [
            name
            for item in cast(list[Any], members)
            if isinstance(item, dict)
            for name in named_fields(cast(JSONObject, item))
        ]
    return [condition.get("field")]
