"""Idempotency keys and what requests with them did, closed to other projects."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("idempotency_keys", "idempotency_results")
SAME_PROJECT = "project_id = dialboard_project()"


def upgrade() -> None:
    """Makes the tables and their policies."""
    op.create_table(
        "idempotency_keys",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("api_key_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "api_key_id", "key", name="pk_idempotency_keys"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_idempotency_keys_project_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_idempotency_keys_project_id_created_at", "idempotency_keys", ["project_id", "created_at"])
    op.create_table(
        "idempotency_results",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("api_key_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "api_key_id", "key", "part", name="pk_idempotency_results"),
        sa.ForeignKeyConstraint(
            ["project_id", "api_key_id", "key"],
            ["idempotency_keys.project_id", "idempotency_keys.api_key_id", "idempotency_keys.key"],
            name="fk_idempotency_results_key",
            ondelete="CASCADE",
        ),
    )
    for table in TABLES:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(f"create policy same_project on {table} using ({SAME_PROJECT}) with check ({SAME_PROJECT})")


def downgrade() -> None:
    """Drops them."""
    for table in reversed(TABLES):
        op.drop_table(table)
