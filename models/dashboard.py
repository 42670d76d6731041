"""Dashboards and their widgets."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from models.base import Base, ProjectId, RowId, Timestamped
from models.types import Aggregation, ChartType, TimePeriod, Weekday


class Dashboard(Timestamped, Base):
    """A collection of widgets, with filters, a time zone and a week start that apply to all of them.

    ``version`` rises by one with every change of the dashboard's own columns. A deleted dashboard keeps its row,
    with ``deleted_at`` set, so that it can be restored.
    """

    __tablename__ = "dashboards"
    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        CheckConstraint("week_start in ('monday', 'saturday', 'sunday')", name="week_start"),
        Index(
            "uq_dashboards_default",
            "project_id",
            unique=True,
            postgresql_where=text("is_default and deleted_at is null"),
        ),
    )

    project_id: Mapped[ProjectId]
    id: Mapped[RowId]
    name: Mapped[str]
    filters: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    time_zone: Mapped[str] = mapped_column(server_default=text("'UTC'"))
    week_start: Mapped[Weekday] = mapped_column(server_default=text("'monday'"))
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    include_in_daily_report: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"eager_defaults": True}  # an UPDATE returns the new updated_at


class Widget(Timestamped, Base):
    """One chart of a dashboard. ``position`` orders widgets; ``layout`` is ``{x, y, width, height}`` in grid units."""

    __tablename__ = "widgets"
    __table_args__ = (
        ForeignKeyConstraint(
            ["project_id", "dashboard_id"], ["dashboards.project_id", "dashboards.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["project_id", "metric_id"], ["metrics.project_id", "metrics.id"]),
        Index(None, "project_id", "dashboard_id", "position"),
    )

    project_id: Mapped[ProjectId]
    id: Mapped[RowId]
    dashboard_id: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    chart_type: Mapped[ChartType]
    field: Mapped[str | None]
    metric_id: Mapped[int | None] = mapped_column(BigInteger)
    aggregation: Mapped[Aggregation | None]
    time_period: Mapped[TimePeriod | None]
    group_by: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    filters: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    layout: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    widget_metadata: Mapped[dict[str, Any] | None] = mapped_column("metadata", JSONB(none_as_null=True))
    position: Mapped[int] = mapped_column(server_default=text("0"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
