"""Definitions of pre-aggregates: the records of a filter, a label, a value and a kind.

A definition does not depend on windows, time zones, periods or the number of groups shown: pre-aggregates of 15-minute
slots serve all of them.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from aggregation.compute.labels import Labelled
from aggregation.compute.source import Source
from aggregation.question.grouping import SECOND
from aggregation.question.query import DEFAULT_TOP, BucketGroup, FieldGroup, Group, MetricRef, PairGroup, groups_of
from filters import Checked, CheckedCondition, CheckedNode, FieldType
from filters.normal import normal_json
from filters.relative_time import is_moving
from models import DataType

FORMAT = 2
"""The version of the format of stored pre-aggregates. Those of other versions are not read."""

_AGENT_NAMES = frozenset({"agent.agent_name", "agent.assistant_id"})
_METRIC_NAMES = frozenset({"metric_evaluations.metric.name"})


class Kind(StrEnum):
    """What a pre-aggregate stores of its values."""

    MOMENTS = "moments"
    """Their number, sum, sum of squared deviations, minimum and maximum."""

    DISTRIBUTION = "distribution"
    """How often each value occurs, or each range of a sketch."""

    EXTREMES = "extremes"
    """The first, last, lowest and highest point, for lines."""


@dataclass(frozen=True)
class Records:
    """The calls that match a filter, at any time. With a metric: the evaluations of those calls that have a value."""

    project_id: int
    filters: Checked
    metric: MetricRef | None = None

    @classmethod
    def of(cls, source: Source) -> "Records":
        """The records of a source, without its time bounds."""
        return cls(source.project_id, source.filters, source.metric)

    def between(self, start: datetime, end: datetime) -> Source:
        """The records of ``[start, end)``."""
        return Source(self.project_id, self.filters, start, end, self.metric)

    @cached_property
    def hash_value(self) -> int:
        """Of its parts, which are large."""
        return hash((self.project_id, self.filters, self.metric))

    def __hash__(self) -> int:
        return self.hash_value

    @cached_property
    def name(self) -> str:
        """Identifies the records, in every process."""
        metric = self.metric and [self.metric.id, self.metric.evaluation_type.value]
        return json.dumps(["dialboard", self.project_id, metric, normal_json(self.filters)], sort_keys=True)

    @cached_property
    def is_suited(self) -> bool:
        """Whether the filter selects the same records later: none of its times is relative to the present."""
        return self.filters.root is None or not any(map(_moves, _conditions(self.filters.root)))

    @cached_property
    def fields(self) -> frozenset[str]:
        """The fields that the filter names."""
        root = self.filters.root
        return frozenset() if root is None else frozenset(condition.field for condition in _conditions(root))


@dataclass(frozen=True)
class Label:
    """What records are grouped by, however many groups are shown."""

    group: Group
    field: str

    @classmethod
    def of(cls, labelled: Labelled) -> "Label":
        """The label of a labelled source."""
        groups = groups_of(labelled.group)
        is_own = any(isinstance(group, FieldGroup) and group.field == labelled.field for group in groups)
        same = [replace(group, top=DEFAULT_TOP) for group in groups]
        group = PairGroup(*same) if len(same) > 1 else same[0]
        return cls(group, labelled.field if labelled.is_of_ranges or is_own else "")

    def on(self, source: Source) -> Labelled:
        """The source's records with this label."""
        return Labelled(source, self.group, self.field)

    @property
    def is_of_ranges(self) -> bool:
        """Whether groups are ranges of the plotted number. Records without a number are in no group."""
        return any(isinstance(group, BucketGroup) for group in groups_of(self.group))

    def description(self) -> Any:
        """The grouping as ``groupBy`` writes it."""
        first, *second = map(_described, groups_of(self.group))
        return {**first, SECOND: second[0]} if second else first


def _described(group: FieldGroup | BucketGroup) -> dict[str, Any]:
    match group:
        case FieldGroup(field=field):
            return {"type": "field", "field": field}
        case BucketGroup(buckets=buckets, other_label=other):
            ranges = [{"label": bucket.label, "condition": json.loads(bucket.condition)} for bucket in buckets]
            return {"type": "bucket", "buckets": ranges, "other_label": other}


@dataclass(frozen=True)
class Definition:
    """What one pre-aggregate is of. ``field`` is None if the records themselves are counted."""

    records: Records
    label: Label | None
    field: str | None
    data_type: DataType
    kind: Kind

    @cached_property
    def hash_value(self) -> int:
        """Of its parts, which are large."""
        return hash((self.records, self.label, self.field, self.kind))

    def __hash__(self) -> int:
        return self.hash_value

    @cached_property
    def description(self) -> dict[str, Any]:
        """The definition as JSON: shown to people, and hashed for its key."""
        metric = self.records.metric
        return {
            "field": self.field,
            "dataType": self.data_type.value,
            "metric": metric and {"id": metric.id, "type": metric.evaluation_type.value},
            "groupBy": self.label and self.label.description(),
            "filters": normal_json(self.records.filters),
            "kind": self.kind.value,
        }

    @cached_property
    def key(self) -> bytes:
        """Identifies the definition, in every process."""
        text = json.dumps([FORMAT, self.records.project_id, self.description], sort_keys=True)
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()

    @cached_property
    def names_agents(self) -> bool:
        """Whether renaming an agent makes it stale."""
        groups = groups_of(self.label.group) if self.label else ()
        own = {self.field, *(group.field for group in groups if isinstance(group, FieldGroup))}
        return bool(_AGENT_NAMES & (self.records.fields | own))

    @cached_property
    def names_metrics(self) -> bool:
        """Whether renaming a metric makes it stale."""
        return bool(_METRIC_NAMES & self.records.fields)


def _conditions(node: CheckedNode) -> list[CheckedCondition]:
    if isinstance(node, CheckedCondition):
        return [node]
    return [found for member in node.conditions for found in _conditions(member)]


def _moves(condition: CheckedCondition) -> bool:
    """Whether the condition's time is relative to the present moment, or hour. ``today`` stays for a day."""
    written = condition.written.value
    values = written if isinstance(written, tuple) else (written,)
    return condition.kind is FieldType.DATETIME and any(map(is_moving, values))
