"""Definitions of pre-aggregates: the records of a filter, a label, a value and a kind.

A definition says nothing of windows, zones, periods or how many groups are shown: pre-aggregates of 15-minute slots
serve them all.
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
from aggregation.question.query import DEFAULT_TOP, BucketGroup, FieldGroup, Group, MetricRef
from filters import Checked, CheckedCondition, CheckedNode, FieldType
from filters.normal import normal_json
from models import DataType

FORMAT = 1
"""Counts the ways in which pre-aggregates were written; pre-aggregates of another one are not read."""

_AGENT_NAMES = frozenset({"agent.agent_name", "agent.assistant_id"})
_METRIC_NAMES = frozenset({"metric_evaluations.metric.name"})


class Kind(StrEnum):
    """What a pre-aggregate keeps of its values."""

    MOMENTS = "moments"
    """How many, their sum, their squared deviations, the least and the greatest."""

    DISTRIBUTION = "distribution"
    """How often each value is there, or each range of values of a sketch."""

    EXTREMES = "extremes"
    """The first, last, lowest and highest point, for lines."""


@dataclass(frozen=True)
class Records:
    """The calls that pass a filter, at any time; with a metric, their evaluations of it that have a value."""

    project_id: int
    filters: Checked
    metric: MetricRef | None = None

    @classmethod
    def of(cls, source: Source) -> "Records":
        """The records of a source, whenever they were."""
        return cls(source.project_id, source.filters, source.metric)

    def between(self, start: datetime, end: datetime) -> Source:
        """Those of ``[start, end)``."""
        return Source(self.project_id, self.filters, start, end, self.metric)

    @cached_property
    def hash_value(self) -> int:
        """Of its parts, which are large."""
        return hash((self.project_id, self.filters, self.metric))

    def __hash__(self) -> int:
        return self.hash_value

    @cached_property
    def name(self) -> str:
        """What tells them from other records, also in another process."""
        metric = self.metric and [self.metric.id, self.metric.evaluation_type.value]
        return json.dumps(["dialboard", self.project_id, metric, normal_json(self.filters)], sort_keys=True)

    @cached_property
    def is_suited(self) -> bool:
        """Whether the same records are meant when it is asked again: no time in the filter moves with the present."""
        return self.filters.root is None or not any(map(_moves, _conditions(self.filters.root)))

    @cached_property
    def fields(self) -> frozenset[str]:
        """The fields that the filter names."""
        root = self.filters.root
        return frozenset() if root is None else frozenset(condition.field for condition in _conditions(root))


@dataclass(frozen=True)
class Label:
    """What tells groups apart, whatever number of them is shown: a grouping, of charts of ``field``."""

    group: Group
    field: str

    @classmethod
    def of(cls, labelled: Labelled) -> "Label":
        """The label of a labelled source."""
        is_of_number = isinstance(labelled.group, BucketGroup)
        is_own = isinstance(labelled.group, FieldGroup) and labelled.group.field == labelled.field
        return cls(replace(labelled.group, top=DEFAULT_TOP), labelled.field if is_of_number or is_own else "")

    def on(self, source: Source) -> Labelled:
        """The source's records with this label."""
        return Labelled(source, self.group, self.field)

    @property
    def is_of_ranges(self) -> bool:
        """Whether groups are ranges of the plotted number, which records without a number are in none of."""
        return isinstance(self.group, BucketGroup)

    def description(self) -> Any:
        """As ``groupBy`` writes it."""
        match self.group:
            case FieldGroup(field=field):
                return {"type": "field", "field": field}
            case BucketGroup(buckets=buckets, other_label=other):
                ranges = [{"label": bucket.label, "condition": json.loads(bucket.condition)} for bucket in buckets]
                return {"type": "bucket", "buckets": ranges, "other_label": other}


@dataclass(frozen=True)
class Definition:
    """One kept thing. ``field`` is None where the records themselves are counted."""

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
        """All of it as JSON, for people and as what its key is made of."""
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
        """What tells it from all others, also in another process."""
        text = json.dumps([FORMAT, self.records.project_id, self.description], sort_keys=True)
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()

    @cached_property
    def names_agents(self) -> bool:
        """Whether it changes when an agent is renamed."""
        group = self.label.group if self.label else None
        own = {self.field, group.field if isinstance(group, FieldGroup) else None}
        return bool(_AGENT_NAMES & (self.records.fields | own))

    @cached_property
    def names_metrics(self) -> bool:
        """Whether it changes when a metric is renamed."""
        return bool(_METRIC_NAMES & self.records.fields)


def _conditions(node: CheckedNode) -> list[CheckedCondition]:
    if isinstance(node, CheckedCondition):
        return [node]
    return [found for member in node.conditions for found in _conditions(member)]


def _moves(condition: CheckedCondition) -> bool:
    """Whether the condition's time is relative to the present moment. A day (``today``) stays for a day."""
    written = condition.written.value
    values = written if isinstance(written, tuple) else (written,)
    return condition.kind is FieldType.DATETIME and any(
        isinstance(value, str) and value.startswith("now") for value in values
    )
