"""Who did what: events that are only appended, closed to other projects."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SAME_PROJECT = "project_id = dialboard_project()"


def upgrade() -> None:
    """Makes the table and its policy."""
    op.create_table(
        "audit_events",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("key_id", sa.BigInteger()),
        sa.Column("actor", sa.Text()),
        sa.Column("subject_type", sa.Text()),
        sa.Column("subject_id", sa.BigInteger()),
        sa.Column("subject_name", sa.Text()),
        sa.Column("counts", postgresql.JSONB(none_as_null=True)),
        sa.Column("address", sa.Text()),
        sa.Column("request_id", sa.Text()),
        sa.PrimaryKeyConstraint("project_id", "id", name="pk_audit_events"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_audit_events_project_id", ondelete="CASCADE"),
    )
    op.create_index("ix_audit_events_project_id_at", "audit_events", ["project_id", "at"])
    op.create_index(
        "ix_audit_events_project_id_subject_type_subject_id_id",
        "audit_events",
        ["project_id", "subject_type", "subject_id", "id"],
    )
    op.execute("alter table audit_events enable row level security")
    op.execute("alter table audit_events force row level security")
    op.execute(f"create policy same_project on audit_events using ({SAME_PROJECT}) with check ({SAME_PROJECT})")


def downgrade() -> None:
    """Drops it."""
    op.drop_table("audit_events")
