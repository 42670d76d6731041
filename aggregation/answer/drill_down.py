"""Drill-down: the filter JSON that selects exactly the records behind something shown.

All of it is in the language that clients write, so that a client can pass it on to ``callLogs`` or save it.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from aggregation.question import catalog
from aggregation.question.query import BucketGroup, ChartQuery, FieldGroup, Measured, MetricRef
from filters.clock_fields import clock_field
from filters.instants import rfc3339
from models import DataType, EvaluationType

FilterJSON = dict[str, Any]

_ALWAYS_THERE = frozenset({"is_reviewed", "agent_id", "agent.agent_name", "timestamp"})


def condition(field: str, op: str, value: Any) -> FilterJSON:
    """One condition."""
    return {"field": field, "op": op, "value": value}


def all_of(conditions: Sequence[FilterJSON]) -> FilterJSON:
    """The conditions under one ``and``; nested ``and`` groups are laid flat; one condition stands for itself."""
    flat: list[FilterJSON] = []
    for item in conditions:
        flat += item["conditions"] if item.get("operator") == "and" else [item]
    return flat[0] if len(flat) == 1 else {"operator": "and", "conditions": flat}


def none_of(conditions: Sequence[FilterJSON]) -> FilterJSON:
    """Holds where none of the conditions does."""
    inner = conditions[0] if len(conditions) == 1 else {"operator": "or", "conditions": list(conditions)}
    return {"operator": "not", "conditions": [inner]}


def same_row(metric: MetricRef, *conditions: FilterJSON) -> FilterJSON:
    """Some evaluation of the metric fulfils the conditions."""
    return {
        "operator": "same_row",
        "conditions": [condition("metric_evaluations.metric.id", "eq", metric.id), *conditions],
    }


def has_value(measured: Measured, *conditions: FilterJSON) -> list[FilterJSON]:
    """The condition that a record has a value, or one that fulfils ``conditions``; none where it always has."""
    if measured.metric is not None:
        return [same_row(measured.metric, *(conditions or [condition(catalog.METRIC_FIELD, "isnull", False)]))]
    if conditions:
        return [*conditions]
    if measured.name in _ALWAYS_THERE or clock_field(measured.name) is not None:
        return []
    return [condition(measured.name, "isnull", False)]


def records(query: ChartQuery, start: datetime, end: datetime, *extra: FilterJSON) -> FilterJSON:
    """The chart's records in ``[start, end)`` that fulfil ``extra`` too."""
    base = _parsed(query.filter_json)
    between = [condition("timestamp", "gte", rfc3339(start)), condition("timestamp", "lt", rfc3339(end))]
    return all_of([*([] if base is None else [base]), *between, *extra])


@lru_cache(maxsize=32)
def _parsed(filter_json: str) -> FilterJSON | None:
    """The filter of a chart, which all its items share; nobody changes it."""
    return json.loads(filter_json)


@dataclass(frozen=True, slots=True)
class Behind:
    """The records behind an item: the chart's in ``[start, end)`` that fulfil ``conditions``.

    ``selection`` selects them, and is not for the reader; ``filters`` is what the reader may see of it.
    """

    query: ChartQuery
    start: datetime
    end: datetime
    conditions: Sequence[FilterJSON] = ()

    def selection(self) -> FilterJSON:
        """The filter JSON that selects them."""
        return records(self.query, self.start, self.end, *self.conditions)

    def filters(self) -> FilterJSON:
        """The same without the values of masked fields."""
        return self.query.masked.filters(self.selection())

    def is_masked(self) -> bool:
        """Whether the two differ, so that the reader cannot ask for the records by the filter."""
        return self.query.masked.named_in(self.selection())


@dataclass(frozen=True, slots=True)
class OneCall:
    """The call behind a point of a line."""

    call_log_id: int

    def selection(self) -> FilterJSON:
        """The filter JSON that selects it."""
        return condition("id", "eq", self.call_log_id)

    def filters(self) -> FilterJSON:
        """The same: it names no value of the call."""
        return self.selection()

    def is_masked(self) -> bool:
        """It never is."""
        return False


def of_label(group: FieldGroup, data_type: DataType, label: str | None) -> list[FilterJSON]:
    """The condition that a record is of the group with ``label``."""
    if group.metric is not None:
        return _of_metric_label(group.metric, label)
    if label is None:
        return [condition(group.field, "isnull", True)]
    return [condition(group.field, "eq", _typed(group.field, data_type, label))]


