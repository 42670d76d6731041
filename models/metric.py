"""Metrics, and their evaluations on calls."""

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, CreatedAt, ProjectId, RowId, Timestamped
from models.types import EvaluationType, ValueFormat


class Metric(Timestamped, Base):
    """A named measure of calls. ``enum_values`` is empty unless the type is ``enum``.

    ``display_name``, ``unit`` and ``format`` are hints for those who show its values; null where nobody set them.
    """

    __tablename__ = "metrics"
    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        UniqueConstraint("project_id", "name"),
        CheckConstraint("evaluation_type in ('binary', 'numeric', 'rating', 'enum')", name="evaluation_type"),
        CheckConstraint("format in ('number', 'integer', 'percent', 'duration', 'currency')", name="format"),
    )

    project_id: Mapped[ProjectId]
    id: Mapped[RowId]
    name: Mapped[str]
    evaluation_type: Mapped[EvaluationType]
    enum_values: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    display_name: Mapped[str | None]
    unit: Mapped[str | None]
    format: Mapped[ValueFormat | None]


class MetricEvaluation(Base):
    """One metric's value for one call, in the column of the metric's type; all NULL when it was skipped.

    ``number_value`` serves numeric and rating metrics, ``boolean_value`` binary ones, ``text_value`` enum ones.
    A call can have several rows for one metric.
    """

    __tablename__ = "metric_evaluations"
    __table_args__ = (
        ForeignKeyConstraint(
            ["project_id", "call_log_id"], ["call_logs.project_id", "call_logs.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["project_id", "metric_id"], ["metrics.project_id", "metrics.id"], ondelete="CASCADE"),
        CheckConstraint("num_nonnulls(number_value, boolean_value, text_value) <= 1", name="one_value"),
        Index(None, "project_id", "call_log_id", "metric_id"),
        Index(
            None,
            "project_id",
            "metric_id",
            "call_log_id",
            postgresql_include=["number_value", "boolean_value", "text_value"],
        ),
    )

    project_id: Mapped[ProjectId]
    id: Mapped[RowId]
    call_log_id: Mapped[int] = mapped_column(BigInteger)
    metric_id: Mapped[int] = mapped_column(BigInteger)
    number_value: Mapped[float | None]
    boolean_value: Mapped[bool | None]
    text_value: Mapped[str | None]
    created_at: Mapped[CreatedAt]
