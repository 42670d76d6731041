"""Endpoints of webhooks, closed to other projects."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SAME_PROJECT = "project_id = dialboard_project()"


def upgrade() -> None:
    """Makes the table and its policy."""
    op.create_table(
        "webhook_endpoints",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.String(20), server_default=sa.text("'ingester'"), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("rotated_from", sa.BigInteger()),
        sa.Column("superseded_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("project_id", "id", name="pk_webhook_endpoints"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_webhook_endpoints_project_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("project_id", "key_hash", name="uq_webhook_endpoints_project_id_key_hash"),
        sa.CheckConstraint("role = 'ingester'", name=op.f("ck_webhook_endpoints_role")),
        sa.CheckConstraint(
            "source in ('vapi', 'retell', 'twilio', 'generic')", name=op.f("ck_webhook_endpoints_source")
        ),
    )
    op.execute("alter table webhook_endpoints enable row level security")
    op.execute("alter table webhook_endpoints force row level security")
    op.execute(f"create policy same_project on webhook_endpoints using ({SAME_PROJECT}) with check ({SAME_PROJECT})")


def downgrade() -> None:
    """Drops it."""
    op.drop_table("webhook_endpoints")
