"""The first tables, each but ``projects`` closed to other projects by row-level security."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TENANT_TABLES = ("api_keys", "agents", "metrics", "call_logs", "metric_evaluations", "dashboards", "widgets")
"""Tables whose rows belong to one project, parents first."""

SAME_PROJECT = "project_id = (select nullif(current_setting('dialboard.project_id', true), '')::bigint)"


def _project_id() -> sa.Column[int]:
    return sa.Column("project_id", sa.BigInteger(), nullable=False)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False)


def _time(name: str, *, default: bool = False, nullable: bool = False) -> sa.Column[Any]:
    default_sql = sa.text("now()") if default else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default_sql, nullable=nullable)


def _timestamps() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return _time("created_at", default=True), _time("updated_at", default=True)


def _text(name: str, *, nullable: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _choice(name: str, *, default: str | None = None, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(
        name, sa.String(20), server_default=sa.text(f"'{default}'") if default else None, nullable=nullable
    )


def _real(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double[float]())


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False)


def _number(name: str, default: int) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default=sa.text(str(default)), nullable=False)


def _primary_key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("project_id", "id", name=f"pk_{table}")


def _of_project(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=f"fk_{table}_project_id", ondelete="CASCADE")


def _reference(table: str, column: str, target: str, *, cascade: bool) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["project_id", column],
        [f"{target}.project_id", f"{target}.id"],
        name=f"fk_{table}_project_id_{column}",
        ondelete="CASCADE" if cascade else None,
    )


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    """Makes the tables, their indexes and their policies."""
    op.create_table(
        "projects",
        _id(),
        _text("name", nullable=False),
        _time("created_at", default=True),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
        sa.UniqueConstraint("name", name="uq_projects_name"),
    )
    _create_people_and_metrics()
    _create_calls()
    _create_dashboards()
    for table in TENANT_TABLES:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(f"create policy same_project on {table} using ({SAME_PROJECT}) with check ({SAME_PROJECT})")


def _create_people_and_metrics() -> None:
    op.create_table(
        "api_keys",
        _project_id(),
        _id(),
        _text("name", nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        _time("created_at", default=True),
        _time("revoked_at", nullable=True),
        _primary_key("api_keys"),
        _of_project("api_keys"),
        sa.UniqueConstraint("project_id", "key_hash", name="uq_api_keys_project_id_key_hash"),
    )
    op.create_table(
        "agents",
        _project_id(),
        _id(),
        _text("agent_name", nullable=False),
        _text("assistant_id"),
        *_timestamps(),
        _primary_key("agents"),
        _of_project("agents"),
        sa.UniqueConstraint("project_id", "agent_name", name="uq_agents_project_id_agent_name"),
    )
    op.create_table(
        "metrics",
        _project_id(),
        _id(),
        _text("name", nullable=False),
        _choice("evaluation_type"),
        sa.Column("enum_values", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        *_timestamps(),
        _primary_key("metrics"),
        _of_project("metrics"),
        sa.UniqueConstraint("project_id", "name", name="uq_metrics_project_id_name"),
        _check("metrics", "evaluation_type", "evaluation_type in ('binary', 'numeric', 'rating', 'enum')"),
    )


def _create_calls() -> None:
    op.create_table(
        "call_logs",
        _project_id(),
        _id(),
        _text("call_id", nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        _time("timestamp"),
        _real("duration"),
        sa.Column("success", sa.Boolean()),
        _flag("is_reviewed"),
        _text("customer_number"),
        _text("call_ended_reason"),
        _text("dropoff_point"),
        _text("topic"),
        sa.Column("metadata", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        *_timestamps(),
        _primary_key("call_logs"),
        _reference("call_logs", "agent_id", "agents", cascade=False),
        sa.UniqueConstraint("project_id", "call_id", name="uq_call_logs_project_id_call_id"),
        _check("call_logs", "metadata_object", "jsonb_typeof(metadata) = 'object'"),
    )
    op.create_index("ix_call_logs_project_id_timestamp_id", "call_logs", ["project_id", "timestamp", "id"])
    op.create_index("ix_call_logs_project_id_agent_id_timestamp", "call_logs", ["project_id", "agent_id", "timestamp"])
    op.create_table(
        "metric_evaluations",
        _project_id(),
        _id(),
        sa.Column("call_log_id", sa.BigInteger(), nullable=False),
        sa.Column("metric_id", sa.BigInteger(), nullable=False),
        _real("number_value"),
        sa.Column("boolean_value", sa.Boolean()),
        _text("text_value"),
        _time("created_at", default=True),
        _primary_key("metric_evaluations"),
        _reference("metric_evaluations", "call_log_id", "call_logs", cascade=True),
        _reference("metric_evaluations", "metric_id", "metrics", cascade=True),
        _check("metric_evaluations", "one_value", "num_nonnulls(number_value, boolean_value, text_value) <= 1"),
    )
    op.create_index(
        "ix_metric_evaluations_project_id_call_log_id_metric_id",
        "metric_evaluations",
        ["project_id", "call_log_id", "metric_id"],
    )
    op.create_index(
        "ix_metric_evaluations_project_id_metric_id_call_log_id",
        "metric_evaluations",
        ["project_id", "metric_id", "call_log_id"],
        postgresql_include=["number_value", "boolean_value", "text_value"],
    )


def _create_dashboards() -> None:
    op.create_table(
        "dashboards",
        _project_id(),
        _id(),
        _text("name", nullable=False),
        sa.Column("filters", JSONB()),
        sa.Column("time_zone", sa.Text(), server_default=sa.text("'UTC'"), nullable=False),
        _choice("week_start", default="monday"),
        _flag("is_default"),
        _flag("include_in_daily_report"),
        _number("version", 1),
        _time("deleted_at", nullable=True),
        *_timestamps(),
        _primary_key("dashboards"),
        _of_project("dashboards"),
        _check("dashboards", "week_start", "week_start in ('monday', 'saturday', 'sunday')"),
    )
    op.create_index(
        "uq_dashboards_default",
        "dashboards",
        ["project_id"],
        unique=True,
        postgresql_where=sa.text("is_default and deleted_at is null"),
    )
    op.create_table(
        "widgets",
        _project_id(),
        _id(),
        sa.Column("dashboard_id", sa.BigInteger(), nullable=False),
        _text("name", nullable=False),
        _choice("chart_type"),
        _text("field"),
        sa.Column("metric_id", sa.BigInteger()),
        _choice("aggregation", nullable=True),
        _choice("time_period", nullable=True),
        sa.Column("group_by", JSONB()),
        sa.Column("filters", JSONB()),
        sa.Column("layout", JSONB()),
        sa.Column("metadata", JSONB()),
        _number("position", 0),
        _number("version", 1),
        *_timestamps(),
        _primary_key("widgets"),
        _reference("widgets", "dashboard_id", "dashboards", cascade=True),
        _reference("widgets", "metric_id", "metrics", cascade=False),
    )
    op.create_index(
        "ix_widgets_project_id_dashboard_id_position", "widgets", ["project_id", "dashboard_id", "position"]
    )


def downgrade() -> None:
    """Drops every table with its data."""
    for table in (*reversed(TENANT_TABLES), "projects"):
        op.drop_table(table)
