"""Transcripts and feedback of calls, closed to other projects, and calls by duration."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("call_transcripts", "call_feedback")
BY_DURATION = "ix_call_logs_project_id_duration_id"
SAME_PROJECT = "project_id = (select nullif(current_setting('dialboard.project_id', true), '')::bigint)"


def _beside_call(table: str, *columns: sa.Column[object] | sa.CheckConstraint) -> None:
    op.create_table(
        table,
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("call_log_id", sa.BigInteger(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("project_id", "call_log_id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["project_id", "call_log_id"],
            ["call_logs.project_id", "call_logs.id"],
            name=f"fk_{table}_project_id_call_log_id",
            ondelete="CASCADE",
        ),
    )
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(f"create policy same_project on {table} using ({SAME_PROJECT}) with check ({SAME_PROJECT})")


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    """Makes the tables, their policies and the index."""
    _beside_call(
        "call_transcripts",
        sa.Column("turns", JSONB(), nullable=False),
        sa.CheckConstraint("jsonb_typeof(turns) = 'array'", name=op.f("ck_call_transcripts_turns_array")),
    )
    _beside_call(
        "call_feedback",
        sa.Column("rating", sa.Double[float]()),
        sa.Column("comment", sa.Text()),
        sa.Column("reviewer", sa.Text()),
        _now("created_at"),
        _now("updated_at"),
    )
    op.create_index(BY_DURATION, "call_logs", ["project_id", "duration", "id"])


def downgrade() -> None:
    """Drops transcripts, feedback and the index."""
    op.drop_index(BY_DURATION, "call_logs")
    for table in TABLES:
        op.drop_table(table)
