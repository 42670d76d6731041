"""Token buckets of keys and projects, closed to other projects.

The table is unlogged: spending then costs no flush to the disk, and after a crash every bucket is full again.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SAME_PROJECT = "project_id = (select nullif(current_setting('dialboard.project_id', true), '')::bigint)"


def upgrade() -> None:
    """Makes the table and its policy."""
    op.create_table(
        "budgets",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.Double[float](), nullable=False),
        sa.Column("refilled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "key_id", name="pk_budgets"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_budgets_project_id", ondelete="CASCADE"),
        prefixes=["UNLOGGED"],
    )
    op.execute("alter table budgets enable row level security")
    op.execute("alter table budgets force row level security")
    op.execute(f"create policy same_project on budgets using ({SAME_PROJECT}) with check ({SAME_PROJECT})")


def downgrade() -> None:
    """Drops it."""
    op.drop_table("budgets")
