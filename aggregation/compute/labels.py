"""Labels: the text that says which group a record is of, as SQL."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, String, case, cast, literal, select
from sqlalchemy.orm import aliased

from aggregation.compute.source import Source, metric_value
from aggregation.question.catalog import METRIC_FIELD
from aggregation.question.number_fields import number_registry
from aggregation.question.query import BucketGroup, FieldGroup, Group, MetricRef
from filters import compile_filter
from models import CallLog, MetricEvaluation


@dataclass(frozen=True, slots=True)
class Labelled:
    """A source whose records carry a label. ``select`` reads the label beside other columns."""

    source: Source
    group: Group
    field: str

    @property
    def own_metric(self) -> MetricRef | None:
        """The metric that the records are evaluations of, where they are grouped by it: each has its own value."""
        metric = self.group.metric if isinstance(self.group, FieldGroup) else None
        return metric if metric is not None and metric == self.source.metric else None

    @property
    def is_many(self) -> bool:
        """Whether a record can carry several labels: those of its call, which can have several values of a metric."""
        return isinstance(self.group, FieldGroup) and self.group.metric is not None and self.own_metric is None

    def select(self, *columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
        """Reads ``label`` and the columns from the records."""
        match self.group:
            case FieldGroup(metric=MetricRef() as metric) if self.own_metric is None:
                values = _metric_labels(metric, self.source.project_id)
                return self.source.select(values.c.label.label("label"), *columns, beside=values)
            case FieldGroup():
                return self.source.select(self.column().label("label"), *columns)
            case BucketGroup():
                has_value = self.source.value(self.field).is_not(None)
                return self.source.select(self.column().label("label"), *columns).where(has_value)

    def column(self) -> ColumnElement[Any]:
        """The label of a record that carries one alone. Records without a number are in no range: NULL or not."""
        match self.group:
            case FieldGroup() if self.own_metric is not None:
                return self.source.label(METRIC_FIELD)
            case FieldGroup(field=field):
                return self.source.label(field)
            case BucketGroup():
                return _ranges(self.group, self.field, self.source)


def _ranges(group: BucketGroup, field: str, source: Source) -> ColumnElement[Any]:
    """The label of the first bucket whose condition the value fulfils, or the other label."""
    registry, project_id = number_registry(field, source.value(field)), source.project_id
    return case(
        *((compile_filter(bucket.checked, registry, project_id), literal(bucket.label)) for bucket in group.buckets),
        else_=literal(group.other_label),
    )


def _metric_labels(metric: MetricRef, project_id: int) -> FromClause:
    """The distinct values that a call has of a metric, as text; a call with several is in several groups."""
    row = aliased(MetricEvaluation, name="group_evaluation")
    value = metric_value(metric, row)
    return (
        select(cast(value, String).label("label"))
        .distinct()
        .where(
            row.project_id == project_id,
            row.call_log_id == CallLog.id,
            row.metric_id == metric.id,
            value.is_not(None),
        )
        .correlate(CallLog)
        .lateral("of_metric")
    )
