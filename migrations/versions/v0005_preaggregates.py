"""Stored partial states of charts, closed to other projects."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("preaggregates", "preaggregate_days")
SAME_PROJECT = "project_id = (select nullif(current_setting('dialboard.project_id', true), '')::bigint)"


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    """Makes the tables and their policies."""
    op.create_table(
        "preaggregates",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("definition", JSONB(), nullable=False),
        sa.Column("unsuited", sa.Text()),
        _now("created_at"),
        sa.PrimaryKeyConstraint("project_id", "key", name="pk_preaggregates"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_preaggregates_project_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "preaggregate_days",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("versions", sa.LargeBinary(), nullable=False),
        sa.Column("total_version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        _now("computed_at"),
        _now("used_at"),
        sa.PrimaryKeyConstraint("project_id", "key", "day", name="pk_preaggregate_days"),
        sa.ForeignKeyConstraint(
            ["project_id", "key"],
            ["preaggregates.project_id", "preaggregates.key"],
            name="fk_preaggregate_days_project_id_key",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_preaggregate_days_project_id_used_at", "preaggregate_days", ["project_id", "used_at"])
    # States are compressed already.
    op.execute("alter table preaggregate_days alter column state set storage external")
    for table in TABLES:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(f"create policy same_project on {table} using ({SAME_PROJECT}) with check ({SAME_PROJECT})")


def downgrade() -> None:
    """Drops them; charts are computed from the calls again."""
    for table in reversed(TABLES):
        op.drop_table(table)
