"""Where a chart's records come from: the calls of a window that pass its filters, or evaluations of those calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Double, FromClause, Select, String, cast, inspect, literal, select, true
from sqlalchemy.orm import aliased

from aggregation.question import catalog
from aggregation.question.call_log_fields import CALL_LOG_FIELDS
from aggregation.question.query import MetricRef
from filters import Checked, compile_filter
from models import CallLog, EvaluationType, MetricEvaluation

evaluation = aliased(MetricEvaluation, name="evaluation")

_VALUE_COLUMNS = {
    EvaluationType.NUMERIC: "number_value",
    EvaluationType.RATING: "number_value",
    EvaluationType.BINARY: "boolean_value",
    EvaluationType.ENUM: "text_value",
}


def metric_value(metric: MetricRef, row: Any) -> ColumnElement[Any]:
    """The column of an evaluation row that holds the values of a metric's type."""
    return getattr(row, _VALUE_COLUMNS[metric.evaluation_type])


def table_of(entity: Any) -> FromClause:
    """The table, or the alias of one, behind a mapped entity."""
    return inspect(entity).selectable


@dataclass(frozen=True, slots=True)
class Source:
    """The records of ``[start, end)``: the calls; with a metric, their evaluations of it that have a value."""

    project_id: int
    filters: Checked
    start: datetime
    end: datetime
    metric: MetricRef | None = None

    def select(self, *columns: ColumnElement[Any], beside: Sequence[FromClause] = ()) -> Select[*tuple[Any, ...]]:
        """A statement that reads ``columns`` from the records, each beside its rows of ``beside`` or beside none."""
        tables = self._tables()
        for one in beside:
            tables = tables.outerjoin(one, true())
        return select(*columns).select_from(tables).where(*self.conditions())

    def value(self, field: str) -> ColumnElement[Any]:
        """What is measured of a record: a call's field, or this source's metric."""
        if self.metric is not None and field == catalog.METRIC_FIELD:
            return metric_value(self.metric, evaluation)
        return catalog.column(field, self.project_id)

    def label(self, field: str) -> ColumnElement[Any]:
        """The same as text."""
        if self.metric is None or field != catalog.METRIC_FIELD:
            return catalog.label(field, self.project_id)
        value = metric_value(self.metric, evaluation)
        match self.metric.evaluation_type:
            case EvaluationType.ENUM:
                return value
            case EvaluationType.BINARY:
                return cast(value, String)
            case EvaluationType.NUMERIC | EvaluationType.RATING:
                return cast(value + literal(0.0, Double), String)  # 0 and -0 are one number, but two texts

    def record(self) -> ColumnElement[int]:
        """What tells records apart."""
        return CallLog.id.expression if self.metric is None else evaluation.id.expression

    def _tables(self) -> FromClause:
        calls = table_of(CallLog)
        if self.metric is None:
            return calls
        return calls.join(table_of(evaluation), evaluation.call_log_id == CallLog.id)

    def conditions(self) -> tuple[ColumnElement[bool], ...]:
        """What a record must fulfil. The project stands first and, for the joined table, a second time."""
        conditions: list[ColumnElement[bool]] = [
            CallLog.project_id == self.project_id,
            CallLog.timestamp >= self.start,
            CallLog.timestamp < self.end,
        ]
        if self.metric is not None:
            conditions += [
                evaluation.project_id == self.project_id,
                evaluation.metric_id == self.metric.id,
                metric_value(self.metric, evaluation).is_not(None),
            ]
        compiled = compile_filter(self.filters, CALL_LOG_FIELDS, self.project_id)
        if compiled is not true():
            conditions.append(compiled)
        return tuple(conditions)
