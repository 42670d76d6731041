"""The history of dashboards, closed to other projects like every table before it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE = "dashboard_revisions"
SAME_PROJECT = "project_id = (select nullif(current_setting('dialboard.project_id', true), '')::bigint)"


def upgrade() -> None:
    """Makes the table and its policy. Dashboards that exist get their first revision when they next change."""
    op.create_table(
        TABLE,
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("dashboard_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.BigInteger()),
        sa.Column("author", sa.Text()),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("changes", JSONB(), nullable=False),
        sa.Column("document", JSONB(), nullable=False),
        sa.Column("state_of", sa.Integer()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "dashboard_id", "number", name=f"pk_{TABLE}"),
        sa.ForeignKeyConstraint(
            ["project_id", "dashboard_id"],
            ["dashboards.project_id", "dashboards.id"],
            name=f"fk_{TABLE}_project_id_dashboard_id",
            ondelete="CASCADE",
        ),
    )
    op.execute(f"alter table {TABLE} enable row level security")
    op.execute(f"alter table {TABLE} force row level security")
    op.execute(f"create policy same_project on {TABLE} using ({SAME_PROJECT}) with check ({SAME_PROJECT})")


def downgrade() -> None:
    """Drops the history."""
    op.drop_table(TABLE)
