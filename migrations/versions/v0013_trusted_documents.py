"""Documents that projects trust, closed to other projects."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SAME_PROJECT = "project_id = dialboard_project()"


def upgrade() -> None:
    """Makes the table and its policy."""
    op.create_table(
        "trusted_documents",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "id", name="pk_trusted_documents"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_trusted_documents_project_id", ondelete="CASCADE"
        ),
    )
    op.execute("alter table trusted_documents enable row level security")
    op.execute("alter table trusted_documents force row level security")
    op.execute(f"create policy same_project on trusted_documents using ({SAME_PROJECT}) with check ({SAME_PROJECT})")


def downgrade() -> None:
    """Drops it."""
    op.drop_table("trusted_documents")
