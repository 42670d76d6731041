"""Labels: the text that says which group a record is of, as SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, String, Text, case, cast, func, literal, select
from sqlalchemy.orm import aliased

from aggregation.compute.source import Source, metric_value
from aggregation.question.catalog import METRIC_FIELD
from aggregation.question.number_fields import number_registry
from aggregation.question.query import BucketGroup, FieldGroup, Group, MetricRef, groups_of
from filters import compile_filter
from models import CallLog, MetricEvaluation


@dataclass(frozen=True, slots=True)
class Labelled:
    """A source whose records carry a label. ``select`` reads the label beside other columns."""

    source: Source
    group: Group
    field: str

    @property
    def is_many(self) -> bool:
        """Whether a record can carry several labels: those of its call, which can have several values of a metric."""
        return any(self._metric_of_call(group) is not None for group in groups_of(self.group))

    def select(self, *columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
        """Reads ``label`` and the columns from the records."""
        beside: list[FromClause] = []
        labels: list[ColumnElement[Any]] = []
        for number, group in enumerate(groups_of(self.group)):
            metric = self._metric_of_call(group)
            if metric is None:
                labels.append(self._own_label(group))
            else:
                values = _metric_labels(metric, self.source.project_id, number)
                beside.append(values)
                labels.append(values.c.metric_label)
        statement = self.source.select(_joined(labels).label("label"), *columns, beside=beside)
        return statement.where(self.source.value(self.field).is_not(None)) if self.is_of_ranges else statement

    @property
    def is_of_ranges(self) -> bool:
        """Whether some groups are ranges of the plotted number."""
        return any(isinstance(group, BucketGroup) for group in groups_of(self.group))

    def column(self) -> ColumnElement[Any]:
        """The label of a record that carries one alone. Records without a number are in no range: NULL or not."""
        return _joined([self._own_label(group) for group in groups_of(self.group)])

    def _metric_of_call(self, group: Group) -> MetricRef | None:
        """The metric whose values for the call are the labels. Of one that the records are evaluations of, each record
        has its own value."""
        metric = group.metric if isinstance(group, FieldGroup) else None
        return None if metric == self.source.metric else metric

    def _own_label(self, group: FieldGroup | BucketGroup) -> ColumnElement[Any]:
        match group:
            case FieldGroup(metric=MetricRef()):
                return self.source.label(METRIC_FIELD)
            case FieldGroup(field=field):
                return self.source.label(field)
            case BucketGroup():
                return _ranges(group, self.field, self.source)


def _joined(labels: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
    """The label of a group: of a pair the JSON array of both, as text."""
    return labels[0] if len(labels) == 1 else cast(func.jsonb_build_array(*labels), Text)


def _ranges(group: BucketGroup, field: str, source: Source) -> ColumnElement[Any]:
    """The label of the first bucket whose condition the value fulfils, or the other label."""
    registry, project_id = number_registry(field, source.value(field)), source.project_id
    return case(
        *((compile_filter(bucket.checked, registry, project_id), literal(bucket.label)) for bucket in group.buckets),
        else_=literal(group.other_label),
    )


def _metric_labels(metric: MetricRef, project_id: int, number: int) -> FromClause:
    """The distinct values that a call has of a metric, as text; a call with several is in several groups."""
    row = aliased(MetricEvaluation, name="group_evaluation")
    value = metric_value(metric, row)
    return (
        select(cast(value, String).label("metric_label"))
        .distinct()
        .where(
            row.project_id == project_id,
            row.call_log_id == CallLog.id,
            row.metric_id == metric.id,
            value.is_not(None),
        )
        .correlate(CallLog)
        .lateral("of_metric" if not number else f"of_metric_{number}")
    )