def _of_metric_label(metric: MetricRef, label: str | None) -> list[FilterJSON]:
    if label is None:
        return [none_of([same_row(metric, condition(catalog.METRIC_FIELD, "isnull", False))])]
    return [same_row(metric, condition(catalog.METRIC_FIELD, "eq", metric_label_value(metric, label)))]


def metric_label_value(metric: MetricRef, label: str) -> Any:
    """A metric's value from its label."""
    match metric.evaluation_type:
        case EvaluationType.BINARY:
            return label == "true"
        case EvaluationType.ENUM:
            return label
        case EvaluationType.NUMERIC | EvaluationType.RATING:
            return number(label)


_WHOLE = re.compile(r"-?\d+", re.ASCII)


def number(text: str) -> int | float:
    """A number as JSON would write it."""
    return int(text) if _WHOLE.fullmatch(text) else plain_number(float(text))


def plain_number(value: float) -> int | float:
    """The number, whole where it is whole."""
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _typed(field: str, data_type: DataType, label: str) -> Any:
    clock = clock_field(field)
    if clock is not None:
        return clock.part.value_of(label)
    match data_type:
        case DataType.BOOLEAN:
            return label == "true"
        case DataType.NUMBER:
            return number(label)
        case DataType.STRING | DataType.DATETIME:
            return label


def of_other(group: FieldGroup, data_type: DataType, shown: Sequence[str | None]) -> list[FilterJSON]:
    """The condition that a record is of none of the groups shown."""
    if group.metric is not None:
        return _of_other_metric_labels(group.metric, shown)
    labels = [label for label in shown if label is not None]
    conditions: list[FilterJSON] = []
    if data_type is DataType.BOOLEAN:
        conditions = [none_of([condition(group.field, "eq", label == "true") for label in labels])] if labels else []
    elif labels:
        conditions = [
            none_of([condition(group.field, "in", [_typed(group.field, data_type, label) for label in labels])])
        ]
    if None in shown:
        conditions.append(condition(group.field, "isnull", False))
    return conditions


def _of_other_metric_labels(metric: MetricRef, shown: Sequence[str | None]) -> list[FilterJSON]:
    """Some value that is not shown; where the calls without a value are not shown, those too."""
    values = [metric_label_value(metric, label) for label in shown if label is not None]
    hidden = [condition(catalog.METRIC_FIELD, "isnull", False)]
    hidden += [none_of([condition(catalog.METRIC_FIELD, "eq", value)]) for value in values]
    some_hidden = same_row(metric, *hidden)
    if None in shown:
        return [some_hidden]
    return [{"operator": "or", "conditions": [some_hidden, *_of_metric_label(metric, None)]}]


def of_range(group: BucketGroup, measured: Measured, label: str | None, *conditions: FilterJSON) -> list[FilterJSON]:
    """The condition that the plotted number is in the range of that label, and fulfils ``conditions``.

    It is in the first range that takes it.
    """
    return of_number(measured, range_of(group, label), *conditions)


def of_other_ranges(
    group: BucketGroup, measured: Measured, shown: Sequence[str | None], *conditions: FilterJSON
) -> list[FilterJSON]:
    """The condition that the plotted number is in none of the ranges shown, and fulfils ``conditions``."""
    return of_number(measured, none_of([range_of(group, label) for label in shown]), *conditions)


def range_of(group: BucketGroup, label: str | None) -> FilterJSON:
    """The condition that a number is in the range of that label. Ranges that share a label are one series, as is the
    other label where a range carries it too."""
    taken: list[FilterJSON] = []
    of_this: list[FilterJSON] = []
    for bucket in group.buckets:
        own: FilterJSON = json.loads(bucket.condition)
        if bucket.label == label:
            of_this.append(all_of([*([none_of(list(taken))] if taken else []), own]))
        if not group.are_bins:
            taken.append(own)
    if group.other_label == label and not group.are_bins:
        of_this.append(none_of(taken))
    return of_this[0] if len(of_this) == 1 else {"operator": "or", "conditions": of_this}


def of_number(measured: Measured, *chosen: FilterJSON) -> list[FilterJSON]:
    """The condition that a record has a plotted number which fulfils all of ``chosen``."""
    if measured.metric is not None:
        return [same_row(measured.metric, condition(catalog.METRIC_FIELD, "isnull", False), *chosen)]
    return [*chosen, condition(measured.name, "isnull", False)]
